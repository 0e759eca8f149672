using System.Buffers;
using System.Text.RegularExpressions;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Kustomize.Nodes;

/// <summary>
/// Which texts kustomize leaves without quotes when it writes an object and reads it again: a text in quotes keeps them whatever is
/// put in its place later, and so stays a text.
/// </summary>
internal static partial class PlainText
{
    private static readonly SearchValues<char> Indicators = SearchValues.Create("#,[]{}&*!|>'\"%@`");

    /// <param name="text">A text that is the value of a member of a map or an item of a list.</param>
    public static bool Is(string text) =>
        text.Length > 0
        && text[0] != ' ' && text[^1] != ' '
        && !StartsLikeStructure(text)
        && !HasIndicator(text)
        && YamlDialect.Kubectl.IsPlainString(text)
        && GoTimes.ToJson(text) is null
        && !(text.Contains(':', StringComparison.Ordinal) && BaseSixty().IsMatch(text));

    private static bool StartsLikeStructure(string text) =>
        Indicators.Contains(text[0])
        || text.StartsWith("---", StringComparison.Ordinal) || text.StartsWith("...", StringComparison.Ordinal)
        || (text[0] is '?' or ':' or '-' && (text.Length == 1 || text[1] is ' ' or '\t'));

    /// <summary>Something that would end the text early, or cannot be written without quotes at all.</summary>
    private static bool HasIndicator(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var isRefused = text[i] switch
            {
                ':' => i + 1 == text.Length || text[i + 1] == ' ',
                '#' => i > 0 && text[i - 1] == ' ',
                < ' ' or (>= '\u007F' and < '\u00A0') or '\u2028' or '\u2029' or '\uFEFF' or >= '\uFFFE' => true,
                var letter => char.IsSurrogate(letter),
            };
            if (isRefused)
            {
                return true;
            }
        }

        return false;
    }

    [GeneratedRegex("^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\\.[0-9_]*)?\\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex BaseSixty();
}
