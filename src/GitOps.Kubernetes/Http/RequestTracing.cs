using System.Diagnostics;

namespace GitOps.Kubernetes.Http;

/// <summary>
/// A span for each attempt of a request that somebody traces; the request carries it in its <c>traceparent</c>. Watches have none:
/// they last, and belong to nobody's work.
/// </summary>
public static class RequestTracing
{
    public const string SourceName = "GitOps.Kubernetes";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>
    /// Of the span of the request that is being made, or where nobody asked for such spans of the trace that it is made in, as W3C
    /// writes it; null: it has none.
    /// </summary>
    internal static string? TraceParent => Activity.Current is { IsStopped: false, IdFormat: ActivityIdFormat.W3C, Id: { } id } span
        && (ReferenceEquals(span.Source, Source) || !Source.HasListeners()) ? id : null;

    /// <summary>To be called in an async method, which ends with it. Null: nothing is traced here.</summary>
    internal static Activity? Begin(ApiRequest request)
    {
        if (Activity.Current is not { IsStopped: false } || !Source.HasListeners())
        {
            return null;
        }

        var query = request.Path.IndexOf('?', StringComparison.Ordinal);
        return Source.StartActivity($"{request.Verb} {request.Resource}", ActivityKind.Client)
            ?.SetTag("http.request.method", request.Method.Method)
            .SetTag("url.path", query < 0 ? request.Path : request.Path[..query])
            .SetTag("k8s.verb", request.Verb).SetTag("k8s.group", request.Group).SetTag("k8s.resource", request.Resource);
    }

    /// <param name="code">0: there was no answer.</param>
    internal static void Answered(int code)
    {
        if (Activity.Current is not { IsStopped: false } span || !ReferenceEquals(span.Source, Source))
        {
            return;
        }

        if (code > 0)
        {
            span.SetTag("http.response.status_code", code);
        }

        if (code is 0 or >= 400)
        {
            span.SetStatus(ActivityStatusCode.Error, code == 0 ? "no answer" : null);
        }
    }
}
