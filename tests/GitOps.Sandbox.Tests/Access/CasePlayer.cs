using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Access;

/// <summary>Plays the steps of a case, in a namespace of its own, and tells or records what is answered.</summary>
public sealed partial class CasePlayer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly TestCluster _cluster;
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public CasePlayer(TestCluster cluster, string @namespace) => (_cluster, _values["ns"]) = (cluster, @namespace);

    /// <summary>Plays one step.</summary>
    /// <returns>What differs from what was recorded; empty: nothing.</returns>
    public async Task<string> PlayAsync(JsonObject step)
    {
        if (step["until"] is JsonObject spec)
        {
            await WaitAsync(spec);
            return string.Empty;
        }

        var answer = await SendAsync(step);
        var compare = KubernetesObject.GetString(step, "compare");
        var actual = Describe(answer, withBody: compare is null);
        Capture(step, answer);
        if (compare == "none")
        {
            return string.Empty;
        }

        var expected = Expected(step, withBody: compare is null);
        return Matches(expected, actual, step) ? string.Empty : $"expected {KubernetesJson.ToText(expected)}\n     got {KubernetesJson.ToText(actual)}";
    }

    /// <summary>Plays one step and puts what is answered into it.</summary>
    public async Task RecordAsync(JsonObject step)
    {
        if (step["until"] is JsonObject spec)
        {
            await WaitAsync(spec);
            return;
        }

        var answer = await SendAsync(step);
        var compare = KubernetesObject.GetString(step, "compare");
        if (compare != "none")
        {
            foreach (var (name, value) in Describe(answer, withBody: compare is null))
            {
                step[name] = value?.DeepClone();
            }
        }

        Capture(step, answer);
    }

    private static JsonObject Expected(JsonObject step, bool withBody)
    {
        var expected = new JsonObject();
        foreach (var name in withBody ? (string[])["status", "warnings", "answer"] : ["status"])
        {
            if (step.TryGetPropertyValue(name, out var value))
            {
                expected[name] = value?.DeepClone();
            }
        }

        return expected;
    }

    private static bool Matches(JsonObject expected, JsonObject actual, JsonObject step)
    {
        foreach (var pointer in step["unordered"] as JsonArray ?? [])
        {
            var names = pointer!.GetValue<string>().Split('/', StringSplitOptions.RemoveEmptyEntries);
            var (wanted, given) = (Take(expected["answer"], names), Take(actual["answer"], names));
            if (!wanted.All(item => given.Any(other => JsonNode.DeepEquals(item, other))))
            {
                return false;
            }
        }

        return JsonNode.DeepEquals(expected, actual);
    }

    /// <summary>A list, which is no more compared after it.</summary>
    private static JsonArray Take(JsonNode? answer, string[] names)
    {
        var parent = names[..^1].Aggregate(answer, static (node, name) => node?[name]) as JsonObject;
        var list = parent?[names[^1]] as JsonArray ?? [];
        parent?.Remove(names[^1]);
        return list;
    }

    private async Task WaitAsync(JsonObject spec)
    {
        var body = KubernetesJson.ToText(new JsonObject { ["spec"] = spec.DeepClone() });
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var answer = await SendAsync(new()
            {
                ["method"] = "POST",
                ["path"] = "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                ["body"] = KubernetesJson.Parse(body),
            });
            if (answer.Json["status"]?["allowed"]?.GetValue<bool>() is true)
            {
                return;
            }

            TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(Patience, answer.Body);
            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }
    }

    private Task<RawAnswer> SendAsync(JsonObject step)
    {
        var headers = new List<HeaderLine> { new("Accept", "application/json") };
        var token = Resolve(KubernetesObject.GetString(step, "token") ?? _cluster.Token);
        if (token.Length > 0)
        {
            headers.Add(new("Authorization", $"Bearer {token}"));
        }

        foreach (var (name, values) in step["headers"] as JsonObject ?? [])
        {
            headers.AddRange(values!.AsArray().Select(value => new HeaderLine(name, Resolve(value!.GetValue<string>()))));
        }

        var body = step["body"] is { } json ? Resolve(KubernetesJson.ToText(json)) : null;
        if (body is not null)
        {
            headers.Add(new("Content-Type", KubernetesObject.GetString(step, "type") ?? "application/json"));
        }

        return RawClient.SendAsync(
            _cluster.Url, KubernetesObject.GetString(step, "method")!, Resolve(KubernetesObject.GetString(step, "path")!), headers, body);
    }

    private void Capture(JsonObject step, RawAnswer answer)
    {
        foreach (var (name, pointer) in step["capture"] as JsonObject ?? [])
        {
            var value = pointer!.GetValue<string>().Split('/', StringSplitOptions.RemoveEmptyEntries)
                .Aggregate((JsonNode?)answer.Json, static (node, field) => node?[field]);
            _values[name] = value?.GetValue<string>() ?? string.Empty;
        }
    }

    private string Resolve(string text) => Reference().Replace(text, match => _values.GetValueOrDefault(match.Groups[1].Value, match.Value));

    /// <summary>An answer without what is different each time.</summary>
    private JsonObject Describe(RawAnswer answer, bool withBody)
    {
        var described = new JsonObject { ["status"] = answer.Status };
        if (!withBody)
        {
            return described;
        }

        var warnings = answer.All("Warning").Select(warning => JsonValue.Create(Scrub(warning))).ToArray<JsonNode?>();
        if (warnings.Length > 0)
        {
            described["warnings"] = new JsonArray(warnings);
        }

        var text = Scrub(answer.Body);
        described["answer"] = text.StartsWith('{') ? KubernetesJson.Parse(text) : text;
        if (described["answer"] is JsonObject json)
        {
            (json["metadata"] as JsonObject)?.Remove("managedFields");
        }

        return described;
    }

    private string Scrub(string text)
    {
        foreach (var (name, value) in _values.OrderByDescending(static pair => pair.Value.Length))
        {
            text = text.Replace(value, $"${{{name}}}", StringComparison.Ordinal);
        }

        text = Token().Replace(text, "<token>");
        text = Uid().Replace(text, "<uid>");
        text = Time().Replace(text, "<time>");
        return Version().Replace(text, "\"resourceVersion\":\"<version>\"");
    }

    [GeneratedRegex(@"\$\{([a-z]+)\}")]
    private static partial Regex Reference();

    [GeneratedRegex(@"eyJ[\w-]{60,}\.[\w-]{60,}\.[\w-]{60,}")]
    private static partial Regex Token();

    [GeneratedRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")]
    private static partial Regex Uid();

    [GeneratedRegex(@"2\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")]
    private static partial Regex Time();

    [GeneratedRegex("\"resourceVersion\":\"[0-9]+\"")]
    private static partial Regex Version();
}
