using GitOps.Manifests.Trees;
using GitOps.Operator.Controllers;
using GitOps.Operator.Git;
using GitOps.Operator.Options;
using Microsoft.Extensions.Logging.Abstractions;

namespace GitOps.Operator.Commands;

/// <summary>What the user named: a directory of the disk, of a commit of the repository around it, or of another repository.</summary>
internal sealed record RenderPlace(string Path, string? Repository, string? Revision);

/// <summary>The tree to render, and the path in it. A commit is read through a mirror of its own, deleted afterwards.</summary>
internal sealed class RenderSource : IAsyncDisposable
{
    private readonly GitRepositories? _repositories;
    private readonly DirectoryInfo? _cache;

    private RenderSource(ISourceTree tree, string path, GitRepositories? repositories, DirectoryInfo? cache)
    {
        Tree = tree;
        Path = path;
        _repositories = repositories;
        _cache = cache;
    }

    public ISourceTree Tree { get; }

    public string Path { get; }

    /// <exception cref="CommandException">The directory is not there, or in no repository.</exception>
    /// <exception cref="GitException">The repository cannot be read.</exception>
    public static async Task<RenderSource> OpenAsync(RenderPlace place, CancellationToken cancellationToken)
    {
        if (place.Repository is { } url)
        {
            var isLocal = Directory.Exists(url);
            return await OpenCommitAsync(isLocal ? System.IO.Path.GetFullPath(url) : url, place.Revision ?? string.Empty, place.Path, cancellationToken);
        }

        var full = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(place.Path));
        var root = RootOf(full);
        if (place.Revision is { } revision)
        {
            return root is null
                ? throw new CommandException($"--revision: '{place.Path}' is in no Git repository; name one with --repo")
                : await OpenCommitAsync(root, revision, Relative(root, full), cancellationToken);
        }

        if (!Directory.Exists(full))
        {
            throw new CommandException(File.Exists(full) ? $"'{place.Path}' is a file; name its directory" : $"there is no directory '{place.Path}'");
        }

        // From the root of the repository, as the operator reads it: a link may lead to another directory of it.
        return new RenderSource(new DirectorySourceTree(root ?? full), Relative(root ?? full, full), null, null);
    }

    public ValueTask DisposeAsync()
    {
        _repositories?.Dispose();
        _cache?.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private static async Task<RenderSource> OpenCommitAsync(string url, string revision, string path, CancellationToken cancellationToken)
    {
        var cache = Directory.CreateTempSubdirectory("gitops-render-");
        GitRepositories? repositories = null;
        try
        {
            var options = new OperatorOptions { CacheDirectory = cache.FullName, AllowLocalRepositories = true };
            repositories = GitStage.Create(options, NoGitObserver.Instance, TimeProvider.System, NullLogger.Instance);
            var resolved = await repositories.ResolveAsync(url, revision, cancellationToken);
            var tree = await repositories.OpenAsync(url, resolved.Sha, cancellationToken);
            return new RenderSource(tree, path, repositories, cache);
        }
        catch
        {
            repositories?.Dispose();
            cache.Delete(recursive: true);
            throw;
        }
    }

    private static string? RootOf(string directory)
    {
        for (var current = directory; current is not null; current = System.IO.Path.GetDirectoryName(current))
        {
            // A file in a linked work tree and in a submodule.
            var git = System.IO.Path.Combine(current, ".git");
            if (Directory.Exists(git) || File.Exists(git))
            {
                return current;
            }
        }

        return null;
    }

    private static string Relative(string root, string full) =>
        System.IO.Path.GetRelativePath(root, full) is var path && path == "." ? string.Empty : path.Replace('\\', '/');
}
