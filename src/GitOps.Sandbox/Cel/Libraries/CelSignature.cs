using System.Collections.Immutable;

namespace GitOps.Sandbox.Cel.Libraries;

/// <summary>
/// Reads what a library writes about a function: <c>(list(A)).indexOf(A): int</c> is written behind a list,
/// <c>optional.of(A): optional(A)</c> is not. Single capitals are placeholders; unknown words are the names of opaque types.
/// </summary>
internal ref struct CelSignature
{
    private ReadOnlySpan<char> _rest;

    private CelSignature(string text) => _rest = text;

    public static CelOverload Read(string id, string signature, Func<CelValue[], CelValue>? apply)
    {
        var reader = new CelSignature(signature);
        var parameters = ImmutableArray.CreateBuilder<CelType>();
        var isMember = reader.TryTake("(");
        if (isMember)
        {
            parameters.Add(reader.Type());
            reader.Take(").");
        }

        var name = reader.Until("(");
        while (!reader.TryTake(")"))
        {
            parameters.Add(reader.Type());
            reader.TryTake(", ");
        }

        reader.Take(": ");
        var result = reader.Type();
        return new(id, name, isMember, parameters.ToImmutable(), result, apply);
    }

    private bool TryTake(string text)
    {
        if (!_rest.StartsWith(text, StringComparison.Ordinal))
        {
            return false;
        }

        _rest = _rest[text.Length..];
        return true;
    }

    private void Take(string text)
    {
        if (!TryTake(text))
        {
            throw new FormatException($"expected '{text}' before '{_rest}'");
        }
    }

    private string Until(string end)
    {
        var length = _rest.IndexOf(end, StringComparison.Ordinal);
        var text = _rest[..length].ToString();
        _rest = _rest[(length + end.Length)..];
        return text;
    }

    private CelType Type()
    {
        var length = _rest.IndexOfAny("(), ");
        var name = (length < 0 ? _rest : _rest[..length]).ToString();
        _rest = _rest[name.Length..];
        if (TryTake("("))
        {
            var first = Type();
            var second = TryTake(", ") ? Type() : null;
            Take(")");
            return name switch
            {
                "list" => CelType.ListOf(first),
                "map" => CelType.MapOf(first, second!),
                "optional" => CelType.OptionalOf(first),
                "type" => CelType.TypeOf(first),
                _ => throw new FormatException($"'{name}' takes no parameters"),
            };
        }

        return name switch
        {
            "dyn" => CelType.Dyn,
            "null" => CelType.Null,
            "bool" => CelType.Bool,
            "int" => CelType.Int,
            "uint" => CelType.Uint,
            "double" => CelType.Double,
            "string" => CelType.String,
            "bytes" => CelType.Bytes,
            "timestamp" => CelType.Timestamp,
            "duration" => CelType.Duration,
            [>= 'A' and <= 'Z'] => CelType.Parameter(name),
            _ => CelType.Opaque(name),
        };
    }
}
