using GitOps.Operator.Git.Lfs;

namespace GitOps.Operator.Git;

/// <summary>The objects of one repository, fetched when the mirror lacks them.</summary>
internal interface IObjectSource
{
    int MaxFileBytes { get; }

    /// <exception cref="GitException">The object is not there, is no tree, or cannot be had.</exception>
    ValueTask<GitTree> TreeAsync(string id, CancellationToken cancellationToken);

    /// <exception cref="GitException">The object is not there, is no blob, is too large, or cannot be had.</exception>
    ValueTask<ReadOnlyMemory<byte>> BlobAsync(string id, int maxBytes, CancellationToken cancellationToken);

    /// <summary>The file that a pointer of Git LFS stands for.</summary>
    /// <exception cref="GitException">It is not allowed, too large, or cannot be had.</exception>
    Task<ReadOnlyMemory<byte>> LfsAsync(LfsPointer pointer, string path, CancellationToken cancellationToken);

    /// <summary>Fetches those that the mirror lacks, all in one request.</summary>
    ValueTask EnsureBlobsAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken);
}
