using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace GitOps.Operator.Git.Signatures;

/// <summary>One key that may sign, as a line of an allowed_signers file (ssh-keygen(1), ALLOWED SIGNERS).</summary>
/// <param name="Line">With principals.</param>
/// <param name="Fingerprint"><c>SHA256:…</c>.</param>
internal sealed partial record SshSigner(string Line, string Fingerprint)
{
    private const string NoPadding = "SHA256:";
    private static readonly string[] Times = ["yyyyMMdd", "yyyyMMddHHmm", "yyyyMMddHHmmss"];

    /// <summary>What is signed from then on is refused; null: it says no such time.</summary>
    public DateTimeOffset? EndsAt { get; private init; }

    /// <summary>Reads a line of an allowed_signers file, or a public key as ssh-keygen writes it.</summary>
    /// <returns>Null: it is neither.</returns>
    public static SshSigner? Parse(string line)
    {
        var words = Words(line);
        if (words is null)
        {
            return null;
        }

        for (var i = 0; i + 1 < words.Count && i <= 2; i++)
        {
            if (!IsType(words[i]) || Fingerprint64(words[i], words[i + 1]) is not { } fingerprint)
            {
                continue;
            }

            if (i == 0)
            {
                return new($"{Principal(words, fingerprint)} namespaces=\"git\" {words[0]} {words[1]}", fingerprint);
            }

            // PRINCIPALS [OPTIONS] TYPE KEY [COMMENT]; an authority signs for keys that nobody has listed.
            var options = i == 2 ? words[1] : string.Empty;
            return options.Contains("cert-authority", StringComparison.OrdinalIgnoreCase) ? null : new(string.Join(' ', words.Take(i + 2)), fingerprint) { EndsAt = ValidBefore(options) };
        }

        return null;
    }

    /// <summary>Split at blanks outside of quotes; null: a quote has no end.</summary>
    private static List<string>? Words(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var isQuoted = false;
        foreach (var letter in line)
        {
            if (letter == '"')
            {
                isQuoted = !isQuoted;
            }

            if (!isQuoted && letter is ' ' or '\t')
            {
                if (word.Length > 0)
                {
                    words.Add(word.ToString());
                    word.Clear();
                }
            }
            else
            {
                word.Append(letter);
            }
        }

        if (word.Length > 0)
        {
            words.Add(word.ToString());
        }

        return isQuoted ? null : words;
    }

    /// <summary>As ssh-keygen reads it: without a Z in the time zone of the machine.</summary>
    private static DateTimeOffset? ValidBefore(string options) =>
        ValidBeforeOption().Match(options) is { Success: true } option
            && DateTimeOffset.TryParseExact(
                option.Groups["time"].Value, Times, CultureInfo.InvariantCulture,
                option.Groups["utc"].Length > 0 ? DateTimeStyles.AssumeUniversal : DateTimeStyles.AssumeLocal, out var time)
                ? time
                : null;

    private static bool IsType(string word) =>
        word.StartsWith("ssh-", StringComparison.Ordinal) || word.StartsWith("ecdsa-sha2-", StringComparison.Ordinal) || word.StartsWith("sk-", StringComparison.Ordinal);

    /// <summary>A key's blob begins with the name of its type.</summary>
    private static string? Fingerprint64(string type, string base64)
    {
        var blob = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, blob, out var length) || length < type.Length + 4
            || blob[3] != type.Length || (blob[0] | blob[1] | blob[2]) != 0 || !blob.AsSpan(4, type.Length).SequenceEqual(Encoding.ASCII.GetBytes(type)))
        {
            return null;
        }

        return NoPadding + Convert.ToBase64String(SHA256.HashData(blob.AsSpan(0, length))).TrimEnd('=');
    }

    /// <summary>The comment, which by custom says whose key it is.</summary>
    private static string Principal(List<string> words, string fingerprint)
    {
        var comment = string.Join('_', words.Skip(2));
        var name = new string([.. comment.Where(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '@' or '.' or '-' or '_' or '+')]);
        return name.Length is > 0 and <= 200 && name[0] != '-' ? name : fingerprint.Replace(":", "-", StringComparison.Ordinal);
    }

    [GeneratedRegex("(^|,)valid-before=\"?(?<time>[0-9]{8,14})(?<utc>Z?)\"?(,|$)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ValidBeforeOption();
}
