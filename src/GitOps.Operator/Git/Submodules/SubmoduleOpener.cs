using System.Collections.Immutable;
using GitOps.Manifests.Trees;
using GitOps.Operator.Model;

namespace GitOps.Operator.Git.Submodules;

/// <summary>Which repositories lie within each other on the way to a tree; the last one has it.</summary>
/// <param name="Repository">The last one.</param>
/// <param name="Above">Those around it, the outermost first.</param>
/// <param name="Commit">Of the outermost.</param>
internal sealed record SubmoduleChain(RepositoryAddress Repository, ImmutableArray<RepositoryAddress> Above, string Commit)
{
    public RepositoryAddress Outermost => Above.IsEmpty ? Repository : Above[0];

    public SubmoduleChain With(RepositoryAddress below) => new(below, Above.Add(Repository), Commit);

    public override string ToString() => string.Join(" > ", Above.Append(Repository).Select(static address => GitErrors.Clean(address.Url)));
}

/// <summary>Opens commits whose submodules can be read, and those submodules: as the same tenant, with the credentials of their own URL.</summary>
internal sealed class SubmoduleOpener
{
    private const int MaxDepth = 8;

    // Documentation is kept on a branch of the same repository at times, and included from there.
    private const int MaxRepeats = 2;

    private readonly IGitRepositories _repositories;
    private readonly Func<RepositoryAddress, string, CancellationToken, Task<GitSourceTree>> _open;
    private readonly SubmodulePins _pins;

    /// <param name="repositories">All.</param>
    /// <param name="open">A commit without its submodules.</param>
    /// <param name="pins">Told of each submodule that is opened.</param>
    public SubmoduleOpener(IGitRepositories repositories, Func<RepositoryAddress, string, CancellationToken, Task<GitSourceTree>> open, SubmodulePins pins)
    {
        _repositories = repositories;
        _open = open;
        _pins = pins;
    }

    /// <exception cref="GitException">The commit cannot be had.</exception>
    public Task<ISourceTree> OpenAsync(RepositoryAddress repository, string sha, CancellationToken cancellationToken) =>
        OpenAsync(new SubmoduleChain(repository, [], sha), sha, cancellationToken);

    /// <exception cref="SourceTreeException">The submodule is not allowed, or makes no sense; only another commit can change that.</exception>
    /// <exception cref="GitException">It cannot be had now. The message names the submodule.</exception>
    public async Task<ISourceTree> OpenAsync(SubmoduleChain chain, GitModule module, string commit, string asked, CancellationToken cancellationToken)
    {
        var below = chain.With(new RepositoryAddress(UrlOf(module, chain, asked), chain.Repository.Tenant));
        if (below.Above.Length > MaxDepth || below.Above.Count(address => address == below.Repository) >= MaxRepeats)
        {
            throw Refused(module, asked, $"repositories lie within each other without an end: {below}");
        }

        try
        {
            var tree = await OpenNewAsync(below, commit, cancellationToken);
            _pins.Opened(chain.Outermost, chain.Commit, below.Repository, commit);
            return tree;
        }
        catch (GitException failure) when (failure.Kind is GitFailure.InvalidUrl or GitFailure.NotAllowed)
        {
            throw Refused(module, asked, failure.Message, failure);
        }
        catch (GitException failure)
        {
            throw Named(chain, module, commit, failure);
        }
    }

    /// <summary>A failure of a submodule's repository, with its place.</summary>
    public static GitException Named(SubmoduleChain chain, GitModule module, string commit, GitException failure) =>
        new(failure.Kind, $"the submodule '{module.Path}' of {GitErrors.Clean(chain.Repository.Url)} at {commit[..7]}: {failure.Message}", failure)
        {
            IsUnwatched = true,
        };

    private static string UrlOf(GitModule module, SubmoduleChain chain, string asked)
    {
        if (string.IsNullOrEmpty(module.Url))
        {
            throw Refused(module, asked, $"{GitModules.FileName} gives no url for it");
        }

        return SubmoduleUrl.Resolve(module.Url, chain.Repository.Url)
            ?? throw Refused(module, asked, $"its url '{GitErrors.Clean(module.Url)}' leads above {GitErrors.Clean(chain.Repository.Url)}");
    }

    private static SourceTreeException Refused(GitModule module, string asked, string why, Exception? inner = null) =>
        new(asked, $"the submodule '{module.Path}' cannot be read: {why}", inner);

    // Nobody subscribes to it: a commit that was not there at the last look may have been pushed since.
    private async Task<ISourceTree> OpenNewAsync(SubmoduleChain chain, string commit, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(chain, commit, cancellationToken);
        }
        catch (GitException failure) when (failure.Kind == GitFailure.RevisionNotFound)
        {
            await _repositories.RefreshAsync(chain.Repository, cancellationToken);
        }

        return await OpenAsync(chain, commit, cancellationToken);
    }

    private async Task<ISourceTree> OpenAsync(SubmoduleChain chain, string sha, CancellationToken cancellationToken)
    {
        var own = await _open(chain.Repository, sha, cancellationToken);
        return own.Modules.IsEmpty ? own : new SubmoduleTree(own, this, chain);
    }
}
