namespace GitOps.Operator.Model;

internal enum PruneDecision
{
    Delete,

    /// <summary>Protected: it stays, and stays in the inventory.</summary>
    Keep,

    /// <summary>Not ours (any more): it stays, and leaves the inventory.</summary>
    Release,

    /// <summary>It stays, without anything of what we had applied to it, and leaves the inventory.</summary>
    LetGo,

    /// <summary>It goes when a person has approved it.</summary>
    Confirm,
}

/// <param name="Decision">What to do with it.</param>
/// <param name="Reason">Why it stays; null if it goes.</param>
internal readonly record struct PruneVerdict(PruneDecision Decision, string? Reason = null)
{
    public static PruneVerdict Delete => new(PruneDecision.Delete);
}
