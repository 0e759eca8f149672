using System.Collections.Immutable;
using System.Text.Json.Serialization;
using GitOps.Operator.Model;

namespace GitOps.Operator.Api;

/// <summary>One managed object.</summary>
internal sealed record ResourceRow
{
    public string? Group { get; init; }

    public string? Version { get; init; }

    public required string Kind { get; init; }

    public string? Namespace { get; init; }

    public required string Name { get; init; }

    public SyncCode? Status { get; init; }

    public ResourceHealth? Health { get; init; }

    public string? Message { get; init; }

    public bool? RequiresPruning { get; init; }

    /// <summary>A person is asked before it is deleted.</summary>
    public bool? RequiresDeletionConfirmation { get; init; }
}

internal sealed record ResourceHealth
{
    public required HealthCode Status { get; init; }

    public string? Message { get; init; }

    /// <summary>When <see cref="Status"/> became what it is.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>How long it may be Progressing; while it is.</summary>
    public string? Deadline { get; init; }

    /// <summary>It is Progressing for longer than that.</summary>
    public bool? Overdue { get; init; }
}

/// <summary>Counts of all managed objects, whatever fits into <c>resources</c>.</summary>
internal sealed record StatusSummary
{
    public int Total { get; init; }

    public int Synced { get; init; }

    public int OutOfSync { get; init; }

    /// <summary>Desired, and not in the cluster.</summary>
    public int Missing { get; init; }

    public int RequiresPruning { get; init; }

    public int Healthy { get; init; }

    public int Suspended { get; init; }

    public int Progressing { get; init; }

    public int Degraded { get; init; }

    /// <summary>Whose health could not be told.</summary>
    public int Unknown { get; init; }

    public int Drifted { get; init; }

    public ImmutableArray<string> Images { get; init => field = value.OrEmpty(); } = [];
}

[JsonConverter(typeof(JsonStringEnumConverter<DriftChange>))]
internal enum DriftChange
{
    Modified,
    Deleted,
    Adopted,

    /// <summary>Only in <c>status.foreignFields</c>: what Git asks for is as it asks.</summary>
    Foreign,
}

/// <summary>An object that somebody else changed since the last apply; or one of others that the last sync has adopted.</summary>
internal sealed record DriftRow
{
    public string? Group { get; init; }

    public required string Kind { get; init; }

    public string? Namespace { get; init; }

    public required string Name { get; init; }

    public required DriftChange Change { get; init; }

    public ImmutableArray<FieldRow> Fields { get; init => field = value.OrEmpty(); } = [];

    public DateTimeOffset? DetectedAt { get; init; }
}

/// <summary>
/// A field that is not as desired. Values are JSON, cut; <c>(secret)</c> stands for what is or may be secret.
/// </summary>
internal sealed record FieldRow
{
    public required string Path { get; init; }

    /// <summary>In a drift what was done to the field; in a plan what the sync would do to it.</summary>
    public FieldChange? Change { get; init; }

    /// <summary>Absent where nothing is desired.</summary>
    public string? Desired { get; init; }

    /// <summary>Absent where the live object has nothing.</summary>
    public string? Live { get; init; }

    /// <summary>The program that owns the live value; absent where the server does not record one (a removal).</summary>
    public string? Manager { get; init; }

    /// <summary><c>Apply</c> or <c>Update</c>.</summary>
    public string? Operation { get; init; }

    /// <summary>Absent for the object itself.</summary>
    public string? Subresource { get; init; }

    public DateTimeOffset? Time { get; init; }
}

/// <summary>A field that somebody else sets again and again.</summary>
internal sealed record ContestedRow
{
    public string? Group { get; init; }

    public required string Kind { get; init; }

    public string? Namespace { get; init; }

    public required string Name { get; init; }

    /// <summary>Absent for the whole object, which is deleted or made anew.</summary>
    public string? Path { get; init; }

    /// <summary>Who set it; none where the server does not record them.</summary>
    public ImmutableArray<string> Managers { get; init => field = value.OrEmpty(); } = [];

    /// <summary>How often it was set right.</summary>
    public int Heals { get; init; }

    public DateTimeOffset? Since { get; init; }

    public DateTimeOffset? LastHealedAt { get; init; }
}

/// <summary>What a sync would do.</summary>
internal sealed record PlanSummary
{
    /// <summary>Names exactly this plan: what an approval refers to.</summary>
    public string? Hash { get; init; }

    public string? Revision { get; init; }

    public int Create { get; init; }

    public int Update { get; init; }

    public int Delete { get; init; }

    /// <summary>Of several sources those that are otherwise than at the last sync, a sentence for each.</summary>
    public ImmutableArray<string> SourceChanges { get; init => field = value.OrEmpty(); } = [];

    /// <summary>At most <see cref="StatusLimits.Changes"/> rows.</summary>
    public ImmutableArray<PlanRow> Changes { get; init => field = value.OrEmpty(); } = [];

    /// <summary>What would run, at most <see cref="StatusLimits.Hooks"/> rows.</summary>
    public ImmutableArray<PlanHook> Hooks { get; init => field = value.OrEmpty(); } = [];
}

/// <summary>A hook that a sync would run.</summary>
internal sealed record PlanHook
{
    public required SyncPhase Phase { get; init; }

    public string? Group { get; init; }

    public required string Kind { get; init; }

    public string? Namespace { get; init; }

    /// <summary>Of a generated name the part that is known.</summary>
    public required string Name { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<PlanAction>))]
internal enum PlanAction
{
    Create,
    Update,
    Delete,
}

internal sealed record PlanRow
{
    public required PlanAction Action { get; init; }

    public string? Group { get; init; }

    public required string Kind { get; init; }

    public string? Namespace { get; init; }

    public required string Name { get; init; }

    /// <summary>Fields that would change.</summary>
    public ImmutableArray<FieldRow> Fields { get; init => field = value.OrEmpty(); } = [];

    /// <summary>A unified diff of the object's YAML from how it is to how it would be, cut; secrets masked.</summary>
    public string? Diff { get; init; }

    /// <summary>Paths that only an adopted object's former tool owns: they stay unless the Application says otherwise.</summary>
    public ImmutableArray<string> OrphanedFields { get; init => field = value.OrEmpty(); } = [];

    /// <summary>On first contact with an object that is there: field managers whose shares of what is applied would end.</summary>
    public ImmutableArray<string> AdoptedFrom { get; init => field = value.OrEmpty(); } = [];

    /// <summary>Field managers that would keep shares of what is applied.</summary>
    public ImmutableArray<string> SharedWith { get; init => field = value.OrEmpty(); } = [];

    /// <summary>What could not be found out, or would keep the sync from doing it.</summary>
    public string? Message { get; init; }
}
