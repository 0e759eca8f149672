using System.Diagnostics;
using GitOps.Operator.Observability;

namespace GitOps.Operator.Reconcile;

/// <summary>
/// The span of a pass. It follows from what has begun it, a webhook or a poll that found a commit; the passes that wait for what a
/// former one has begun go on with its trace. A pass that had nothing to do leaves none.
/// </summary>
internal static class PassTrace
{
    /// <summary>A wait for people is another matter.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <returns>Null: nobody listens.</returns>
    public static Activity? Begin(ReconcileContext context)
    {
        var before = context.Runtime.Trace is { } known && context.Now - known.Since < Longest ? known.Context : default;
        var unit = OperatorTracing.BeginUnit("reconcile", parent: context.Cause is { Context: var begun } && begun != default ? begun : before);
        if (unit is null)
        {
            return null;
        }

        if (context.Cause is not null && before != default)
        {
            unit.AddLink(new(before));
        }

        return unit.SetTag(OperatorTracing.Namespace, context.Key.Namespace).SetTag(OperatorTracing.Application, context.Key.Name)
            .SetTag(OperatorTracing.Trigger, context.Cause?.Name ?? (before == default ? "watch" : "continued"));
    }

    public static void End(Activity? unit, ReconcileContext context, StepResult result, bool isReported, DateTimeOffset now)
    {
        var runtime = context.Runtime;
        if (unit is null)
        {
            return;
        }

        if (runtime.Quiet is not null && isReported)
        {
            // Nothing to do: what is measured after this names no trace that nobody can find.
            Activity.Current = null;
            runtime.Trace = null;
            return;
        }

        unit.Keep();
        if (context.SyncCause is { } cause)
        {
            unit.SetTag(OperatorTracing.Trigger, cause.Name);
        }

        unit.SetTag(OperatorTracing.Result, result.Reason ?? result.Verdict.ToString());
        if ((context.Revision ?? runtime.CheckedRevision) is { } commit)
        {
            unit.SetTag(OperatorTracing.Commit, commit);
        }

        if (runtime.Validation?.Spec is { } spec)
        {
            unit.SetTag(OperatorTracing.Repository, ApplicationReading.Public(spec.RepoUrl));
        }

        if (result.Verdict is StepVerdict.Fail or StepVerdict.Stall)
        {
            unit.Fail(result.Reason ?? result.Verdict.ToString());
        }

        var goesOn = result.Verdict is StepVerdict.Wait || runtime.Operation is not null || runtime.CommitToBeHealthy is not null;
        runtime.Trace = !goesOn ? null : runtime.Trace is { } known && known.Context.TraceId == unit.TraceId ? known : (unit.Context, now);
    }
}
