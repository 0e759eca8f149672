using System.Collections.Immutable;
using System.Text;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Storage;

/// <summary>A parsed fieldSelector: <c>metadata.name=a,status.phase!=Running</c>.</summary>
internal sealed class FieldSelector
{
    public const string NameField = "metadata.name";
    public const string NamespaceField = "metadata.namespace";

    public static readonly FieldSelector Everything = new([]);

    private readonly ImmutableArray<Term> _terms;

    private FieldSelector(ImmutableArray<Term> terms) => _terms = terms;

    public bool IsEmpty => _terms.IsEmpty;

    /// <summary>The fields that are asked for; a resource supports only some.</summary>
    public IEnumerable<string> Fields => _terms.Select(static term => term.Field);

    /// <summary>The value that a field must have; null if it may have several.</summary>
    public string? Exact(string field) => _terms.FirstOrDefault(term => term.Field == field && !term.Negated)?.Value;

    /// <summary>Reads <c>field=value</c>, <c>field==value</c> and <c>field!=value</c>, joined by commas; a backslash escapes.</summary>
    /// <exception cref="SelectorException">It is not a selector.</exception>
    public static FieldSelector Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return Everything;
        }

        var terms = ImmutableArray.CreateBuilder<Term>();
        foreach (var part in Split(text))
        {
            if (part.Length > 0)
            {
                terms.Add(ReadTerm(part));
            }
        }

        return new(terms.ToImmutable());
    }

    /// <param name="stored">Name and namespace are read from it.</param>
    /// <param name="valueOf">The text of any other field of the object, empty where it is absent.</param>
    public bool Matches(StoredObject stored, Func<StoredObject, string, string> valueOf)
    {
        foreach (var term in _terms)
        {
            var value = term.Field switch
            {
                NameField => stored.Name,
                NamespaceField => stored.Namespace,
                _ => valueOf(stored, term.Field),
            };
            if (string.Equals(value, term.Value, StringComparison.Ordinal) == term.Negated)
            {
                return false;
            }
        }

        return true;
    }

    private static Term ReadTerm(string part)
    {
        var equals = part.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            throw new SelectorException($"invalid selector: '{part}'; can't understand '{part}'");
        }

        var negated = part[equals - 1] == '!';
        var field = part[..(negated ? equals - 1 : equals)];
        var value = part[(equals + 1)..];
        value = !negated && value.StartsWith('=') ? value[1..] : value;
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '\\')
            {
                i++;
            }
            else if (value[i] == '=')
            {
                throw new SelectorException($"invalid selector: '{part}'; can't understand '{part}'");
            }
        }

        return new(field.Trim(), Unescape(value), negated);
    }

    private static IEnumerable<string> Split(string text)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == ',')
            {
                yield return text[start..i];
                start = i + 1;
            }
        }

        yield return text[start..];
    }

    private static string Unescape(string value)
    {
        if (!value.Contains('\\', StringComparison.Ordinal))
        {
            return value;
        }

        var text = new StringBuilder(value.Length);
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '\\' && ++i == value.Length)
            {
                throw new SelectorException($"invalid field selector: ends in a backslash: {value}");
            }

            text.Append(value[i]);
        }

        return text.ToString();
    }

    private sealed record Term(string Field, string Value, bool Negated);
}
