using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Reconcile.Sources;

namespace GitOps.Operator.Reconcile;

/// <summary>What a pass was made of.</summary>
internal sealed record QuietStamp(ApplicationResource Application, ResolvedSources Sources, long ObjectsVersion);

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
            Syncing: false, Heals.Count: 0, Healed.Count: 0, Weeded.Count: 0, Applied.Length: 0, SourceProblem: null, SourceWarning: null, SyncBlocked: null,
            PruneBlocked: null, HealBlocked: null, NextLook: null, Unwatched.Count: 0, Shared.Count: 0, Resolved: not null, Rollback: null,
        };
        runtime.Quiet = isQuiet && runtime is { Attempt: null, Drift.Count: 0, WaitingForKindSince: null }
            ? new(context.Application, context.Resolved!, context.ObjectsVersion)
            : null;
    }

    private bool AreStill(ValidatedSpec spec, ResolvedSources resolved)
    {
        for (var i = 0; i < resolved.Items.Length; i++)
        {
            var (source, item) = (spec.Sources[i], resolved.Items[i]);
            if (_access.StateOf(source).Failure is not null)
            {
                return false;
            }

            var (revision, digest) = _access.Known(source);
            if (revision != item.Revision || digest != item.Digest)
            {
                return false;
            }
        }

        return true;
    }
}
