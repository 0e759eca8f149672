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

    /// <summary>Anything else; the message has git's own words.</summary>
    Other,
}

/// <summary>A failure of git. The message is one line, without credentials, and says what to do where that is known.</summary>
internal sealed class GitException : Exception
{
    public GitException(GitFailure kind, string message, Exception? inner = null)
        : base(message, inner) => Kind = kind;

    public GitFailure Kind { get; }

    /// <summary>Whether the user has to change something; anything else may pass by itself.</summary>
    public bool NeedsUser => Kind is GitFailure.InvalidUrl or GitFailure.NotAllowed or GitFailure.RevisionNotFound or GitFailure.TooLarge;
}
