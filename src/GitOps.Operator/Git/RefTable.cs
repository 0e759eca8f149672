using System.Collections.Concurrent;
using System.Text;
using GitOps.Operator.Git.Versions;
using GitOps.Operator.Model;
using GitOps.Operator.Model.Versions;

namespace GitOps.Operator.Git;

/// <remarks>
/// <para><paramref name="Sha"/>: The commit; of an annotated tag what it points to.</para>
/// <para><paramref name="ObservedAt"/>: When we first saw the ref there.</para>
/// </remarks>
internal readonly record struct ObservedRef(string Sha, DateTimeOffset ObservedAt);

/// <summary>The refs of a repository as the server last told them. Immutable, but for the refs' first sight taken over from the last.</summary>
internal sealed class RefTable
{
    private const int MaxNamed = 5;
    private const int MaxAnswers = 4096;
    private const string Tags = "refs/tags/";

    private readonly Dictionary<string, ObservedRef> _refs;
    private readonly Dictionary<string, string> _tags;
    private readonly TagHistory _history;
    private readonly VersionTags _versions;
    private readonly ConcurrentDictionary<RevisionName, ResolvedRevision?> _answers = new();

    private RefTable(Dictionary<string, ObservedRef> refs, string? headTarget, RefTable? previous)
    {
        _refs = refs;
        _tags = refs.Where(static pair => pair.Key.StartsWith(Tags, StringComparison.Ordinal))
            .ToDictionary(static pair => pair.Key[Tags.Length..], static pair => pair.Value.Sha, StringComparer.Ordinal);
        _history = previous?._history.With(previous._tags, _tags) ?? TagHistory.None;
        _versions = new VersionTags(_tags, _history);
        HeadTarget = headTarget;
    }

    /// <summary>The branch that HEAD names, fully qualified; null where HEAD is detached or not told.</summary>
    public string? HeadTarget { get; }

    public int Count => _refs.Count;

    /// <summary>sha1 or sha256: how long the ids are.</summary>
    public string ObjectFormat => _refs.Values.FirstOrDefault().Sha is { Length: 64 } ? "sha256" : "sha1";

    /// <remarks>
    /// <para><paramref name="output"/>: Of <c>git ls-remote --symref</c>.</para>
    /// <para><paramref name="wanted"/>: Refs to keep beside HEAD, branches and tags.</para>
    /// </remarks>
    public static RefTable Parse(ReadOnlySpan<byte> output, IReadOnlySet<string> wanted, RefTable? previous, DateTimeOffset now)
    {
        var shas = new Dictionary<string, string>(StringComparer.Ordinal);
        string? headTarget = null;
        foreach (var range in output.Split((byte)'\n'))
        {
            var line = output[range];
            var tab = line.IndexOf((byte)'\t');
            if (tab <= 0)
            {
                continue;
            }

            var name = line[(tab + 1)..];
            if (line.StartsWith("ref: "u8))
            {
                headTarget = name.SequenceEqual("HEAD"u8) ? Encoding.UTF8.GetString(line[5..tab]) : headTarget;
                continue;
            }

            // Others can be many (a ref for each pull request), and nobody asks for them.
            var peeled = name.EndsWith("^{}"u8);
            var text = Encoding.UTF8.GetString(peeled ? name[..^3] : name);
            if (text == "HEAD" || text.StartsWith("refs/heads/", StringComparison.Ordinal) || text.StartsWith("refs/tags/", StringComparison.Ordinal)
                || wanted.Contains(text))
            {
                // The peeled line follows the tag's own, and replaces it.
                shas[text] = Encoding.ASCII.GetString(line[..tab]);
            }
        }

        var refs = new Dictionary<string, ObservedRef>(shas.Count, StringComparer.Ordinal);
        foreach (var (name, sha) in shas)
        {
            refs[name] = previous is not null && previous._refs.TryGetValue(name, out var known) && known.Sha == sha ? known : new ObservedRef(sha, now);
        }

        return new RefTable(refs, headTarget, previous);
    }

