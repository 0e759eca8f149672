using System.Collections.Concurrent;
using System.Text;
using GitOps.Manifests.Trees;
using GitOps.Operator.Git.Lfs;
using GitOps.Operator.Git.Submodules;

namespace GitOps.Operator.Git;

/// <summary>
/// The files of one commit, read from the mirror. Look-ups work on cached tree objects and are synchronous once those are there, so
/// that asking one commit for the inputs of a thousand applications costs next to nothing. Thread-safe.
/// </summary>
internal sealed class GitSourceTree : ISourceTree
{
    private const int MaxHops = 20;
    private const int MaxLinkBytes = 4096;
    private const int MaxDepth = 200;
    private const int MaxDirectories = 4096;

    private readonly IObjectSource _objects;
    private readonly string _rootId;
    private readonly ConcurrentDictionary<string, GitTree> _directories = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, GitTree>.AlternateLookup<ReadOnlySpan<char>> _bySpan;

    private GitSourceTree(IObjectSource objects, CommitInfo commit)
    {
        _objects = objects;
        _rootId = commit.TreeId;
        Revision = commit.Sha;
        _bySpan = _directories.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public string Revision { get; }

    /// <summary>Where the submodules are.</summary>
    public GitModules Modules { get; private set; } = GitModules.None;

    public static async Task<GitSourceTree> OpenAsync(IObjectSource objects, CommitInfo commit, CancellationToken cancellationToken)
    {
        var tree = new GitSourceTree(objects, commit);
        tree.Modules = await tree.ReadModulesAsync(cancellationToken);
        return tree;
    }

    public ValueTask<TreeEntry?> FindAsync(string path, CancellationToken cancellationToken) =>
        TryFindInKnown(path, out var entry) ? new(entry) : FindAnewAsync(path, cancellationToken);

    public async ValueTask<IReadOnlyList<TreeEntry>> ListAsync(string path, CancellationToken cancellationToken)
    {
        var directory = Own(await WalkAsync(path, path, cancellationToken), path)?.Item;
        if (directory is not { Kind: TreeEntryKind.Directory } found)
        {
            throw new SourceTreeException(path, directory is null ? $"there is no directory '{path}' in commit {Revision}" : $"'{path}' is not a directory");
        }

        var tree = await _objects.TreeAsync(found.ObjectId, cancellationToken);
        if (tree.Danger is { } name)
        {
            throw new SourceTreeException(path, $"the directory '{path}' has an entry named '{GitErrors.Clean(name)}', which is not allowed");
        }

        var links = tree.Items.Where(static item => item.Kind == TreeEntryKind.Symlink).Select(static item => item.ObjectId).ToArray();
        if (links.Length > 0)
        {
            await _objects.EnsureBlobsAsync(links, cancellationToken);
        }

        var entries = new TreeEntry[tree.Items.Count];
        for (var i = 0; i < entries.Length; i++)
        {
            var item = tree.Items[i];
            var childPath = path.Length == 0 ? item.Name : $"{path}/{item.Name}";
            entries[i] = item.Kind == TreeEntryKind.Symlink
                ? await FollowListedAsync(item, childPath, cancellationToken)
                : new TreeEntry(childPath, item.Kind, item.ObjectId);
        }

        return entries;
    }

    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var found = Own(await WalkAsync(path, path, cancellationToken), path);
        if (found?.Item is not { } item)
        {
            throw new SourceTreeException(path, $"there is no file '{path}' in commit {Revision}");
        }

        if (item.Kind != TreeEntryKind.File)
        {
            throw new SourceTreeException(
                path,
                item.Kind == TreeEntryKind.Submodule ? $"'{path}' is a submodule, not a file" : $"'{path}' is a directory, not a file");
        }

        try
        {
            var content = await _objects.BlobAsync(item.ObjectId, _objects.MaxFileBytes, cancellationToken);
            return LfsPointer.Parse(content.Span) is { } pointer ? await _objects.LfsAsync(pointer, path, cancellationToken) : content;
        }
        catch (GitException exception) when (exception.Kind == GitFailure.TooLarge)
        {
            throw new SourceTreeException(path, $"the file '{path}' is larger than the limit of {_objects.MaxFileBytes} bytes", exception);
        }
    }

