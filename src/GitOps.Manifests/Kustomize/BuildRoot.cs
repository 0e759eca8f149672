using GitOps.Manifests.Trees;

namespace GitOps.Manifests.Kustomize;

/// <summary>
/// The directory of one kustomization, from which its paths go out. Other kustomizations may lie anywhere in the repository, but
/// files only in or below it, unless that is lifted.
/// </summary>
internal sealed class BuildRoot
{
    private readonly BuildLimits _limits;
    private readonly BuildRoot? _parent;

    public BuildRoot(ISourceTree tree, string directory, BuildLimits limits, BuildRoot? parent = null) =>
        (Tree, Directory, _limits, _parent) = (tree, directory, limits, parent);

    public ISourceTree Tree { get; }

    public string Directory { get; }

    /// <summary>The directory's own name, as <c>ValueAddTransformer</c> uses it.</summary>
    public string Name => Directory[(Directory.LastIndexOf('/') + 1)..];

    /// <summary>Whether a path leads out of the repository's files to a server.</summary>
    public static bool IsRemote(string path) =>
        path.Contains("://", StringComparison.Ordinal) || path.StartsWith("git@", StringComparison.Ordinal)
        || path.StartsWith("git::", StringComparison.Ordinal) || path.StartsWith("github.com/", StringComparison.OrdinalIgnoreCase)
        || path.StartsWith("github.com:", StringComparison.OrdinalIgnoreCase) || path.StartsWith("gh:", StringComparison.Ordinal);

    public static KustomizeException RemoteError(string path) => new(
        $"'{path}' lies on another server: remote resources are not fetched; copy it into the repository");

    /// <returns>Null where there is nothing.</returns>
    public async ValueTask<TreeEntry?> FindAsync(string path, CancellationToken cancellationToken) =>
        await Tree.FindAsync(Resolve(path), cancellationToken);

    /// <exception cref="KustomizeException">There is no such file, or it may not be read.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (IsRemote(path))
        {
            throw RemoteError(path);
        }

        var full = Resolve(path);
        var entry = await Tree.FindAsync(full, cancellationToken) ?? throw new KustomizeException($"'{path}': there is no such file; a path is relative to the kustomization that names it");
        if (entry.Kind != TreeEntryKind.File)
        {
            throw new KustomizeException($"'{path}' is a directory, and a file is expected");
        }

        if (!_limits.AllowFilesOutsideRoot && !IsBelow(entry.LinkTarget ?? full, Directory))
        {
            throw new KustomizeException($"file '{path}' is not in or below '{(Directory.Length == 0 ? "." : Directory)}': move it there, or give its directory a kustomization and name that directory");
        }

        var content = await Tree.ReadAsync(full, cancellationToken);
        _limits.Spend(content.Length);
        return content;
    }

    /// <summary>The root of another kustomization.</summary>
    /// <exception cref="KustomizeException">It is no directory, or one that is being built already.</exception>
    public async ValueTask<BuildRoot> EnterAsync(string path, CancellationToken cancellationToken)
    {
        if (path.Length == 0)
        {
            throw new KustomizeException("the path of a kustomization is empty");
        }

        if (IsRemote(path))
        {
            throw RemoteError(path);
        }

        var directory = Resolve(path);
        var entry = await Tree.FindAsync(directory, cancellationToken);
        if (entry?.Kind == TreeEntryKind.Submodule)
        {
            throw new KustomizeException($"'{path}' is a submodule that .gitmodules does not name");
        }

        if (entry?.Kind != TreeEntryKind.Directory)
        {
            throw new KustomizeException(entry is null ? $"'{path}': there is no such file or directory; a path is relative to the kustomization that names it" : $"'{path}' is a file, and a directory with a kustomization is expected");
        }

        directory = entry.LinkTarget ?? directory;
        var depth = 0;
        for (var visited = this; visited is not null; visited = visited._parent)
        {
            BuildLimits.CheckBases(++depth);
            if (IsBelow(visited.Directory, directory))
            {
                throw new KustomizeException($"cycle detected: '{path}' leads back to '{(visited.Directory.Length == 0 ? "." : visited.Directory)}', which is being built; a base must not name what uses it");
            }
        }

        _limits.CountKustomization();
        return new(Tree, directory, _limits, this);
    }

    /// <summary>From the tree's root.</summary>
    /// <exception cref="KustomizeException">It leads out of the repository.</exception>
    public string Resolve(string path)
    {
        if (path.StartsWith('/'))
        {
            throw new KustomizeException($"'{path}' cannot be absolute: paths are relative to the kustomization");
        }

        try
        {
            return TreePath.Normalize(Directory.Length == 0 ? path : $"{Directory}/{path}");
        }
        catch (SourceTreeException exception)
        {
            throw new KustomizeException($"{exception.Message}: copy what it names into it, and correct the path", exception);
        }
    }

    /// <exception cref="KustomizeException">There are too many.</exception>
    public void CountChart() => _limits.CountChart();

    /// <summary>Counts what was not read by way of it.</summary>
    /// <exception cref="KustomizeException">It has become too much.</exception>
    public void Spend(long bytes) => _limits.Spend(bytes);

    private static bool IsBelow(string path, string directory) =>
        directory.Length == 0 || path == directory
        || (path.StartsWith(directory, StringComparison.Ordinal) && path.Length > directory.Length && path[directory.Length] == '/');
}
