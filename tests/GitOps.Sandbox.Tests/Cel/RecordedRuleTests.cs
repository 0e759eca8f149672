using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Cel;

/// <summary>
/// Definitions with CEL rules, and objects of theirs, with what a real API server answered. One JSON object a line: the
/// <c>schema</c>; the <c>live</c> spec of an object, created beforehand (with <c>liveSchema</c>, if there was another one then);
/// the <c>next</c> spec; and the <c>status</c>, <c>causes</c> and <c>warnings</c> of the last request.
/// </summary>
public sealed partial class RecordedRuleTests
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private const string Things = "/apis/rules.example/v1/namespaces/default/things";

    private static readonly string Table = Path.Combine(AppContext.BaseDirectory, "Cel", "recorded-rules", "rules.jsonl");

    private static readonly IReadOnlyDictionary<string, JsonObject> Cases = File.ReadLines(Table)
        .Select(static line => (JsonObject)JsonNode.Parse(line)!)
        .ToDictionary(static line => KubernetesObject.GetString(line, "about")!, StringComparer.Ordinal);

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_server_judges_as_recorded(string about)
    {
        var recorded = Cases[about];
        await using var cluster = await TestCluster.StartAsync();
        var answer = await cluster.PostAsync(Definitions, Definition(recorded["liveSchema"] ?? recorded["schema"]));
        if (answer.Status == 201 && recorded.TryGetPropertyValue("next", out var next))
        {
            answer = await WriteAsync(cluster, recorded, next);
        }

        answer.Status.ShouldBe(recorded["status"]!.GetValue<int>(), KubernetesJson.ToText(answer.Body));
        Causes(answer.Body["details"]?["causes"]).ShouldBe(Causes(recorded["causes"]));
        Warnings(answer).Order(StringComparer.Ordinal).ShouldBe(
            (recorded["warnings"] as JsonArray ?? []).Select(static warning => warning!.GetValue<string>()).Order(StringComparer.Ordinal));
    }

    private static async Task<Answer> WriteAsync(TestCluster cluster, JsonObject recorded, JsonNode? next)
    {
        if (!recorded.TryGetPropertyValue("live", out var live))
        {
            return await cluster.PostAsync(Things, Thing(next, null));
        }

        var created = (await cluster.PostAsync(Things, Thing(live, null))).Ok();
        if (recorded.ContainsKey("liveSchema"))
        {
            var definition = (await cluster.GetAsync($"{Definitions}/things.rules.example")).Ok().Body;
            definition["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"] = recorded["schema"]!.DeepClone();
            (await cluster.CallAsync(HttpMethod.Put, $"{Definitions}/things.rules.example", KubernetesJson.ToText(definition))).Ok();
        }

        var version = created.Body["metadata"]!["resourceVersion"]!.GetValue<string>();
        return await cluster.CallAsync(HttpMethod.Put, $"{Things}/a", Thing(next, version));
    }

    private static IEnumerable<string> Warnings(Answer answer) =>
        Warning().Matches(answer.Headers.GetValueOrDefault("Warning", string.Empty)).Select(static match => match.Groups["text"].Value.Replace("\\\"", "\"", StringComparison.Ordinal));

    [GeneratedRegex("299 - \"(?<text>([^\"\\\\]|\\\\.)*)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex Warning();

    private static string[] Causes(JsonNode? causes) =>
        [.. (causes as JsonArray ?? []).Select(static cause => $"{cause!["field"]} {cause["reason"]} {cause["message"]}").Order(StringComparer.Ordinal)];

    private static string Thing(JsonNode? spec, string? version)
    {
        var metadata = new JsonObject { ["name"] = "a" };
        if (version is not null)
        {
            metadata["resourceVersion"] = version;
        }

        return KubernetesJson.ToText(new JsonObject
        {
            ["apiVersion"] = "rules.example/v1",
            ["kind"] = "Thing",
            ["metadata"] = metadata,
            ["spec"] = spec?.DeepClone(),
        });
    }

    private static string Definition(JsonNode? schema) => KubernetesJson.ToText(new JsonObject
    {
        ["apiVersion"] = "apiextensions.k8s.io/v1",
        ["kind"] = "CustomResourceDefinition",
        ["metadata"] = new JsonObject { ["name"] = "things.rules.example" },
        ["spec"] = new JsonObject
        {
            ["group"] = "rules.example",
            ["scope"] = "Namespaced",
            ["names"] = new JsonObject { ["plural"] = "things", ["kind"] = "Thing" },
            ["versions"] = new JsonArray(new JsonObject
            {
                ["name"] = "v1",
                ["served"] = true,
                ["storage"] = true,
                ["schema"] = new JsonObject { ["openAPIV3Schema"] = schema?.DeepClone() },
            }),
        },
    });
}
