using GitOps.Operator.Model.Versions;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Charts;

/// <summary>
/// When a repository was first seen to answer so, and whether a version has the content that it had then: what a version means is not
/// expected to change. Known since this process began to look.
/// </summary>
internal sealed class SeenReleases
{
    private const int MaxKept = 4096;
    private const int ShortDigest = 19;

    private readonly string _repository;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<(ChartQuestion Question, string Version, string Digest, string? Warning), Seen> _seen = [];
    private readonly Dictionary<(string Name, string Version), (string First, string Last)> _digests = [];

    /// <param name="repository">For the log.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Is told of each version that was replaced, once.</param>
    public SeenReleases(string repository, TimeProvider time, ILogger logger) => (_repository, _time, _logger) = (repository, time, logger);

    public Seen Note(ChartQuestion question, ChartRelease release)
    {
        lock (_lock)
        {
            var key = (question, release.Version, release.Digest, release.Warning);
            if (_seen.TryGetValue(key, out var known))
            {
                return known;
            }

            if (_seen.Count >= MaxKept)
            {
                _seen.Clear();
            }

            var remark = HasOneMeaning(question, release) ? Remark_NeedsLock(release) : null;
            return _seen[key] = new(_time.GetUtcNow(), remark is null || release.Warning is null ? remark ?? release.Warning : $"{remark}; {release.Warning}");
        }
    }

    // Who names a digest gets that and no other; a repository that tells none cannot be compared; tags such as "latest" are made to be moved.
    private static bool HasOneMeaning(ChartQuestion question, ChartRelease release) =>
        release.Digest.Length > 0 && !PinnedVersion.HasDigest(question.Version) && (release.IsChart || SemanticVersion.Parse(release.Version) is not null);

    private string? Remark_NeedsLock(ChartRelease release)
    {
        var key = (release.Name, release.Version);
        if (_digests.Count >= MaxKept)
        {
            _digests.Clear();
        }

        var (first, last) = _digests.GetValueOrDefault(key, (release.Digest, release.Digest));
        _digests[key] = (first, release.Digest);
        var subject = $"{(release.IsChart ? "chart" : "artefact")} {release.Name} {release.Version}".Replace("  ", " ", StringComparison.Ordinal);
        if (last != release.Digest)
        {
            ChartLog.ReleaseReplaced(_logger, _repository, subject, last, release.Digest);
        }

        return first == release.Digest
            ? null
            : $"{subject} was replaced in its repository: it was {Short(first)} before and is {Short(release.Digest)} now; what a version means is not expected to change";
    }

    private static string Short(string digest) => digest.Length > ShortDigest ? digest[..ShortDigest] : digest;
}

/// <param name="At">First.</param>
/// <param name="Warning">Something the user should know; null: nothing.</param>
internal sealed record Seen(DateTimeOffset At, string? Warning);
