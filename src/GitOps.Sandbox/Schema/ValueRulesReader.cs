using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Schema;

/// <summary>Reads the value validations of a schema node.</summary>
internal static class ValueRulesReader
{
    /// <summary>The node's own rules; what is below it belongs to the structure.</summary>
    public static ValueRules Read(JsonObject node) => new()
    {
        Required = Texts(node["required"]),
        Enum = node["enum"] is JsonArray values ? [.. values] : [],
        Pattern = KubernetesObject.GetString(node, "pattern") is { } pattern ? CelPatterns.Find(pattern) : null,
        PatternText = KubernetesObject.GetString(node, "pattern") ?? string.Empty,
        Format = KubernetesObject.GetString(node, "format") ?? string.Empty,
        Minimum = Number(node["minimum"]),
        Maximum = Number(node["maximum"]),
        ExclusiveMinimum = IsTrue(node, "exclusiveMinimum"),
        ExclusiveMaximum = IsTrue(node, "exclusiveMaximum"),
        MultipleOf = Number(node["multipleOf"]),
        MinLength = KubernetesObject.GetInt64(node, "minLength"),
        MaxLength = KubernetesObject.GetInt64(node, "maxLength"),
        MinItems = KubernetesObject.GetInt64(node, "minItems"),
        MaxItems = KubernetesObject.GetInt64(node, "maxItems"),
        UniqueItems = IsTrue(node, "uniqueItems"),
        MinProperties = KubernetesObject.GetInt64(node, "minProperties"),
        MaxProperties = KubernetesObject.GetInt64(node, "maxProperties"),
        AllOf = Branches(node["allOf"]),
        AnyOf = Branches(node["anyOf"]),
        OneOf = Branches(node["oneOf"]),
        Not = node["not"] is JsonObject not ? ReadBranch(not) : null,
    };

    public static ImmutableArray<string> Texts(JsonNode? node) => node is JsonArray items
        ? [.. items.OfType<JsonValue>().Select(static item => item.TryGetValue(out string? text) ? text : string.Empty)]
        : [];

    /// <summary>
    /// A number of any size the server takes; beyond decimal's range the nearest decimal, which every int64 is within.
    /// </summary>
    public static decimal? Number(JsonNode? node)
    {
        if (node is null || node.GetValueKind() != JsonValueKind.Number)
        {
            return null;
        }

        var text = node.ToJsonString();
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        return text.StartsWith('-') ? decimal.MinValue : decimal.MaxValue;
    }

    private static ImmutableArray<ValueRules> Branches(JsonNode? node) =>
        node is JsonArray branches ? [.. branches.OfType<JsonObject>().Select(ReadBranch)] : [];

    private static ValueRules ReadBranch(JsonObject node) => Read(node) with
    {
        Type = KubernetesObject.GetString(node, "type") ?? string.Empty,
        Properties = (node["properties"] as JsonObject ?? [])
            .Where(static property => property.Value is JsonObject)
            .ToFrozenDictionary(static property => property.Key, static property => ReadBranch((JsonObject)property.Value!), StringComparer.Ordinal),
        Items = node["items"] is JsonObject items ? ReadBranch(items) : null,
        Additional = node["additionalProperties"] is JsonObject additional ? ReadBranch(additional) : null,
    };

    private static bool IsTrue(JsonObject node, string name) =>
        node[name] is JsonValue value && value.TryGetValue(out bool isTrue) && isTrue;
}
