using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Apply;

namespace GitOps.Sandbox.Tests.Apply;

/// <summary>The recorded writes, played against the typed half of the server alone.</summary>
public sealed partial class PureReplayTests
{
    private static readonly Dictionary<string, string> Kinds = new(StringComparer.Ordinal)
    {
        ["configmaps"] = "ConfigMap",
        ["secrets"] = "Secret",
        ["services"] = "Service",
        ["deployments"] = "Deployment",
        ["widgets"] = "Widget",
    };

    /// <summary>
    /// The steps that are about paths, media types, deletion or the scale's own form are not of this half: their answers are not
    /// compared. Those that another layer refuses (negative) are not sent.
    /// </summary>
    [Theory]
    [InlineData("apply-configmap", 11, 12)]
    [InlineData("apply-drift-by-update", 3)]
    [InlineData("apply-lists")]
    [InlineData("custom-resources", 0, 2, -11, 14, 15, 16, 19, 20)]
    [InlineData("patch-types", 9, 10)]
    [InlineData("dry-run", 1, 3, 6, 8)]
    [InlineData("generation-and-status", 5, 6)]
    [InlineData("finalizers", 1, 2, 3, -4, 5, 8, 9)]
    [InlineData("field-validation")]
    [InlineData("defaulting")]
    [InlineData("validation")]
    public void A_recorded_trace_gives_the_recorded_answers(string name, params int[] skipped)
    {
        var path = Path.Combine(Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!, "traces", name + ".json");
        var text = File.ReadAllText(path).Replace("${ns}", "ns", StringComparison.Ordinal);
        var steps = KubernetesJson.ParseObject(text)["steps"]!.AsArray();
        var server = new PureServer();
        var matcher = new Placeholders();
        var differences = new List<string>();
        for (var i = 0; i < steps.Count; i++)
        {
            var step = steps[i]!.AsObject();
            if (step["request"] is JsonObject request && (i == 0 || !skipped.Contains(-i)))
            {
                var answer = Send(server, request);
                if (!skipped.Contains(i))
                {
                    Compare($"[{i}]", step, answer, server.Warnings, matcher, differences);
                }
            }
        }

        differences.ShouldBeEmpty();
    }

