using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using GitOps.Operator.Model;

namespace GitOps.Operator.Api;

[JsonConverter(typeof(JsonStringEnumConverter<SyncCode>))]
internal enum SyncCode
{
    Synced,
    OutOfSync,
    Unknown,
}

[JsonConverter(typeof(JsonStringEnumConverter<OperationPhase>))]
internal enum OperationPhase
{
    Running,
    Terminating,
    Succeeded,
    Failed,
    Error,
}

/// <summary>
/// <c>status</c> of an Application: Argo CD's names where it has them, and kstatus' conditions and observedGeneration.
/// </summary>
internal sealed partial record ApplicationStatus
{
    public static readonly ApplicationStatus Empty = new();

    /// <summary>The generation of the spec that all of this is about.</summary>
    public long? ObservedGeneration { get; init; }

    public SyncSummary? Sync { get; init; }

    public HealthSummary? Health { get; init; }

    public ImmutableArray<Condition> Conditions { get; init => field = value.OrEmpty(); } = [];

    public OperationState? OperationState { get; init; }

    /// <summary>Oldest first, as in Argo CD.</summary>
    public ImmutableArray<HistoryEntry> History { get; init => field = value.OrEmpty(); } = [];

    /// <summary>What is not Synced and Healthy, at most <see cref="StatusLimits.Resources"/> rows.</summary>
    public ImmutableArray<ResourceRow> Resources { get; init => field = value.OrEmpty(); } = [];

    public StatusSummary? Summary { get; init; }

    /// <summary>At most <see cref="StatusLimits.Drift"/> rows; <see cref="DriftCount"/> counts them all, without what was adopted.</summary>
    public ImmutableArray<DriftRow> Drift { get; init => field = value.OrEmpty(); } = [];

    public int? DriftCount { get; init; }

    /// <summary>Fields that only others have set, where the Application asks for them; at most <see cref="StatusLimits.Drift"/> rows.</summary>
    public ImmutableArray<DriftRow> ForeignFields { get; init => field = value.OrEmpty(); } = [];

    /// <summary>Fields that are put right again and again, at most <see cref="StatusLimits.Drift"/> rows. A restart goes on with them.</summary>
    public ImmutableArray<ContestedRow> Contested { get; init => field = value.OrEmpty(); } = [];

    public SyncTimings? Timings { get; init; }

    public InventorySummary? Inventory { get; init; }

    /// <summary>What a sync would do; without automated sync, or while a gate holds it.</summary>
    public PlanSummary? Plan { get; init; }

    /// <summary>The value of the annotation <c>sync</c> that was dealt with last: it is not acted on again.</summary>
    public string? SyncToken { get; init; }

    /// <summary>What the annotation <c>rollback-to</c> has come to; absent without one.</summary>
    public RollbackState? Rollback { get; init; }

    public Condition? Condition(string type) => Conditions.FirstOrDefault(condition => condition.Type == type);

    /// <summary>As it is written to the API server: lists cut to <see cref="StatusLimits"/>, absent values left out.</summary>
    public JsonObject ToJson() => StatusLimits.ToJson(this);

    /// <summary>Reads a status that any version of the operator wrote; members it cannot make sense of are left out.</summary>
    public static ApplicationStatus Parse(JsonObject? json) =>
        json is null ? Empty : ApiJson.Read(json, ApiJson.Default.ApplicationStatus, "status", out _) ?? Empty;
}

internal sealed record SyncSummary
{
    public required SyncCode Status { get; init; }

    /// <summary>What <c>targetRevision</c> means now, fully qualified: the branch, or the tag that was chosen. Null for a commit id, a chart, and several sources.</summary>
    public string? Ref { get; init; }

    /// <summary>The commit that was compared, or the version of a chart; of one source.</summary>
    public string? Revision { get; init; }

    /// <summary>The same of several sources, one for each.</summary>
    public ImmutableArray<string> Revisions { get; init => field = value.OrEmpty(); } = [];

    /// <summary>The first seven digits, for the printer column.</summary>
    public string? ShortRevision { get; init; }

    /// <summary>The commit that the source is at, where that may not be deployed; null: it may.</summary>
    public string? RefusedRevision { get; init; }

    /// <summary>The version of helm that rendered its charts; null: there are none.</summary>
    public string? HelmVersion { get; init; }

    /// <summary>Of several sources the newest.</summary>
    public CommitSummary? Commit { get; init; }

    /// <summary>Of several sources those of all that are of Git.</summary>
    public ImmutableArray<SourceCommit> Commits { get; init => field = value.OrEmpty(); } = [];

    [JsonIgnore]
    public string? FullRevision => Api.Revisions.Read(Revision, Revisions);
}

/// <summary>The commit of one of several sources.</summary>
internal sealed record SourceCommit
{
    /// <summary>Counted from 0, in the order of the spec.</summary>
    public required int Source { get; init; }

    public required string Revision { get; init; }

    public required CommitSummary Commit { get; init; }
}

