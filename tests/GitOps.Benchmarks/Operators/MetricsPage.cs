using System.Globalization;

namespace GitOps.Benchmarks.Operators;

/// <summary>One scrape of the operator's metrics: what it says of itself.</summary>
internal sealed class MetricsPage
{
    private readonly Dictionary<string, double> _samples;

    private MetricsPage(Dictionary<string, double> samples) => _samples = samples;

    public double Renders => Sum("gitops_operator_renders_total", "result=\"succeeded\"") + Sum("gitops_operator_renders_total", "result=\"failed\"");

    public double CachedRenders => Sum("gitops_operator_renders_total", "result=\"cached\"");

    public double QueueDepth => Sum("gitops_operator_queue_depth");

    public double Synced => Sum("gitops_operator_applications", "sync_status=\"Synced\"");

    /// <summary>Passes that went through to their end.</summary>
    public double PassesDone => Sum("gitops_operator_reconciles_total", "result=\"done\"");

    public double Passes => Sum("gitops_operator_reconciles_total");

    public int SeriesCount => _samples.Count;

    public double ManagedHeapBytes => Sum("dotnet_gc_heap_bytes");

    public static async Task<MetricsPage> ReadAsync(Uri address, HttpClient http, CancellationToken cancellationToken)
    {
        var samples = new Dictionary<string, double>(StringComparer.Ordinal);
        var text = await http.GetStringAsync(new Uri(address, "/metrics"), cancellationToken);
        foreach (var line in text.Split('\n'))
        {
            var space = line.LastIndexOf(' ');
            if (space > 0 && line[0] != '#' && double.TryParse(line.AsSpan(space + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            {
                samples[line[..space]] = value;
            }
        }

        return new MetricsPage(samples);
    }

    /// <summary>Requests by verb and resource; watches and what belongs to the page itself are left out.</summary>
    public IReadOnlyDictionary<string, double> Requests() => Series("gitops_operator_kubernetes_requests_total")
        .GroupBy(static pair => $"{Label(pair.Key, "verb")} {Label(pair.Key, "resource")}", static pair => pair.Value, StringComparer.Ordinal)
        .Where(static group => !group.Key.StartsWith("watch ", StringComparison.Ordinal))
        .ToDictionary(static group => group.Key, static group => group.Sum(), StringComparer.Ordinal);

    /// <summary>What was requested after an earlier page, by verb and resource.</summary>
    public IReadOnlyDictionary<string, double> RequestsSince(MetricsPage before)
    {
        var earlier = before.Requests();
        return Requests().Select(pair => (pair.Key, Value: pair.Value - earlier.GetValueOrDefault(pair.Key))).Where(static pair => pair.Value > 0)
            .OrderByDescending(static pair => pair.Value).ToDictionary(static pair => pair.Key, static pair => pair.Value, StringComparer.Ordinal);
    }

    /// <summary>Looks at repositories and runs of git after an earlier page, by operation.</summary>
    public IReadOnlyDictionary<string, double> GitOperationsSince(MetricsPage before)
    {
        var earlier = before.GitOperations();
        return GitOperations().Select(pair => (pair.Key, Value: pair.Value - earlier.GetValueOrDefault(pair.Key))).Where(static pair => pair.Value > 0)
            .ToDictionary(static pair => pair.Key, static pair => pair.Value, StringComparer.Ordinal);
    }

    /// <summary>Seconds that a step of the passes took in all, by step.</summary>
    public IReadOnlyDictionary<string, double> StepSeconds() => Series("gitops_operator_reconcile_step_seconds_sum")
        .ToDictionary(static pair => Label(pair.Key, "step"), static pair => pair.Value, StringComparer.Ordinal);

    private Dictionary<string, double> GitOperations() => Series("gitops_operator_git_operations_total")
        .GroupBy(static pair => Label(pair.Key, "operation"), static pair => pair.Value, StringComparer.Ordinal)
        .ToDictionary(static group => group.Key, static group => group.Sum(), StringComparer.Ordinal);

    private static string Label(string series, string name)
    {
        var start = series.IndexOf($"{name}=\"", StringComparison.Ordinal) + name.Length + 2;
        return series[start..series.IndexOf('"', start)];
    }

    private IEnumerable<KeyValuePair<string, double>> Series(string family) => _samples.Where(pair =>
        pair.Key.StartsWith(family, StringComparison.Ordinal) && (pair.Key.Length == family.Length || pair.Key[family.Length] == '{'));

    private double Sum(string family, string? label = null) =>
        Series(family).Where(pair => label is null || pair.Key.Contains(label, StringComparison.Ordinal)).Sum(static pair => pair.Value);
}