    /// <summary>
    /// What a branch, a tag, HEAD (also empty) or a fully qualified ref points to, or the newest tag of a range of versions. A name
    /// that is both a branch and a tag is the branch, as in `git clone --branch` and `git checkout`; the warning says so. (Argo CD
    /// takes whichever the server lists first.) A range is looked up among tags; only where none is in it may it be a name.
    /// </summary>
    /// <returns>Null where there is no such ref.</returns>
    public ResolvedRevision? Find(RevisionName revision)
    {
        if (_answers.TryGetValue(revision, out var known))
        {
            return known;
        }

        var answer = VersionTags.IsMeant(revision) ? FindVersion(revision) : FindName(revision.Text);
        if (_answers.Count < MaxAnswers)
        {
            _answers.TryAdd(revision, answer);
        }

        return answer;
    }

    public bool SameAs(RefTable other) =>
        HeadTarget == other.HeadTarget
        && _refs.Count == other._refs.Count
        && _refs.All(pair => other._refs.TryGetValue(pair.Key, out var found) && found.Sha == pair.Value.Sha);

    /// <summary>For the message that a revision is not there: why, and what else is.</summary>
    public string Explain(RevisionName revision)
    {
        if (VersionTags.IsMeant(revision))
        {
            return _versions.Explain(revision);
        }

        var branches = _refs.Keys.Where(static name => name.StartsWith("refs/heads/", StringComparison.Ordinal))
            .Select(static name => name["refs/heads/".Length..]).Order(StringComparer.Ordinal).ToArray();
        var named = string.Join(", ", branches.Take(MaxNamed)) + (branches.Length > MaxNamed ? ", …" : string.Empty);
        var alike = _versions.Alike(revision.Text) is { } tag ? $" (there is a tag '{tag}')" : string.Empty;
        var there = branches.Length == 0 ? $"it has no branches and {_tags.Count} tags" : $"its branches are {named}; it has {_tags.Count} tags";
        return $"there is no branch, tag or commit '{revision.Text}'{alike}; {there}";
    }

    private ResolvedRevision? FindName(string revision)
    {
        if (revision is "" or "HEAD")
        {
            return _refs.TryGetValue("HEAD", out var head) ? new ResolvedRevision(head.Sha, HeadTarget ?? "HEAD", head.ObservedAt, null) : null;
        }

        if (revision.StartsWith("refs/", StringComparison.Ordinal))
        {
            return At(revision, RemarkOnMove(revision));
        }

        var branch = "refs/heads/" + revision;
        var tag = Tags + revision;
        var both = _refs.ContainsKey(branch) && _refs.ContainsKey(tag)
            ? $"'{revision}' is a branch and a tag; the branch is used. Write {branch} or {tag} to say which."
            : null;
        return At(branch, both) ?? At(tag, RemarkOnMove(tag)) ?? At("refs/" + revision, null);
    }

    private ResolvedRevision? FindVersion(RevisionName revision)
    {
        // With a prefix no name can be meant.
        var named = revision.TagPrefix.Length == 0 ? FindName(revision.Text) : null;
        if (_versions.Find(revision) is not { } tag)
        {
            return named is null ? null : named with
            {
                Warning = $"'{revision}' is a range of versions that no tag is in, and {named.Ref}, which is used until one is; write {named.Ref} to mean just that",
            };
        }

        var remark = named is null ? null : $"'{revision}' is a range of versions, of which {tag} is used, and also {named.Ref}; write {named.Ref} to mean that";
        var remarks = string.Join("; ", new[] { remark, _versions.Remark(revision, tag) }.OfType<string>());
        return At(Tags + tag, remarks.Length == 0 ? null : remarks);
    }

    private string? RemarkOnMove(string name) =>
        name.StartsWith(Tags, StringComparison.Ordinal) && SemanticVersion.Parse(name[Tags.Length..]) is not null
            ? _versions.RemarkOnMove(name[Tags.Length..])
            : null;

    private ResolvedRevision? At(string name, string? warning) =>
        _refs.TryGetValue(name, out var found) ? new ResolvedRevision(found.Sha, name, found.ObservedAt, warning) : null;
}
