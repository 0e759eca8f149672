using System.Text.RegularExpressions;

namespace GitOps.Operator.Diff.Masking;

/// <summary>
/// Takes out of a text what looks like a secret: private keys, tokens of known shapes, passwords in URLs, and what follows a
/// name that sounds like one. A text that cannot be searched in time counts as secret.
/// </summary>
internal static partial class SecretText
{
    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;
    private const int Patience = 250;

    /// <summary>UTF-16 characters. What is longer is not searched, and not shown.</summary>
    private const int MaxLength = 1 << 18;

    /// <param name="text">Any text of the user's.</param>
    /// <param name="mark">What is put in place of a secret.</param>
    public static string Redact(string text, string mark)
    {
        if (text.Length > MaxLength || IsEncodedKey(text))
        {
            return mark;
        }

        try
        {
            var result = PrivateKeys().Replace(text, mark);
            result = UrlPasswords().Replace(result, match => $"{match.Groups["scheme"].Value}{mark}@");
            result = Tokens().Replace(result, mark);
            result = Bearers().Replace(result, match => $"{match.Groups["word"].Value} {mark}");
            return Assignments().Replace(result, match => Assigned(match, mark));
        }
        catch (RegexMatchTimeoutException)
        {
            return mark;
        }
    }

    /// <summary>Whether a list's item announces that the next one is a secret: <c>--token</c>, <c>-p</c> does not.</summary>
    public static bool IsOption(string text) =>
        text.StartsWith('-') && !text.Contains('=', StringComparison.Ordinal) && SecretNames.SoundsInMap(text) && !SecretNames.IsReference(text);

    private static string Assigned(Match match, string mark)
    {
        var (name, value) = (match.Groups["name"].Value, match.Groups["value"].Value);
        return SecretNames.IsReference(name) || value.Contains(SecretMask.Secret, StringComparison.Ordinal) || IsHarmless(value)
            ? match.Value
            : string.Concat(match.Value.AsSpan(0, match.Groups["value"].Index - match.Index), mark);
    }

    private static bool IsHarmless(string value) =>
        value is "true" or "false" or "null" or "\"\"" or "''" or "{" or "[" or "[]" or "{}" || value.StartsWith("${", StringComparison.Ordinal) || value.StartsWith("$(", StringComparison.Ordinal);

    // Base64 of -----BEGIN … PRIVATE KEY-----, as binaryData holds it.
    private static bool IsEncodedKey(string text)
    {
        const string Begin = "LS0tLS1CRUdJTi";
        if (!text.StartsWith(Begin, StringComparison.Ordinal))
        {
            return false;
        }

        var bytes = new byte[64];
        var head = text.AsSpan(0, Math.Min(text.Length, 84) / 4 * 4);
        return !Convert.TryFromBase64Chars(head, bytes, out var count)
            || bytes.AsSpan(0, count).IndexOf("PRIVATE KEY"u8) >= 0;
    }

    [GeneratedRegex("-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----.*?(-----END [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----|\\z)", Options | RegexOptions.Singleline, Patience)]
    private static partial Regex PrivateKeys();

    [GeneratedRegex("(?<scheme>[a-zA-Z][a-zA-Z0-9+.-]{0,30}://)([^\\s/\"'@:]*:[^\\s/\"']*|[^\\s/\"'@:]{20,})@", Options, Patience)]
    private static partial Regex UrlPasswords();

    [GeneratedRegex(
        "\\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|gl[a-z]{2,6}-[A-Za-z0-9_-]{16,}|xox[a-z]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}"
        + "|A(KIA|SIA)[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{30,}|ya29\\.[A-Za-z0-9_-]{20,}|(sk|rk|pk)_(live|test)_[A-Za-z0-9]{10,}|sk-[A-Za-z0-9_-]{20,}"
        + "|npm_[A-Za-z0-9]{20,}|pypi-[A-Za-z0-9_-]{20,}|hv[sbr]\\.[A-Za-z0-9_-]{20,}|do[opr]_v1_[a-f0-9]{20,}|SG\\.[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9_-]{16,}"
        + "|dckr_pat_[A-Za-z0-9_-]{16,}|eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{4,}\\.[A-Za-z0-9_-]*)|\\$2[abxy]\\$[0-9]{2}\\$[./A-Za-z0-9]{53}|AGE-SECRET-KEY-[A-Z0-9]+",
        Options, Patience)]
    private static partial Regex Tokens();

    [GeneratedRegex("(?<word>\\b[Bb]earer|\\b[Aa]uthorization[\"']?\\s*[:=]\\s*[\"']?[A-Za-z]+)\\s+[A-Za-z0-9._~+/=-]{6,}", Options, Patience)]
    private static partial Regex Bearers();

    [GeneratedRegex(
        "(?<name>[A-Za-z0-9_.-]{0,60}(passw(or)?d|passphrase|pwd|token|secret|credential|(api|private|access|signing|encryption|account|master|shared)[-_.]?key)[A-Za-z0-9_.-]{0,40})"
        + "(\\\\?[\"'])?\\s{0,4}([=:]\\s{0,4}|(?<=(^|\\s)--?[A-Za-z0-9_.-]{1,100})[ \\t]+)(?<value>[|>][-+]?[ \\t]*(\\n[ \\t]+[^\\n]*)+|\\[[^\\]]{0,4000}\\]|\"(\\\\.|[^\"\\\\\\n])*\"|'[^'\\n]*'|\\\\\"[^\"]*\"|[^\\s,;&\"']+)",
        Options | RegexOptions.IgnoreCase, Patience)]
    private static partial Regex Assignments();
}
