using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Tables;

/// <summary>Labels and label selectors as text.</summary>
internal static class Selectors
{
    private const string None = "<none>";

    /// <summary>Labels, sorted: <c>a=b,c=d</c>.</summary>
    public static string Labels(JsonObject? labels) => labels is { Count: > 0 } ? string.Join(',', Pairs(labels)) : None;

    /// <summary>A selector; empty where it selects everything or is absent.</summary>
    public static string Text(JsonObject? selector)
    {
        var terms = ((selector?["matchLabels"] as JsonObject)?.Select(static label => (label.Key, Term: $"{label.Key}={label.Value}")) ?? [])
            .Concat((selector?["matchExpressions"] as JsonArray ?? []).OfType<JsonObject>().Select(Expression));
        return string.Join(',', terms.OrderBy(static term => term.Key, StringComparer.Ordinal).Select(static term => term.Term));
    }

    /// <summary>A selector, or that there is none.</summary>
    public static string TextOrNone(JsonObject? selector) => Text(selector) is { Length: > 0 } text ? text : None;

    /// <summary>A selector as Go prints the struct, which is what the tables of policy bindings show.</summary>
    public static string Struct(JsonObject selector)
    {
        var labels = selector["matchLabels"] is JsonObject members
            ? string.Concat(members.OrderBy(static label => label.Key, StringComparer.Ordinal).Select(static label => $"{label.Key}: {label.Value},"))
            : string.Empty;
        var expressions = (selector["matchExpressions"] as JsonArray ?? []).OfType<JsonObject>().Select(static expression =>
            $"LabelSelectorRequirement{{Key:{expression["key"]},Operator:{expression["operator"]},Values:[{string.Join(' ', Values(expression))}],}},");
        return $"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{{string.Concat(expressions)}}},}}";
    }

    private static IEnumerable<string> Pairs(JsonObject labels) =>
        labels.Select(static label => $"{label.Key}={label.Value}").Order(StringComparer.Ordinal);

    private static (string Key, string Term) Expression(JsonObject expression)
    {
        var key = KubernetesObject.GetString(expression, "key") ?? string.Empty;
        var values = string.Join(',', Values(expression).Order(StringComparer.Ordinal));
        return (key, KubernetesObject.GetString(expression, "operator") switch
        {
            "In" => $"{key} in ({values})",
            "NotIn" => $"{key} notin ({values})",
            "DoesNotExist" => $"!{key}",
            _ => key,
        });
    }

    private static IEnumerable<string> Values(JsonObject expression) =>
        expression["values"] is JsonArray values ? values.Select(static value => value?.ToString() ?? string.Empty) : [];
}
