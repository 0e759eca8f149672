using GitOps.Operator.Git;
using GitOps.Operator.Model.Versions;

namespace GitOps.Operator.Charts;

/// <summary>What a chart's version may say beside the version: <c>1.2.3@sha256:…</c>.</summary>
/// <param name="Version">A version or a range; may be empty.</param>
/// <param name="Digest"><c>sha256:…</c>; null: any.</param>
internal readonly record struct PinnedVersion(string Version, string? Digest)
{
    private const string Algorithm = "sha256:";

    /// <exception cref="GitException">The digest is none.</exception>
    public static PinnedVersion Parse(string text, ChartUrl url)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var digest = at >= 0 ? text[(at + 1)..] : text.StartsWith(Algorithm, StringComparison.Ordinal) ? text : null;
        if (digest is not null && !IsDigest(digest))
        {
            throw new GitException(GitFailure.InvalidUrl, $"{url}: '{GitErrors.Clean(digest)}' is no digest: sha256: and 64 hexadecimal digits in lower case are expected");
        }

        return new(digest is null ? text : at >= 0 ? text[..at] : string.Empty, digest);
    }

    public static bool HasDigest(string text) => text.Contains(Algorithm, StringComparison.Ordinal);

    public static bool IsDigest(string text) =>
        text.Length == Algorithm.Length + 64 && text.StartsWith(Algorithm, StringComparison.Ordinal)
        && text.AsSpan(Algorithm.Length).IndexOfAnyExceptInRange('0', 'f') < 0
        && text.AsSpan(Algorithm.Length).IndexOfAnyInRange(':', '`') < 0;
}

/// <summary>Which of a chart's versions is meant.</summary>
internal static class ChartVersions
{
    private const int InMessage = 5;

    /// <param name="asked">Just this text, else a range; empty: the newest that is no prerelease.</param>
    /// <param name="versions">What there is.</param>
    /// <param name="subject">Of the message: whose versions.</param>
    /// <exception cref="GitException">None.</exception>
    public static string Choose(string asked, IEnumerable<string> versions, string subject)
    {
        var all = versions as IReadOnlyCollection<string> ?? [.. versions];
        if (asked.Length > 0 && all.Contains(asked, StringComparer.Ordinal))
        {
            return asked;
        }

        if (!VersionRange.TryParse(asked.Length == 0 ? "*" : asked, out var range))
        {
            throw new GitException(GitFailure.RevisionNotFound, $"{subject} has no version '{GitErrors.Clean(asked)}', and that is no range of versions; {Newest(all)}");
        }

        return range.Best(all)
            ?? throw new GitException(
                GitFailure.RevisionNotFound, $"{subject} has no version {(asked.Length == 0 ? "that is no prerelease" : $"that '{GitErrors.Clean(asked)}' allows")}; {Newest(all)}");
    }

    private static string Newest(IReadOnlyCollection<string> all)
    {
        var newest = all.Select(SemanticVersion.Parse).OfType<SemanticVersion>().OrderDescending().Take(InMessage).Select(static version => version.Text).ToList();
        return newest.Count == 0 ? "there is none" : GitErrors.Clean($"the newest: {string.Join(", ", newest)}");
    }
}
