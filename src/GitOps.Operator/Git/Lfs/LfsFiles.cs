using System.Text;

namespace GitOps.Operator.Git.Lfs;

/// <summary>
/// Files that Git LFS keeps beside the repository, brought by the real <c>git-lfs</c> where the repository's Secret allows it.
/// </summary>
internal sealed class LfsFiles
{
    private readonly GitRemote _remote;
    private readonly int _maxBytes;

    public LfsFiles(GitRemote remote, int maxBytes)
    {
        _remote = remote;
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
        return pointer.Means(content) ? content : throw new GitException(GitFailure.Other, $"{name}: {Another(pointer)}") { IsUnwatched = true };
    }

    private async Task<byte[]> FetchAsync(LfsPointer pointer, string name, CancellationToken cancellationToken)
    {
        var text = $"version https://git-lfs.github.com/spec/v1\noid sha256:{pointer.Sha256}\nsize {pointer.Size}\n";
        try
        {
            return await _remote.FetchLfsAsync(Encoding.ASCII.GetBytes(text), cancellationToken);
        }
        catch (GitException failure)
        {
            // Nothing tells when the server of the files is well again.
            throw new GitException(failure.Kind, $"{name}: {Explain(failure, pointer)}", failure) { IsUnwatched = true };
        }
    }

    private static string Explain(GitException failure, LfsPointer pointer)
    {
        if (failure.Message.Contains("'lfs' is not a git command", StringComparison.Ordinal))
        {
            return "it is kept by Git LFS, and the program git-lfs is not installed";
        }

        // The program looks before we do, where it gets that far.
        if (failure.Message.Contains("expected OID", StringComparison.Ordinal))
        {
            return Another(pointer);
        }

        return failure.Kind switch
        {
            GitFailure.Authentication => $"the server of Git LFS refused access{WayOut(failure)}",
            GitFailure.NotFound => $"the server of Git LFS does not have it, or there is none (sha256 {pointer.Sha256}): push it by git lfs push --all{WayOut(failure)}",
            _ => $"it could not be brought by Git LFS: {failure.Message}",
        };
    }

    private static string Another(LfsPointer pointer) => $"Git LFS brought something else than the pointer means ({pointer.Size} bytes, sha256 {pointer.Sha256})";

    // What was added to the program's own words.
    private static string WayOut(GitException failure) =>
        failure.InnerException is GitException own && failure.Message.StartsWith(own.Message, StringComparison.Ordinal) ? failure.Message[own.Message.Length..] : string.Empty;
}
