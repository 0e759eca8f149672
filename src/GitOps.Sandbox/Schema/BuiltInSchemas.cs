using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;

namespace GitOps.Sandbox.Schema;

/// <summary>
/// The types of the API server itself: the recorded OpenAPI components, and which fields the server's structs always write or
/// leave out when zero. Components are made into types when first referred to.
/// </summary>
internal sealed class BuiltInSchemas
{
    private const string ReferencePrefix = "#/components/schemas/";

    private static readonly Lazy<BuiltInSchemas> Loaded = new(static () => new(
        ReadResource("GitOps.Sandbox.Schema.schemas-v1.36.json"), ReadResource("GitOps.Sandbox.Schema.struct-shapes-v1.36.json")));

    private readonly JsonElement _shapes;
    private readonly ConcurrentDictionary<string, TypeSchema> _types = new(StringComparer.Ordinal);

    private BuiltInSchemas(JsonElement components, JsonElement shapes)
    {
        Components = components;
        _shapes = shapes;
        foreach (var component in components.EnumerateObject())
        {
            foreach (var kind in Items(component.Value, "x-kubernetes-group-version-kind"))
            {
                Kinds.TryAdd(
                    new(Text(kind, "group") ?? string.Empty, Text(kind, "version") ?? string.Empty, Text(kind, "kind") ?? string.Empty),
                    component.Name);
            }
        }
    }

    public static BuiltInSchemas Instance => Loaded.Value;

    /// <summary>The recorded components.</summary>
    public JsonElement Components { get; }

    /// <summary>The component of each kind.</summary>
    public Dictionary<GroupVersionKind, string> Kinds { get; } = [];

    public TypeSchema ObjectMeta => Component("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");

    public TypeSchema? Find(GroupVersionKind kind) => Kinds.TryGetValue(kind, out var name) ? Component(name) : null;

    /// <exception cref="KeyNotFoundException">There is no such component.</exception>
    public TypeSchema Component(string name) =>
        _types.GetOrAdd(name, static (name, self) => self.Create(self.Components.GetProperty(name), default, name), this);

    private static JsonElement ReadResource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"the embedded resource {name} is missing");
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }

    private static string? Text(JsonElement node, string name) =>
        node.ValueKind == JsonValueKind.Object && node.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static JsonElement[] Items(JsonElement node, string name) =>
        node.ValueKind == JsonValueKind.Object && node.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array
            ? [.. items.EnumerateArray()]
            : [];

    private static string? Reference(JsonElement node) => Text(node, "$ref")?[ReferencePrefix.Length..];

    /// <summary>A reference with further keywords beside it is written as an allOf of one.</summary>
    private TypeSchema Resolve(JsonElement node)
    {
        if (Reference(node) is { } name)
        {
            return Component(name);
        }

        foreach (var only in Items(node, "allOf"))
        {
            if (Reference(only) is { } baseName)
            {
                return Create(node, Components.GetProperty(baseName), baseName);
            }
        }

        return Create(node, default, string.Empty);
    }

    private TypeSchema Create(JsonElement node, JsonElement basis, string name)
    {
        var (shape, scalar) = ShapeOf(node, basis, name);
        var strategy = Get("x-kubernetes-patch-strategy") ?? string.Empty;
        var structure = basis.ValueKind == JsonValueKind.Object ? basis : node;
        return new(() => Members(structure, name))
        {
            Name = name,
            Shape = shape,
            Scalar = scalar,
            Format = Get("format") ?? string.Empty,
            ListKind = Get("x-kubernetes-list-type") switch
            {
                "map" => ListKind.Map,
                "set" => ListKind.Set,
                _ => ListKind.Atomic,
            },
            ListKeys = [.. Items(node, "x-kubernetes-list-map-keys").Select(static key => key.GetString()!)],
            IsAtomic = Get("x-kubernetes-map-type") == "atomic",
            Default = node.TryGetProperty("default", out var standard) ? Value(standard) : null,
            PatchMergeKey = Get("x-kubernetes-patch-merge-key"),
            PatchMerges = strategy.Contains("merge", StringComparison.Ordinal),
            PatchReplaces = strategy.Contains("replace", StringComparison.Ordinal),
            IsBuiltIn = true,
        };

        string? Get(string keyword) => Text(node, keyword) ?? Text(basis, keyword);
    }

    private static JsonNode? Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => JsonObject.Create(element),
        JsonValueKind.Array => JsonArray.Create(element),
        _ => JsonValue.Create(element),
    };

    private static (SchemaShape Shape, ScalarKind Scalar) ShapeOf(JsonElement node, JsonElement basis, string name) =>
        (Text(node, "type") ?? Text(basis, "type")) switch
        {
            "object" when IsDescribed(node) || IsDescribed(basis) => (SchemaShape.Object, default),
            "object" => (SchemaShape.Any, default),
            "array" => (SchemaShape.List, default),
            "string" => (SchemaShape.Scalar, ScalarKind.String),
            "integer" => (SchemaShape.Scalar, ScalarKind.Integer),
            "number" => (SchemaShape.Scalar, ScalarKind.Number),
            "boolean" => (SchemaShape.Scalar, ScalarKind.Boolean),
            _ when name.EndsWith(".Quantity", StringComparison.Ordinal) => (SchemaShape.Scalar, ScalarKind.Quantity),
            _ when name.EndsWith(".IntOrString", StringComparison.Ordinal) => (SchemaShape.Scalar, ScalarKind.IntOrString),
            _ => (SchemaShape.Any, default),
        };

    private static bool IsDescribed(JsonElement node) =>
        node.ValueKind == JsonValueKind.Object && (node.TryGetProperty("properties", out _) || node.TryGetProperty("additionalProperties", out _));

    private TypeMembers Members(JsonElement node, string name)
    {
        var properties = new Dictionary<string, PropertySchema>(StringComparer.Ordinal);
        var hasShape = _shapes.TryGetProperty(name, out var shape);
        var required = Items(node, "required").Select(static item => item.GetString()).ToHashSet(StringComparer.Ordinal);
        var always = Items(shape, "always").Select(static item => item.GetString()).ToHashSet(StringComparer.Ordinal);
        var unlessZero = Items(shape, "unlessZero").Select(static item => item.GetString()).ToHashSet(StringComparer.Ordinal);
        if (node.TryGetProperty("properties", out var declared))
        {
            foreach (var property in declared.EnumerateObject())
            {
                var type = Resolve(property.Value);
                var isAlways = hasShape
                    ? always.Contains(property.Name)
                    : required.Contains(property.Name) || type.Default is JsonObject;
                var emission = (name.EndsWith(".TypedLocalObjectReference", StringComparison.Ordinal) || name.EndsWith(".TypedObjectReference", StringComparison.Ordinal))
                    && property.Name == "apiGroup" ? Emission.NullIfUnset
                    : isAlways ? Emission.Always
                    : unlessZero.Contains(property.Name) ? Emission.UnlessZero
                    : Emission.WhenPresent;
                properties[property.Name] = new(property.Name, PathElement.Field(property.Name), type, emission);
            }
        }

        return new(
            properties.ToFrozenDictionary(StringComparer.Ordinal),
            node.TryGetProperty("additionalProperties", out var additional) && additional.ValueKind == JsonValueKind.Object
                ? Resolve(additional)
                : null,
            node.TryGetProperty("items", out var item) ? Resolve(item) : null);
    }
}
