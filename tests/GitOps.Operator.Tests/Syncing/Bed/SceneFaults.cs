using System.Net;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;

namespace GitOps.Operator.Tests.Syncing.Bed;

/// <summary>What goes wrong on purpose: refusals, answers that are lost, and the end of the operator before or after a request.</summary>
internal sealed class SceneFaults
{
    private readonly List<Fault> _faults = [];

    /// <summary>Ends with the operator; null: no pass is under way.</summary>
    public CancellationTokenSource? Life { get; set; }

    /// <param name="verb">Of the request; a star: any. A dry run is <c>ask-apply</c> or <c>ask-create</c>.</param>
    /// <param name="target">Kind and name; a star for any.</param>
    /// <param name="times">How often.</param>
    /// <param name="happens">What it is answered with; null: the operator dies.</param>
    /// <param name="isAfter">It has been carried out.</param>
    public void Add(string verb, string target, int times, Func<MemoryCall, Exception>? happens, bool isAfter) =>
        _faults.Add(new(verb, target, happens, isAfter) { Left = times });

    public void Clear() => _faults.Clear();

    public void Before(MemoryCall call) => Meet(call, isAfter: false);

    public void After(MemoryCall call) => Meet(call, isAfter: true);

    /// <summary>An answer by its code.</summary>
    public static Exception Refusal(string code, string message, MemoryCall call)
    {
        var details = new JsonObject { ["name"] = call.Key.Name, ["kind"] = call.Key.Kind };
        switch (code)
        {
            case "unreachable":
                return new ApiConnectionException("connection refused", null);
            case "immutable":
                details["causes"] = new JsonArray(new JsonObject { ["reason"] = "FieldValueInvalid", ["message"] = "field is immutable", ["field"] = "spec" });
                return new ApiException(HttpStatusCode.UnprocessableEntity, "Invalid", message, details);
            case "404-kind":
                return MemoryCluster.NoSuchKind();
            case "exists":
                return new ApiException(HttpStatusCode.Conflict, "AlreadyExists", message);
            default:
                var (number, wait) = code.Split('+') is [var status, var seconds] ? (status, seconds) : (code, null);
                var known = (HttpStatusCode)int.Parse(number, System.Globalization.CultureInfo.InvariantCulture);
                return new ApiException(
                    known, known == HttpStatusCode.Conflict ? "Conflict" : known.ToString(), message, details,
                    wait is null ? null : TimeSpan.FromSeconds(int.Parse(wait, System.Globalization.CultureInfo.InvariantCulture)));
        }
    }

    private void Meet(MemoryCall call, bool isAfter)
    {
        if (Life is { IsCancellationRequested: true } dead)
        {
            throw new OperationCanceledException(dead.Token);
        }

        var fault = _faults.Find(item => item.IsAfter == isAfter && item.Left > 0 && item.Matches(call));
        if (fault is null)
        {
            return;
        }

        fault.Left--;
        if (fault.Happens is { } happens)
        {
            throw happens(call);
        }

        if (Life is { } life)
        {
            life.Cancel();
            throw new OperationCanceledException(life.Token);
        }
    }

    private sealed record Fault(string Verb, string Target, Func<MemoryCall, Exception>? Happens, bool IsAfter)
    {
        public int Left { get; set; }

        public bool Matches(MemoryCall call)
        {
            var verb = call.IsDryRun ? "ask-" + call.Verb : call.Subresource is null ? call.Verb : call.Subresource;
            return (Verb == "*" || Verb == verb) && (Target == "*" || Target == Transcript.NameOf(call.Key) || Target == call.Key.Kind + "/*");
        }
    }
}