/// <summary>Of a commit. Names are what the commit claims unless the signature says otherwise.</summary>
internal sealed record CommitSummary
{
    public string? Author { get; init; }

    public string? Committer { get; init; }

    public string? Subject { get; init; }

    public DateTimeOffset? CommittedAt { get; init; }

    /// <summary><c>None</c>, or what a verification found.</summary>
    public string? Signature { get; init; }

    /// <summary>The pull or merge request that the message names: <c>#123</c>, <c>group/project!12</c>.</summary>
    public string? PullRequest { get; init; }
}

internal sealed record HealthSummary
{
    public required HealthCode Status { get; init; }

    public string? Message { get; init; }

    public DateTimeOffset? LastTransitionTime { get; init; }
}

/// <summary>A metav1 condition.</summary>
internal sealed record Condition
{
    public required string Type { get; init; }

    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    public required string Status { get; init; }

    public required string Reason { get; init; }

    public string Message { get; init => field = value ?? string.Empty; } = string.Empty;

    public DateTimeOffset LastTransitionTime { get; init; }

    public long? ObservedGeneration { get; init; }

    [JsonIgnore]
    public bool IsTrue => Status == "True";
}

internal sealed record OperationState
{
    /// <summary>Names the operation over all its attempts and restarts: what a termination refers to.</summary>
    public string? Id { get; init; }

    public required OperationPhase Phase { get; init; }

    public string? Message { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public long? RetryCount { get; init; }

    /// <summary>When the next attempt is made; only between two of them.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    public SyncTrigger? Trigger { get; init; }

    /// <summary>What began it, more exactly.</summary>
    public SyncCause? Cause { get; init; }

    public Initiator? InitiatedBy { get; init; }

    /// <summary>Who let it through a gate.</summary>
    public string? ApprovedBy { get; init; }

    /// <summary>The request, where it was asked for.</summary>
    public OperationSpec? Operation { get; init; }

    /// <summary>The value of the annotation that asked for it.</summary>
    public string? Token { get; init; }

    /// <summary>The revision whose sync, failing or waiting, it took the place of.</summary>
    public string? Supersedes { get; init; }

    /// <summary>Of the spec with which the revision failed: a restart does not try it again.</summary>
    public string? SpecHash { get; init; }

    /// <summary>When the attempt under way began, in whole seconds; while it runs.</summary>
    public DateTimeOffset? AttemptStartedAt { get; init; }

    /// <summary>When a gate that held it last let it go on; while it runs.</summary>
    public DateTimeOffset? ResumedAt { get; init; }

    /// <summary>The approval it is carried out by; while it runs.</summary>
    public OperationApproval? Approval { get; init; }

    /// <summary>The wave under way; while it runs, if there are several.</summary>
    public OperationProgress? Progress { get; init; }

    public SyncResult? SyncResult { get; init; }
}

/// <summary>The SyncApproval that a sync is carried out by.</summary>
internal sealed record OperationApproval
{
    public string? Name { get; init; }

    public string? ApprovedBy { get; init; }

    public string? PlanHash { get; init; }

    /// <summary>Of the spec that the plan was made of.</summary>
    public string? SpecHash { get; init; }
}

/// <summary>The wave that a sync is at.</summary>
internal sealed record OperationProgress
{
    public required SyncPhase Phase { get; init; }

    public int Wave { get; init; }

    /// <summary>When it began: its deadline counts from here.</summary>
    public DateTimeOffset Since { get; init; }
}

internal sealed record SyncResult
{
    /// <summary>Of one source.</summary>
    public string? Revision { get; init; }

    /// <summary>Of several sources, one for each.</summary>
    public ImmutableArray<string> Revisions { get; init => field = value.OrEmpty(); } = [];

    [JsonIgnore]
    public string? FullRevision => Api.Revisions.Read(Revision, Revisions);

    /// <param name="revision">Of one source or of several.</param>
    /// <param name="resources">What was done.</param>
    public static SyncResult Of(string revision, ImmutableArray<SyncResultRow> resources) =>
        new() { Revision = Api.Revisions.OfOne(revision), Revisions = Api.Revisions.OfSeveral(revision), Resources = resources };

    /// <summary>Hooks, and objects that failed; at most <see cref="StatusLimits.Resources"/> rows.</summary>
    public ImmutableArray<SyncResultRow> Resources { get; init => field = value.OrEmpty(); } = [];
}

[JsonConverter(typeof(JsonStringEnumConverter<ResultCode>))]
internal enum ResultCode
{
    Synced,
    SyncFailed,
    Pruned,
    PruneSkipped,
}

/// <summary>What a sync did with one object; names as in Argo CD.</summary>
internal sealed record SyncResultRow
{
    public string? Group { get; init; }

    public string? Version { get; init; }

    public required string Kind { get; init; }

    public string? Namespace { get; init; }

    public required string Name { get; init; }

    public ResultCode? Status { get; init; }

    public string? Message { get; init; }

    /// <summary>Of a hook: the phase it belongs to.</summary>
    public SyncPhase? HookType { get; init; }

