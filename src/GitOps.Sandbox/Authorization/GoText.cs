using System.Globalization;
using System.Text;

namespace GitOps.Sandbox.Authorization;

/// <summary>Values as a real server's messages write them.</summary>
internal static class GoText
{
    /// <summary>In double quotes; what cannot be printed is escaped.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var rune in text.EnumerateRunes())
        {
            quoted.Append(rune.Value switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\a' => "\\a",
                '\b' => "\\b",
                '\f' => "\\f",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\v' => "\\v",
                < ' ' or 0x7f => string.Create(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
                _ => rune.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }

    /// <summary><c>["a" "b"]</c>.</summary>
    public static string QuoteAll(IEnumerable<string> texts) => $"[{string.Join(' ', texts.Select(Quote))}]";
}
