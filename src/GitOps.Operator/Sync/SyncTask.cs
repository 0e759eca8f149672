using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Sync;

internal enum TaskKind
{
    /// <summary>An object that stays: written, unless it is as it should be already.</summary>
    Apply,

    /// <summary>An object that runs and ends.</summary>
    Hook,

    /// <summary>An object that is not desired any more.</summary>
    Prune,
}

/// <summary>One object at one point of a sync.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Phase">The phase it is done in.</param>
/// <param name="Wave">The wave within that phase.</param>
/// <param name="Key">The object; of a hook, the one of this run.</param>
internal sealed record SyncTask(TaskKind Kind, SyncPhase Phase, int Wave, ObjectKey Key)
{
    /// <summary>Of Apply and Prune.</summary>
    public PlannedChange? Change { get; init; }

    /// <summary>Of Hook.</summary>
    public HookObject? Hook { get; init; }
}

/// <summary>What is done at the same time: one wave of one phase. Never empty.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Wave">The wave.</param>
/// <param name="Tasks">By kind order; what is pruned comes last.</param>
internal sealed record SyncBatch(SyncPhase Phase, int Wave, ImmutableArray<SyncTask> Tasks)
{
    public override string ToString() => $"wave {Wave} of {Phase}";
}

/// <summary>A whole sync, in order.</summary>
/// <param name="Batches">Phase by phase, wave by wave.</param>
/// <param name="OnFailure">The hooks of SyncFail, wave by wave.</param>
internal sealed record SyncSchedule(ImmutableArray<SyncBatch> Batches, ImmutableArray<SyncBatch> OnFailure)
{
    /// <summary>There is another step, of kinds that the server does not serve yet.</summary>
    public bool AwaitsStep { get; init; }

    /// <summary>
    /// Whether there are several steps: then each waits until its objects are healthy. A sync of one step has succeeded when
    /// everything is written.
    /// </summary>
    public bool HasSteps => AwaitsStep || Batches.Length > 1 || Batches.Any(static batch => batch.Tasks.Any(static task => task.Kind == TaskKind.Hook));
}
