using GitOps.Operator.Model;

namespace GitOps.Operator.Git;

/// <summary>What is known of a revision without waiting.</summary>
internal static class KnownRevisions
{
    /// <summary>The newest commit of a revision that is known now; null: none is.</summary>
    public static string? Known(this IGitRepositories repositories, RepositoryAddress repository, RevisionName revision) =>
        repositories.Found(repository, revision)?.Sha;

    /// <summary>The same with all that is known of it.</summary>
    public static ResolvedRevision? Found(this IGitRepositories repositories, RepositoryAddress repository, RevisionName revision)
    {
        try
        {
            var resolving = repositories.ResolveAsync(repository, revision, CancellationToken.None);
            return resolving.IsCompletedSuccessfully ? resolving.Result : null;
        }
        catch (GitException)
        {
            return null;
        }
    }
}
