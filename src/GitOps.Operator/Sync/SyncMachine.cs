using System.Collections.Immutable;

namespace GitOps.Operator.Sync;

internal enum TaskProgress
{
    /// <summary>Has to be done.</summary>
    Waiting,

    /// <summary>Is done, and has not become what it has to be.</summary>
    Running,

    Succeeded,

    Failed,
}

/// <param name="Progress">How the task stands.</param>
/// <param name="Message">For people; null where there is nothing to say.</param>
/// <param name="AwaitsApproval">It goes on when a person says so, however long that takes.</param>
internal readonly record struct TaskState(TaskProgress Progress, string? Message = null, bool AwaitsApproval = false);

/// <summary>What a sync has to do next.</summary>
internal abstract record SyncDecision
{
    private SyncDecision()
    {
    }

    /// <summary>These tasks, at the same time.</summary>
    internal sealed record Run(SyncBatch Batch, ImmutableArray<SyncTask> Tasks) : SyncDecision;

    /// <summary>Nothing, until one of these moves.</summary>
    internal sealed record Wait(SyncBatch Batch, ImmutableArray<(SyncTask Task, TaskState State)> On) : SyncDecision;

    /// <summary>Nothing more: these have failed, and everything of their wave has ended.</summary>
    internal sealed record Fail(SyncBatch Batch, ImmutableArray<(SyncTask Task, TaskState State)> Failures) : SyncDecision;

    /// <summary>Nothing: everything is done.</summary>
    internal sealed record Complete : SyncDecision;
}

/// <summary>
/// From how each task stands to what comes next. There is no other state: a pass that was cut off anywhere comes to the same
/// answer again. Pure.
/// </summary>
internal static class SyncMachine
{
    /// <param name="batches">In order.</param>
    /// <param name="stateOf">How a task stands now; asked only about the wave under way and those before it.</param>
    public static async Task<SyncDecision> NextAsync(ImmutableArray<SyncBatch> batches, Func<SyncTask, ValueTask<TaskState>> stateOf)
    {
        foreach (var batch in batches)
        {
            var states = new List<(SyncTask Task, TaskState State)>(batch.Tasks.Length);
            foreach (var task in batch.Tasks)
            {
                states.Add((task, await stateOf(task)));
            }

            if (Next(batch, [.. states]) is { } decision)
            {
                return decision;
            }
        }

        return new SyncDecision.Complete();
    }

    private static SyncDecision? Next(SyncBatch batch, ImmutableArray<(SyncTask Task, TaskState State)> states)
    {
        var failed = states.Where(static item => item.State.Progress == TaskProgress.Failed).ToImmutableArray();

        // One that fails does not stop the others of its wave; nothing is deleted on the way to a failure.
        var waiting = states.Where(static item => item.State.Progress == TaskProgress.Waiting && item.Task.Kind != TaskKind.Prune).ToImmutableArray();
        if (waiting.Length > 0)
        {
            return new SyncDecision.Run(batch, [.. waiting.Select(static item => item.Task)]);
        }

        var running = states.Where(static item => item.State.Progress == TaskProgress.Running).ToImmutableArray();
        if (failed.Length > 0)
        {
            // What runs is let come to its end; whether an object of a failed wave becomes healthy does not matter any more.
            var hooks = running.Where(static item => item.Task.Kind == TaskKind.Hook).ToImmutableArray();
            return hooks.Length > 0 ? new SyncDecision.Wait(batch, hooks) : new SyncDecision.Fail(batch, failed);
        }

        // What is still going may need what goes after it.
        if (running.Length > 0)
        {
            return new SyncDecision.Wait(batch, running);
        }

        // What comes instead is there and works: what is not desired any more may go.
        var prunes = states.Where(static item => item.State.Progress == TaskProgress.Waiting).ToImmutableArray();
        return prunes.Length > 0 ? new SyncDecision.Run(batch, [.. prunes.Select(static item => item.Task)]) : null;
    }
}
