using System.Collections.Immutable;
using System.Net;

namespace GitOps.Kubernetes.Http;

/// <summary>A successful answer, its body in a pooled buffer until it is disposed.</summary>
internal sealed class ApiResponse : IDisposable
{
    public ApiResponse(HttpResponseMessage response, PooledBody body)
    {
        Code = response.StatusCode;
        Body = body;
        Warnings = WarningHeader.Read(response.Headers);
        ContentType = response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var types) ? types.ToString() : string.Empty;
        AuditId = response.Headers.NonValidated.TryGetValues("Audit-Id", out var ids) ? ids.ToString() : null;
        ETag = response.Headers.NonValidated.TryGetValues("ETag", out var tags) ? tags.ToString() : null;
    }

    public HttpStatusCode Code { get; }

    public PooledBody Body { get; }

    public ImmutableArray<string> Warnings { get; }

    /// <summary>With its parameters, as the server wrote it.</summary>
    public string ContentType { get; }

    public string? ETag { get; }

    /// <summary>Under which the server's audit log has the request; null: it does not say.</summary>
    public string? AuditId { get; }

    public void Dispose() => Body.Dispose();
}
