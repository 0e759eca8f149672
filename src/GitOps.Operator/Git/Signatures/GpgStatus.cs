using System.Globalization;

namespace GitOps.Operator.Git.Signatures;

/// <summary>
/// Reads what gpg says of one signature on its status channel (doc/DETAILS of GnuPG). Strict: a good signature is exactly one, of
/// which GOODSIG and VALIDSIG are said, and nothing else that is said of a signature.
/// </summary>
internal static class GpgStatus
{
    private const string Prefix = "[GNUPG:] ";
    private const string Format = "openpgp";
    private const int LongestName = 200;

    /// <param name="output">Everything that git handed on from gpg; lines of others are passed over.</param>
    /// <param name="keys">What the keyring has: the fingerprints of primary keys and subkeys, with when they expire.</param>
    /// <returns>Null: gpg said nothing of any signature.</returns>
    public static SignatureFinding? Read(string output, IReadOnlyDictionary<string, DateTimeOffset?> keys)
    {
        var signatures = 0;
        List<(string Word, string[] Said)> verdicts = [];
        string[]? valid = null;
        var valids = 0;
        foreach (var line in output.Split('\n'))
        {
            if (!line.StartsWith(Prefix, StringComparison.Ordinal))
            {
                continue;
            }

            var parts = line[Prefix.Length..].TrimEnd('\r').Split(' ');
            switch (parts[0])
            {
                case "NEWSIG":
                    signatures++;
                    break;
                case "GOODSIG" or "BADSIG" or "EXPSIG" or "EXPKEYSIG" or "REVKEYSIG" or "ERRSIG":
                    verdicts.Add((parts[0], parts[1..]));
                    break;
                case "VALIDSIG":
                    valid = parts[1..];
                    valids++;
                    break;
                default:
                    break;
            }
        }

        if (verdicts.Count == 0)
        {
            return signatures == 0 ? null : new(SignatureState.UnsupportedSignature, Format);
        }

        if (verdicts.Count > 1 || signatures > 1 || valids > 1)
        {
            return new(SignatureState.UnsupportedSignature, Format);
        }

        var (word, rest) = verdicts[0];
        var fingerprint = valid is { Length: >= 10 } ? valid[9] : word == "ERRSIG" && rest.Length >= 7 && rest[6] != "-" ? rest[6] : rest.FirstOrDefault();
        var signer = word == "ERRSIG" || rest.Length < 2 ? null : Name(string.Join(' ', rest[1..]));
        return word switch
        {
            "BADSIG" => new(SignatureState.BadSignature, Format, fingerprint, signer),
            "EXPSIG" => new(SignatureState.ExpiredSignature, Format, fingerprint, signer),
            "EXPKEYSIG" => new(SignatureState.ExpiredKey, Format, fingerprint, signer),
            "REVKEYSIG" => new(SignatureState.RevokedKey, Format, fingerprint, signer),
            // 9: no public key. Anything else (an algorithm, a time) is as little a proof.
            "ERRSIG" => new(rest is [_, _, _, _, _, "9", ..] ? SignatureState.UnknownKey : SignatureState.UnsupportedSignature, Format, fingerprint),
            _ => Good(valid, fingerprint, signer, keys),
        };
    }

    private static SignatureFinding Good(
        string[]? valid, string? fingerprint, string? signer, IReadOnlyDictionary<string, DateTimeOffset?> keys)
    {
        // VALIDSIG: fingerprint of the signing key, date, time, expiry (0: none), four of the algorithm, class, fingerprint of the primary key.
        if (valid is not { Length: >= 10 })
        {
            return new(SignatureState.UnsupportedSignature, Format, fingerprint, signer);
        }

        if (!keys.TryGetValue(valid[0], out var keyExpiry) || !keys.TryGetValue(valid[9], out var primaryExpiry))
        {
            return new(SignatureState.UnknownKey, Format, fingerprint, signer);
        }

        return new(SignatureState.Good, Format, fingerprint, signer) { GoodUntil = Earliest(Time(valid[3]), keyExpiry, primaryExpiry) };
    }

    /// <summary>Reads <c>gpg --list-keys --with-colons</c>: fingerprints of primary keys and subkeys, with when they expire.</summary>
    public static Dictionary<string, DateTimeOffset?> Keys(string listing)
    {
        var keys = new Dictionary<string, DateTimeOffset?>(StringComparer.Ordinal);
        DateTimeOffset? expiry = null;
        foreach (var line in listing.Split('\n'))
        {
            var fields = line.Split(':');
            if (fields is ["pub" or "sub", ..] && fields.Length > 6)
            {
                expiry = Time(fields[6]);
            }
            else if (fields is ["fpr", ..] && fields.Length > 9)
            {
                keys[fields[9]] = expiry;
            }
        }

        return keys;
    }

    private static DateTimeOffset? Time(string seconds) =>
        long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value is > 0 and < 253402300799
            ? DateTimeOffset.FromUnixTimeSeconds(value)
            : null;

    private static DateTimeOffset? Earliest(params ReadOnlySpan<DateTimeOffset?> times)
    {
        DateTimeOffset? first = null;
        foreach (var time in times)
        {
            first = time is not null && (first is null || time < first) ? time : first;
        }

        return first;
    }

    private static string Name(string text)
    {
        var clean = new string([.. text.Where(static letter => !char.IsControl(letter))]).Trim();
        return clean.Length > LongestName ? clean[..LongestName] + "…" : clean;
    }
}
