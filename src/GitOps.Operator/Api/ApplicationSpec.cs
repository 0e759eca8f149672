using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace GitOps.Operator.Api;

/// <summary>
/// The part of <c>spec</c> that the operator acts on, as it was written: nothing defaulted, nothing checked.
/// Fields that it does not act on are no members; <c>SpecFields</c> reports them.
/// </summary>
internal sealed record ApplicationSpec
{
    public string? Project { get; init; }

    public ApplicationSource? Source { get; init; }

    public ImmutableArray<ApplicationSource> Sources { get; init => field = value.OrEmpty(); } = [];

    public ApplicationDestination? Destination { get; init; }

    public SyncPolicySpec? SyncPolicy { get; init; }

    public ImmutableArray<IgnoreDifference> IgnoreDifferences { get; init => field = value.OrEmpty(); } = [];

    public ImmutableArray<InfoItem> Info { get; init => field = value.OrEmpty(); } = [];

    public long? RevisionHistoryLimit { get; init; }

    public bool? Suspend { get; init; }

    public string? Interval { get; init; }

    public ImmutableArray<Dependency> DependsOn { get; init => field = value.OrEmpty(); } = [];

    public ApprovalSpec? Approval { get; init; }

    public ImmutableArray<SyncWindowSpec> SyncWindows { get; init => field = value.OrEmpty(); } = [];

    public DeletionBudgetSpec? DeletionBudget { get; init; }

    public DeadlinesSpec? Deadlines { get; init; }

    public DriftSpec? Drift { get; init; }

    public string? SecretPolicy { get; init; }

    public string? ServiceAccountName { get; init; }

    /// <summary>What counts: <c>sources</c> where there are any, else <c>source</c>.</summary>
    [JsonIgnore]
    public ImmutableArray<ApplicationSource> EffectiveSources => Sources.IsEmpty && Source is not null ? [Source] : Sources;
}

internal sealed record ApplicationSource
{
    [JsonPropertyName("repoURL")]
    public string? RepoUrl { get; init; }

    public string? TargetRevision { get; init; }

    public string? TagPrefix { get; init; }

    public string? Path { get; init; }

    public string? Name { get; init; }

    public string? Chart { get; init; }

    public string? Ref { get; init; }

    public DirectorySource? Directory { get; init; }

    public VerifySpec? Verify { get; init; }

    /// <summary>Globs.</summary>
    public ImmutableArray<string> AllowedRevisions { get; init => field = value.OrEmpty(); } = [];
}

internal sealed record VerifySpec
{
    public string? Mode { get; init; }

    public ImmutableArray<VerifyKey> Keys { get; init => field = value.OrEmpty(); } = [];

    public string? Since { get; init; }

    public ImmutableArray<string> RequireReview { get; init => field = value.OrEmpty(); } = [];
}

internal sealed record VerifyKey
{
    public VerifyKeyObject? SecretRef { get; init; }

    public VerifyKeyObject? ConfigMapRef { get; init; }
}

internal sealed record VerifyKeyObject
{
    public string? Name { get; init; }

    public string? Key { get; init; }
}

internal sealed record DirectorySource
{
    public bool? Recurse { get; init; }

    public string? Include { get; init; }

    public string? Exclude { get; init; }
}

internal sealed record ApplicationDestination
{
    public string? Server { get; init; }

    public string? Name { get; init; }

    public string? Namespace { get; init; }
}

internal sealed record SyncPolicySpec
{
    public AutomatedSpec? Automated { get; init; }

    public ImmutableArray<string> SyncOptions { get; init => field = value.OrEmpty(); } = [];

    public ManagedNamespaceSpec? ManagedNamespaceMetadata { get; init; }

    public RetrySpec? Retry { get; init; }
}

internal sealed record ManagedNamespaceSpec
{
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
}

internal sealed record AutomatedSpec
{
    public bool? Enabled { get; init; }

    public bool? Prune { get; init; }

    public bool? SelfHeal { get; init; }

    public bool? AllowEmpty { get; init; }
}

internal sealed record RetrySpec
{
    public long? Limit { get; init; }

    public bool? Refresh { get; init; }

    public BackoffSpec? Backoff { get; init; }
}

internal sealed record BackoffSpec
{
    public string? Duration { get; init; }

    public long? Factor { get; init; }

    public string? MaxDuration { get; init; }
}

internal sealed record IgnoreDifference
{
    public string? Group { get; init; }

    public string? Kind { get; init; }

    public string? Name { get; init; }

    public string? Namespace { get; init; }

    public ImmutableArray<string> JsonPointers { get; init => field = value.OrEmpty(); } = [];

    public ImmutableArray<string> JqPathExpressions { get; init => field = value.OrEmpty(); } = [];

    public ImmutableArray<string> ManagedFieldsManagers { get; init => field = value.OrEmpty(); } = [];
}

internal sealed record InfoItem
{
    public string? Name { get; init; }

    public string? Value { get; init; }
}

internal sealed record Dependency
{
    public string? Name { get; init; }

    public string? Namespace { get; init; }
}

internal sealed record ApprovalSpec
{
    public bool? Required { get; init; }
}

/// <summary>As a window of Argo CD's AppProject.</summary>
internal sealed record SyncWindowSpec
{
    /// <summary><c>allow</c> or <c>deny</c>.</summary>
    public string? Kind { get; init; }

    public string? Schedule { get; init; }

    public string? Duration { get; init; }

    public string? TimeZone { get; init; }

    public bool? ManualSync { get; init; }

    public bool? SyncOverrun { get; init; }

    public string? Description { get; init; }
}

internal sealed record DeletionBudgetSpec
{
    public long? MaxObjects { get; init; }

    public long? MaxPercent { get; init; }
}

internal sealed record DeadlinesSpec
{
    public string? Wave { get; init; }

    public string? Hook { get; init; }

    public string? Operation { get; init; }
}

internal sealed record DriftSpec
{
    public string? Mode { get; init; }

    public string? ForeignFields { get; init; }
}

internal static class ImmutableArrays
{
    /// <summary>A member that is absent from JSON leaves an array without storage, which cannot even be counted.</summary>
    public static ImmutableArray<T> OrEmpty<T>(this ImmutableArray<T> items) => items.IsDefault ? [] : items;
}
