using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace GitOps.Operator.Tests.Observability;

/// <summary>Dashboards and rules as they are shipped.</summary>
internal static partial class DeployedFiles
{
    public static readonly string Root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../.."));

    public static readonly string Rules = Path.Combine(Root, "deploy/prometheus/rules.yaml");

    public static readonly string RuleCases = Path.Combine(Root, "deploy/prometheus/rules_test.yaml");

    public static IEnumerable<string> Dashboards => Directory.GetFiles(Path.Combine(Root, "deploy/grafana"), "*.json").Select(static path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal);

    public static JsonObject Dashboard(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Root, $"deploy/grafana/{name}.json")))!.AsObject();

    /// <summary>Names of our metrics in a text, without what a histogram's samples end with.</summary>
    public static IEnumerable<string> MetricsIn(string text) => Metric().Matches(text).Select(static match => HistogramSuffix().Replace(match.Value, string.Empty)).Distinct(StringComparer.Ordinal);

    public static string RunbookOf(string url) => Path.Combine(Root, "docs/runbooks", url[(url.LastIndexOf('/') + 1)..] + ".md");

    private static string ThisFile([CallerFilePath] string path = "") => path;

    [GeneratedRegex(@"(?<![:\w])(gitops_operator|process|dotnet)_[a-z_]+(?![:\w])")]
    private static partial Regex Metric();

    [GeneratedRegex("(?<=_seconds)_(bucket|count|sum)$")]
    private static partial Regex HistogramSuffix();
}
