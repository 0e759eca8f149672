using System.Collections.Immutable;

namespace GitOps.Manifests.Trees;

/// <summary>
/// Passes reads on, and writes down what was asked and answered, refusals too: also a failed rendering has its inputs. For one
/// rendering; not thread-safe.
/// </summary>
public sealed class RecordingSourceTree : ISourceTree
{
    private readonly ISourceTree _inner;
    private readonly SortedDictionary<string, string?> _read = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _directories = new(StringComparer.Ordinal);

    public RecordingSourceTree(ISourceTree inner) => _inner = inner;

    public string Revision => _inner.Revision;

    public RecordedInputs Inputs => new(_read.ToImmutableSortedDictionary(StringComparer.Ordinal))
    {
        Directories = _directories.ToImmutableSortedDictionary(StringComparer.Ordinal),
    };

    /// <summary>Writes down what was read of a tree that answers all of it as this one does, as if it had been read here.</summary>
    public void Recall(RecordedInputs inputs)
    {
        foreach (var (question, answer) in inputs.Entries)
        {
            // What the file holds says what it is, too.
            if (!_read.TryGetValue(question, out var known) || TreeAnswer.IsKind(known))
            {
                _read[question] = answer;
            }
        }

        foreach (var (path, id) in inputs.Directories)
        {
            _directories[path] = id;
        }
    }

    public async ValueTask<TreeEntry?> FindAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var entry = await _inner.FindAsync(path, cancellationToken);

            // What the file holds says what it is, too.
            _read.TryAdd(path, TreeAnswer.OfKind(entry));
            if (entry is { Kind: TreeEntryKind.Directory, LinkTarget: null })
            {
                _directories[path] = entry.ObjectId;
            }

            return entry;
        }
        catch (SourceTreeException exception)
        {
            _read[path] = TreeAnswer.OfRefusal(exception);
            throw;
        }
    }

    public async ValueTask<IReadOnlyList<TreeEntry>> ListAsync(string path, CancellationToken cancellationToken)
    {
        await FindAsync(path, cancellationToken);
        try
        {
            var entries = await _inner.ListAsync(path, cancellationToken);
            _read[TreeAnswer.ListingOf(path)] = TreeAnswer.OfListing(entries);
            return entries;
        }
        catch (SourceTreeException exception)
        {
            _read[TreeAnswer.ListingOf(path)] = TreeAnswer.OfRefusal(exception);
            throw;
        }
    }

    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (await FindAsync(path, cancellationToken) is { Kind: TreeEntryKind.File } entry)
        {
            _read[path] = TreeAnswer.OfContent(entry);
        }

        return await _inner.ReadAsync(path, cancellationToken);
    }

    public ValueTask PrefetchAsync(IReadOnlyCollection<TreeEntry> files, CancellationToken cancellationToken) =>
        _inner.PrefetchAsync(files, cancellationToken);
}
