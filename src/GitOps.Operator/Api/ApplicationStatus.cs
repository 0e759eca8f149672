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

    /// <summary>At most <see cref="StatusLimits.Drift"/> rows; <see cref="DriftCount"/> counts them all.</summary>
    public ImmutableArray<DriftRow> Drift { get; init => field = value.OrEmpty(); } = [];

    public int? DriftCount { get; init; }

    public SyncTimings? Timings { get; init; }

    public InventorySummary? Inventory { get; init; }

    /// <summary>What a sync would do; without automated sync, or while a gate holds it.</summary>
    public PlanSummary? Plan { get; init; }

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

    /// <summary>The commit that was compared.</summary>
    public string? Revision { get; init; }

    /// <summary>Its first seven digits, for the printer column.</summary>
    public string? ShortRevision { get; init; }

    public CommitSummary? Commit { get; init; }
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
    public required OperationPhase Phase { get; init; }

    public string? Message { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public long? RetryCount { get; init; }

    public SyncResult? SyncResult { get; init; }
}

internal sealed record SyncResult
{
    public string? Revision { get; init; }
}

/// <summary>A sync that succeeded.</summary>
internal sealed record HistoryEntry
{
    public required long Id { get; init; }

    public string? Revision { get; init; }

    public DateTimeOffset? DeployStartedAt { get; init; }

    public DateTimeOffset? DeployedAt { get; init; }

    public Initiator? InitiatedBy { get; init; }

    /// <summary>Why it ran: <c>Commit</c>, <c>Spec</c>, …</summary>
    public string? Trigger { get; init; }

    public CommitSummary? Commit { get; init; }

    public ChangeCounts? Changes { get; init; }
}

internal sealed record Initiator
{
    public string? Username { get; init; }

    public bool? Automated { get; init; }
}

internal sealed record ChangeCounts
{
    public int Create { get; init; }

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