    /// <summary>Which submodule a path leads into, with symbolic links on the way, and where in it; null: none.</summary>
    public async ValueTask<(string Submodule, string Path)?> CrossingAsync(string path, CancellationToken cancellationToken) =>
        await WalkAsync(path, path, cancellationToken) is { Rest: { } rest, LinkTarget: { } submodule } ? (submodule, rest) : null;

    public async ValueTask PrefetchAsync(IReadOnlyCollection<TreeEntry> files, CancellationToken cancellationToken)
    {
        var ids = files.Where(static file => file.Kind == TreeEntryKind.File).Select(static file => file.ObjectId).Distinct(StringComparer.Ordinal).ToArray();
        if (ids.Length > 0)
        {
            await _objects.EnsureBlobsAsync(ids, cancellationToken);
        }
    }

    private async Task<GitModules> ReadModulesAsync(CancellationToken cancellationToken)
    {
        var root = await _objects.TreeAsync(_rootId, cancellationToken);
        if (!root.TryFind(GitModules.FileName, out var file))
        {
            return GitModules.None;
        }

        if (file.Kind != TreeEntryKind.File)
        {
            // As for Git: it would say something else than what is seen to be committed.
            return GitModules.Unreadable($"{GitModules.FileName} is not a file");
        }

        try
        {
            return GitModules.Parse((await _objects.BlobAsync(file.ObjectId, GitModules.MaxBytes, cancellationToken)).Span);
        }
        catch (GitException exception) when (exception.Kind == GitFailure.TooLarge)
        {
            return GitModules.Unreadable($"{GitModules.FileName} is larger than {GitModules.MaxBytes} bytes");
        }
    }

    /// <summary>
    /// Looks into a directory that was walked to before, without a link on the way: a commit is asked for many files of few directories.
    /// </summary>
    private bool TryFindInKnown(string path, out TreeEntry? entry)
    {
        entry = null;
        var slash = path.LastIndexOf('/');
        var name = path.AsSpan(slash + 1);
        if (slash == 0 || name is "" or "." or ".." || !_bySpan.TryGetValue(path.AsSpan(0, Math.Max(slash, 0)), out var directory))
        {
            return false;
        }

        if (!directory.TryFind(name, out var item))
        {
            return true;
        }

        entry = new TreeEntry(path, item.Kind, item.ObjectId);
        return item.Kind != TreeEntryKind.Symlink;
    }

    private async ValueTask<TreeEntry?> FindAnewAsync(string path, CancellationToken cancellationToken)
    {
        if (_directories.Count < MaxDirectories && path.Length > 0)
        {
            var parent = path[..Math.Max(path.LastIndexOf('/'), 0)];
            if (!_directories.ContainsKey(parent) && await WalkAsync(parent, path, cancellationToken) is { Item: { Kind: TreeEntryKind.Directory } directory, LinkTarget: null, Rest: null })
            {
                _directories[parent] = await _objects.TreeAsync(directory.ObjectId, cancellationToken);
                if (TryFindInKnown(path, out var entry))
                {
                    return entry;
                }
            }
        }

        return Own(await WalkAsync(path, path, cancellationToken), path) is { } place
            ? new TreeEntry(path, place.Item.Kind, place.Item.ObjectId) { LinkTarget = place.LinkTarget }
            : null;
    }

    // A link that leads nowhere, or out of the tree, is listed as a link: it hurts only who reads it.
    private async ValueTask<TreeEntry> FollowListedAsync(GitTreeItem link, string path, CancellationToken cancellationToken)
    {
        try
        {
            if (Own(await WalkAsync(path, path, cancellationToken), path) is { } target)
            {
                return new TreeEntry(path, target.Item.Kind, target.Item.ObjectId) { LinkTarget = target.LinkTarget };
            }
        }
        catch (SourceTreeException)
        {
            // Said again to whoever looks the path up.
        }

        return new TreeEntry(path, TreeEntryKind.Symlink, link.ObjectId);
    }

