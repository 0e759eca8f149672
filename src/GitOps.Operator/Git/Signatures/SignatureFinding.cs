namespace GitOps.Operator.Git.Signatures;

/// <summary>What became of checking one signature. All but the first are no.</summary>
internal enum SignatureState
{
    /// <summary>By one of the keys, which is neither expired nor revoked.</summary>
    Good,
    NotSigned,

    /// <summary>By a key that is not among those given.</summary>
    UnknownKey,

    /// <summary>What was signed is not what is there.</summary>
    BadSignature,
    ExpiredSignature,
    ExpiredKey,
    RevokedKey,

    /// <summary>Of a kind that is not checked, or more than one.</summary>
    UnsupportedSignature,
}

/// <summary>What was found of one signature.</summary>
/// <param name="State">Whether it counts.</param>
/// <param name="Format"><c>openpgp</c> or <c>ssh</c>; empty: unknown.</param>
/// <param name="Fingerprint">Of the key; of OpenPGP the primary key. Null: not told.</param>
/// <param name="Signer">The user id of the key, or the principal; never what the commit claims. Null: not told.</param>
internal sealed record SignatureFinding(SignatureState State, string Format = "", string? Fingerprint = null, string? Signer = null)
{
    public static readonly SignatureFinding NotSigned = new(SignatureState.NotSigned);

    /// <summary>When a good signature stops to be one: the key's expiry, or its own. Null: never.</summary>
    public DateTimeOffset? GoodUntil { get; init; }

    public bool IsGood => State == SignatureState.Good;

    /// <summary>Whose it is: format, fingerprint and name.</summary>
    public string Who => string.Join(' ', new[] { Format, Fingerprint }.Where(static part => !string.IsNullOrEmpty(part)))
        + (Signer is null ? string.Empty : $", {Signer}");

    /// <summary>What is wrong with it, to follow the name of what is signed.</summary>
    public string Problem => State switch
    {
        SignatureState.NotSigned => "is not signed",
        SignatureState.UnknownKey => $"is signed by a key that is not among the given ones ({Who})",
        SignatureState.BadSignature => $"is not what was signed: its signature is bad ({Who})",
        SignatureState.ExpiredSignature => $"has a signature that has expired ({Who})",
        SignatureState.ExpiredKey => $"is signed by a key that has expired ({Who})",
        SignatureState.RevokedKey => $"is signed by a key that was revoked ({Who})",
        SignatureState.UnsupportedSignature => "has a signature of a kind that is not checked, or several; sign it once, with OpenPGP or SSH",
        _ => $"is signed ({Who})",
    };
}
