using System.Collections.Immutable;

namespace GitOps.Operator.Api;

/// <summary>The maths of metav1 conditions.</summary>
internal static class Conditions
{
    public const string Ready = "Ready";
    public const string Reconciling = "Reconciling";
    public const string Stalled = "Stalled";
    public const string Drifted = "Drifted";
    public const string ForeignFields = "ForeignFields";
    public const string SpecValid = "SpecValid";
    public const string HealBlocked = "HealBlocked";
    public const string PruneBlocked = "PruneBlocked";
    public const string DeletionBlocked = "DeletionBlocked";
    public const string Contested = "Contested";
    public const string Suspended = "Suspended";
    public const string ManualSync = "ManualSync";
    public const string SyncFailed = "SyncFailed";
    public const string SyncWindowClosed = "SyncWindowClosed";
    public const string DependenciesPending = "DependenciesPending";
    public const string ApprovalPending = "ApprovalPending";
    public const string SharedResource = "SharedResource";
    public const string ForeignManager = "ForeignManager";
    public const string RolledBack = "RolledBack";
    public const string SourceVerified = "SourceVerified";
    public const string HealthOverdue = "HealthOverdue";

    /// <summary>Also where that is only told.</summary>
    public const string SecretsInGit = "SecretsInGit";

    /// <summary>Those of the gates: True while the gate is shut, absent while it is open.</summary>
    public static readonly ImmutableArray<string> OfGates =
        [Suspended, SecretsInGit, ManualSync, SyncFailed, SyncWindowClosed, DependenciesPending, ApprovalPending, PruneBlocked];

    /// <summary>
    /// Sets one condition, sorted by type. <c>lastTransitionTime</c> (whole seconds) moves only when the status does, and no
    /// other time is in it, so that the same facts give the same text.
    /// </summary>
    /// <param name="conditions">What there was.</param>
    /// <param name="type">For example <see cref="Ready"/>.</param>
    /// <param name="status">Null: <c>Unknown</c>.</param>
    /// <param name="reason">A word in CamelCase.</param>
    /// <param name="message">For people.</param>
    /// <param name="observedGeneration">Of the spec it is about.</param>
    /// <param name="now">The time of a transition.</param>
    public static ImmutableArray<Condition> Set(
        this ImmutableArray<Condition> conditions, string type, bool? status, string reason, string message, long observedGeneration,
        DateTimeOffset now)
    {
        var text = status switch { true => "True", false => "False", null => "Unknown" };
        var before = conditions.FirstOrDefault(item => item.Type == type);
        var condition = new Condition
        {
            Type = type,
            Status = text,
            Reason = reason,
            Message = message,
            ObservedGeneration = observedGeneration,
            LastTransitionTime = before?.Status == text
                ? before.LastTransitionTime
                : now.ToUniversalTime().AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond)),
        };
        return [.. conditions.Where(item => item.Type != type).Append(condition).OrderBy(static item => item.Type, StringComparer.Ordinal)];
    }

    /// <summary>Removes a condition: kstatus wants the abnormal ones absent when they do not apply.</summary>
    public static ImmutableArray<Condition> Clear(this ImmutableArray<Condition> conditions, string type) =>
        conditions.RemoveAll(item => item.Type == type);
}
