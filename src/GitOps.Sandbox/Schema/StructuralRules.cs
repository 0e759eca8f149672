using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Schema;

/// <summary>
/// What makes a custom resource's schema structural: every node says its type, and value validations (allOf, anyOf, oneOf, not)
/// only restrict what the structure declares.
/// </summary>
internal sealed class StructuralRules
{
    private static readonly string[] NeverAllowed =
        ["$ref", "definitions", "dependencies", "id", "patternProperties", "additionalItems", "$schema"];

    private static readonly string[] StructureOnly =
        ["type", "default", "nullable", "additionalProperties", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource",
            "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type", "x-kubernetes-validations", "title", "description"];

    private static readonly string[] Types = ["array", "boolean", "integer", "number", "object", "string"];

    private readonly ImmutableArray<StatusCause>.Builder _errors = ImmutableArray.CreateBuilder<StatusCause>();

    public static ImmutableArray<StatusCause> Errors(JsonObject schema, string path)
    {
        var rules = new StructuralRules();
        var type = KubernetesObject.GetString(schema, "type");
        if (type is null)
        {
            rules.Required($"{path}.type", "must not be empty at the root");
        }
        else if (type != "object")
        {
            rules.Invalid($"{path}.type", type, "must be object at the root");
        }

        rules.Node(schema, path, isRoot: true);
        return rules._errors.ToImmutable();
    }

    /// <summary>The node's pattern, if it is none.</summary>
    private static string? WrongPattern(JsonObject node) =>
        KubernetesObject.GetString(node, "pattern") is { } pattern && CelPatterns.Find(pattern) is null ? pattern : null;

    private static bool Has(JsonObject node, string name) =>
        node.TryGetPropertyValue(name, out var value) && value is not (null or JsonObject { Count: 0 } or JsonArray { Count: 0 });

    private static bool IsTrue(JsonObject node, string name) =>
        node[name] is JsonValue value && value.TryGetValue(out bool isTrue) && isTrue;

