using System.Collections.Immutable;

namespace GitOps.Sandbox.Cel.Types;

internal enum CelKind
{
    Dyn,
    Error,
    Null,
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Timestamp,
    Duration,

    /// <summary>The type of types.</summary>
    Type,
    List,
    Map,

    /// <summary>Declared fields.</summary>
    Object,

    /// <summary>A library's own type, known by its name.</summary>
    Opaque,

    /// <summary>A placeholder that is bound while checking.</summary>
    Parameter,
}

/// <summary>A type of the CEL language. Immutable.</summary>
internal sealed class CelType
{
    public static readonly CelType Dyn = new(CelKind.Dyn, "dyn");
    public static readonly CelType Error = new(CelKind.Error, "!error!");
    public static readonly CelType Null = new(CelKind.Null, "null_type");
    public static readonly CelType Bool = new(CelKind.Bool, "bool");
    public static readonly CelType Int = new(CelKind.Int, "int");
    public static readonly CelType Uint = new(CelKind.Uint, "uint");
    public static readonly CelType Double = new(CelKind.Double, "double");
    public static readonly CelType String = new(CelKind.String, "string");
    public static readonly CelType Bytes = new(CelKind.Bytes, "bytes");
    public static readonly CelType Timestamp = new(CelKind.Timestamp, "google.protobuf.Timestamp");
    public static readonly CelType Duration = new(CelKind.Duration, "google.protobuf.Duration");
    public static readonly CelType TypeType = new(CelKind.Type, "type");

    /// <summary>The list of anything: what the word <c>list</c> means.</summary>
    public static readonly CelType AnyList = ListOf(Dyn);

    /// <summary>The map of anything: what the word <c>map</c> means.</summary>
    public static readonly CelType AnyMap = MapOf(Dyn, Dyn);

    private readonly Lazy<CelFields>? _fields;

    private CelType(CelKind kind, string name, params ImmutableArray<CelType> parameters) => (Kind, Name, Parameters) = (kind, name, parameters);

    private CelType(string name, Func<CelFields> fields)
        : this(CelKind.Object, name) => _fields = new(fields);

    public CelKind Kind { get; }

    /// <summary>The name by which expressions and messages know it.</summary>
    public string Name { get; }

    public ImmutableArray<CelType> Parameters { get; }

    /// <summary>How long a text, a list or a map of it can be at most, as far as its schema tells; null if nothing is known.</summary>
    public long? MaxSize { get; init; }

    /// <summary>How many bytes of JSON a value takes at least.</summary>
    public long MinJsonSize { get; init; } = 1;

    /// <summary>The fields of an object.</summary>
    public CelFields Fields => _fields?.Value ?? CelFields.None;

    public bool IsDyn => Kind == CelKind.Dyn;

    public bool IsOptional => Kind == CelKind.Opaque && Name == "optional_type";

    public static CelType ListOf(CelType item) => new(CelKind.List, "list", item) { MinJsonSize = 2 };

    public static CelType MapOf(CelType key, CelType value) => new(CelKind.Map, "map", key, value) { MinJsonSize = 2 };

    public static CelType ListOf(CelType item, long maxSize) => new(CelKind.List, "list", item) { MaxSize = maxSize, MinJsonSize = 2 };

    public static CelType MapOf(CelType key, CelType value, long maxSize) =>
        new(CelKind.Map, "map", key, value) { MaxSize = maxSize, MinJsonSize = 2 };

    public static CelType OptionalOf(CelType value) => new(CelKind.Opaque, "optional_type", value);

    public static CelType TypeOf(CelType type) => new(CelKind.Type, "type", type);

    public static CelType Opaque(string name, params ImmutableArray<CelType> parameters) => new(CelKind.Opaque, name, parameters);

    public static CelType Parameter(string name) => new(CelKind.Parameter, name);

    /// <summary>A type with declared fields. Types of the same name are the same type.</summary>
    /// <param name="name">Its name, unique in an environment.</param>
    /// <param name="fields">Asked once, when a field is first needed: so a type may contain itself.</param>
    /// <param name="minJsonSize">How many bytes of JSON a value takes at least.</param>
    public static CelType Object(string name, Func<CelFields> fields, long minJsonSize = 2) => new(name, fields) { MinJsonSize = minJsonSize };

    /// <summary>The same type with what a schema says about its size.</summary>
    public CelType Sized(long maxSize, long minJsonSize) => new(Kind, Name, Parameters) { MaxSize = maxSize, MinJsonSize = minJsonSize };

    /// <summary>Whether both are the same type, with no regard to sizes.</summary>
    public bool Is(CelType other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        if (Kind != other.Kind || Name != other.Name || Parameters.Length != other.Parameters.Length)
        {
            return false;
        }

        for (var i = 0; i < Parameters.Length; i++)
        {
            if (!Parameters[i].Is(other.Parameters[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>As messages write it.</summary>
    public override string ToString()
    {
        var name = Kind switch
        {
            CelKind.Timestamp => "timestamp",
            CelKind.Duration => "duration",
            CelKind.Null => "null",
            _ => Name,
        };
        return Parameters.IsEmpty ? name : $"{name}({string.Join(", ", Parameters.Select(static parameter => parameter.ToString()))})";
    }
}

/// <param name="Type">The field's type.</param>
/// <param name="Name">Its name in JSON; expressions write it escaped.</param>
internal sealed record CelField(CelType Type, string Name);
