using System.Diagnostics;
using System.Globalization;
using GitOps.Operator.Model;

namespace GitOps.Operator.Observability;

/// <summary>What has put an Application in line.</summary>
/// <param name="Context">The span that did; default: it is not traced.</param>
/// <param name="Name">One of <see cref="Triggers"/>, else of the unit.</param>
internal sealed record TraceCause(ActivityContext Context, string Name);

/// <summary>
/// The spans of the operator: a webhook or a poll that finds a new commit, the reconciles that follow from it, and what is done in
/// them. All of that is one trace. While nobody listens nothing is made, and each call costs a comparison.
/// </summary>
internal static class OperatorTracing
{
    public const string SourceName = "gitops-operator";
    public const string Application = "gitops.application";
    public const string Namespace = "gitops.namespace";
    public const string Commit = "gitops.commit";
    public const string Repository = "gitops.repository";
    public const string Trigger = "gitops.trigger";
    public const string Result = "gitops.result";
    public const string Wave = "gitops.wave";
    public const string Phase = "gitops.phase";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Whether anybody listens.</summary>
    public static bool IsOn => Source.HasListeners();

    /// <summary>Begins a unit: spans that are kept or dropped together. To be called in an async method, which ends with it.</summary>
    /// <param name="name">webhook, poll or reconcile.</param>
    /// <param name="kind">Server where it was called from outside.</param>
    /// <param name="parent">The span it follows from; default: none.</param>
    /// <returns>Null: nobody listens.</returns>
    public static Activity? BeginUnit(string name, ActivityKind kind = ActivityKind.Internal, ActivityContext parent = default)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        // A loop that was begun in a pass still has that pass's span.
        Activity.Current = null;
        var unit = Source.StartActivity(name, kind, parent);
        unit?.SetCustomProperty(TraceUnit.Key, new TraceUnit());
        return unit;
    }

    /// <summary>Begins a unit where no other is under way.</summary>
    public static Activity? BeginUnitUnlessWithin(string name) =>
        Activity.Current is { IsStopped: false } current && IsOurs(current) ? null : BeginUnit(name);

    /// <summary>Begins a part of what is under way; null: there is none, or nobody listens.</summary>
    public static Activity? Begin(string name) => IsOurs(Activity.Current) ? Source.StartActivity(name) : null;

    /// <summary>Does a part of what is under way, within a span if that is traced.</summary>
    public static ValueTask<T> InAsync<T>(string name, Func<ValueTask<T>> work) => IsOurs(Activity.Current) ? TracedAsync(name, work) : work();

    /// <summary>It did not end well. The word is no message: that could say more than a trace may.</summary>
    public static void Fail(this Activity span, string reason) => span.SetStatus(ActivityStatusCode.Error, reason);

    /// <summary>Something has come of the unit: it is not to be dropped.</summary>
    public static void Keep(this Activity unit)
    {
        if (unit.GetCustomProperty(TraceUnit.Key) is TraceUnit known)
        {
            known.IsKept = true;
        }
    }

    /// <summary>What is under way and has an effect; null: nothing that is traced.</summary>
    public static TraceCause? Cause()
    {
        if (Activity.Current is not { IsStopped: false } current || !IsOurs(current) || TraceUnit.Of(current) is not { } unit)
        {
            return null;
        }

        unit.Keep();
        return new(current.Context, Triggers.Current ?? unit.OperationName);
    }

    /// <summary>A git operation that has just ended.</summary>
    public static void GitRan(string operation, string repository, string result, TimeSpan took)
    {
        if (!IsOurs(Activity.Current))
        {
            return;
        }

        using var span = Source.StartActivity($"git {operation}", ActivityKind.Client, default(ActivityContext), startTime: TimeProvider.System.GetUtcNow() - took);
        span?.SetTag(Repository, repository).SetTag(Result, result);
        if (result is not ("ok" or "changed" or "unknown"))
        {
            span?.Fail(result);
        }
    }

    /// <summary>Of a wave of a sync.</summary>
    public static Activity? BeginWave(SyncPhase phase, int wave) =>
        Begin("wave")?.SetTag(Phase, phase.ToString()).SetTag(Wave, wave.ToString(CultureInfo.InvariantCulture));

    private static async ValueTask<T> TracedAsync<T>(string name, Func<ValueTask<T>> work)
    {
        using var span = Begin(name);
        try
        {
            return await work();
        }
        catch (Exception failure)
        {
            span?.Fail(failure.GetType().Name);
            throw;
        }
    }

    private static bool IsOurs(Activity? current) => current is not null && ReferenceEquals(current.Source, Source);
}
