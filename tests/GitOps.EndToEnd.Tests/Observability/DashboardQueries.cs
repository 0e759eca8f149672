using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GitOps.Testing.Servers;

namespace GitOps.EndToEnd.Tests.Observability;

/// <summary>A query of a panel, with the values of its dashboard's variables in it.</summary>
/// <param name="Where">The dashboard and the panel.</param>
/// <param name="Text">What is asked.</param>
internal sealed record PanelQuery(string Where, string Text);

/// <summary>Asks what the dashboards ask.</summary>
internal static partial class DashboardQueries
{
    /// <summary>All queries of a dashboard.</summary>
    /// <param name="path">Of its file.</param>
    /// <param name="values">Of its variables.</param>
    public static IEnumerable<PanelQuery> Of(string path, IReadOnlyDictionary<string, string> values)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        return Read(path)["panels"]!.AsArray().SelectMany(panel => (panel!["targets"]?.AsArray() ?? []).Select(target =>
            new PanelQuery($"{name}: {panel["title"]}", Fill(target!["expr"]!.GetValue<string>(), values))));
    }

    /// <summary>The variables of a dashboard, each with the values that there are.</summary>
    public static async Task<Dictionary<string, IReadOnlyList<string>>> VariablesAsync(string path, PrometheusServer prometheus, IReadOnlyDictionary<string, string> values)
    {
        var found = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var variable in Read(path)["templating"]!["list"]!.AsArray().Where(static item => item!["type"]!.GetValue<string>() == "query"))
        {
            var query = LabelValues().Match(variable!["query"]!["query"]!.GetValue<string>());
            query.Success.ShouldBeTrue($"{path}: {variable}");
            found[variable["name"]!.GetValue<string>()] = await prometheus.LabelValuesAsync(query.Groups[2].Value, Fill(query.Groups[1].Value, values));
        }

        return found;
    }

    /// <summary>Whether a query has a row with a number in it.</summary>
    public static async Task<bool> HasDataAsync(PrometheusServer prometheus, PanelQuery query) =>
        (await prometheus.QueryAsync(query.Text)).Any(static row => double.IsFinite(double.Parse(row!["value"]![1]!.GetValue<string>(), CultureInfo.InvariantCulture)));

    private static string Fill(string text, IReadOnlyDictionary<string, string> values)
    {
        foreach (var (name, value) in values)
        {
            text = text.Replace("$" + name, value, StringComparison.Ordinal);
        }

        text.ShouldNotContain("$");
        return text;
    }

    private static JsonObject Read(string path) => JsonNode.Parse(File.ReadAllText(path))!.AsObject();

    [GeneratedRegex(@"^label_values\((.+), (\w+)\)$")]
    private static partial Regex LabelValues();
}
