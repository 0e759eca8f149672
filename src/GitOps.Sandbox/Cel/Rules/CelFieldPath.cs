using System.Text;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Cel.Rules;

/// <summary>A rule's <c>fieldPath</c>: names of fields and keys of maps below the value the rule is about.</summary>
internal static class CelFieldPath
{
    /// <summary>The path as causes write it: <c>.a['b']</c> is <c>a.b</c>, or <c>a[b]</c> for a key; null if the schema has no such place.</summary>
    /// <param name="path">As written.</param>
    /// <param name="schema">The schema it starts at.</param>
    public static string? Normalize(string path, TypeSchema schema)
    {
        var result = new StringBuilder();
        var node = schema;
        var at = 0;
        while (at < path.Length)
        {
            if (Step(path, ref at) is not { } name)
            {
                return null;
            }

            if (CelSchemaTypes.MapValue(node) is { } value)
            {
                result.Append('[').Append(name).Append(']');
                node = value;
            }
            else if (node.Properties.TryGetValue(name, out var property))
            {
                result.Append(result.Length == 0 ? string.Empty : ".").Append(name);
                node = property.Type;
            }
            else
            {
                return null;
            }
        }

        return result.ToString();
    }

    private static string? Step(string path, ref int at)
    {
        if (path[at] == '.')
        {
            var end = path.AsSpan(at + 1).IndexOfAny('.', '[', ']');
            end = end < 0 ? path.Length : at + 1 + end;
            var name = path[(at + 1)..end];
            at = end;
            return name.Length == 0 ? null : name;
        }

        return path[at] == '[' ? Quoted(path, ref at) : null;
    }

    private static string? Quoted(string path, ref int at)
    {
        if (at + 1 >= path.Length || path[at + 1] != '\'')
        {
            return null;
        }

        var name = new StringBuilder();
        for (var i = at + 2; i < path.Length; i++)
        {
            if (path[i] == '\\' && i + 1 < path.Length)
            {
                if (Escaped(path[++i]) is not { } c)
                {
                    return null;
                }

                name.Append(c);
            }
            else if (path[i] == '\'')
            {
                at = i + 2;
                return i + 1 < path.Length && path[i + 1] == ']' ? name.ToString() : null;
            }
            else
            {
                name.Append(path[i]);
            }
        }

        return null;
    }

    private static char? Escaped(char c) => c switch
    {
        'a' => '\a',
        'b' => '\b',
        'f' => '\f',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\v',
        '\'' or '\\' => c,
        _ => null,
    };
}
