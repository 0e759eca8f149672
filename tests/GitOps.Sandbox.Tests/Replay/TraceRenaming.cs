using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Tests.Replay;

/// <summary>
/// The same trace with other names: of the objects, of the field managers, of label values and of ConfigMaps' data, in the
/// requests and in what is expected. New names begin with a prefix, so that all orders (of lists, of managedFields entries)
/// stay as recorded.
/// </summary>
public sealed partial class TraceRenaming
{
    private static readonly string[] KindsThatKeepTheirNames = ["CustomResourceDefinition", "Namespace", "Role", "RoleBinding"];

    private readonly string _prefix;
    private readonly HashSet<string> _names;

    /// <param name="trace">The trace.</param>
    /// <param name="prefix">Letters.</param>
    public TraceRenaming(Trace trace, string prefix)
    {
        _prefix = prefix;
        _names = [.. trace.Steps.Select(static step => step["request"]?["body"]).OfType<JsonObject>()
            .Where(static body => !KindsThatKeepTheirNames.Contains(KubernetesObject.GetString(body, "kind")))
            .SelectMany(static body => (string?[])[Name(body, "name"), Name(body, "generateName")])
            .OfType<string>()];
    }

    public string UserAgent => _prefix + "recorder";

    public JsonObject Apply(JsonObject step) => (JsonObject)Rename(step, [])!;

    private static string? Name(JsonObject body, string member) => KubernetesObject.GetString(body["metadata"] as JsonObject, member);

    private JsonNode? Rename(JsonNode? node, IReadOnlyList<string> path) => node switch
    {
        JsonObject fields when fields.ContainsKey("op") && fields["path"]!.GetValue<string>().StartsWith("/data/", StringComparison.Ordinal) =>
            RenameOperation(fields),
        JsonObject fields => new JsonObject(fields.Select(field => KeyValuePair.Create(field.Key, Rename(field.Value, [.. path, field.Key])))),
        JsonArray items => new JsonArray([.. items.Select(item => Rename(item, [.. path, "*"]))]),
        JsonValue value when value.TryGetValue(out string? text) => JsonValue.Create(Rename(text, path)),
        _ => node?.DeepClone(),
    };

    private string Rename(string text, IReadOnlyList<string> path)
    {
        var (parent, member) = (path.Count > 1 ? path[^2] : string.Empty, path[^1]);
        return (parent, member) switch
        {
            ("request" or "watch", "path") => RenamePath(text),
            ("metadata" or "details", "name" or "generateName") when _names.Contains(text) => _prefix + text,
            (_, "manager") => _prefix + text,
            ("labels" or "matchLabels", _) => Value(text),
            ("selector", _) when path.Contains("spec", StringComparer.Ordinal) => Value(text),
            ("status", "selector") => SelectorText().Replace(text, match => $"{match.Groups[1].Value}={Value(match.Groups[2].Value)}"),
            ("data", _) => Value(text),
            _ => text,
        };
    }

    private JsonObject RenameOperation(JsonObject operation)
    {
        var renamed = (JsonObject)operation.DeepClone();
        if (KubernetesObject.GetString(operation, "value") is { } value)
        {
            renamed["value"] = Value(value);
        }

        return renamed;
    }

    private string Value(string text) => text.Contains("${", StringComparison.Ordinal) ? text : _prefix + text;

    private string RenamePath(string path)
    {
        var query = path.IndexOf('?', StringComparison.Ordinal);
        var segments = (query < 0 ? path : path[..query]).Split('/');
        var collection = Array.IndexOf(segments, "${ns}") + 1;
        if (collection > 0 && segments.Length > collection + 1 && _names.Contains(segments[collection + 1]))
        {
            segments[collection + 1] = _prefix + segments[collection + 1];
        }

        return string.Join('/', segments) + (query < 0 ? string.Empty : "?" + string.Join('&', path[(query + 1)..].Split('&').Select(RenameParameter)));
    }

    private string RenameParameter(string parameter)
    {
        var equals = parameter.IndexOf('=', StringComparison.Ordinal);
        var (name, value) = equals < 0 ? (parameter, string.Empty) : (parameter[..equals], parameter[(equals + 1)..]);
        return name switch
        {
            "fieldManager" => $"{name}={_prefix}{value}",
            "fieldSelector" => $"{name}={NameTerm().Replace(value, match => match.Groups[1].Value + _prefix + match.Groups[2].Value)}",
            "labelSelector" => $"{name}={LabelTerm().Replace(value, match => match.Groups[1].Value + Set(match.Groups[2].Value))}",
            _ => parameter,
        };
    }

    private string Set(string values) => string.Join(',', values.Split(',').Select(value => _prefix + value));

    [GeneratedRegex("(metadata\\.name(?:!?%3D))([a-z]+)")]
    private static partial Regex NameTerm();

    /// <summary>What stands behind an equals sign or within parentheses.</summary>
    [GeneratedRegex("(%3D|\\()([a-z]+(?:,[a-z]+(?=[,)]))*)(?=$|[,)])")]
    private static partial Regex LabelTerm();

    [GeneratedRegex("([a-z]+)=([a-z]+)")]
    private static partial Regex SelectorText();
}
