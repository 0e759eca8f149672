using System.Collections.Immutable;

namespace GitOps.Operator.Api;

/// <summary>
/// <c>operation</c>: Argo CD's request to sync now, as it was written. What is not acted on is no member;
/// <see cref="OperationRules"/> refuses it.
/// </summary>
internal sealed record OperationSpec
{
    public SyncOperationSpec? Sync { get; init; }

    public Initiator? InitiatedBy { get; init; }

    public ImmutableArray<InfoItem> Info { get; init => field = value.OrEmpty(); } = [];

    public RetrySpec? Retry { get; init; }
}

internal sealed record SyncOperationSpec
{
    public string? Revision { get; init; }

    public ImmutableArray<string> Revisions { get; init => field = value.OrEmpty(); } = [];

    public bool? Prune { get; init; }

    public bool? DryRun { get; init; }

    public ImmutableArray<ResourceSelector> Resources { get; init => field = value.OrEmpty(); } = [];

    public ImmutableArray<string> SyncOptions { get; init => field = value.OrEmpty(); } = [];

    public SyncStrategySpec? SyncStrategy { get; init; }
}

internal sealed record ResourceSelector
{
    public string? Group { get; init; }

    public string? Kind { get; init; }

    public string? Namespace { get; init; }

    public string? Name { get; init; }
}

internal sealed record SyncStrategySpec
{
    public StrategySpec? Apply { get; init; }

    public StrategySpec? Hook { get; init; }
}

internal sealed record StrategySpec
{
    public bool? Force { get; init; }
}
