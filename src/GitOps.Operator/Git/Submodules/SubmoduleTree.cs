using GitOps.Manifests.Trees;

namespace GitOps.Operator.Git.Submodules;

/// <summary>
/// A commit whose submodules are directories: what lies in one is read from its own repository, at the commit that is recorded for
/// it. That repository is opened when something in it is asked for, so that one which cannot be had hurts only who reads it. The
/// object id of a submodule's directory is that commit.
/// </summary>
internal sealed class SubmoduleTree : ISourceTree
{
    private readonly GitSourceTree _own;
    private readonly SubmoduleOpener _opener;
    private readonly SubmoduleChain _chain;

    public SubmoduleTree(GitSourceTree own, SubmoduleOpener opener, SubmoduleChain chain)
    {
        _own = own;
        _opener = opener;
        _chain = chain;
    }

    public string Revision => _own.Revision;

    public async ValueTask<TreeEntry?> FindAsync(string path, CancellationToken cancellationToken)
    {
        if (await PlaceAsync(path, cancellationToken) is not { } place)
        {
            return AsDirectory(await _own.FindAsync(path, cancellationToken));
        }

        if (place.Rest.Length == 0)
        {
            // Known without its repository.
            return new TreeEntry(path, TreeEntryKind.Directory, place.Commit) { LinkTarget = place.IsLinked ? place.Module.Path : null };
        }

        return await InsideAsync(place, path, static (tree, rest, stop) => tree.FindAsync(rest, stop), cancellationToken) is { } entry
            ? Outside(entry, place, path)
            : null;
    }

    public async ValueTask<IReadOnlyList<TreeEntry>> ListAsync(string path, CancellationToken cancellationToken)
    {
        if (await PlaceAsync(path, cancellationToken) is { } place)
        {
            var inside = await InsideAsync(place, path, static (tree, rest, stop) => tree.ListAsync(rest, stop), cancellationToken);
            return [.. inside.Select(entry => Outside(entry, place with { IsLinked = false }, path.Length == 0 ? entry.Name : $"{path}/{entry.Name}"))];
        }

        var entries = (await _own.ListAsync(path, cancellationToken)).ToArray();
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i] = entries[i].Kind == TreeEntryKind.Symlink ? await FollowAsync(entries[i], cancellationToken) : AsDirectory(entries[i])!;
        }

        return entries;
    }

    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(string path, CancellationToken cancellationToken) =>
        await PlaceAsync(path, cancellationToken) is { } place
            ? await InsideAsync(place, path, static (tree, rest, stop) => tree.ReadAsync(rest, stop), cancellationToken)
            : await _own.ReadAsync(path, cancellationToken);

    public async ValueTask PrefetchAsync(IReadOnlyCollection<TreeEntry> files, CancellationToken cancellationToken)
    {
        var own = new List<TreeEntry>(files.Count);
        var inside = new Dictionary<string, (Place Place, List<TreeEntry> Files)>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            if (await PlaceAsync(file.Path, cancellationToken) is not { } place)
            {
                own.Add(file);
                continue;
            }

            if (!inside.TryGetValue(place.Module.Path, out var group))
            {
                inside[place.Module.Path] = group = (place, []);
            }

            group.Files.Add(file with { Path = place.Rest, LinkTarget = null });
        }

        await _own.PrefetchAsync(own, cancellationToken);
        foreach (var (place, below) in inside.Values)
        {
            await InsideAsync(place, place.Module.Path, async (tree, _, stop) =>
            {
                await tree.PrefetchAsync(below, stop);
                return true;
            }, cancellationToken);
        }
    }

    /// <summary>Of a path of the submodule's tree, what it is in this one.</summary>
    private static TreeEntry Outside(TreeEntry entry, Place place, string path)
    {
        var target = entry.LinkTarget ?? (place.IsLinked ? place.Rest : null);
        return new TreeEntry(path, entry.Kind, entry.ObjectId)
        {
            LinkTarget = target is null ? null : target.Length == 0 ? place.Module.Path : $"{place.Module.Path}/{target}",
        };
    }

    private TreeEntry? AsDirectory(TreeEntry? entry) =>
        entry is { Kind: TreeEntryKind.Submodule } && _own.Modules.Find(entry.LinkTarget ?? entry.Path)?.Path == (entry.LinkTarget ?? entry.Path)
            ? new TreeEntry(entry.Path, TreeEntryKind.Directory, entry.ObjectId) { LinkTarget = entry.LinkTarget }
            : entry;

    // A link that leads into a submodule seems to lead nowhere as long as that is not looked into. One that cannot be read stays a link.
    private async ValueTask<TreeEntry> FollowAsync(TreeEntry link, CancellationToken cancellationToken)
    {
        try
        {
            return await FindAsync(link.Path, cancellationToken) ?? link;
        }
        catch (SourceTreeException)
        {
            return link;
        }
    }

    /// <returns>Null where no submodule is on the way, or just one as the last step.</returns>
    private async ValueTask<Place?> PlaceAsync(string path, CancellationToken cancellationToken)
    {
        if (_own.Modules.Find(path) is { } module && await _own.FindAsync(module.Path, cancellationToken) is { Kind: TreeEntryKind.Submodule, LinkTarget: null } gitlink)
        {
            return new(module, gitlink.ObjectId, path.Length == module.Path.Length ? string.Empty : path[(module.Path.Length + 1)..], IsLinked: false);
        }

        // Links into submodules are rare: most paths are answered without a second look.
        try
        {
            var entry = await _own.FindAsync(path, cancellationToken);
            return entry is { Kind: TreeEntryKind.Submodule, LinkTarget: { } target } && _own.Modules.Find(target) is { } linked && linked.Path == target
                ? new(linked, entry.ObjectId, string.Empty, IsLinked: true)
                : null;
        }
        catch (SourceTreeException)
        {
            if (await _own.CrossingAsync(path, cancellationToken) is not { } crossing || _own.Modules.Find(crossing.Submodule) is not { } crossed
                || crossed.Path != crossing.Submodule || await _own.FindAsync(crossed.Path, cancellationToken) is not { } end)
            {
                throw;
            }

            return new(crossed, end.ObjectId, crossing.Path, IsLinked: true);
        }
    }

    private async ValueTask<T> InsideAsync<T>(
        Place place, string asked, Func<ISourceTree, string, CancellationToken, ValueTask<T>> use, CancellationToken cancellationToken)
    {
        var tree = await OpenAsync(place, asked, cancellationToken);
        try
        {
            return await use(tree, place.Rest, cancellationToken);
        }
        catch (SourceTreeException exception)
        {
            throw new SourceTreeException(asked, $"in the submodule '{place.Module.Path}': {exception.Message}", exception);
        }
        catch (GitException failure)
        {
            throw SubmoduleOpener.Named(_chain, place.Module, place.Commit, failure);
        }
    }

    private Task<ISourceTree> OpenAsync(Place place, string asked, CancellationToken cancellationToken) =>
        _opener.OpenAsync(_chain, place.Module, place.Commit, asked, cancellationToken);

    /// <summary>A path that is, or lies in, a submodule.</summary>
    /// <param name="Module">The submodule.</param>
    /// <param name="Commit">Its commit.</param>
    /// <param name="Rest">The path in it; empty: its root.</param>
    /// <param name="IsLinked">Whether a symbolic link of the repository that has it is on the way.</param>
    private readonly record struct Place(GitModule Module, string Commit, string Rest, bool IsLinked);
}