    /// <returns>What the path leads to, symlinks followed; null where nothing is.</returns>
    private async ValueTask<Place?> WalkAsync(string path, string asked, CancellationToken cancellationToken)
    {
        var current = new GitTreeItem(string.Empty, TreeEntryKind.Directory, _rootId);
        if (path.Length == 0)
        {
            return new(current, null, null);
        }

        var above = new List<GitTreeItem>();
        var steps = new Stack<string>();
        Push(steps, path);
        var hops = 0;
        while (steps.TryPop(out var step))
        {
            // Only links may step up or stand still; in an asked path such steps name nothing.
            if (step is "" or "." or "..")
            {
                if (hops == 0)
                {
                    return null;
                }

                if (step == "..")
                {
                    if (above.Count == 0)
                    {
                        throw Escapes(asked);
                    }

                    current = above[^1];
                    above.RemoveAt(above.Count - 1);
                }

                continue;
            }

            if (current.Kind == TreeEntryKind.Submodule)
            {
                return new(current, PathOf(above, current), string.Join('/', steps.Prepend(step)));
            }

            if (current.Kind != TreeEntryKind.Directory || above.Count > MaxDepth)
            {
                return null;
            }

            var tree = await _objects.TreeAsync(current.ObjectId, cancellationToken);
            if (!tree.TryFind(step, out var item))
            {
                return null;
            }

            if (item.Kind != TreeEntryKind.Symlink)
            {
                above.Add(current);
                current = item;
                continue;
            }

            if (++hops > MaxHops)
            {
                throw new SourceTreeException(asked, $"'{asked}' leads through more than {MaxHops} symbolic links");
            }

            var target = await LinkTargetAsync(item, asked, cancellationToken);
            if (target.StartsWith('/'))
            {
                throw Escapes(asked);
            }

            Push(steps, target);
        }

        // The root, which has no name, is the first of those above, or is itself where the path leads.
        return new(current, hops == 0 ? null : PathOf(above, current), null);
    }

    private static string PathOf(List<GitTreeItem> above, GitTreeItem item) =>
        string.Join('/', above.Append(item).Select(static part => part.Name).Where(static name => name.Length > 0));

    // A submodule has files of its own, which are not among those of this commit.
    private Place? Own(Place? found, string asked) => found is not { Rest: not null } inside ? found : throw new SourceTreeException(
        asked, $"'{asked}' lies in the submodule '{inside.LinkTarget}', which cannot be read: {Modules.Problem ?? $"{GitModules.FileName} does not name it"}");

    private async ValueTask<string> LinkTargetAsync(GitTreeItem link, string asked, CancellationToken cancellationToken)
    {
        try
        {
            var content = await _objects.BlobAsync(link.ObjectId, MaxLinkBytes, cancellationToken);
            return Encoding.UTF8.GetString(content.Span);
        }
        catch (GitException exception) when (exception.Kind == GitFailure.TooLarge)
        {
            throw new SourceTreeException(asked, $"the target of the symbolic link '{asked}' is too long", exception);
        }
    }

    private static SourceTreeException Escapes(string asked) =>
        new(asked, $"'{asked}' is, or leads through, a symbolic link that leaves the repository");

    /// <summary>
    /// Where a path leads; the target is null where no symlink was on the way. With a rest, the item is a submodule and the target
    /// its path, and the rest is what is left of the path below it.
    /// </summary>
    private readonly record struct Place(GitTreeItem Item, string? LinkTarget, string? Rest);

    private static void Push(Stack<string> steps, string path)
    {
        var parts = path.Split('/');
        for (var i = parts.Length - 1; i >= 0; i--)
        {
            steps.Push(parts[i]);
        }
    }
}
