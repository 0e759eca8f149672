using System.Collections.Immutable;
using GitOps.Operator.Api;
using GitOps.Operator.Git;

namespace GitOps.Operator.Reconcile.Sources;

/// <summary>Of every source the one state that is meant. All of them or none: what is rendered together was seen together.</summary>
internal sealed class SourceResolver
{
    private readonly SourceAccess _access;

    public SourceResolver(SourceAccess access) => _access = access;

    /// <param name="sources">At least one.</param>
    /// <param name="wanted">One for each source: another revision than its own, or null; empty: their own.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="GitException">One of them cannot be resolved; of several sources the message names which.</exception>
    public async ValueTask<ResolvedSources> ResolveAsync(
        ImmutableArray<CheckedSource> sources, ImmutableArray<string?> wanted, CancellationToken cancellationToken) => sources.Length == 1
            ? new([await _access.ResolveAsync(sources[0], wanted.IsEmpty ? null : wanted[0], cancellationToken)])
            : new([.. await Task.WhenAll(sources.Select((source, i) => NamedAsync(source, wanted.IsEmpty ? null : wanted[i], cancellationToken)))]);

    /// <summary>Why what is known of a source may be old; null: all of them were reached.</summary>
    public GitException? Failing(ImmutableArray<CheckedSource> sources)
    {
        foreach (var source in sources)
        {
            if (_access.StateOf(source).Failure is { } failure)
            {
                return sources.Length == 1 ? failure : Named(source, failure);
            }
        }

        return null;
    }

    public static GitException Named(CheckedSource source, GitException failure) =>
        new(failure.Kind, $"{source.Field} ({source.RepoUrl}): {failure.Message}", failure) { RetryAfter = failure.RetryAfter, IsUnwatched = failure.IsUnwatched };

    private async Task<ResolvedSource> NamedAsync(CheckedSource source, string? wanted, CancellationToken cancellationToken)
    {
        try
        {
            return await _access.ResolveAsync(source, wanted, cancellationToken);
        }
        catch (GitException failure)
        {
            throw Named(source, failure);
        }
    }
}
