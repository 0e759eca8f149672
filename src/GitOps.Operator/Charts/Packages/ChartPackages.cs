using System.Collections.Concurrent;
using GitOps.Manifests.Trees;
using GitOps.Operator.Git;

namespace GitOps.Operator.Charts.Packages;

/// <summary>From a release that a repository has to its package and its files: from memory, from the disk, else fetched and checked.</summary>
internal sealed class ChartPackages : IDisposable
{
    private const int MaxLearned = 4096;

    private readonly PackageStore _store;
    private readonly OpenCharts _open;
    private readonly ChartOptions _options;
    private readonly SemaphoreSlim _unpacking = new(2);
    private readonly ConcurrentDictionary<string, string> _learned = new(StringComparer.Ordinal);

    public ChartPackages(ChartOptions options, PackageStore store)
    {
        _options = options;
        _store = store;
        _open = new(options.MaxOpenBytes);
    }

    /// <summary>The files of a release whose package is at hand.</summary>
    /// <returns>Null: it is not.</returns>
    /// <exception cref="GitException">It is not what it should be.</exception>
    public async Task<ISourceTree?> FindAsync(string owner, ChartRelease release, string subject, CancellationToken cancellationToken)
    {
        if (Open(owner, release) is { } known)
        {
            return known;
        }

        await _unpacking.WaitAsync(cancellationToken);
        try
        {
            return await _store.FindAsync(owner, release.Digest, cancellationToken) is { } package ? Unpack(owner, release, package, subject) : null;
        }
        finally
        {
            _unpacking.Release();
        }
    }

    /// <summary>The files of a release.</summary>
    /// <param name="owner">The repository, and by which credential.</param>
    /// <param name="source">Where it is fetched from.</param>
    /// <param name="release">What is meant.</param>
    /// <param name="subject">Of messages.</param>
    /// <param name="passCredentials">Credentials go to another host, too.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="GitException">It cannot be had, or is not what it should be.</exception>
    public async Task<ISourceTree> OpenAsync(
        string owner, IChartSource source, ChartRelease release, string subject, bool passCredentials, CancellationToken cancellationToken)
    {
        if (Open(owner, release) is { } known)
        {
            return known;
        }

        await _unpacking.WaitAsync(cancellationToken);
        try
        {
            if (Open(owner, release) is { } opened)
            {
                return opened;
            }

            return Unpack(owner, release, await ReadAsync(owner, source, release, subject, passCredentials, cancellationToken), subject);
        }
        finally
        {
            _unpacking.Release();
        }
    }

    /// <summary>The package itself, checked against its digest.</summary>
    /// <exception cref="GitException">It cannot be had, or is not what it should be.</exception>
    public async Task<byte[]> ReadAsync(
        string owner, IChartSource source, ChartRelease release, string subject, bool passCredentials, CancellationToken cancellationToken)
    {
        var digest = DigestOf(owner, release);
        if (digest.Length > 0 && await _store.FindAsync(owner, digest, cancellationToken) is { } kept)
        {
            return kept;
        }

        var package = await source.DownloadAsync(release, passCredentials, cancellationToken);
        var actual = PackageStore.DigestOf(package);
        if (release.Digest.Length > 0 && actual != release.Digest)
        {
            throw new GitException(
                GitFailure.Other,
                $"{subject} is not what the repository says that it is: the package has {actual}, {GitErrors.Clean(release.Digest)} was promised");
        }

        if (release.Digest.Length == 0)
        {
            Learn(LearnedKey(owner, release), actual);
        }

        await _store.AddAsync(owner, actual, package, cancellationToken);
        return package;
    }

    public void Dispose() => _unpacking.Dispose();

    private MemorySourceTree Unpack(string owner, ChartRelease release, byte[] package, string subject)
    {
        var content = ChartArchive.Read(package, release.IsPlainTar, release.IsChart, _options.Archive, subject);
        if (release.IsChart)
        {
            Check(content, release, subject);
        }

        var tree = new MemorySourceTree(content.Files, content.Links, release.Version);
        _open.Add(KeyOf(owner, release, DigestOf(owner, release)), tree, content.Bytes);
        return tree;
    }

    private ISourceTree? Open(string owner, ChartRelease release) =>
        DigestOf(owner, release) is { Length: > 0 } digest ? _open.Find(KeyOf(owner, release, digest)) : null;

    // Where an index tells no digest, the one of the package that was fetched holds until the next start.
    private string DigestOf(string owner, ChartRelease release) =>
        release.Digest.Length > 0 ? release.Digest : _learned.GetValueOrDefault(LearnedKey(owner, release), string.Empty);

    private void Learn(string key, string digest)
    {
        if (_learned.Count >= MaxLearned)
        {
            _learned.Clear();
        }

        _learned[key] = digest;
    }

    private static string LearnedKey(string owner, ChartRelease release) => $"{owner}\n{release.Location}";

    private static string KeyOf(string owner, ChartRelease release, string digest) => $"{owner}\n{digest}\n{release.Name}\n{release.Version}";

    private static void Check(ArchiveContent content, ChartRelease release, string subject)
    {
        if (!content.Files.TryGetValue(ChartFile.FileName, out var text))
        {
            throw new GitException(GitFailure.Other, $"{subject} is no chart: it has no {ChartFile.FileName} in its directory");
        }

        var file = ChartFile.Parse(text, subject);
        if ((release.Name.Length > 0 && file.Name != release.Name) || !IsSame(file.Version, release.Version))
        {
            throw new GitException(
                GitFailure.Other,
                $"{subject} holds another chart: its {ChartFile.FileName} says {GitErrors.Clean($"{file.Name} {file.Version}")}");
        }
    }

    private static bool IsSame(string written, string asked) => written == asked || written.TrimStart('v') == asked.TrimStart('v');
}
