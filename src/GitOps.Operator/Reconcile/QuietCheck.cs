using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Git;

namespace GitOps.Operator.Reconcile;

/// <summary>What a pass was made of.</summary>
internal sealed record QuietStamp(ApplicationResource Application, string Revision, long ObjectsVersion);

/// <summary>
/// Many passes have nothing to do: a commit that touched others, a watch that listed again. One that would be made of just
/// what the last one was, and that one had nothing to do, is over before it begins.
/// </summary>
internal sealed class QuietCheck
{
    private readonly IGitRepositories _repositories;
    private readonly ManagedObjects _objects;

    public QuietCheck(IGitRepositories repositories, ManagedObjects objects)
    {
        _repositories = repositories;
        _objects = objects;
    }

    public bool Holds(ReconcileContext context)
    {
        var runtime = context.Runtime;
        return runtime.Quiet is { } stamp
            && ReferenceEquals(stamp.Application, context.Application)
            && stamp.ObjectsVersion == _objects.VersionOf(context.Key)
            && !runtime.InventoryIsDisturbed
            && runtime.HelmChanged.IsEmpty
            && !(runtime.HealthDue <= context.Now)
            && runtime.Validation?.Spec is { } spec
            && Revision(spec) == stamp.Revision;
    }

    /// <summary>Remembers a pass that had nothing to do, and forgets the former one after any other.</summary>
    public static void Note(ReconcileContext context, StepResult result)
    {
        var runtime = context.Runtime;
        var isQuiet = result.Verdict == StepVerdict.Continue && context is
        {
            Syncing: false, Heals.Count: 0, Healed.Count: 0, Weeded.Count: 0, Applied.Length: 0, SourceProblem: null, SourceWarning: null, SyncBlocked: null,
            PruneBlocked: null, HealBlocked: null, NextLook: null, Unwatched.Count: 0, Shared.Count: 0, Revision: not null, Rollback: null,
        };
        runtime.Quiet = isQuiet && runtime is { Attempt: null, Drift.Count: 0, WaitingForKindSince: null }
            ? new(context.Application, context.Revision!, context.ObjectsVersion)
            : null;
    }

    private string? Revision(ValidatedSpec spec) =>
        _repositories.StateOf(spec.Repository).Failure is null ? _repositories.Known(spec.Repository, spec.Revision) : null;
}
