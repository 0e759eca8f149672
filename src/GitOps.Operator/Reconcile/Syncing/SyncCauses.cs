using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Syncing;

/// <summary>Finds out what began a sync: from what was asked, what the spec says now, and what told of the commit.</summary>
internal static class SyncCauses
{
    public const string Window = "window";
    public const string Dependency = "dependency";
    public const string Approval = "approval";
    public const string Retry = "retry";

    /// <summary>Once the revision to be at is known: keeps what it came by, however long it has to wait.</summary>
    public static void Notice(ReconcileContext context)
    {
        var runtime = context.Runtime;
        if (runtime.Target is { Revision: var revision } && runtime.Found?.Revision != revision)
        {
            runtime.Found = (revision, runtime.Noticed ?? new() { Name = runtime.Found is null ? Triggers.Start : Triggers.Poll });
            runtime.Noticed = null;
        }
    }

    /// <summary>Of a sync that begins in this pass.</summary>
    public static SyncCause Of(ReconcileContext context, SyncTrigger trigger)
    {
        var runtime = context.Runtime;
        var cause = trigger switch
        {
            SyncTrigger.Commit or SyncTrigger.Spec when IsOtherSpec(context) => new() { Name = Triggers.Spec, By = context.Application.SpecBy },
            SyncTrigger.Commit => runtime.Found?.Cause ?? new() { Name = Triggers.Start },
            SyncTrigger.Spec => new() { Name = Triggers.Unfinished },
            _ => new SyncCause { Name = trigger.ToString().ToLowerInvariant() },
        };
        return cause with { After = WaitedFor(runtime.Status) };
    }

    /// <summary>The gate that held it back when it was last told of; null: none did.</summary>
    private static string? WaitedFor(ApplicationStatus status) =>
        IsTrue(status, Conditions.SyncWindowClosed) ? Window
        : IsTrue(status, Conditions.ApprovalPending) ? Approval
        : IsTrue(status, Conditions.DependenciesPending) ? Dependency
        : null;

    private static bool IsOtherSpec(ReconcileContext context)
    {
        var runtime = context.Runtime;
        if (runtime.Inventory?.Header is not { Revision: not null } header || header.OptionsHash != runtime.Target!.OptionsHash)
        {
            return true;
        }

        // What held it was in the spec, and is no more; or this is the first pass with what the spec says now.
        if (IsTrue(runtime.Status, Conditions.ManualSync) || IsTrue(runtime.Status, Conditions.Suspended)
            || (header.Revision == runtime.Target.Revision && runtime.Status.ObservedGeneration < context.Application.Metadata.Generation))
        {
            return true;
        }

        return header.Sync?.Entry.AllSources is { IsDefaultOrEmpty: false } known
            && !known.Select(static source => (source.RepoUrl, source.TargetRevision)).SequenceEqual(
                context.Spec.Sources.Select(static source => ((string?)source.RepoUrl, (string?)source.Revision)));
    }

    private static bool IsTrue(ApplicationStatus status, string condition) => status.Condition(condition) is { IsTrue: true };
}