    /// <summary>Of a hook: how it stands.</summary>
    public OperationPhase? HookPhase { get; init; }

    public SyncPhase? SyncPhase { get; init; }
}

/// <summary>A sync that succeeded.</summary>
internal sealed record HistoryEntry
{
    public required long Id { get; init; }

    /// <summary>Of one source.</summary>
    public string? Revision { get; init; }

    /// <summary>Of several sources, one for each.</summary>
    public ImmutableArray<string> Revisions { get; init => field = value.OrEmpty(); } = [];

    [JsonIgnore]
    public string? FullRevision => Api.Revisions.Read(Revision, Revisions);

    public DateTimeOffset? DeployStartedAt { get; init; }

    public DateTimeOffset? DeployedAt { get; init; }

    public Initiator? InitiatedBy { get; init; }

    public SyncTrigger? Trigger { get; init; }

    /// <summary>Who let it through a gate.</summary>
    public string? ApprovedBy { get; init; }

    /// <summary>The revision whose sync, failing or waiting, it took the place of.</summary>
    public string? Supersedes { get; init; }

    /// <summary>Of several sources the newest.</summary>
    public CommitSummary? Commit { get; init; }

    /// <summary>Of one source.</summary>
    public HistorySource? Source { get; init; }

    /// <summary>Of several sources, one for each.</summary>
    public ImmutableArray<HistorySource> Sources { get; init => field = value.OrEmpty(); } = [];

    /// <summary>However many there are; empty: the entry does not say.</summary>
    [JsonIgnore]
    public ImmutableArray<HistorySource> AllSources => Sources.IsEmpty && Source is not null ? [Source] : Sources;

    /// <summary>Of several sources those that were otherwise than at the sync before, a sentence for each.</summary>
    public ImmutableArray<string> SourceChanges { get; init => field = value.OrEmpty(); } = [];

    public ChangeCounts? Changes { get; init; }

    /// <summary>What it changed, at most <see cref="StatusLimits.HistoryObjects"/> rows.</summary>
    public ImmutableArray<ChangedObject> Objects { get; init => field = value.OrEmpty(); } = [];
}

/// <summary>Where a sync took its manifests from.</summary>
internal sealed record HistorySource
{
    [JsonPropertyName("repoURL")]
    public string? RepoUrl { get; init; }

    public string? TargetRevision { get; init; }

    public string? Path { get; init; }

    public string? Chart { get; init; }

    public string? Ref { get; init; }

    /// <summary>Of all of the source's settings: a rollback under other ones would not bring back what was.</summary>
    public string? Hash { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<ChangeAction>))]
internal enum ChangeAction
{
    Create,

    /// <summary>It was there, and others had made it.</summary>
    Adopt,
    Update,
    Delete,
}

/// <summary>An object that a sync changed.</summary>
internal sealed record ChangedObject
{
    public required ChangeAction Action { get; init; }

    public string? Group { get; init; }

    public required string Kind { get; init; }

    public string? Namespace { get; init; }

    public required string Name { get; init; }
}

/// <summary>The emergency brake.</summary>
internal sealed record RollbackState
{
    /// <summary>The annotation's value that this is about.</summary>
    public required string Value { get; init; }

    /// <summary>Of the history entry.</summary>
    public required long Id { get; init; }

    public required string Revision { get; init; }

    /// <summary>Since when it holds.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The newest commit at that time; what comes after it releases a hold that is only until a newer one.</summary>
    public string? Newest { get; init; }

    /// <summary>The commit that ended the hold; absent while it holds.</summary>
    public string? ReleasedBy { get; init; }
}

/// <summary>What began a sync.</summary>
internal sealed record SyncCause
{
    /// <summary>One of <c>webhook</c>, <c>poll</c>, <c>start</c>, <c>refresh</c>, <c>spec</c>, <c>unfinished</c>, <c>operation</c>, <c>annotation</c>, <c>rollback</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Which program, or Application, did that; absent: nobody did, it is not known, or it stands in <c>initiatedBy</c>.</summary>
    public string? By { get; init; }

    /// <summary>What it waited for last: <c>window</c>, <c>approval</c>, <c>dependency</c>, <c>retry</c>; absent: nothing.</summary>
    public string? After { get; init; }

    public override string ToString() => After is null ? Name : $"{Name}, {After}";
}

internal sealed record Initiator
{
    public string? Username { get; init; }

    public bool? Automated { get; init; }
}

internal sealed record ChangeCounts
{
    public int Create { get; init; }

    /// <summary>Others had made them; absent: none. They do not count as updated.</summary>
    public int? Adopt { get; init; }

    public int Update { get; init; }

    public int Delete { get; init; }
}

internal sealed record SyncTimings
{
    public DateTimeOffset? CommittedAt { get; init; }

    public DateTimeOffset? DetectedAt { get; init; }

    public DateTimeOffset? SyncedAt { get; init; }

    public DateTimeOffset? HealthyAt { get; init; }
}

internal sealed record InventorySummary
{
    public int Pages { get; init; }

    public int Entries { get; init; }
}
