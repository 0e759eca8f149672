namespace GitOps.Operator.Reconcile;

internal enum StepVerdict
{
    /// <summary>On to the next step.</summary>
    Continue,

    /// <summary>Nothing more to do in this pass; what comes next comes by itself (a watch, a commit).</summary>
    Done,

    /// <summary>Something has to happen first; look again after a while at the latest.</summary>
    Wait,

    /// <summary>Nothing helps but a change of the spec, the commit or the cluster.</summary>
    Stall,

    /// <summary>It failed, and may succeed later.</summary>
    Fail,
}

/// <summary>How a step ended. The runner alone makes conditions, a requeue and metrics of it.</summary>
/// <param name="Verdict">What to do next.</param>
/// <param name="Reason">A word in CamelCase for the Ready condition; null with Continue and Done.</param>
/// <param name="Message">For people.</param>
/// <param name="After">When to look again; null: the runner decides.</param>
internal sealed record StepResult(StepVerdict Verdict, string? Reason = null, string? Message = null, TimeSpan? After = null)
{
    public static readonly StepResult Continue = new(StepVerdict.Continue);
    public static readonly StepResult Done = new(StepVerdict.Done);

    /// <summary>
    /// A wait of a moment that says nothing new about an Application whose status is known: that status is left as it is.
    /// </summary>
    public bool IsQuiet { get; init; }

    public static StepResult Wait(string reason, string message, TimeSpan? after = null) => new(StepVerdict.Wait, reason, message, after);

    public static StepResult WaitQuietly(string reason, string message, TimeSpan? after = null) =>
        Wait(reason, message, after) with { IsQuiet = true };

    public static StepResult Stall(string reason, string message) => new(StepVerdict.Stall, reason, message);

    public static StepResult Fail(string reason, string message, TimeSpan? after = null) => new(StepVerdict.Fail, reason, message, after);
}

/// <summary>One step of a pass over an Application. Reads and fills the context; never touches conditions itself.</summary>
internal interface IReconcileStep
{
    /// <summary>For metrics, logs and spans.</summary>
    string Name { get; }

    Task<StepResult> RunAsync(ReconcileContext context, CancellationToken cancellationToken);
}