    private void Node(JsonObject node, string path, bool isRoot = false)
    {
        var type = KubernetesObject.GetString(node, "type") ?? string.Empty;
        var isIntOrString = IsTrue(node, "x-kubernetes-int-or-string");
        if (type.Length > 0 && !Types.Contains(type, StringComparer.Ordinal))
        {
            NotSupported($"{path}.type", type, Types);
        }

        if (isIntOrString && type.Length > 0)
        {
            Invalid($"{path}.type", type, "must be empty if x-kubernetes-int-or-string is true");
        }

        foreach (var name in NeverAllowed.Where(name => Has(node, name)))
        {
            Forbidden($"{path}.{name}", $"{name} is not supported");
        }

        if (IsTrue(node, "uniqueItems"))
        {
            Forbidden($"{path}.uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
        }

        if (WrongPattern(node) is { } pattern)
        {
            Invalid($"{path}.pattern", pattern, "must be a valid regular expression");
        }

        if (IsTrue(node, "x-kubernetes-embedded-resource") && !isRoot && type != "object")
        {
            Invalid($"{path}.type", type, "must be object if x-kubernetes-embedded-resource is true");
        }

        Children(node, path, type);
        Lists(node, path, type);
        if (!isIntOrString)
        {
            foreach (var name in new[] { "allOf", "anyOf", "oneOf" })
            {
                Branches(node[name] as JsonArray, node, $"{path}.{name}");
            }
        }

        if (node["not"] is JsonObject not)
        {
            Branch(not, node, $"{path}.not");
        }
    }

    private void Children(JsonObject node, string path, string type)
    {
        if (Has(node, "properties") && Has(node, "additionalProperties"))
        {
            Forbidden($"{path}.additionalProperties", "additionalProperties and properties are mutual exclusive");
        }

        foreach (var (name, value) in node["properties"] as JsonObject ?? [])
        {
            Child(value, $"{path}.properties[{name}]", "must not be empty for specified object fields");
        }

        if (node["additionalProperties"] is JsonObject additional)
        {
            Child(additional, $"{path}.additionalProperties", "must not be empty for specified object fields");
        }

        switch (node["items"])
        {
            case JsonObject items:
                Child(items, $"{path}.items", "must not be empty for specified array items");
                break;
            case JsonArray:
                Forbidden($"{path}.items", "items must be a schema object and not an array");
                break;
            case null when type == "array":
                Required($"{path}.items", "must be specified");
                break;
            default:
                break;
        }
    }

    private void Child(JsonNode? value, string path, string whyTyped)
    {
        if (value is not JsonObject node)
        {
            Required(path, "must be a schema");
            return;
        }

        if (KubernetesObject.GetString(node, "type") is null or { Length: 0 }
            && !IsTrue(node, "x-kubernetes-int-or-string")
            && !IsTrue(node, "x-kubernetes-preserve-unknown-fields"))
        {
            Required($"{path}.type", whyTyped);
        }

        Node(node, path);
    }

    private void Lists(JsonObject node, string path, string type)
    {
        var listType = KubernetesObject.GetString(node, "x-kubernetes-list-type");
        if (listType is null)
        {
            return;
        }

        if (type != "array")
        {
            Invalid($"{path}.type", type, "must be array if x-kubernetes-list-type is specified");
        }

        if (listType is not ("atomic" or "set" or "map"))
        {
            NotSupported($"{path}.x-kubernetes-list-type", listType, ["atomic", "map", "set"]);
        }

        var keys = ValueRulesReader.Texts(node["x-kubernetes-list-map-keys"]);
        if (listType != "map")
        {
            return;
        }

        if (keys.IsEmpty)
        {
            Required($"{path}.x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map");
        }

        var item = node["items"] as JsonObject;
        var required = ValueRulesReader.Texts(item?["required"]);
        foreach (var key in keys)
        {
            if ((item?["properties"] as JsonObject)?[key] is not JsonObject property)
            {
                Invalid($"{path}.x-kubernetes-list-map-keys", key, "entries must all be names of item properties");
            }
            else if (!required.Contains(key, StringComparer.Ordinal) && !property.ContainsKey("default"))
            {
                Required(
                    $"{path}.items.properties[{key}].default",
                    "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property");
            }
        }
    }

    private void Branches(JsonArray? branches, JsonObject structure, string path)
    {
        for (var i = 0; i < (branches?.Count ?? 0); i++)
        {
            if (branches![i] is JsonObject branch)
            {
                Branch(branch, structure, $"{path}[{i}]");
            }
        }
    }

    /// <summary>A junctor's branch may restrict only what the structure declares, and declares nothing itself.</summary>
    private void Branch(JsonObject branch, JsonObject? structure, string path)
    {
        foreach (var name in StructureOnly.Where(branch.ContainsKey))
        {
            Forbidden($"{path}.{name}", "must be empty to be structural");
        }

        var declared = structure?["properties"] as JsonObject;
        foreach (var (name, value) in branch["properties"] as JsonObject ?? [])
        {
            var below = declared?[name] as JsonObject;
            if (below is null)
            {
                Required($"{path}.properties[{name}]", $"because it is defined in {path}.properties[{name}]");
            }

            if (value is JsonObject inner)
            {
                Branch(inner, below, $"{path}.properties[{name}]");
            }
        }

        if (branch["items"] is JsonObject items)
        {
            Branch(items, structure?["items"] as JsonObject, $"{path}.items");
        }

        foreach (var name in new[] { "allOf", "anyOf", "oneOf" })
        {
            Branches(branch[name] as JsonArray, structure ?? [], $"{path}.{name}");
        }
    }

    private void Required(string field, string why) => _errors.Add(new("FieldValueRequired", $"Required value: {why}", field));

    private void Forbidden(string field, string why) => _errors.Add(new("FieldValueForbidden", $"Forbidden: {why}", field));

    private void Invalid(string field, string value, string why) =>
        _errors.Add(new("FieldValueInvalid", $"Invalid value: \"{value}\": {why}", field));

    private void NotSupported(string field, string value, IEnumerable<string> supported) => _errors.Add(new(
        "FieldValueNotSupported",
        $"Unsupported value: \"{value}\": supported values: {string.Join(", ", supported.Select(static name => $"\"{name}\""))}",
        field));
}
