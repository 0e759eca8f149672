using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using GitOps.Operator.Observability;

namespace GitOps.Operator.Tests.Observability;

/// <summary>One metric as a scraper sees it.</summary>
/// <param name="Name">As it is asked for: with <c>_total</c>, without what a histogram's samples end with.</param>
/// <param name="Type">counter, gauge or histogram.</param>
/// <param name="Help">One sentence.</param>
/// <param name="Labels">Without <c>le</c>.</param>
/// <param name="Most">How many series it may have.</param>
internal sealed record MetricFamily(string Name, string Type, string Help, IReadOnlyList<string> Labels, int Most);

/// <summary>Makes <c>docs/metrics.md</c> of what a scrape shows.</summary>
internal static partial class MetricsReference
{
    /// <summary>Everything that there is, by name.</summary>
    public static async Task<IReadOnlyList<MetricFamily>> FamiliesAsync(OperatorMetrics full)
    {
        var text = Encoding.UTF8.GetString(await full.Scraper.ScrapeAsync());
        var most = Instruments(full).ToDictionary(
            static instrument => PrometheusText.FamilyName(instrument.Name, instrument.Unit ?? string.Empty, IsCounter(instrument)), full.MaximumOf, StringComparer.Ordinal);
        var families = new List<MetricFamily>();
        string? help = null;
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                help = line.Split(' ', 4)[3];
            }
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal) && line.Split(' ') is [_, _, var name, var type])
            {
                families.Add(new(name, type, help!, [], most.GetValueOrDefault(name)));
            }
            else if (line.Length > 0)
            {
                families[^1] = families[^1] with { Labels = [.. families[^1].Labels.Union(LabelsOf(line).Select(static label => label.Name), StringComparer.Ordinal)] };
            }
        }

        return [.. families.OrderBy(static family => family.Name, StringComparer.Ordinal)];
    }

    /// <summary>All instruments, whether or not they have measured anything.</summary>
    public static IReadOnlyList<Instrument> Instruments(OperatorMetrics metrics)
    {
        var found = new List<Instrument>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (metrics.Owns(instrument))
                {
                    found.Add(instrument);
                }
            },
        };
        listener.Start();
        return found;
    }

    public static bool IsCounter(Instrument instrument) => instrument is Counter<long> or Counter<double> or ObservableCounter<long> or ObservableCounter<double>;

    /// <summary>The values that are known from the start, by metric and label.</summary>
    public static async Task<IReadOnlyDictionary<(string Metric, string Label), string[]>> KnownValuesAsync(OperatorMetrics fresh) =>
        Encoding.UTF8.GetString(await fresh.Scraper.ScrapeAsync()).Split('\n').Where(static line => line.Length > 0 && line[0] != '#')
            .SelectMany(static line => LabelsOf(line).Select(label => (Metric: HistogramSuffix().Replace(line[..line.IndexOf('{', StringComparison.Ordinal)], string.Empty), label.Name, label.Value)))
            .GroupBy(static item => (item.Metric, item.Name))
            .ToDictionary(static group => group.Key, static group => group.Select(static item => item.Value).Distinct(StringComparer.Ordinal).ToArray());

    public static string Page(IReadOnlyList<MetricFamily> families, IReadOnlyDictionary<(string Metric, string Label), string[]> known)
    {
        var page = new StringBuilder();
        page.Append("""
            # Metrics

            Made from the program; a test keeps it equal (`UPDATE_GOLDEN=1` writes it anew). How to use it: [observability](observability.md).

            `/metrics` answers in Prometheus' text 0.0.4 or, to who asks for it as Prometheus does, in OpenMetrics 1.0, where histograms have
            exemplars: the trace in which a value was measured, if [traces are sent](observability.md#opentelemetry). Names, labels and units
            are stable: one that has to go is deprecated for a minor release before.

            Series whose labels are known beforehand are there at 0 from the start, so that their first increase counts. No metric has more
            series than the number in the last column; what would be beyond shares one series with the label `otel_metric_overflow`, and
            `gitops_operator_metrics_overflowing` counts the metrics of which that is so. Those with the label `application` have as many as
            `--metrics-application-limit` (5000) allows: where there are more Applications, none has series of its own, the values are added
            up (of ages and times the worst stands for all), and `gitops_operator_application_labels_dropped` is 1. The label `namespace` is
            the Application's: scrape with `honor_labels: true` (a ServiceMonitor: `honorLabels: true`), or it is called `exported_namespace`.


            """);
        page.Append("| metric | type | labels | | series |\n| --- | --- | --- | --- | --- |\n");
        foreach (var family in families)
        {
            page.Append(CultureInfo.InvariantCulture, $"| `{family.Name}` | {family.Type} | {string.Join(", ", family.Labels.Select(static label => $"`{label}`"))} | {family.Help.Replace("\\\\", "\\", StringComparison.Ordinal)} | {family.Most} |\n");
        }

        page.Append("\n## Values that are known beforehand\n\nBeside these, `reason`, `result` and `manager` may have others: `unknown` where nobody knows, `other` where there are too many.\n\n| metric | label | values |\n| --- | --- | --- |\n");
        foreach (var ((metric, label), values) in known.Where(static pair => !IsOfBuild(pair.Key.Metric)).OrderBy(static pair => pair.Key.Metric, StringComparer.Ordinal).ThenBy(static pair => pair.Key.Label, StringComparer.Ordinal))
        {
            page.Append(CultureInfo.InvariantCulture, $"| `{metric}` | `{label}` | {string.Join(", ", values.Select(static value => $"`{value}`"))} |\n");
        }

        page.Append("\n## Conditions\n\n`gitops_operator_application_condition_timestamp_seconds` has these, while they hold: ")
            .AppendJoin(", ", MetricLabels.Condition.All.Order(StringComparer.Ordinal).Select(static name => $"`{name}`"))
            .Append(".\nAll but the three that say Not are types of conditions in the status that are True.\n");
        return page.ToString();
    }

    public static IEnumerable<(string Name, string Value)> LabelsOf(string line) => line.Contains('{', StringComparison.Ordinal)
        ? Label().Matches(line[..line.LastIndexOf('}')]).Select(static match => (match.Groups[1].Value, match.Groups[2].Value)).Where(static label => label.Item1 != "le")
        : [];

    private static bool IsOfBuild(string metric) => metric == "gitops_operator_build_info";

    [GeneratedRegex("([a-z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"")]
    private static partial Regex Label();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex HistogramSuffix();
}
