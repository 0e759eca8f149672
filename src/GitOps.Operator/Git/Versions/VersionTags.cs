using GitOps.Operator.Model;
using GitOps.Operator.Model.Versions;

namespace GitOps.Operator.Git.Versions;

/// <summary>The tags of a repository that are versions, and what a range or a version means among them.</summary>
internal sealed class VersionTags
{
    private const int MaxNamed = 5;

    private readonly IReadOnlyDictionary<string, string> _tags;
    private readonly TagHistory _history;

    /// <param name="tags">Names, without <c>refs/tags/</c>, and their commits.</param>
    /// <param name="history">What they were before.</param>
    public VersionTags(IReadOnlyDictionary<string, string> tags, TagHistory history)
    {
        _tags = tags;
        _history = history;
    }

    /// <summary>Whether a choice among tags is asked for; with a prefix a plain version is a tag, too, and nothing else.</summary>
    public static bool IsMeant(RevisionName revision) =>
        VersionRange.IsRange(revision.Text) || (revision.TagPrefix.Length > 0 && SemanticVersion.Parse(revision.Text) is not null);

    /// <returns>The tag that is meant; null: there is none.</returns>
    public string? Find(RevisionName revision)
    {
        if (!VersionRange.IsRange(revision.Text))
        {
            var tag = revision.TagPrefix + revision.Text;
            return _tags.ContainsKey(tag) ? tag : null;
        }

        return Best(revision, _tags.Keys);
    }

    /// <summary>What is remarkable about the tag that was found: it was moved, or it is the next best after one that was deleted.</summary>
    public string? Remark(RevisionName revision, string tag)
    {
        if (VersionRange.IsRange(revision.Text) && Best(revision, _history.Gone.Append(tag)) is { } best && best != tag)
        {
            return $"the tag {best}, which '{revision.Text}' meant before, is gone from the repository; the newest left is {tag}";
        }

        return RemarkOnMove(tag);
    }

    /// <summary>That a version's tag means another commit now than it did; others are made to be moved.</summary>
    public string? RemarkOnMove(string tag) => _history.Moved.TryGetValue(tag, out var former)
        ? $"the tag {tag} was moved: it was {former[..7]} before; what a version means is not expected to change"
        : null;

    /// <summary>Why nothing was found, and what there is.</summary>
    public string Explain(RevisionName revision)
    {
        var among = Versions(_tags.Keys, revision.TagPrefix).OrderDescending().ToArray();
        var named = string.Join(", ", among.Take(MaxNamed).Select(version => revision.TagPrefix + version.Text)) + (among.Length > MaxNamed ? ", …" : string.Empty);
        var kind = revision.TagPrefix.Length == 0 ? "tags that are versions" : $"tags '{revision.TagPrefix}' with a version";
        var there = among.Length == 0 ? $"there are no {kind}, of {_tags.Count} tags" : $"the newest of its {kind} are {named}";
        return $"{Failure(revision, among)}; {there}";
    }

    /// <summary>A tag that differs from a name only by a leading <c>v</c>.</summary>
    public string? Alike(string name)
    {
        var other = name.StartsWith('v') ? name[1..] : "v" + name;
        return SemanticVersion.Parse(name) is not null && _tags.ContainsKey(other) ? other : null;
    }

    private static string? Best(RevisionName revision, IEnumerable<string> tags) =>
        VersionRange.TryParse(revision.Text, out var range) && range.Best(Stripped(tags, revision.TagPrefix)) is { } best ? revision.TagPrefix + best : null;

    private static IEnumerable<string> Stripped(IEnumerable<string> tags, string prefix) =>
        prefix.Length == 0 ? tags : tags.Where(tag => tag.StartsWith(prefix, StringComparison.Ordinal)).Select(tag => tag[prefix.Length..]);

    private static IEnumerable<SemanticVersion> Versions(IEnumerable<string> tags, string prefix) =>
        Stripped(tags, prefix).Select(SemanticVersion.Parse).OfType<SemanticVersion>();

    private string Failure(RevisionName revision, SemanticVersion[] among)
    {
        if (!VersionRange.TryParse(revision.Text, out var range) || !VersionRange.IsRange(revision.Text))
        {
            return $"there is no tag '{revision}'";
        }

        var gone = Best(revision, _history.Gone) is { } tag ? $" any more: {tag} is gone" : string.Empty;
        var prerelease = among.FirstOrDefault(version => version.IsPrerelease && range.Allows(version.Release)) is { } early
            ? $" ({revision.TagPrefix}{early.Text} is a prerelease: those count only where the range names one, as in >=1.2-0)"
            : string.Empty;
        return $"no tag is in the range '{revision.Text}'{gone}{prerelease}";
    }
}
