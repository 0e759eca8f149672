using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Deleting;

/// <summary>
/// How far the deletion of an Application is, from pass to pass. None of it has to survive: the finalizers say which hooks have
/// still to run, <c>status.operationState</c> which of them have ended, and the cluster what is left.
/// </summary>
internal sealed class DeletionState
{
    /// <summary>What was applied last, for its hooks.</summary>
    public Rendering? Applied { get; set; }

    public Patience<Rendering?> Rendering { get; } = new();

    /// <summary>Phases whose hooks have run, or need not.</summary>
    public HashSet<SyncPhase> Done { get; } = [];

    /// <summary>Nothing asked for confirmation when all objects were looked at.</summary>
    public bool IsSurveyed { get; set; }

    /// <summary>How often hooks of the phase under way have failed.</summary>
    public int Failures { get; set; }

    /// <summary>What has failed, while it is not yet time to run it again.</summary>
    public (DateTimeOffset At, string Message)? Retry { get; set; }

    /// <summary>Objects that are gone.</summary>
    public int Deleted { get; set; }

    /// <summary>Objects that have turned out to be somebody else's, a sentence each.</summary>
    public SortedSet<string> Released { get; } = new(StringComparer.Ordinal);
}
