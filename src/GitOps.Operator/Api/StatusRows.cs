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
}

internal sealed record ResourceHealth
{
    public required HealthCode Status { get; init; }

    public string? Message { get; init; }
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
}

/// <summary>An object that somebody else changed since the last apply.</summary>
internal sealed record DriftRow
{
    public string? Group { get; init; }

    public required string Kind { get; init; }

    public string? Namespace { get; init; }

    public required string Name { get; init; }

    public required DriftChange Change { get; init; }

    public ImmutableArray<DriftField> Fields { get; init => field = value.OrEmpty(); } = [];

    public DateTimeOffset? DetectedAt { get; init; }
}

/// <summary>Never the values: they may be secret.</summary>
internal sealed record DriftField
{
    public required string Path { get; init; }

    /// <summary>The program that owns the field now; absent where the server does not record one (a removal).</summary>
    public string? Manager { get; init; }

    /// <summary><c>Apply</c> or <c>Update</c>.</summary>
    public string? Operation { get; init; }

    public DateTimeOffset? Time { get; init; }
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

/// <summary>A field that a sync would change. Values that are or may be secret are not shown.</summary>
internal sealed record PlanField
{
    public required string Path { get; init; }

    /// <summary>As JSON, cut; absent where there is none. <c>(hidden)</c> for what is not shown.</summary>
    public string? From { get; init; }

    /// <summary>As <see cref="From"/>.</summary>
    public string? To { get; init; }
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
    public ImmutableArray<PlanField> Fields { get; init => field = value.OrEmpty(); } = [];

    /// <summary>Paths that only an adopted object's former tool owns: they stay unless the Application says otherwise.</summary>
    public ImmutableArray<string> OrphanedFields { get; init => field = value.OrEmpty(); } = [];
}