    private static void Compare(
        string place, JsonObject step, (int Code, JsonNode? Body) answer, IReadOnlyList<string> warnings, Placeholders matcher, List<string> differences)
    {
        var expect = step["expect"]!.AsObject();
        var isCreated = expect["status"]!.GetValue<int>() == 201;
        if (answer.Code != (isCreated ? 200 : expect["status"]!.GetValue<int>()))
        {
            differences.Add($"{place} status {answer.Code}, expected {expect["status"]}: {answer.Body?.ToJsonString()}");
            return;
        }

        if (expect["warnings"] is JsonArray expected)
        {
            warnings.Select(static warning => $"299 - \"{warning.Replace("\"", "\\\"", StringComparison.Ordinal)}\"")
                .ShouldBe(expected.Select(static item => item!.GetValue<string>()));
        }

        if (expect["body"] is JsonObject body && expect["compare"]?.GetValue<string>() != "status" && step["compare"]?.GetValue<string>() != "status")
        {
            var ignored = (expect["ignore"] ?? step["ignore"])?.AsArray().Select(static item => item!.GetValue<string>()).ToHashSet(StringComparer.Ordinal) ?? [];
            matcher.Compare(place, string.Empty, body, answer.Body, ignored, differences);
        }
    }

    private static (int Code, JsonNode? Body) Send(PureServer server, JsonObject request)
    {
        var url = new Uri("http://server" + request["path"]!.GetValue<string>());
        var query = url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(static pair => pair.Split('=')).ToDictionary(static pair => pair[0], static pair => pair[1], StringComparer.Ordinal);
        var match = ResourcePath().Match(url.AbsolutePath);
        try
        {
            if (url.AbsolutePath.EndsWith("/customresourcedefinitions", StringComparison.Ordinal))
            {
                server.Define(new((JsonObject)request["body"]!));
                return (200, null);
            }

            return match.Success ? Dispatch(server, request, match, query) : (404, null);
        }
        catch (ApiException exception)
        {
            var status = new JsonObject
            {
                ["kind"] = "Status",
                ["apiVersion"] = "v1",
                ["metadata"] = new JsonObject(),
                ["status"] = "Failure",
                ["message"] = exception.Message,
                ["reason"] = exception.Reason,
                ["code"] = (int)exception.Code,
            };
            if (exception.Details is not null)
            {
                status["details"] = exception.Details.DeepClone();
            }

            return ((int)exception.Code, status);
        }
    }

    private static (int Code, JsonNode? Body) Dispatch(
        PureServer server, JsonObject request, Match path, Dictionary<string, string> query)
    {
        var manager = query.GetValueOrDefault("fieldManager", "recorder");
        var isDryRun = query.ContainsKey("dryRun");
        var body = request["body"];
        if (request["method"]!.GetValue<string>() == "POST")
        {
            var mode = Enum.Parse<FieldValidationMode>(query.GetValueOrDefault("fieldValidation", "Warn"));
            return (200, server.Create(new((JsonObject)body!), manager, mode, isDryRun).Json);
        }

        var contentType = request["contentType"]?.GetValue<string>();
        if (contentType == "application/apply-patch+yaml")
        {
            return (200, server.Apply(new((JsonObject)body!), manager, query.ContainsKey("force"), isDryRun).Json);
        }

        var key = new ObjectKey(path.Groups["group"].Value, Kinds[path.Groups["plural"].Value], "ns", path.Groups["name"].Value);
        if (server.Find(key) is not { } live)
        {
            return (404, null);
        }

        return (contentType, path.Groups["sub"].Value) switch
        {
            (null, _) => (200, live.Json),
            (_, "scale") => (200, server.Scale(live, body!["spec"]!["replicas"]!.GetValue<int>(), manager).Json),
            ("application/merge-patch+json", var sub) =>
                (200, server.Patch(live, (json, _) => MergePatch.Apply(json, body), manager, sub, isDryRun).Json),
            ("application/json-patch+json", var sub) =>
                (200, server.Patch(live, (json, _) => JsonPatchDocument.Apply(json, body), manager, sub, isDryRun).Json),
            ("application/strategic-merge-patch+json", var sub) =>
                (200, server.Patch(live, (json, type) => StrategicMergePatch.Apply(json, body, type), manager, sub, isDryRun).Json),
            _ => (415, null),
        };
    }

    [GeneratedRegex("^/(api|apis/(?<group>[^/]+))/v[0-9]+/namespaces/ns/(?<plural>[^/]+)(/(?<name>[^/]+)(/(?<sub>[^/]+))?)?$")]
    private static partial Regex ResourcePath();

    /// <summary>Compares, and learns what the placeholders stand for.</summary>
    private sealed class Placeholders
    {
        private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

        public void Compare(string place, string pointer, JsonNode? expected, JsonNode? actual, HashSet<string> ignored, List<string> differences)
        {
            if (ignored.Contains(pointer) || pointer == "/message")
            {
                return;
            }

            switch (expected, actual)
            {
                case (JsonObject left, JsonObject right):
                    foreach (var name in left.Select(static member => member.Key).Union(right.Select(static member => member.Key), StringComparer.Ordinal))
                    {
                        if (left.ContainsKey(name) != right.ContainsKey(name))
                        {
                            differences.Add($"{place}{pointer}/{name} expected {left[name]?.ToJsonString()}, got {right[name]?.ToJsonString()}");
                        }
                        else
                        {
                            Compare(place, $"{pointer}/{name}", left[name], right[name], ignored, differences);
                        }
                    }

                    break;
                case (JsonArray left, JsonArray right) when left.Count == right.Count:
                    for (var i = 0; i < left.Count; i++)
                    {
                        Compare(place, $"{pointer}/{i}", left[i], right[i], ignored, differences);
                    }

                    break;
                default:
                    if (!Matches(expected, actual))
                    {
                        differences.Add($"{place}{pointer} expected {expected?.ToJsonString()}, got {actual?.ToJsonString()}");
                    }

                    break;
            }
        }

        private bool Matches(JsonNode? expected, JsonNode? actual)
        {
            if (expected is not JsonValue value || !value.TryGetValue(out string? text) || !text.StartsWith('<') || text == "<nil>")
            {
                return JsonNode.DeepEquals(expected, actual);
            }

            if (text == "<time>")
            {
                return actual is not null;
            }

            var answered = actual?.GetValue<string>() ?? string.Empty;
            return _values.TryGetValue(text, out var known)
                ? known == answered
                : !_values.ContainsValue(answered) && _values.TryAdd(text, answered);
        }
    }
}
