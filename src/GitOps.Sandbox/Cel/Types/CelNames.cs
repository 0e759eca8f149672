using System.Collections.Frozen;
using System.Text;

namespace GitOps.Sandbox.Cel.Types;

/// <summary>How the names of fields become identifiers: <c>a.b</c> is written <c>a__dot__b</c>.</summary>
internal static class CelNames
{
    private static readonly FrozenSet<string> Reserved = new[]
    {
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop",
        "package", "namespace", "return", "var", "void", "while",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly (string Written, string Meant)[] Escapes =
        [("__underscores__", "__"), ("__dot__", "."), ("__dash__", "-"), ("__slash__", "/")];

    public static bool IsReserved(string name) => Reserved.Contains(name);

    /// <summary>The identifier of a field; null if there is none.</summary>
    public static string? Escape(string name)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
        {
            return null;
        }

        if (Reserved.Contains(name))
        {
            return $"__{name}__";
        }

        var text = new StringBuilder(name.Length);
        for (var i = 0; i < name.Length; i++)
        {
            switch (name[i])
            {
                case '_' when i + 1 < name.Length && name[i + 1] == '_':
                    text.Append("__underscores__");
                    i++;
                    break;
                case '.':
                    text.Append("__dot__");
                    break;
                case '-':
                    text.Append("__dash__");
                    break;
                case '/':
                    text.Append("__slash__");
                    break;
                case var c when char.IsAsciiLetterOrDigit(c) || c == '_':
                    text.Append(c);
                    break;
                default:
                    return null;
            }
        }

        return text.ToString();
    }

    /// <summary>The name that an identifier stands for.</summary>
    public static string Unescape(string identifier)
    {
        if (!identifier.Contains("__", StringComparison.Ordinal))
        {
            return identifier;
        }

        if (identifier.Length > 4 && identifier.StartsWith("__", StringComparison.Ordinal) && identifier.EndsWith("__", StringComparison.Ordinal)
            && Reserved.Contains(identifier[2..^2]))
        {
            return identifier[2..^2];
        }

        var text = new StringBuilder(identifier.Length);
        for (var i = 0; i < identifier.Length;)
        {
            var (written, meant) = Escapes.FirstOrDefault(escape => string.CompareOrdinal(identifier, i, escape.Written, 0, escape.Written.Length) == 0);
            text.Append(meant ?? identifier[i].ToString());
            i += written?.Length ?? 1;
        }

        return text.ToString();
    }
}
