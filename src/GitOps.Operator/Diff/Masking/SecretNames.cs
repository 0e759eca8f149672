using System.Text.RegularExpressions;

namespace GitOps.Operator.Diff.Masking;

/// <summary>What a name says about the value that it stands for.</summary>
internal static partial class SecretNames
{
    private const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;
    private const int Patience = 250;

    /// <summary>Whether a field, key or item of this name may hold a secret: <c>clientSecret</c>, <c>DB_PASSWORD</c>.</summary>
    public static bool Sounds(string name) => Words().IsMatch(name);

    /// <summary>Also words that say it only where people choose the names, as in an environment: <c>SIGNING_KEY</c>, <c>tls.key</c>.</summary>
    public static bool SoundsInMap(string name) => Sounds(name) || ShortWords().IsMatch(name);

    /// <summary>Whether the field leads to a secret or describes it, and is none: <c>secretName</c>, <c>secretKeyRef.key</c>.</summary>
    public static bool IsReference(string name) => References().IsMatch(name);

    /// <summary>Of an item that has a name, the members that hold what is named.</summary>
    public static bool IsValueOfItem(string name) => name is "value" or "values" or "default" or "content" or "data" or "literal" or "stringValue";

    [GeneratedRegex("passw(or)?d|passwd|passphrase|token|secret|credential|(api|private|access|signing|encryption|client|account|master|shared|session)[-_.]?key|connection[-_.]?string", Options, Patience)]
    private static partial Regex Words();

    [GeneratedRegex("(^|[^a-z])(key|pass|pwd|pin|pat|auth|dsn|salt|otp|hmac|sas|jwt)(s|[^a-z]|$)|^id_(rsa|dsa|ecdsa|ed25519)$|KEY$", Options, Patience)]
    private static partial Regex ShortWords();

    [GeneratedRegex("^(key|mode|optional|group|items)$|(name|names|ref|refs|reference|namespace|path|paths|file|kind|type|version|seconds|duration|ttl|expiration|mode|optional|property|audiences?|issuer|ur[il]|endpoint|server|provider|policy|selector|enabled|algorithm|encoding|format|id)$", Options, Patience)]
    private static partial Regex References();
}
