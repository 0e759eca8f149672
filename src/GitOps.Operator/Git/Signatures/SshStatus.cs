using System.Text.RegularExpressions;

namespace GitOps.Operator.Git.Signatures;

/// <summary>Reads what <c>ssh-keygen -Y</c> says of one signature, as git hands it on.</summary>
internal static partial class SshStatus
{
    private const string Format = "ssh";

    /// <param name="output">Everything that git handed on.</param>
    /// <param name="hasSucceeded">Whether git took the signature for a good one.</param>
    /// <param name="fingerprints">Of the given keys: <c>SHA256:…</c>.</param>
    /// <returns>Null: nothing was said of a signature.</returns>
    public static SignatureFinding? Read(string output, bool hasSucceeded, IReadOnlySet<string> fingerprints)
    {
        SignatureFinding? good = null;
        SignatureFinding? unknown = null;
        var goods = 0;
        var isBad = false;
        var isExpired = false;
        foreach (var raw in output.Split('\n'))
        {
            var line = raw.TrimEnd('\r');
            if (GoodLine().Match(line) is { Success: true } match)
            {
                good = new(SignatureState.Good, Format, match.Groups["print"].Value, match.Groups["who"].Value);
                goods++;
            }
            else if (NobodysLine().Match(line) is { Success: true } nobody)
            {
                unknown = new(SignatureState.UnknownKey, Format, nobody.Groups["print"].Value);
            }

            isExpired |= line.Contains("key has expired: verify time", StringComparison.Ordinal) || line.Contains("key is not yet valid: verify time", StringComparison.Ordinal);
            isBad |= line.Contains("incorrect signature", StringComparison.Ordinal) || line.StartsWith("Could not verify signature", StringComparison.Ordinal)
                || line.StartsWith("Signature verification failed", StringComparison.Ordinal);
        }

        if (good is not null)
        {
            return goods == 1 && unknown is null && hasSucceeded && !isBad
                ? fingerprints.Contains(good.Fingerprint!) ? good : good with { State = SignatureState.UnknownKey, Signer = null }
                : new(SignatureState.BadSignature, Format, good.Fingerprint);
        }

        return isBad ? new(SignatureState.BadSignature, Format, unknown?.Fingerprint)
            : isExpired && unknown is not null ? unknown with { State = SignatureState.ExpiredKey }
            : unknown;
    }

    [GeneratedRegex("^Good \"git\" signature for (?<who>.+) with \\S+ key (?<print>SHA256:[A-Za-z0-9+/]+)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex GoodLine();

    [GeneratedRegex("^Good \"git\" signature with \\S+ key (?<print>SHA256:[A-Za-z0-9+/]+)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NobodysLine();
}
