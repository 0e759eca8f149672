namespace GitOps.Operator.Observability;

/// <summary>
/// Which folder logs with which event ids, so that an id in a log leads to its source. An id is never used for another event:
/// alerts may rest on it. A test holds every logging method to its folder's range and to an id of its own.
/// </summary>
internal static class LogEvents
{
    /// <summary>How many ids a range has.</summary>
    public const int RangeSize = 1000;

    /// <summary>Repositories and mirrors.</summary>
    public const int Git = 1000;

    /// <summary>From a commit's files to objects.</summary>
    public const int Render = 2000;

    /// <summary>The pipeline, its steps and what they decide; also Diff, Health and Status.</summary>
    public const int Reconcile = 3000;

    /// <summary>Writes to managed objects: apply, prune, heal.</summary>
    public const int Apply = 4000;

    /// <summary>The Kubernetes API as such: connections, discovery, refusals.</summary>
    public const int Kubernetes = 5000;

    /// <summary>Watches, keys, queue, workers.</summary>
    public const int Controllers = 6000;

    /// <summary>Calls of Git servers.</summary>
    public const int Webhooks = 7000;

    /// <summary>Every change that was made to the cluster.</summary>
    public const int Audit = 8000;

    /// <summary>Start, stop, options, endpoints, commands.</summary>
    public const int Host = 9000;

    /// <summary>Which replica leads.</summary>
    public const int Leading = 10_000;

    /// <summary>The first ids of the ranges that each folder of the program may use.</summary>
    public static IReadOnlyDictionary<string, int[]> ByFolder { get; } = new Dictionary<string, int[]>(StringComparer.Ordinal)
    {
        ["Git"] = [Git],
        ["Charts"] = [Git],
        ["Credentials"] = [Git],
        ["Render"] = [Render],
        ["Reconcile"] = [Reconcile],
        ["Diff"] = [Reconcile],
        ["Health"] = [Reconcile],
        ["Status"] = [Reconcile],
        ["Apply"] = [Apply],
        ["Controllers"] = [Controllers],
        ["Webhooks"] = [Webhooks],
        ["Auditing"] = [Audit],
        ["Leading"] = [Leading],
        ["Observability"] = [Kubernetes, Host],
        ["Options"] = [Host],
        ["Commands"] = [Host],
    };
}
