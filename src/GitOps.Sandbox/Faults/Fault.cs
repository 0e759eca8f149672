using System.Net;

namespace GitOps.Sandbox.Faults;

/// <summary>
/// What goes wrong with the requests that match. Several effects of one fault happen together, in the order in which they are
/// listed here.
/// </summary>
public sealed record Fault
{
    /// <summary>Which requests it may meet.</summary>
    public FaultTarget Target { get; init; } = FaultTarget.Any;

    /// <summary>A further condition; null: none.</summary>
    public Func<RequestRecord, bool>? Matches { get; init; }

    /// <summary>How many matching requests pass unharmed first.</summary>
    public int Skip { get; init; }

    /// <summary>How many requests it meets; null: all, until it is removed.</summary>
    public int? Times { get; init; }

    /// <summary>With which probability it meets a matching request.</summary>
    public double Probability { get; init; } = 1;

    /// <summary>Of the dice that are thrown for <see cref="Probability"/>: the same seed meets the same requests.</summary>
    public int Seed { get; init; }

    /// <summary>Called with each request that is met, before anything else; the request goes on when the task ends.</summary>
    public Func<RequestRecord, Task>? OnMet { get; init; }

    /// <summary>Waited before anything else, on the server's clock.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>The connection is to take no further requests: HTTP/2 says GOAWAY, HTTP/1.1 closes it after the answer.</summary>
    public bool GoAway { get; init; }

    /// <summary>The request is cut before it takes effect.</summary>
    public bool AbortBefore { get; init; }

    /// <summary>What is answered in place of everything, by something in between that is no API server.</summary>
    public ForeignAnswer? Foreign { get; init; }

    /// <summary>Lists and watches are answered as if they asked for a resourceVersion that is still to come.</summary>
    public bool TooLargeVersion { get; init; }

    /// <summary>Pages after the first are answered with 410 and a token to go on with in spite of it.</summary>
    public bool ExpireContinue { get; init; }

    /// <summary>Answered in place of everything: 429, 500, 503, 410, …</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>Sent with <see cref="Status"/>.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Dry runs are answered with 400, as by a webhook with side effects.</summary>
    public bool RefuseDryRun { get; init; }

    /// <summary>Groups in aggregated discovery are marked Stale; a group's own documents are answered with 503.</summary>
    public bool StaleDiscovery { get; init; }

    /// <summary>The request is cut after it took effect, in place of the answer.</summary>
    public bool AbortAfter { get; init; }

    /// <summary>What happens to the body of the answer; a watch's stream has <see cref="Watch"/>.</summary>
    public BodyFault Body { get; init; }

    /// <summary>Between two pieces of a slow body, on the server's clock.</summary>
    public TimeSpan BodyPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A cut takes the whole connection with it, and every other request and watch on it.</summary>
    public bool WholeConnection { get; init; }

    /// <summary>Applies to watches that are opened, and to those that are open already.</summary>
    public WatchFault Watch { get; init; }

    /// <summary>TLS is refused to new connections. Nothing is known of a request then: only the count and the dice apply.</summary>
    public bool RefuseHandshake { get; init; }

    internal bool IsForRequests => Watch == WatchFault.None && !RefuseHandshake;
}

/// <summary>Requests by what they are for; null: any.</summary>
/// <param name="Verb">get, list, watch, create, update, patch, apply, delete, deletecollection.</param>
/// <param name="Group">Empty: the core group.</param>
/// <param name="Resource">Plural.</param>
/// <param name="Namespace">Empty: cluster-scoped, or all namespaces.</param>
/// <param name="Name">Empty: a collection.</param>
/// <param name="User">The one who acts: whoever is impersonated, else whose token it is.</param>
/// <param name="Subresource">Empty: the object itself.</param>
public sealed record FaultTarget(
    string? Verb = null, string? Group = null, string? Resource = null, string? Namespace = null, string? Name = null, string? User = null,
    string? Subresource = null)
{
    public static FaultTarget Any { get; } = new();

    internal bool Includes(RequestRecord request) =>
        Is(Verb, request.Verb) && Is(Group, request.Group) && Is(Resource, request.Resource) && Is(Namespace, request.Namespace)
        && Is(Name, request.Name) && Is(Subresource, request.Subresource)
        && Is(User, request.ImpersonatedUser.Length > 0 ? request.ImpersonatedUser : request.User);

    private static bool Is(string? wanted, string actual) => wanted is null || wanted == actual;
}

/// <summary>An answer that is no Status.</summary>
/// <param name="Status">Its code; 200 is possible.</param>
/// <param name="ContentType"><c>text/html</c>, <c>text/plain</c>, …</param>
/// <param name="Text">Its body.</param>
public sealed record ForeignAnswer(HttpStatusCode Status, string ContentType, string Text)
{
    /// <summary>A gateway's page.</summary>
    public static ForeignAnswer Html(HttpStatusCode status) =>
        new(status, "text/html", $"<html><head><title>{(int)status}</title></head><body><h1>{status}</h1><hr>gateway</body></html>");

    public static ForeignAnswer Plain(HttpStatusCode status, string text) => new(status, "text/plain; charset=utf-8", text);
}

/// <summary>What happens to an answer's body.</summary>
public enum BodyFault
{
    None,

    /// <summary>It comes in four pieces with <see cref="Fault.BodyPause"/> between them.</summary>
    Slow,

    /// <summary>Half of it comes, then the request is cut.</summary>
    CutOff,

    /// <summary>Half of it comes, and the answer ends as if that were all.</summary>
    Truncated,
}

/// <summary>What goes wrong within a watch's stream.</summary>
public enum WatchFault
{
    None,

    /// <summary>The stream ends as if its time were up.</summary>
    Drop,

    /// <summary>The stream is reset.</summary>
    Abort,

    /// <summary>The stream stays open and nothing comes any more, not even after the fault is removed.</summary>
    Silence,

    /// <summary>Nothing comes as long as the fault holds; then everything does.</summary>
    Stall,

    /// <summary>The next event, initial ones included, breaks off in the middle of its line, and the stream is reset.</summary>
    HalfLine,

    /// <summary>An ERROR event with a 410 Status comes and the stream ends.</summary>
    Expire,

    /// <summary>No bookmarks come, but for the one that ends the initial events.</summary>
    NoBookmarks,

    /// <summary>Bookmarks, the one that ends the initial events included, come no earlier than the fault is removed.</summary>
    SlowBookmarks,
}
