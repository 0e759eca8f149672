using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Model;

/// <summary>What a commit says about itself.</summary>
internal sealed record CommitFacts(
    string Sha, string Author, string Committer, string Subject, DateTimeOffset CommittedAt, string? SignatureFormat)
{
    /// <summary>The pull or merge request that its message names: <c>#123</c>; null: none.</summary>
    public string? PullRequest { get; init; }

    /// <summary>What a verification of its signature found; null: nobody asked for one.</summary>
    public string? Verified { get; init; }
}

/// <summary>A manifest whose kind the server does not serve, so that nobody can say whether it lives in a namespace.</summary>
internal sealed record UnmappedObject(GroupVersionKind Type, string Name, string Location, string Reason)
{
    /// <summary>Where it would be written; of a hook, the first of its phases.</summary>
    public SyncPhase Phase { get; init; } = SyncPhase.Sync;

    /// <summary>The wave in that phase.</summary>
    public int Wave { get; init; }

    /// <summary>Of a hook; empty for an ordinary object.</summary>
    public ImmutableArray<SyncPhase> Phases { get; init; } = [];

    public bool IsHook { get; init; }

    /// <summary>Whether its kind may come with the sync itself; null: as the Application's options say.</summary>
    public bool? SkipDryRun { get; init; }

    public ObjectKey Key => new(Type.Group, Type.Kind, string.Empty, Name);
}

/// <summary>What an Application renders to at one commit.</summary>
/// <param name="Revision">The commit; of several sources those of all, with commas between them.</param>
/// <param name="Commit">Who made it, when; of several sources the newest.</param>
/// <param name="DetectedAt">When the commit was first seen.</param>
/// <param name="OptionsHash">Of everything in the spec that changes what is rendered.</param>
/// <param name="Inputs">What was read.</param>
/// <param name="Objects">By kind order. Without content where they were taken from the inventory instead of rendered.</param>
/// <param name="Unmapped">What could not be mapped to a resource of the server.</param>
/// <param name="HasContent">False: only keys and hashes are known.</param>
/// <param name="Warnings">What was passed over or is not acted on, in sentences.</param>
/// <param name="Images">Container images, sorted; empty without content.</param>
internal sealed record Rendering(
    string Revision,
    CommitFacts? Commit,
    DateTimeOffset DetectedAt,
    string OptionsHash,
    SourceInputs Inputs,
    ImmutableArray<DesiredObject> Objects,
    ImmutableArray<UnmappedObject> Unmapped,
    bool HasContent,
    ImmutableArray<string> Warnings,
    ImmutableArray<string> Images)
{
    /// <summary>Who made each commit, source by source; null: it is a chart. Empty without content.</summary>
    public ImmutableArray<CommitFacts?> Commits { get; init; } = [];

    /// <summary>What runs at some point of a sync or a deletion; by kind order. Empty without content.</summary>
    public ImmutableArray<HookObject> Hooks { get; init; } = [];

    /// <summary>Secrets in plain text that nothing allows, by object. Empty without content.</summary>
    public ImmutableArray<SecretFinding> Secrets { get; init; } = [];

    private Dictionary<ObjectKey, DesiredObject>? _byKey;

    /// <summary>Whether the source renders to nothing: what the spec itself brings does not count.</summary>
    public bool IsEmpty => Unmapped.IsEmpty && Objects.All(static item => item.Options.Remembered.HasFlag(EntryOptions.ManagedNamespace));

    /// <summary>Whether this object is desired.</summary>
    public bool Desires(ObjectKey key) => Find(key) is not null;

    /// <summary>The desired object of this name; null if there is none.</summary>
    public DesiredObject? Find(ObjectKey key) => (_byKey ??= Objects.ToDictionary(static item => item.Key)).GetValueOrDefault(key);
}
