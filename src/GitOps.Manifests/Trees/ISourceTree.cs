namespace GitOps.Manifests.Trees;

public enum TreeEntryKind
{
    File,
    Directory,
    Symlink,
    Submodule,
}

/// <summary>An entry of a tree.</summary>
/// <param name="Path">From the tree's root, with slashes, without a leading one; empty for the root.</param>
/// <param name="Kind">What it is.</param>
/// <param name="ObjectId">What its content is: a Git object id, or a hash of the same strength.</param>
public sealed record TreeEntry(string Path, TreeEntryKind Kind, string ObjectId)
{
    /// <summary>
    /// Where the path leads, if there is a symlink on it; null for any other. Of listed entries only those have one that are
    /// symlinks themselves.
    /// </summary>
    public string? LinkTarget { get; init; }

    public string Name => Path[(Path.LastIndexOf('/') + 1)..];
}

/// <summary>
/// The files of one revision: all that a renderer may read. Paths are relative to the root, with slashes. An implementation
/// resolves symbolic links inside the tree, and refuses one that leaves it with a <see cref="SourceTreeException"/>.
/// </summary>
public interface ISourceTree
{
    /// <summary>The commit, or another name of this content.</summary>
    string Revision { get; }

    /// <returns>Null where nothing has this path. A symlink as the last step is followed.</returns>
    ValueTask<TreeEntry?> FindAsync(string path, CancellationToken cancellationToken);

    /// <summary>
    /// The direct entries of a directory, by ordinal order of names. A symlink is listed as what it points to, with its
    /// <see cref="TreeEntry.LinkTarget"/>; as a symlink where that is nothing or lies outside.
    /// </summary>
    /// <exception cref="SourceTreeException">There is no such directory.</exception>
    ValueTask<IReadOnlyList<TreeEntry>> ListAsync(string path, CancellationToken cancellationToken);

    /// <exception cref="SourceTreeException">There is no such file, or it is larger than the limit.</exception>
    ValueTask<ReadOnlyMemory<byte>> ReadAsync(string path, CancellationToken cancellationToken);

    /// <summary>Tells the tree what will be read, so that a partial clone can fetch it in one request.</summary>
    ValueTask PrefetchAsync(IReadOnlyCollection<TreeEntry> files, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}

/// <summary>What was asked of a tree is not there, or may not be read. The message names the path.</summary>
public sealed class SourceTreeException : Exception
{
    public SourceTreeException(string path, string message, Exception? inner = null)
        : base(message, inner) => Path = path;

    public string Path { get; }
}
