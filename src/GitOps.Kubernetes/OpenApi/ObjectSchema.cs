using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GitOps.Kubernetes.OpenApi;

/// <summary>How the elements of a list are told apart when it is merged.</summary>
public enum ListType
{
    /// <summary>Not at all: the list is replaced as a whole.</summary>
    Atomic,

    /// <summary>By their value.</summary>
    Set,

    /// <summary>By the values of <see cref="ObjectSchema.ListMapKeys"/>.</summary>
    Map,
}

/// <summary>
/// What a server says of a field: as much of it as it takes to compare and merge objects. Immutable. References to other schemas
/// are followed when they are asked for, because schemas may contain themselves.
/// </summary>
public sealed class ObjectSchema
{
    private readonly SchemaTable _table;
    private readonly string? _reference;
    private readonly string? _type;
    private readonly ListType? _listType;
    private readonly ImmutableArray<string> _listMapKeys;
    private readonly string? _default;
    private readonly ImmutableDictionary<string, ObjectSchema>? _properties;
    private readonly ObjectSchema? _items;
    private readonly ObjectSchema? _additional;
    private readonly Marks _marks;

    private ObjectSchema(SchemaTable table, JsonElement json)
    {
        _table = table;
        _reference = Reference(json);
        _type = Text(json, "type");
        _listType = Text(json, "x-kubernetes-list-type") switch
        {
            "map" => OpenApi.ListType.Map,
            "set" => OpenApi.ListType.Set,
            "atomic" => OpenApi.ListType.Atomic,
            _ => null,
        };
        _listMapKeys = Member(json, "x-kubernetes-list-map-keys", JsonValueKind.Array) is { } keys
            ? [.. keys.EnumerateArray().Select(static key => key.GetString() ?? string.Empty)]
            : default;
        _default = json.TryGetProperty("default", out var value) && value.ValueKind != JsonValueKind.Null ? value.GetRawText() : null;
        _properties = Member(json, "properties", JsonValueKind.Object)?.EnumerateObject()
            .ToImmutableDictionary(static field => field.Name, field => new ObjectSchema(table, field.Value), StringComparer.Ordinal);
        _items = Member(json, "items", JsonValueKind.Object) is { } items ? new(table, items) : null;
        _additional = Member(json, "additionalProperties", JsonValueKind.Object) is { } additional ? new(table, additional) : null;
        _marks = (Text(json, "x-kubernetes-map-type") == "atomic" ? Marks.AtomicMap : Marks.None)
            | (IsTrue(json, "x-kubernetes-preserve-unknown-fields") ? Marks.Unknown : Marks.None)
            | (IsTrue(json, "x-kubernetes-embedded-resource") ? Marks.Embedded : Marks.None)
            | (IsTrue(json, "x-kubernetes-int-or-string") || Text(json, "format") == "int-or-string" ? Marks.IntOrString : Marks.None);
    }

    [Flags]
    private enum Marks
    {
        None = 0,
        AtomicMap = 1,
        Unknown = 2,
        Embedded = 4,
        IntOrString = 8,
    }

    /// <summary><c>object</c>, <c>array</c>, <c>string</c>, <c>integer</c>, <c>number</c>, <c>boolean</c>; null: it is not told.</summary>
    public string? Type => _type ?? Target?.Type;

    public ListType ListType => _listType ?? Target?.ListType ?? ListType.Atomic;

    /// <summary>The fields that together name an element of a list of type <see cref="ListType.Map"/>.</summary>
    public ImmutableArray<string> ListMapKeys => !_listMapKeys.IsDefault ? _listMapKeys : Target?.ListMapKeys ?? [];

    /// <summary>An object that is replaced as a whole.</summary>
    public bool IsAtomicMap => Has(Marks.AtomicMap) || (Target?.IsAtomicMap ?? false);

    /// <summary>Fields that are not described are kept all the same.</summary>
    public bool PreservesUnknownFields => Has(Marks.Unknown) || (Target?.PreservesUnknownFields ?? false);

    /// <summary>An object with a kind of its own, and metadata.</summary>
    public bool IsEmbeddedResource => Has(Marks.Embedded) || (Target?.IsEmbeddedResource ?? false);

    public bool IsIntOrString => Has(Marks.IntOrString) || (Target?.IsIntOrString ?? false);

    /// <summary>A quantity: <c>1</c>, <c>1000m</c> and <c>"1"</c> are the same.</summary>
    public bool IsQuantity => _reference?.EndsWith(".api.resource.Quantity", StringComparison.Ordinal) ?? false;

    /// <summary>Of the elements of a list; null: not told.</summary>
    public ObjectSchema? Items => _items ?? Target?.Items;

    /// <summary>Of the values of a map; null: it is none, or not told.</summary>
    public ObjectSchema? AdditionalProperties => _additional ?? Target?.AdditionalProperties;

    /// <summary>The names of the fields that are described.</summary>
    public IEnumerable<string> Properties => _properties?.Keys ?? Target?.Properties ?? [];

    private ObjectSchema? Target => _reference is null ? null : _table.Find(_reference);

    /// <summary>A field, or a map's value; null: it is not described.</summary>
    public ObjectSchema? Property(string name) =>
        _properties?.GetValueOrDefault(name) ?? Target?.Property(name) ?? _additional;

    /// <summary>The field at a path; lists are passed through.</summary>
    public ObjectSchema? At(params ReadOnlySpan<string> path)
    {
        var found = this;
        foreach (var name in path)
        {
            while (found?.Items is { } items)
            {
                found = items;
            }

            found = found?.Property(name);
        }

        return found;
    }

    /// <summary>What the server puts where nothing is given, as a copy of its own; null: nothing, or not told.</summary>
    public JsonNode? Default() => _default is null ? Target?.Default() : JsonNode.Parse(_default);

    internal static ObjectSchema Read(SchemaTable table, JsonElement json) => new(table, json);

    /// <summary>Kubernetes wraps a reference that has siblings into an <c>allOf</c> of one.</summary>
    private static string? Reference(JsonElement json)
    {
        const string Prefix = "#/components/schemas/";
        var text = Text(json, "$ref");
        if (text is null && Member(json, "allOf", JsonValueKind.Array) is { } all && all.GetArrayLength() == 1)
        {
            text = Text(all[0], "$ref");
        }

        return text?.StartsWith(Prefix, StringComparison.Ordinal) == true ? text[Prefix.Length..] : null;
    }

    private static JsonElement? Member(JsonElement json, string name, JsonValueKind kind) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == kind ? value : null;

    private static string? Text(JsonElement json, string name) => Member(json, name, JsonValueKind.String)?.GetString();

    private static bool IsTrue(JsonElement json, string name) => Member(json, name, JsonValueKind.True) is not null;

    private bool Has(Marks mark) => (_marks & mark) != Marks.None;
}
