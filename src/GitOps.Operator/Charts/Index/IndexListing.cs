using System.Collections.Concurrent;
using System.Collections.Immutable;
using GitOps.Operator.Git;

namespace GitOps.Operator.Charts.Index;

/// <summary>What an index had, for the charts that were asked for.</summary>
internal sealed class IndexListing : IChartListing
{
    private readonly ChartUrl _url;
    private readonly IndexContent _content;
    private readonly ConcurrentDictionary<ChartQuestion, ChartAnswer> _answers = new();

    /// <param name="url">Of the repository.</param>
    /// <param name="location">Where the index came from: relative URLs are relative to it.</param>
    /// <param name="names">What was asked for.</param>
    /// <param name="content">What there was.</param>
    public IndexListing(ChartUrl url, Uri location, ImmutableHashSet<string> names, IndexContent content)
    {
        _url = url;
        Location = location;
        Names = names;
        _content = content;
    }

    public Uri Location { get; }

    public ImmutableHashSet<string> Names { get; }

    public ChartAnswer? Find(ChartQuestion question) => Names.Contains(question.Name) ? _answers.GetOrAdd(question, Answer) : null;

    private ChartAnswer Answer(ChartQuestion question)
    {
        try
        {
            return new(Release(question), null);
        }
        catch (GitException exception)
        {
            return new(null, exception);
        }
    }

    private ChartRelease Release(ChartQuestion question)
    {
        var (name, asked) = question;
        if (!_content.Charts.TryGetValue(name, out var entries) || entries.IsEmpty)
        {
            throw new GitException(GitFailure.RevisionNotFound, $"{_url}: there is no chart '{GitErrors.Clean(name)}'; {Others()}");
        }

        var pinned = PinnedVersion.Parse(asked, _url);
        if (pinned.Version.Length == 0 && pinned.Digest is not null)
        {
            throw new GitException(GitFailure.InvalidUrl, $"{_url}: a digest alone finds nothing in an index: write VERSION@{pinned.Digest}");
        }

        var version = ChartVersions.Choose(pinned.Version, entries.Select(static entry => entry.Version), $"{_url}: chart '{GitErrors.Clean(name)}'");
        var entry = entries.First(entry => entry.Version == version);
        if (pinned.Digest is { } digest && entry.Digest.Length > 0 && digest != Prefixed(entry.Digest))
        {
            throw new GitException(
                GitFailure.RevisionNotFound, $"{_url}: chart {name} {version} has the digest {GitErrors.Clean(Prefixed(entry.Digest))}, not the one that is asked for");
        }

        if (entry.Url.Length == 0)
        {
            throw new GitException(GitFailure.Other, $"{_url}: the index tells no URL for chart {name} {version}");
        }

        var location = LocationOf(entry.Url, name, version);
        return new(name, version, entry.Digest.Length > 0 ? Prefixed(entry.Digest) : pinned.Digest ?? string.Empty, location)
        {
            Warning = entry.IsDeprecated ? $"chart {name} {version} is deprecated" : null,
        };
    }

    private string LocationOf(string written, string name, string version)
    {
        if (!Uri.TryCreate(Location, written, out var url))
        {
            throw new GitException(GitFailure.InvalidUrl, $"{_url}: the index tells no usable URL for chart {name} {version}");
        }

        // What the repository's own URL asks with (a signed link) is needed for its packages too.
        return url.Query.Length == 0 && _url.Query.Length > 0 && url.Authority == Location.Authority && !written.Contains("://", StringComparison.Ordinal)
            ? url.AbsoluteUri + _url.Query
            : url.AbsoluteUri;
    }

    private string Others() => _content.Count switch
    {
        0 => "the index is empty",
        _ when _content.Count <= _content.SomeNames.Length => $"there is {GitErrors.Clean(string.Join(", ", _content.SomeNames))}",
        _ => $"there are {_content.Count} others",
    };

    private static string Prefixed(string hex) => "sha256:" + hex;
}
