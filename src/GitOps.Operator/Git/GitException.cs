using GitOps.Operator.Git.Signatures;

namespace GitOps.Operator.Git;

/// <summary>What kept git from doing what it was asked: decides the condition's reason and whether waiting can help.</summary>
internal enum GitFailure
{
    /// <summary>The URL cannot be used: malformed, or with something in it that must not be there.</summary>
    InvalidUrl,

    /// <summary>The URL's protocol is not allowed here.</summary>
    NotAllowed,

    /// <summary>There is no such repository.</summary>
    NotFound,

    /// <summary>The server wants credentials, or other ones.</summary>
    Authentication,

    /// <summary>The Secret with the credentials is incomplete, contradicts itself or asks for what is not supported.</summary>
    InvalidCredential,

    /// <summary>Who the server is cannot be proven: its ssh host key or its certificate is not known, or another one than known.</summary>
    UntrustedServer,

    /// <summary>The server sends us elsewhere, and credentials don't follow.</summary>
    Moved,

    /// <summary>The server did not answer, or not in a usable way.</summary>
    Unreachable,

    /// <summary>Git took longer than its time limit.</summary>
    Timeout,

    /// <summary>The repository has no commit.</summary>
    EmptyRepository,

    /// <summary>The repository has no such branch, tag or commit.</summary>
    RevisionNotFound,

    /// <summary>Something is larger than its limit.</summary>
    TooLarge,

    /// <summary>The mirror is damaged: it is thrown away and cloned again.</summary>
    Corrupt,

    /// <summary>What was asked to be signed is not, or not by a known key.</summary>
    NotVerified,

    /// <summary>Anything else; the message has git's own words.</summary>
    Other,
}

/// <summary>A failure of git. The message is one line, without credentials, and says what to do where that is known.</summary>
internal sealed class GitException : Exception
{
    public GitException(GitFailure kind, string message, Exception? inner = null)
        : base(message, inner) => Kind = kind;

    public GitFailure Kind { get; }

    /// <summary>How long the server asked to be left alone; null: it said nothing.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Of <see cref="GitFailure.NotVerified"/>: what was found of the signature; null: something else is wrong.</summary>
    public SignatureFinding? Signature { get; init; }

    /// <summary>Of a repository that nobody follows: nothing tells when it is well again, so what failed has to be tried again.</summary>
    public bool IsUnwatched { get; init; }

    /// <summary>The server may have the object, and hands out only what its refs name.</summary>
    public bool IsWithheld { get; init; }

    /// <summary>Whether the user has to change something; anything else may pass by itself.</summary>
    public bool NeedsUser => Kind is GitFailure.InvalidUrl or GitFailure.NotAllowed or GitFailure.InvalidCredential or GitFailure.RevisionNotFound
        or GitFailure.TooLarge or GitFailure.NotVerified;
}
