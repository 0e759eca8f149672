using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;

namespace GitOps.Sandbox.Schema;

/// <summary>A custom resource's schema.</summary>
/// <param name="Type">The kind's type, with apiVersion, kind and metadata.</param>
/// <param name="Errors">Why the schema is refused; the type is not to be used then.</param>
internal sealed record CrdSchemaResult(TypeSchema Type, ImmutableArray<StatusCause> Errors);

/// <summary>Reads <c>openAPIV3Schema</c> of a CustomResourceDefinition's version.</summary>
internal static class CrdSchema
{
    /// <summary>The type of a kind whose version has no schema: everything is kept.</summary>
    public static TypeSchema Schemaless { get; } = Root(new() { ["type"] = "object", ["x-kubernetes-preserve-unknown-fields"] = true });

    /// <summary>Reads a schema and checks that it is structural.</summary>
    /// <param name="openApiV3Schema">The schema. It is not changed and may change afterwards.</param>
    /// <param name="path">Where it stands, for errors: <c>spec.versions[0].schema.openAPIV3Schema</c>.</param>
    public static CrdSchemaResult Parse(JsonObject openApiV3Schema, string path)
    {
        var errors = StructuralRules.Errors(openApiV3Schema, path);
        return new(errors.IsEmpty ? Root((JsonObject)openApiV3Schema.DeepClone()) : Schemaless, errors);
    }

    private static TypeSchema Root(JsonObject node)
    {
        node["x-kubernetes-embedded-resource"] = true;
        return Create(node);
    }

    private static TypeSchema Create(JsonObject node)
    {
        var members = Members(node);
        var (shape, scalar) = ShapeOf(node);
        var celRules = node["x-kubernetes-validations"] as JsonArray;
        return new(() => members)
        {
            Shape = shape,
            Scalar = scalar,
            Format = KubernetesObject.GetString(node, "format") ?? string.Empty,
            ListKind = KubernetesObject.GetString(node, "x-kubernetes-list-type") switch
            {
                "map" => ListKind.Map,
                "set" => ListKind.Set,
                _ => ListKind.Atomic,
            },
            ListKeys = ValueRulesReader.Texts(node["x-kubernetes-list-map-keys"]),
            IsAtomic = KubernetesObject.GetString(node, "x-kubernetes-map-type") == "atomic",
            Default = node["default"]?.DeepClone(),
            IsNullable = IsTrue(node, "nullable"),
            PreservesUnknownFields = IsTrue(node, "x-kubernetes-preserve-unknown-fields"),
            IsEmbeddedResource = IsTrue(node, "x-kubernetes-embedded-resource"),
            Rules = ValueRulesReader.Read(node),
            CelRules = celRules,
            HasCelRules = celRules is { Count: > 0 }
                || members.Item is { HasCelRules: true }
                || members.Additional is { HasCelRules: true }
                || members.Properties.Values.Any(static property => property.Type.HasCelRules),
        };
    }

    private static (SchemaShape Shape, ScalarKind Scalar) ShapeOf(JsonObject node) =>
        KubernetesObject.GetString(node, "type") switch
        {
            _ when IsTrue(node, "x-kubernetes-int-or-string") => (SchemaShape.Scalar, ScalarKind.IntOrString),
            "object" => (SchemaShape.Object, default),
            "array" => (SchemaShape.List, default),
            "string" => (SchemaShape.Scalar, ScalarKind.String),
            "integer" => (SchemaShape.Scalar, ScalarKind.Integer),
            "number" => (SchemaShape.Scalar, ScalarKind.Number),
            "boolean" => (SchemaShape.Scalar, ScalarKind.Boolean),
            _ => (SchemaShape.Any, default),
        };

    private static TypeMembers Members(JsonObject node)
    {
        var properties = new Dictionary<string, PropertySchema>(StringComparer.Ordinal);
        foreach (var (name, value) in node["properties"] as JsonObject ?? [])
        {
            Add(properties, name, Create((JsonObject)value!));
        }

        if (IsTrue(node, "x-kubernetes-embedded-resource"))
        {
            var text = new TypeSchema { Shape = SchemaShape.Scalar, Scalar = ScalarKind.String };
            Add(properties, "apiVersion", text);
            Add(properties, "kind", text);
            Add(properties, "metadata", BuiltInSchemas.Instance.ObjectMeta);
        }

        var additional = node["additionalProperties"] switch
        {
            JsonObject schema => Create(schema),
            JsonValue value when value.TryGetValue(out bool isAllowed) && isAllowed => TypeSchema.Untyped,
            _ when IsTrue(node, "x-kubernetes-preserve-unknown-fields") => TypeSchema.Untyped,
            _ => null,
        };
        return new(
            properties.ToFrozenDictionary(StringComparer.Ordinal),
            additional,
            node["items"] is JsonObject items ? Create(items) : null);
    }

    private static void Add(Dictionary<string, PropertySchema> properties, string name, TypeSchema type) =>
        properties[name] = new(name, PathElement.Field(name), type, Emission.WhenPresent);

    private static bool IsTrue(JsonObject node, string name) =>
        node[name] is JsonValue value && value.TryGetValue(out bool isTrue) && isTrue;
}
