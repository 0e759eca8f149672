using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Cel.Values;

/// <summary>
/// A value while an expression is evaluated. Errors are values too, because <c>&amp;&amp;</c>, <c>||</c> and the macros made of them
/// may yet absorb them. Immutable.
/// </summary>
internal abstract class CelValue
{
    /// <summary>What <c>type(value)</c> gives: a list is a list, whatever it holds.</summary>
    public abstract CelType Type { get; }

    /// <summary>Its length as far as costs are concerned; 1 for what has none.</summary>
    public virtual long Size => 1;

    /// <summary>How many values there are in it altogether; what is made by expressions is limited by it.</summary>
    public virtual long Weight => 1;

    /// <summary>Whether it is what an unset field of its type would be.</summary>
    public virtual bool IsZero => false;

    public bool IsError => this is CelError;

    /// <summary>Equality of the language: numbers of different types can be equal, values of different types are not.</summary>
    public abstract bool Same(CelValue other);

    /// <summary>As JSON; texts for what JSON has no form for.</summary>
    /// <exception cref="CelConversionException">A value that stands for nothing outside the expression.</exception>
    public virtual JsonNode? ToJson() => throw new CelConversionException($"no JSON can be made of a value of type '{Type}'");
}

/// <summary>A result that has no form outside of CEL.</summary>
internal sealed class CelConversionException(string message) : Exception(message);

internal sealed class CelError(string message) : CelValue
{
    public static readonly CelError NoSuchOverload = new("no such overload");

    public override CelType Type => CelType.Error;

    public string Message { get; } = message;

    public static CelError NoSuchKey(string key) => new($"no such key: {key}");

    public static CelError Conversion(CelValue value, CelType to) => new($"type conversion error from '{value.Type.Name}' to '{to.Name}'");

    public override bool Same(CelValue other) => ReferenceEquals(this, other);
}

internal sealed class CelNull : CelValue
{
    public static readonly CelNull Instance = new();

    private CelNull()
    {
    }

    public override CelType Type => CelType.Null;

    public override bool IsZero => true;

    public override bool Same(CelValue other) => ReferenceEquals(this, other);

    public override JsonNode? ToJson() => null;
}

internal sealed class CelBool : CelValue
{
    public static readonly CelBool True = new(true);
    public static readonly CelBool False = new(false);

    private CelBool(bool value) => Value = value;

    public bool Value { get; }

    public override CelType Type => CelType.Bool;

    public override bool IsZero => !Value;

    public static CelBool Of(bool value) => value ? True : False;

    public override bool Same(CelValue other) => ReferenceEquals(this, other);

    public override JsonNode ToJson() => Value;
}

/// <summary>A type used as a value.</summary>
internal sealed class CelTypeValue(CelType value) : CelValue
{
    public CelType Value { get; } = value;

    public override CelType Type => CelType.TypeType;

    public override bool Same(CelValue other) => other is CelTypeValue type && type.Value.Name == Value.Name;

    public override JsonNode ToJson() => Value.Name;
}

internal sealed class CelOptional : CelValue
{
    public static readonly CelOptional None = new(null);

    private static readonly CelType AnyOptional = CelType.OptionalOf(CelType.Dyn);

    private CelOptional(CelValue? value) => Value = value;

    /// <summary>Null: there is none.</summary>
    public CelValue? Value { get; }

    public override CelType Type => AnyOptional;

    public override long Size => Value?.Size ?? 1;

    public override long Weight => 1 + (Value?.Weight ?? 0);

    public override bool IsZero => Value is null;

    public static CelOptional Of(CelValue value) => new(value);

    public override bool Same(CelValue other) =>
        other is CelOptional optional && (Value is null ? optional.Value is null : optional.Value is not null && Value.Same(optional.Value));

    public override JsonNode? ToJson() => Value?.ToJson();
}
