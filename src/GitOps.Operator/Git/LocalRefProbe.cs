using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace GitOps.Operator.Git;

/// <summary>Hashes the files in which a local repository keeps its refs.</summary>
internal sealed class LocalRefProbe : IRefProbe
{
    private const int MaxFiles = 5000;
    private const int MaxBytes = 8 * 1024 * 1024;

    public ValueTask<string?> FingerprintAsync(GitUrl url, IReadOnlySet<string> wanted, CancellationToken cancellationToken)
    {
        if (url.LocalPath is not { } path || Locate(path) is not { } directory)
        {
            return new((string?)null);
        }

        try
        {
            return new(Hash(directory));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new((string?)null);
        }
    }

    // Only the two plain layouts. Work trees of another repository, and refs that are not files (reftable), are left to git.
    private static string? Locate(string path)
    {
        var inside = Path.Combine(path, ".git");
        var directory = Directory.Exists(inside) ? inside : path;
        return File.Exists(Path.Combine(directory, "HEAD"))
            && Directory.Exists(Path.Combine(directory, "refs", "heads"))
            && !Directory.Exists(Path.Combine(directory, "reftable"))
            && !File.Exists(Path.Combine(directory, "commondir"))
            ? directory
            : null;
    }

    private static string? Hash(string directory)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var left = MaxBytes;
        var packed = Path.Combine(directory, "packed-refs");
        List<string> files = [Path.Combine(directory, "HEAD"), Path.Combine(directory, "config")];
        if (File.Exists(packed))
        {
            files.Add(packed);
        }

        files.AddRange(
            Directory.EnumerateFiles(Path.Combine(directory, "refs"), "*", SearchOption.AllDirectories)
                .Where(static file => !file.EndsWith(".lock", StringComparison.Ordinal))
                .Take(MaxFiles + 1)
                .Order(StringComparer.Ordinal));
        if (files.Count > MaxFiles)
        {
            return null;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            foreach (var file in files)
            {
                hash.AppendData(Encoding.UTF8.GetBytes(file));
                hash.AppendData([0]);
                using var handle = File.OpenHandle(file);
                long offset = 0;
                int count;
                while ((count = RandomAccess.Read(handle, buffer, offset)) > 0)
                {
                    left -= count;
                    if (left < 0)
                    {
                        return null;
                    }

                    hash.AppendData(buffer, 0, count);
                    offset += count;
                }

                hash.AppendData([0]);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
