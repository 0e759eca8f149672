using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Reconcile.Sources;

namespace GitOps.Operator.Reconcile;

/// <summary>What a pass was made of.</summary>
/// <param name="Application">As it was read.</param>
/// <param name="Sources">What they were at.</param>
/// <param name="ObjectsVersion">Of its objects.</param>
/// <param name="Until">When it does not count any more though nothing tells of a change; null: it always does.</param>
internal sealed record QuietStamp(ApplicationResource Application, ResolvedSources Sources, long ObjectsVersion, DateTimeOffset? Until);

/// <summary>
/// Many passes have nothing to do: a commit that touched others, a watch that listed again. One that would be made of just
/// what the last one was, and that one had nothing to do, is over before it begins.
/// </summary>
internal sealed class QuietCheck
{
    private readonly SourceAccess _access;
    private readonly ManagedObjects _objects;

    public QuietCheck(SourceAccess access, ManagedObjects objects)
    {
        _access = access;
        _objects = objects;
    }

    public bool Holds(ReconcileContext context)
    {
        var runtime = context.Runtime;
        return runtime.Quiet is { } stamp
            && ReferenceEquals(stamp.Application, context.Application)
            && stamp.ObjectsVersion == _objects.VersionOf(context.Key)
            && !(stamp.Until <= context.Now)
            && !runtime.InventoryIsDisturbed
            && runtime.HelmChanged.IsEmpty
            && !runtime.Verification.IsDisturbed(context.Now)
            && !(runtime.HealthDue <= context.Now)
            && runtime.Validation?.Spec is { } spec
            && AreStill(spec, stamp.Sources);
    }

    /// <summary>Remembers a pass that had nothing to do, and forgets the former one after any other.</summary>
    public static void Note(ReconcileContext context, StepResult result)
    {
        var runtime = context.Runtime;
        var isQuiet = result.Verdict == StepVerdict.Continue && context is
        {
            Syncing: false, Heals.Count: 0, Healed.Count: 0, Weeded.Count: 0, Applied.Length: 0, SourceProblem: null, SyncBlocked: null,
            PruneBlocked: null, HealBlocked: null, Unwatched.Count: 0, Shared.Count: 0, Resolved: not null, Rollback: null,
        };
        runtime.Quiet = isQuiet && (context.NextLook is null || context.NextLook == context.QuietUntil) && runtime is { Attempt: null, Drift.Count: 0, WaitingForKindSince: null }
            ? new(context.Application, context.Resolved!, context.ObjectsVersion, context.QuietUntil)
            : null;
    }

    private bool AreStill(ValidatedSpec spec, ResolvedSources resolved)
    {
        for (var i = 0; i < resolved.Items.Length; i++)
        {
            var source = spec.Sources[i];
            if (_access.StateOf(source).Failure is not null || _access.Known(source) is not { } known || !known.IsStill(resolved.Items[i]))
            {
                return false;
            }
        }

        return true;
    }
}
