using System.Text;

namespace GitOps.Operator.Git.Lfs;

/// <summary>
/// Files that Git LFS keeps beside the repository, brought by the real <c>git-lfs</c> where the repository's Secret allows it.
/// </summary>
internal sealed class LfsFiles
{
    private readonly GitRemote _remote;
    private readonly string _directory;
    private readonly int _maxBytes;

    public LfsFiles(GitRemote remote, string directory, int maxBytes)
    {
        _remote = remote;
        _directory = directory;
        _maxBytes = maxBytes;
    }

    /// <param name="pointer">What stands in its place.</param>
    /// <param name="path">In the repository, for messages.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="GitException">It is not allowed, too large, not there, or not what the pointer says.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(LfsPointer pointer, string path, CancellationToken cancellationToken)
    {
        var name = $"{_remote.Url.Key}: '{GitErrors.Clean(path)}'";
        if (_remote.Access.Credential?.IsLfsEnabled != true)
        {
            throw new GitException(
                GitFailure.NotAllowed,
                $"{name} is kept by Git LFS, and only a pointer to it is in the repository: set enableLfs to \"true\" in the repository's Secret, or commit the file itself");
        }

        if (pointer.Size > _maxBytes)
        {
            throw new GitException(GitFailure.TooLarge, $"{name}, kept by Git LFS, has {pointer.Size} bytes; the limit is {_maxBytes}");
        }

        var content = await FetchAsync(pointer, name, cancellationToken);
        return pointer.Means(content)
            ? content
            : throw new GitException(GitFailure.Other, $"{name}: Git LFS brought something else than the pointer means ({pointer.Size} bytes, sha256 {pointer.Sha256})")
            {
                IsUnwatched = true,
            };
    }

    private async Task<byte[]> FetchAsync(LfsPointer pointer, string name, CancellationToken cancellationToken)
    {
        var text = $"version https://git-lfs.github.com/spec/v1\noid sha256:{pointer.Sha256}\nsize {pointer.Size}\n";
        try
        {
            return await _remote.FetchLfsAsync(_directory, Encoding.ASCII.GetBytes(text), cancellationToken);
        }
        catch (GitException failure)
        {
            // Nothing tells when the server of the files is well again.
            var why = failure.Message.Contains("'lfs' is not a git command", StringComparison.Ordinal) ? "the program git-lfs is not installed" : failure.Message;
            throw new GitException(failure.Kind, $"{name} could not be brought by Git LFS: {why}", failure) { IsUnwatched = true };
        }
    }
}
