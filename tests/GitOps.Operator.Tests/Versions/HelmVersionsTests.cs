using System.Text.Json.Nodes;
using GitOps.Operator.Model.Versions;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Versions;

/// <summary>What the real helm, which reads ranges with the same library as Argo CD, says of each version and each range.</summary>
public sealed class HelmVersionsTests
{
    private const string Template = """
        {{- range $range := .Values.ranges }}
        {{- range $version := $.Values.versions }}
        - {{ printf "%s|%s|%t" $range $version (semverCompare $range $version) | quote }}
        {{- end }}
        {{- end }}
        """;

    private static readonly string[] Signs = ["", "=", "!=", ">", "<", ">=", "=>", "<=", "=<", "~", "~>", "^", ">= ", "^ "];

    private static readonly string[] Bounds =
    [
        "*", "x", "*-0", "0", "0.0", "0.0.0", "0.0.x", "0-0", "0.0.3", "0.2", "0.2.3", "0.2.x", "1", "v1", "1.x", "1.x.x", "1.x.5", "1.2", "1.2.*", "1.2.3",
        "v1.2.3", "1.2.3-alpha", "1.2.3-alpha.2", "1.2-0", "1.2.x-beta", "1-alpha", "2.0.0+build", "01.02.03", "11",
    ];

    private static readonly string[] Lists =
    [
        ">=1.0 <2.0", ">=1.0, <2.0", ">=1.0,<2.0", "  >= 1.0  ", ">1 <3 !=2.0.0 || 0.2.x", "1.0 - 2.0", "1 - 2, !=1.2.3", "0.2.3 - 1.2.3-beta", "1.1-3",
        "^1 || ^0.2 || 11.1.0", ">=1-0 <2 || >=11", "~1.2.3-alpha.1 || 2.x", "1.2 1.2.3", "2 - 3 2.5 - 5.1",
    ];

    private static readonly string[] Versions =
    [
        "0", "0.0.0", "0.0.1", "0.0.3", "0.0.4", "0.0.1-alpha", "0.0.0-alpha", "0.1.0", "0.2.0", "0.2.3", "0.2.4", "0.2.4-beta", "0.3.0", "1", "v1.0.0", "1.0.5",
        "1.2", "1.2.2", "1.2.3", "1.2.3-alpha", "1.2.3-alpha.1", "1.2.3-alpha.2", "1.2.3-alpha.10", "1.2.3-beta", "1.2.3-0", "1.2.3+meta", "1.2.4", "1.2.4-alpha",
        "1.3.0", "1.9.9", "1.10.0", "2.0.0", "2.0.0-rc.1", "2.0.0+other", "2.5.0", "3.0.0", "11.0.0", "11.1.0", "12.0.0-alpha", "20260309-192056-549",
    ];

    [Fact]
    public async Task Every_range_allows_what_helm_says()
    {
        var helm = TestProgram.Require("GITOPS_TEST_HELM");
        var chart = Directory.CreateTempSubdirectory("helm-versions-").FullName;
        try
        {
            string[] ranges = [.. Signs.SelectMany(static sign => Bounds.Select(bound => sign + bound)), .. Lists];
            Directory.CreateDirectory(Path.Combine(chart, "templates"));
            await File.WriteAllTextAsync(Path.Combine(chart, "Chart.yaml"), "apiVersion: v2\nname: versions\nversion: 1.0.0\n", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(Path.Combine(chart, "templates", "all.yaml"), $"kind: List\nanswers:\n{Template}\n", TestContext.Current.CancellationToken);
            var values = new JsonObject { ["ranges"] = Array(ranges), ["versions"] = Array(Versions) };
            await File.WriteAllTextAsync(Path.Combine(chart, "values.yaml"), values.ToJsonString(), TestContext.Current.CancellationToken);

            var output = await helm.With([], new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = chart }).RunAsync("template", "versions", chart);

            var rows = output.Split('\n').Where(static line => line.StartsWith("- \"", StringComparison.Ordinal))
                .Select(static line => JsonNode.Parse(line[2..])!.GetValue<string>()).ToArray();
            rows.Length.ShouldBe(ranges.Length * Versions.Length);
            var others = rows.Where(static row => row != Ours(row)).ToArray();
            if ((await helm.RunAsync("version", "--template", "{{.Version}}")).StartsWith("v3.", StringComparison.Ordinal))
            {
                // To the library of Helm 3 each bound says by itself whether prereleases are allowed, and "not this version" allows them.
                others.ShouldContain("!=1.2.3|1.2.3-alpha|true", StringComparer.Ordinal);
                others.ShouldContain("0.2.3 - 1.2.3-beta|1.2.3-alpha|false", StringComparer.Ordinal);
                others.ShouldAllBe(static row => IsOfPrerelease(row) && (row.EndsWith("|true", StringComparison.Ordinal) ? row.Contains("!=", StringComparison.Ordinal) : HasTwoBounds(row)));
                return;
            }

            others.ShouldBeEmpty();
        }
        finally
        {
            Directory.Delete(chart, recursive: true);
        }
    }

    private static JsonArray Array(string[] items) => [.. items.Select(static item => JsonValue.Create(item))];

    private static bool IsOfPrerelease(string row) => SemanticVersion.Parse(Parts(row).Version)!.IsPrerelease;

    private static bool HasTwoBounds(string row) => Parts(row).Range.Trim().Contains(' ', StringComparison.Ordinal);

    // The range may have bars of its own.
    private static (string Range, string Version) Parts(string row)
    {
        var last = row.LastIndexOf('|');
        var middle = row.LastIndexOf('|', last - 1);
        return (row[..middle], row[(middle + 1)..last]);
    }

    private static string Ours(string row)
    {
        var (text, version) = Parts(row);
        VersionRange.TryParse(text, out var range).ShouldBeTrue(text);
        return $"{text}|{version}|{(range!.Allows(SemanticVersion.Parse(version)!) ? "true" : "false")}";
    }
}
