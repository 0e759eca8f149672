using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Tests.Replay;

/// <summary>
/// Makes of an answer what is written into a recording: what is another each time (uids, versions, times, handed out addresses,
/// generated names, the namespace) becomes a placeholder. One for each recording, as it numbers what it finds.
/// </summary>
public sealed partial class AnswerScrubber
{
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(10);
    private static readonly string[] Headers = ["Retry-After", "Content-Type"];

    private readonly Dictionary<string, string> _uids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _versions = new(StringComparer.Ordinal);
    private readonly string _namespace;
    private readonly string _given;

    /// <param name="namespace">The namespace it is recorded in.</param>
    /// <param name="given">Everything that is sent: what stands there is nothing that the server made up.</param>
    public AnswerScrubber(string @namespace, string given) => (_namespace, _given) = (@namespace, given);

    /// <summary>An answer's text as JSON: an object, or whatever is no object as a string.</summary>
    public static JsonNode? Read(string answer)
    {
        try
        {
            return KubernetesJson.Parse(answer);
        }
        catch (JsonException)
        {
            return JsonValue.Create(answer);
        }
    }

    /// <summary>The expectation of a step.</summary>
    public JsonObject Describe(JsonObject step, HttpResponseMessage response, string answer)
    {
        var expected = new JsonObject { ["status"] = (int)response.StatusCode };
        if (response.Headers.TryGetValues("Warning", out var warnings))
        {
            expected["warnings"] = new JsonArray([.. warnings.Select(warning => JsonValue.Create(Text(warning)))]);
        }

        foreach (var name in Headers)
        {
            if (TracePlayer.HeaderOf(response, name) is { } value && value != "application/json")
            {
                expected["headers"] ??= new JsonObject();
                expected["headers"]![name] = value;
            }
        }

        if (KubernetesObject.GetString(step, "compare") != "status")
        {
            var body = Read(answer);
            Remove(body, string.Empty, TracePlayer.Pointers(step["ignore"]));
            expected["body"] = Scrub(body);
        }

        return expected;
    }

    /// <summary>A copy with placeholders.</summary>
    public JsonNode? Scrub(JsonNode? node, string name = "") => node switch
    {
        JsonObject fields => Fields(fields),
        JsonArray items => new JsonArray([.. items.Select(item => Scrub(item, name))]),
        JsonValue value when value.TryGetValue(out string? text) => JsonValue.Create(Text(text, name)),
        _ when name is "nodePort" or "healthCheckNodePort" && !_given.Contains(KubernetesJson.ToText(node), StringComparison.Ordinal) => JsonValue.Create("<any>"),
        _ => node?.DeepClone(),
    };

    private static void Remove(JsonNode? node, string pointer, HashSet<string> ignored)
    {
        if (ignored.Count == 0)
        {
            return;
        }

        switch (node)
        {
            case JsonObject fields:
                foreach (var (name, value) in fields.ToArray())
                {
                    if (ignored.Contains($"{pointer}/{name}"))
                    {
                        fields.Remove(name);
                    }
                    else
                    {
                        Remove(value, $"{pointer}/{name}", ignored);
                    }
                }

                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    Remove(item, $"{pointer}/*", ignored);
                }

                break;
            default:
                break;
        }
    }

    private static string Number(Dictionary<string, string> known, string value, string kind)
    {
        if (!known.TryGetValue(value, out var placeholder))
        {
            known[value] = placeholder = string.Create(CultureInfo.InvariantCulture, $"<{kind}#{known.Count + 1}>");
        }

        return placeholder;
    }

    private JsonObject Fields(JsonObject fields)
    {
        var isGenerated = fields.ContainsKey("generateName") && KubernetesObject.GetString(fields, "name") is { } made
            && !_given.Contains($"\"{made}\"", StringComparison.Ordinal);
        return new(fields.Select(field => KeyValuePair.Create(
            Text(field.Key), isGenerated && field.Key == "name" ? JsonValue.Create("<any>") : Scrub(field.Value, field.Key))));
    }

    private string Text(string text, string name = "")
    {
        if (name == "resourceVersion" && text.Length > 0 && text.All(char.IsAsciiDigit))
        {
            return Number(_versions, text, "rv");
        }

        if (name == "continue" && text.Length > 0)
        {
            return "<continue>";
        }

        if (Uid().IsMatch(text) && !_given.Contains(text, StringComparison.Ordinal))
        {
            return Number(_uids, text, "uid");
        }

        var isTime = Time().IsMatch(text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            && (TimeProvider.System.GetUtcNow() - time).Duration() < Recent;
        if (isTime)
        {
            return "<time>";
        }

        return ServiceAddress().IsMatch(text) && !_given.Contains(text, StringComparison.Ordinal)
            ? "<any>"
            : text.Replace(_namespace, "${ns}", StringComparison.Ordinal);
    }

    [GeneratedRegex("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
    private static partial Regex Uid();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")]
    private static partial Regex Time();

    [GeneratedRegex(@"^10\.96\.\d+\.\d+$")]
    private static partial Regex ServiceAddress();
}
