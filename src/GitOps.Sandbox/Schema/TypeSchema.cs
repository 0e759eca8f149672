using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects.Fields;

namespace GitOps.Sandbox.Schema;

internal enum SchemaShape
{
    /// <summary>Whatever the value is: objects merge by key, lists are atomic.</summary>
    Any,
    Scalar,
    Object,
    List,
}

internal enum ScalarKind
{
    Any,
    String,
    Integer,
    Number,
    Boolean,
    IntOrString,
    Quantity,
}

internal enum ListKind
{
    Atomic,
    Set,
    Map,
}

/// <summary>When the API server's own serialisation of a built-in struct writes a field.</summary>
internal enum Emission
{
    /// <summary>If it was given; lists and maps only if they are not empty.</summary>
    WhenPresent,
    Always,
    UnlessZero,

    /// <summary>Always, as null where it is unset.</summary>
    NullIfUnset,
}

/// <summary>A declared field of an object.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Element">The step to it, made once.</param>
/// <param name="Type">Its type.</param>
/// <param name="Emission">When it is written.</param>
internal sealed record PropertySchema(string Name, PathElement Element, TypeSchema Type, Emission Emission);

/// <summary>
/// One type of a built-in kind or of a custom resource. What is below it is resolved when it is first asked for, so that
/// recursive types and the many kinds nobody uses cost nothing.
/// </summary>
internal sealed class TypeSchema
{
    /// <summary>A value nothing is known about.</summary>
    public static readonly TypeSchema Untyped = new() { Shape = SchemaShape.Any };

    private readonly Lazy<TypeMembers> _members;

    public TypeSchema()
        : this(static () => TypeMembers.None)
    {
    }

    public TypeSchema(Func<TypeMembers> members) => _members = new(members);

    /// <summary>The component's name for built-in types, for messages; may be empty.</summary>
    public string Name { get; init; } = string.Empty;

    public required SchemaShape Shape { get; init; }

    public ScalarKind Scalar { get; init; }

    /// <summary><c>int32</c>, <c>date-time</c>, …; may be empty.</summary>
    public string Format { get; init; } = string.Empty;

    public ListKind ListKind { get; init; }

    /// <summary>The keys of a list-map.</summary>
    public ImmutableArray<string> ListKeys { get; init; } = [];

    /// <summary>Whether it is owned and replaced as a whole.</summary>
    public bool IsAtomic { get; init; }

    /// <summary>To be cloned before it is put anywhere.</summary>
    public JsonNode? Default { get; init; }

    public bool IsNullable { get; init; }

    public bool PreservesUnknownFields { get; init; }

    public bool IsEmbeddedResource { get; init; }

    public string? PatchMergeKey { get; init; }

    /// <summary>Strategic merge patch merges this list by key or value instead of replacing it.</summary>
    public bool PatchMerges { get; init; }

    /// <summary>Strategic merge patch replaces this object instead of merging it.</summary>
    public bool PatchReplaces { get; init; }

    /// <summary>What a custom resource's schema demands of the value; null for built-in types.</summary>
    public ValueRules? Rules { get; init; }

    /// <summary><c>x-kubernetes-validations</c> as written.</summary>
    public JsonArray? CelRules { get; init; }

    /// <summary>Whether it or anything below it has CEL rules.</summary>
    public bool HasCelRules { get; init; }

    /// <summary>Whether it is a type of the API server itself rather than of a custom resource.</summary>
    public bool IsBuiltIn { get; init; }

    public FrozenDictionary<string, PropertySchema> Properties => _members.Value.Properties;

    /// <summary>The properties that are always written.</summary>
    public ImmutableArray<PropertySchema> Always => _members.Value.Always;

    /// <summary>The properties with a default other than the zero of their type.</summary>
    public ImmutableArray<PropertySchema> Declared => _members.Value.Declared;

    /// <summary>The type of the values of undeclared keys; null where there may be none.</summary>
    public TypeSchema? Additional => _members.Value.Additional;

    /// <summary>The type of a list's items.</summary>
    public TypeSchema? Item => _members.Value.Item;

    /// <summary>The type of a key of an object; null if the schema knows none.</summary>
    public TypeSchema? Child(string name) => Properties.TryGetValue(name, out var property) ? property.Type : Additional;
}

/// <summary>What lies below a type.</summary>
internal sealed record TypeMembers(
    FrozenDictionary<string, PropertySchema> Properties, TypeSchema? Additional, TypeSchema? Item)
{
    public static readonly TypeMembers None = new(FrozenDictionary<string, PropertySchema>.Empty, null, null);

    public ImmutableArray<PropertySchema> Always { get; } =
        [.. Properties.Values.Where(static property => property.Emission is Emission.Always or Emission.NullIfUnset)];

    public ImmutableArray<PropertySchema> Declared { get; } =
        [.. Properties.Values.Where(static property => property.Type.Default is JsonValue value && value.ToJsonString() is not ("\"\"" or "0" or "false"))];
}
