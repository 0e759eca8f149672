using System.Text;
using System.Text.RegularExpressions;

namespace GitOps.Manifests.Plain;

/// <summary>
/// The globs of Argo CD's include and exclude: <c>*</c> and <c>**</c> match anything, slashes too, <c>?</c> one character,
/// <c>[abc]</c>, <c>[a-z]</c> and <c>[!a-z]</c> one of a set, <c>{a,b}</c> one of the patterns; a backslash takes a character as it is.
/// </summary>
public sealed class GlobPattern
{
    private const int MaxLength = 4096;

    private readonly Regex _regex;

    private GlobPattern(Regex regex) => _regex = regex;

    /// <exception cref="FormatException">The pattern is malformed.</exception>
    public static GlobPattern Parse(string pattern)
    {
        if (pattern.Length > MaxLength)
        {
            throw new FormatException($"the glob is longer than {MaxLength} characters");
        }

        var regex = new StringBuilder(@"\A");
        var depth = 0;
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '*':
                    regex.Append(".*");
                    break;
                case '?':
                    regex.Append('.');
                    break;
                case '{':
                    depth++;
                    regex.Append("(?:");
                    break;
                case '}' when depth > 0:
                    depth--;
                    regex.Append(')');
                    break;
                case ',' when depth > 0:
                    regex.Append('|');
                    break;
                case '[':
                    i = AppendSet(pattern, i + 1, regex);
                    break;
                case '\\' when i + 1 < pattern.Length:
                    regex.Append(Escape(pattern[++i]));
                    break;
                default:
                    regex.Append(Escape(pattern[i]));
                    break;
            }
        }

        if (depth > 0)
        {
            throw new FormatException($"the glob '{pattern}' has a '{{' without '}}'");
        }

        const RegexOptions options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline;
        return new(new Regex(regex.Append(@"\z").ToString(), options));
    }

    public bool IsMatch(string path) => _regex.IsMatch(path);

    /// <returns>The index of the closing bracket.</returns>
    private static int AppendSet(string pattern, int start, StringBuilder regex)
    {
        var close = pattern.IndexOf(']', start);
        var body = close < 0 ? [] : pattern.AsSpan(start, close - start);
        var isNegated = body is ['!', ..];
        body = isNegated ? body[1..] : body;
        var isRange = body.Length == 3 && body[1] == '-';
        if (body.Length == 0 || (isRange && body[0] > body[2]) || (!isRange && body.Length > 1 && body[1] == '-'))
        {
            throw new FormatException($"the glob '{pattern}' has a malformed set: write [abc], [a-z] or [!a-z]");
        }

        regex.Append(isNegated ? "[^" : "[");
        foreach (var c in body)
        {
            regex.Append(c == '-' && isRange ? "-" : $@"\u{(int)c:X4}");
        }

        regex.Append(']');
        return close;
    }

    private static string Escape(char c) => $@"\u{(int)c:X4}";
}
