namespace GitOps.Operator.Git;

/// <summary>
/// A look at a server that is far cheaper than a git process. It only ever answers "is this still what git saw?"; what the refs are
/// is git's to say, and whatever a probe does not understand is left to git too.
/// </summary>
internal interface IRefProbe
{
    /// <remarks><paramref name="wanted"/>: Refs that matter beside HEAD, branches and tags.</remarks>
    /// <returns>Equal as long as no ref changed; null where this probe cannot tell.</returns>
    ValueTask<string?> FingerprintAsync(GitUrl url, IReadOnlySet<string> wanted, CancellationToken cancellationToken);

    /// <returns>Whether the server hands out a repository's files without knowing git; false also where this probe cannot tell.</returns>
    ValueTask<bool> IsDumbAsync(GitUrl url, CancellationToken cancellationToken) => new(false);
}

/// <summary>Never knows: every poll asks git.</summary>
internal sealed class NoRefProbe : IRefProbe
{
    public static readonly NoRefProbe Instance = new();

    public ValueTask<string?> FingerprintAsync(GitUrl url, IReadOnlySet<string> wanted, CancellationToken cancellationToken) => new((string?)null);
}
