using System.Globalization;
using GitOps.Operator.Api;
using GitOps.Operator.Model.Schedules;

namespace GitOps.Operator.Reconcile.Gates;

/// <summary>
/// <c>spec.syncWindows</c>. Holds heals too, as Argo CD does; and a sync that is under way, at each of its steps, unless the
/// window lets it overrun.
/// </summary>
internal sealed class WindowGate : IGate
{
    public const string Denied = "DenyWindowOpen";
    public const string NotAllowed = "NoAllowWindowOpen";

    public GateHold? Check(ReconcileContext context)
    {
        if (context.Spec.SyncWindows.IsEmpty)
        {
            context.Runtime.Windows = null;
            return null;
        }

        var verdict = Verdict(context);
        context.LookAgain(verdict.LookAgain);
        if (verdict.Allows)
        {
            return null;
        }

        var first = verdict.Forbidding[0];
        var names = string.Join(", ", verdict.Forbidding.Select(static window => window.Name));
        var until = verdict.ChangesAt is { } change
            ? string.Create(CultureInfo.InvariantCulture, $"until {change.UtcDateTime:yyyy-MM-dd HH:mm} UTC")
            : "(no end is in sight)";
        var manual = verdict.Forbidding.All(static window => window.ManualSync) ? "a sync that a person asks for may run now" : null;
        return (first.Kind == WindowKind.Deny
            ? new GateHold(Conditions.SyncWindowClosed, Denied, $"no sync {until}: deny window {names} is open")
            : new GateHold(Conditions.SyncWindowClosed, NotAllowed, $"no sync {until}: allow window {names} is not open"))
            with
        { Opens = manual, NextLook = verdict.LookAgain, HoldsHeals = true };
    }

    private static WindowVerdict Verdict(ReconcileContext context)
    {
        var runtime = context.Runtime;
        var started = runtime.Operation is { } operation && runtime.Target is { } target && operation.IsOf(target) ? operation.StartedAt : (DateTimeOffset?)null;
        if (runtime.Windows is not { } known || known.IsManual != context.IsManual || known.StartedAt != started
            || !known.Windows.Equals(context.Spec.SyncWindows) || context.Now < known.From || context.Now >= known.Verdict.LookAgain)
        {
            known = new(context.Spec.SyncWindows, context.IsManual, started, context.Now,
                SyncWindows.Judge(context.Spec.SyncWindows, context.Now, context.IsManual, started));
            runtime.Windows = known;
        }

        return known.Verdict;
    }
}

/// <summary>What was found of an Application's windows, until it is to be looked at again.</summary>
internal sealed record KnownWindows(
    System.Collections.Immutable.ImmutableArray<SyncWindow> Windows, bool IsManual, DateTimeOffset? StartedAt, DateTimeOffset From, WindowVerdict Verdict);
