using System.Text;

namespace GitOps.Operator.Render;

/// <summary>
/// <c>$NAME</c> and <c>${NAME}</c> in a text, as Go's <c>os.Expand</c> and so Argo CD reads them: an unknown variable is empty,
/// <c>$$</c> is a dollar sign, and braces that hold nothing or do not close are dropped.
/// </summary>
internal static class ShellText
{
    /// <param name="text">With variables.</param>
    /// <param name="valueOf">The value of a variable; null: there is none of this name.</param>
    public static async ValueTask<string> ExpandAsync(string text, Func<string, ValueTask<string?>> valueOf)
    {
        if (!text.Contains('$', StringComparison.Ordinal))
        {
            return text;
        }

        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '$' || i == text.Length - 1)
            {
                result.Append(text[i]);
                continue;
            }

            var (name, length) = NameAt(text, i + 1);
            if (name.Length > 0)
            {
                result.Append(name == "$" ? name : await valueOf(name));
            }
            else if (length == 0)
            {
                result.Append('$');
            }

            i += length;
        }

        return result.ToString();
    }

    /// <returns>The name, empty where there is none, and how many characters it takes.</returns>
    private static (string Name, int Length) NameAt(string text, int start)
    {
        if (text[start] == '{')
        {
            if (start + 2 < text.Length && IsSpecial(text[start + 1]) && text[start + 2] == '}')
            {
                return (text[(start + 1)..(start + 2)], 3);
            }

            var close = text.IndexOf('}', start);
            return close < 0 ? (string.Empty, 1) : (text[(start + 1)..close], close - start + 1);
        }

        if (IsSpecial(text[start]))
        {
            return (text[start..(start + 1)], 1);
        }

        var end = start;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
        {
            end++;
        }

        return (text[start..end], end - start);
    }

    private static bool IsSpecial(char letter) => letter is '*' or '#' or '$' or '@' or '!' or '?' or '-' || char.IsAsciiDigit(letter);
}
