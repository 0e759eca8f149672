using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Charts.Packages;

/// <summary>
/// Packages on the disk, by repository, credential and digest: who cannot fetch a package cannot find it here either. Its size is
/// bounded, what was not used for longest goes first; a file that is not what its digest says is removed. A disk that cannot be
/// written costs speed and nothing else.
/// </summary>
internal sealed class PackageStore
{
    private readonly string _directory;
    private readonly long _maxBytes;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();

    /// <param name="directory">Ours alone; made if it is not there.</param>
    /// <param name="maxBytes">Of all files.</param>
    /// <param name="time">For when a package was used.</param>
    /// <param name="logger">For what goes wrong.</param>
    public PackageStore(string directory, long maxBytes, TimeProvider time, ILogger logger)
    {
        (_directory, _maxBytes, _time, _logger) = (directory, maxBytes, time, logger);
        Try(() =>
        {
            Directory.CreateDirectory(directory);
            foreach (var part in Directory.EnumerateFiles(directory, "*.part"))
            {
                File.Delete(part);
            }
        });
    }

    /// <param name="owner">The repository, and by which credential.</param>
    /// <param name="digest"><c>sha256:…</c>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Null: it is not there.</returns>
    public async Task<byte[]?> FindAsync(string owner, string digest, CancellationToken cancellationToken)
    {
        var file = FileOf(owner, digest);
        try
        {
            if (!File.Exists(file))
            {
                return null;
            }

            var content = await File.ReadAllBytesAsync(file, cancellationToken);
            if (DigestOf(content) == digest)
            {
                File.SetLastWriteTimeUtc(file, _time.GetUtcNow().UtcDateTime);
                return content;
            }

            ChartLog.PackageDamaged(_logger, file);
            File.Delete(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            ChartLog.CacheNotWritten(_logger, exception.Message);
        }

        return null;
    }

    /// <summary>Keeps a package, and lets go of others where they become too many.</summary>
    public async Task AddAsync(string owner, string digest, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var part = Path.Combine(_directory, Guid.NewGuid().ToString("N") + ".part");
        try
        {
            await using (var file = new FileStream(part, FileMode.CreateNew, FileAccess.Write))
            {
                await file.WriteAsync(content, cancellationToken);
            }

            File.SetLastWriteTimeUtc(part, _time.GetUtcNow().UtcDateTime);
            var kept = FileOf(owner, digest);
            File.Move(part, kept, overwrite: true);
            Evict(kept);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            ChartLog.CacheNotWritten(_logger, exception.Message);
            Try(() => File.Delete(part));
        }
        catch (OperationCanceledException)
        {
            Try(() => File.Delete(part));
            throw;
        }
    }

    public static string DigestOf(ReadOnlySpan<byte> content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));

    private string FileOf(string owner, string digest) =>
        Path.Combine(_directory, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{owner}\n{digest}"))) + ".tgz");

    private void Evict(string kept)
    {
        lock (_lock)
        {
            var files = new DirectoryInfo(_directory).EnumerateFiles("*.tgz").OrderByDescending(static file => file.LastWriteTimeUtc).ToList();
            long total = 0;
            foreach (var file in files)
            {
                total += file.Length;
                if (total > _maxBytes && file.FullName != kept)
                {
                    total -= file.Length;
                    file.Delete();
                }
            }
        }
    }

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            ChartLog.CacheNotWritten(_logger, exception.Message);
        }
    }
}
