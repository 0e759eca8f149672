namespace GitOps.Operator.Model;

/// <summary>
/// What began something, in one word: the same in the audit log, in <c>status.operationState.cause</c> and in traces. What a Git server
/// told, and what a poll found, flows with the calls to whatever follows from it.
/// </summary>
internal static class Triggers
{
    /// <summary>A Git server told of a commit, or a registry of a chart.</summary>
    public const string Webhook = "webhook";

    /// <summary>A poll found it.</summary>
    public const string Poll = "poll";

    /// <summary>It was there when the operator first looked.</summary>
    public const string Start = "start";

    /// <summary>Somebody let the operator look, by the annotation <c>refresh</c>.</summary>
    public const string Refresh = "refresh";

    /// <summary>The Application is new, or its spec is another.</summary>
    public const string Spec = "spec";

    /// <summary>The same commit and spec: something was left to do.</summary>
    public const string Unfinished = "unfinished";

    /// <summary>Somebody changed or deleted an object.</summary>
    public const string Drift = "drift";

    /// <summary>The Application is deleted.</summary>
    public const string Deletion = "deletion";

    private static readonly AsyncLocal<string?> Flow = new();

    /// <summary>What has begun what runs; null: nothing that was said.</summary>
    public static string? Current => Flow.Value;

    /// <summary>To be called in an async method, which ends with it.</summary>
    public static void Begin(string trigger) => Flow.Value = trigger;

    /// <summary>Calls it as what follows from what is under way; where nothing was said, from <paramref name="otherwise"/>.</summary>
    public static void Within(string otherwise, Action action)
    {
        var before = Flow.Value;
        Flow.Value = before ?? otherwise;
        try
        {
            action();
        }
        finally
        {
            Flow.Value = before;
        }
    }
}
