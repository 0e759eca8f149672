using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Model;

internal enum ApplyOutcome
{
    /// <summary>It was not there.</summary>
    Created,

    /// <summary>It was there, and is now (or was already) as desired.</summary>
    Configured,

    /// <summary>It is being deleted: it is created again when it is gone.</summary>
    Terminating,

    /// <summary>Its kind is not served yet, and something in this set defines it.</summary>
    WaitingForKind,

    /// <summary>The server refused, for a reason that only a change of the manifest, the rights or the cluster mends.</summary>
    Rejected,

    /// <summary>No answer, or one that says "later".</summary>
    Unavailable,
}

/// <summary>What became of one object.</summary>
/// <param name="Key">Which object.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Fingerprint">For Created, Configured and Terminating.</param>
/// <param name="Message">For the others: one line for people. Never an object's content.</param>
/// <param name="RetryAfter">When the server said how long to wait.</param>
/// <param name="Answer">The server's answer; dropped once it has been looked at.</param>
/// <param name="IsPermanent">The same request can never succeed: only another manifest helps.</param>
/// <param name="Remade">What was there has been deleted, to be made anew.</param>
internal sealed record ApplyResult(
    ObjectKey Key,
    ApplyOutcome Outcome,
    Fingerprint? Fingerprint = null,
    string? Message = null,
    TimeSpan? RetryAfter = null,
    KubernetesObject? Answer = null,
    bool IsPermanent = false,
    bool Remade = false)
{
    /// <summary>On first contact with an object of which others own what was changed: as it was. Dropped with the answer.</summary>
    public KubernetesObject? Before { get; init; }

    /// <summary>It was there before, and is this Application's now; null: neither.</summary>
    public Adoption? Adoption { get; init; }

    /// <summary>Why former tools keep shares in what was applied; null: none was to lose any, or all have.</summary>
    public string? TakeOverProblem { get; init; }

    public bool IsFailure => Outcome is ApplyOutcome.Rejected or ApplyOutcome.Unavailable;
}

internal enum PruneOutcome
{
    Gone,

    /// <summary>Deletion has begun; finalizers or dependents hold it.</summary>
    Pending,

    /// <summary>It is protected, or no longer ours: it stays in the cluster and leaves the inventory.</summary>
    Released,

    /// <summary>It is protected: it stays in the cluster and in the inventory.</summary>
    Kept,

    /// <summary>It is deleted when a person has approved it.</summary>
    AwaitsApproval,

    Failed,
}

/// <summary>What became of one object that is not desired any more.</summary>
internal sealed record PruneResult(ObjectKey Key, PruneOutcome Outcome, string? Message = null, TimeSpan? RetryAfter = null)
{
    /// <summary>Of Failed: no answer, or one that says "later".</summary>
    public bool IsUnavailable { get; init; }
}
