using System.Text.RegularExpressions;
using GitOps.Operator.Diff.Masking;

namespace GitOps.Operator.Secrets;

/// <summary>
/// Values under a name that sounds like a secret: those that look random are one. Without such a name randomness says nothing, since
/// hashes, ids and digests are random too.
/// </summary>
internal static partial class SecretGuess
{
    private const int MinLength = 12;
    private const int MaxLength = 512;
    private const double MinBits = 3.2;
    private const int Patience = 250;

    /// <param name="name">Of the key, variable or option.</param>
    /// <param name="value">What it is set to.</param>
    public static bool IsSecret(string name, string value)
    {
        var text = value.Trim().Trim('"', '\'');
        return text.Length is >= MinLength and <= MaxLength && SecretNames.Sounds(name) && !SecretNames.IsReference(name) && !Describes().IsMatch(name)
            && !IsPlaceholder(text) && !IsPublic(text) && LooksRandom(text);
    }

    /// <summary>Whether letters and digits are mixed as no word has them.</summary>
    public static bool LooksRandom(string text)
    {
        var (digits, letters) = (text.Count(char.IsAsciiDigit), text.Count(char.IsAsciiLetter));
        return digits >= 2 && letters >= 2 && !text.Any(char.IsWhiteSpace) && BitsPerCharacter(text) >= MinBits;
    }

    /// <summary>Whether something else is to take its place, or it says itself that it is no secret.</summary>
    public static bool IsPlaceholder(string text) => text.Length == 0 || Placeholders().IsMatch(text) || text.Distinct().Count() <= 2;

    /// <summary>Whether it is one that a manual shows.</summary>
    public static bool IsExample(string text) => Examples().IsMatch(text);

    /// <summary>What everybody may know although it looks random: ids, digests, hashes, addresses, paths, public keys.</summary>
    private static bool IsPublic(string text) => PublicValues().IsMatch(text);

    private static double BitsPerCharacter(string text) =>
        text.GroupBy(static c => c).Sum(group => -(double)group.Count() / text.Length * Math.Log2((double)group.Count() / text.Length));

    [GeneratedRegex("(hash|sha1|sha256|sha512|digest|checksum|fingerprint|public|revision|commit|example|sample|label|description|annotation|header|column|claim|regex|pattern|prefix|suffix|count|size|limit|length|expir|lifetime|timeout|rotation)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex Describes();

    [GeneratedRegex(@"\$[({A-Za-z_]|\{\{|%[A-Za-z_{(]|^<.*>$|^\[.*\]$|^\*+$|^ENC\[|^(vault|ref\+|secret|op|sops|ssm|aws|gcp|azure|file|env|arn|projects)[:+/]|^(changeme|change-me|password|passwd|pass|secret|token|user|username|xxx+|todo|none|null|redacted|placeholder|foo|bar|test|admin|root|postgres|guest|minio|minioadmin|mysql|redis|hunter2)$|change[-_ ]?me|replace[-_ ]?me|placeholder|your[-_ ]|insert[-_ ]|redacted|dummy|example|not[-_]?a[-_]?(real|secret)|x{6,}|\.{3,}", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex Placeholders();

    [GeneratedRegex("example|0123456789|1234567890|abcdefghij|x{8,}|X{8,}|0{10,}|\\.\\.\\.|placeholder|redacted|your[-_]", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex Examples();

    [GeneratedRegex(@"^\{?[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\}?$|^(sha(1|224|256|384|512)|md5)[:\-]|@sha256:|^\$(2[abxy]|argon2(id?|d)|5|6|1|apr1|scrypt|pbkdf2[a-z0-9\-]*)\$|^\{(SSHA|SHA|CRYPT|BCRYPT)\}|^[a-z][a-z0-9+.\-]*://[^@]*$|^(\.{0,2}|~)/|^([A-Za-z0-9\-]+\.)+(svc|local|internal|com|org|net|io|dev)(:\d+)?(/.*)?$|^ssh-(rsa|ed25519|dss) |^ecdsa-sha2-|^age1[a-z0-9]{58}$|-----BEGIN (CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY|PGP PUBLIC)|^LS0tLS1CRUdJTiBDRVJU|^LS0tLS1CRUdJTiBQVUJM|^v?\d+(\.\d+)+|^\d{4}-\d\d-\d\d|^[\d.]+(ms|s|m|h|Mi|Gi|Ki|k|M|G)?$|^/?[a-z0-9\-]+(/[a-z0-9\-.]+)+$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, Patience)]
    private static partial Regex PublicValues();
}
