using System.Collections.Immutable;

namespace GitOps.Operator.Model;

/// <summary>What has to be signed before a commit counts.</summary>
internal enum VerifyMode
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The commit.</summary>
    Head,

    /// <summary>The annotated tag that the commit was found by, or one that points to it where it was asked for by its id.</summary>
    Tag,

    TagAndHead,

    /// <summary>The commit, and every other on its first-parent line since what was synced last: what a merge brings in is vouched for by the merge.</summary>
    FirstParent,

    /// <summary>The commit, and every other that came with it since what was synced last.</summary>
    Strict,

    /// <summary>The package of a chart, by its provenance file.</summary>
    Provenance,
}

/// <summary>What shows that a second person had a look at a commit; one of them is enough.</summary>
[Flags]
internal enum ReviewSigns
{
    /// <summary>Nobody asks.</summary>
    None = 0,
    MergeCommit = 1,

    /// <summary>A trailer <c>Signed-off-by</c> of somebody other than the author.</summary>
    SignedOffBy = 2,
}

/// <summary>Where keys are written.</summary>
/// <param name="IsSecret">Else a ConfigMap.</param>
/// <param name="Name">In the Application's namespace.</param>
/// <param name="Key">Of one value in it; null: all of them.</param>
internal sealed record KeyReference(bool IsSecret, string Name, string? Key)
{
    public override string ToString() => $"{(IsSecret ? "Secret" : "ConfigMap")} {Name}{(Key is null ? string.Empty : $" (key {Key})")}";
}

/// <summary>Which commits of a source, or versions of its chart, may be deployed.</summary>
/// <param name="Mode">What has to be signed.</param>
/// <param name="Keys">By whom; empty only without a mode.</param>
/// <param name="Since">A commit up to which everything is trusted, as a full id; null: what was synced last.</param>
/// <param name="Review">What each commit of the first-parent line has to show.</param>
/// <param name="AllowedRevisions">Globs over names of branches and tags, and ids of commits, or over versions of the chart; empty: all.</param>
internal sealed record SourcePolicy(
    VerifyMode Mode, ImmutableArray<KeyReference> Keys, string? Since, ReviewSigns Review, ImmutableArray<string> AllowedRevisions)
{
    public static readonly SourcePolicy None = new(VerifyMode.None, [], null, ReviewSigns.None, []);

    public bool IsNone => Mode == VerifyMode.None && Review == ReviewSigns.None && AllowedRevisions.IsEmpty;

    public bool NeedsTag => Mode is VerifyMode.Tag or VerifyMode.TagAndHead;

    /// <summary>Another one whenever a verdict could be another.</summary>
    public string Text => field ??= $"{Mode}\n{Review}\n{Since}\n{string.Join('\n', Keys)}\n\n{string.Join('\n', AllowedRevisions)}";
}
