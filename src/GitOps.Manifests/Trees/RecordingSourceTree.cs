using System.Collections.Immutable;

namespace GitOps.Manifests.Trees;

/// <summary>
/// What a rendering read: path to object id, with null for a path that was looked for and is not there. As long as a commit
/// answers all of them alike, it renders to the same objects.
/// </summary>
public sealed record RecordedInputs(ImmutableSortedDictionary<string, string?> Entries)
{
    public static readonly RecordedInputs None = new(ImmutableSortedDictionary.Create<string, string?>(StringComparer.Ordinal));

    /// <summary>Whether another tree answers every recorded look-up alike.</summary>
    public async ValueTask<bool> HoldAsync(ISourceTree tree, CancellationToken cancellationToken)
    {
        foreach (var (path, objectId) in Entries)
        {
            if (!string.Equals(await FindIdAsync(tree, path, cancellationToken), objectId, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A link that leads out of the tree counts as nothing, as it did when it was recorded.</summary>
    private static async ValueTask<string?> FindIdAsync(ISourceTree tree, string path, CancellationToken cancellationToken)
    {
        try
        {
            return (await tree.FindAsync(path, cancellationToken))?.ObjectId;
        }
        catch (SourceTreeException)
        {
            return null;
        }
    }
}

/// <summary>Passes reads on, and writes down what was read. For one rendering; not thread-safe.</summary>
public sealed class RecordingSourceTree : ISourceTree
{
    private readonly ISourceTree _inner;
    private readonly SortedDictionary<string, string?> _read = new(StringComparer.Ordinal);

    public RecordingSourceTree(ISourceTree inner) => _inner = inner;

    public string Revision => _inner.Revision;

    public RecordedInputs Inputs => new(_read.ToImmutableSortedDictionary(StringComparer.Ordinal));

    public async ValueTask<TreeEntry?> FindAsync(string path, CancellationToken cancellationToken)
    {
        var entry = await _inner.FindAsync(path, cancellationToken);
        _read[path] = entry?.ObjectId;
        return entry;
    }

    public async ValueTask<IReadOnlyList<TreeEntry>> ListAsync(string path, CancellationToken cancellationToken)
    {
        await FindAsync(path, cancellationToken);
        var entries = await _inner.ListAsync(path, cancellationToken);
        foreach (var entry in entries)
        {
            // The directory's id covers a link's text, but not what it leads to, nor whether that exists.
            if (entry.LinkTarget is not null || entry.Kind == TreeEntryKind.Symlink)
            {
                _read[entry.Path] = entry.Kind == TreeEntryKind.Symlink ? null : entry.ObjectId;
            }
        }

        return entries;
    }

    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        await FindAsync(path, cancellationToken);
        return await _inner.ReadAsync(path, cancellationToken);
    }

    public ValueTask PrefetchAsync(IReadOnlyCollection<TreeEntry> files, CancellationToken cancellationToken) =>
        _inner.PrefetchAsync(files, cancellationToken);
}
