using System.Net;

namespace GitOps.Sandbox.Faults;

/// <summary>What goes wrong with the requests that match. Several effects of one fault happen together.</summary>
public sealed record Fault
{
    /// <summary>Null: every request.</summary>
    public Func<RequestRecord, bool>? Matches { get; init; }

    /// <summary>How many requests it meets; null: all, until it is removed.</summary>
    public int? Times { get; init; }

    /// <summary>Waited before anything else, on the server's clock.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>Answered in place of everything: 429, 500, 503, 410, …</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>Sent with <see cref="Status"/>.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The connection is cut before the request takes effect.</summary>
    public bool AbortBefore { get; init; }

    /// <summary>The connection is cut after the request took effect, in place of the answer.</summary>
    public bool AbortAfter { get; init; }

    /// <summary>Dry runs are answered with 400, as by a webhook with side effects.</summary>
    public bool RefuseDryRun { get; init; }

    /// <summary>Groups in aggregated discovery are marked Stale; a group's own documents are answered with 503.</summary>
    public bool StaleDiscovery { get; init; }

    /// <summary>Applies to watches that are opened, and to those that are open already.</summary>
    public WatchFault Watch { get; init; }
}

/// <summary>What goes wrong within a watch's stream.</summary>
public enum WatchFault
{
    None,

    /// <summary>The stream ends as if its time were up.</summary>
    Drop,

    /// <summary>The connection is reset.</summary>
    Abort,

    /// <summary>The stream stays open and nothing comes any more, not even after the fault is removed.</summary>
    Silence,

    /// <summary>The next event breaks off in the middle of its line, and the connection is reset.</summary>
    HalfLine,

    /// <summary>An ERROR event with a 410 Status comes and the stream ends.</summary>
    Expire,

    /// <summary>No bookmarks come.</summary>
    NoBookmarks,
}
