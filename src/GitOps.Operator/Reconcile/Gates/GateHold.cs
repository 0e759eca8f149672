using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Gates;

/// <summary>A gate that is shut.</summary>
/// <param name="Condition">The type of the Application's condition that is True while it is.</param>
/// <param name="Reason">A word in CamelCase.</param>
/// <param name="Message">What is held back, and why, for people. The same facts give the same text.</param>
internal sealed record GateHold(string Condition, string Reason, string Message)
{
    /// <summary>What would open it; null where the message says so, or nothing has to be done.</summary>
    public string? Opens { get; init; }

    /// <summary>When it may be otherwise without anything that a watch would tell; null: a watch tells.</summary>
    public DateTimeOffset? NextLook { get; init; }

    /// <summary>The spec names what is not so: <see cref="Conditions.SpecValid"/> says it too.</summary>
    public bool IsSpecError { get; init; }

    /// <summary>It holds back heals as well as syncs.</summary>
    public bool HoldsHeals { get; init; }

    public string Text => Opens is null ? Message : $"{Message}; {Opens}";
}

/// <summary>One reason why a sync, or its deletions, may have to wait. Looks at what is known; asks and writes nothing.</summary>
internal interface IGate
{
    /// <summary>Null: it is open.</summary>
    GateHold? Check(ReconcileContext context);
}
