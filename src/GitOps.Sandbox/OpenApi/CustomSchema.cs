using System.Text.Json.Nodes;
using GitOps.Sandbox.Catalog;

namespace GitOps.Sandbox.OpenApi;

/// <summary>A custom resource's schema as it is published: its own, with what every object has and every extension means.</summary>
internal static class CustomSchema
{
    private const string IntOrString = "x-kubernetes-int-or-string";
    private const string Embedded = "x-kubernetes-embedded-resource";
    private const string ObjectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

    public static JsonObject Publish(ServedResource resource)
    {
        var schema = resource.Custom?.Schema is { } declared
            ? (JsonObject)declared.DeepClone()
            : new() { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true };
        Expand(schema);
        AddObjectFields(schema);
        schema["x-kubernetes-group-version-kind"] = new JsonArray(Kind(resource, resource.Kind));
        return schema;
    }

    public static JsonObject Kind(ServedResource resource, string kind) => new()
    {
        ["group"] = resource.Group,
        ["kind"] = kind,
        ["version"] = resource.Version,
    };

    private static void Expand(JsonObject schema)
    {
        if (IsSet(schema, IntOrString) && !schema.ContainsKey("anyOf"))
        {
            schema["anyOf"] = new JsonArray(new JsonObject { ["type"] = "integer" }, new JsonObject { ["type"] = "string" });
        }

        if (IsSet(schema, Embedded))
        {
            AddObjectFields(schema);
        }

        foreach (var below in (schema["properties"] as JsonObject ?? []).Select(static property => property.Value))
        {
            Visit(below);
        }

        Visit(schema["items"]);
        Visit(schema["additionalProperties"]);
    }

    private static void Visit(JsonNode? node)
    {
        if (node is JsonObject schema && !schema.ContainsKey("allOf"))
        {
            Expand(schema);
        }
    }

    private static void AddObjectFields(JsonObject schema)
    {
        if (schema["properties"] is not JsonObject properties)
        {
            schema["properties"] = properties = [];
        }

        properties["apiVersion"] = new JsonObject { ["type"] = "string" };
        properties["kind"] = new JsonObject { ["type"] = "string" };
        properties["metadata"] = new JsonObject { ["allOf"] = new JsonArray(Components.Reference(ObjectMeta)) };
    }

    private static bool IsSet(JsonObject schema, string extension) =>
        schema[extension] is JsonValue value && value.TryGetValue(out bool isSet) && isSet;
}
