using System.Text.Json.Nodes;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Watching;

namespace GitOps.Kubernetes.Resources;

/// <summary>
/// Requests to one API server. Every refusal is an <see cref="Http.ApiException"/>, every failure to get an answer a
/// <see cref="Http.ApiConnectionException"/>; cancellation of the caller's token alone is an <see cref="OperationCanceledException"/>.
/// Requests that the server pushes back (429, 503 with Retry-After) are repeated within a budget where that is safe.
/// </summary>
public interface IKubernetesClient
{
    /// <summary>What the server serves; refreshed on demand.</summary>
    IDiscovery Discovery { get; }

    /// <summary>The same connections, with requests made as somebody else; null: as oneself.</summary>
    IKubernetesClient As(Impersonation? impersonation);

    /// <returns>Null if there is no such object (404 with the server's word that the object is missing).</returns>
    Task<KubernetesObject?> GetAsync(ApiResource resource, string @namespace, string name, CancellationToken cancellationToken);

    /// <summary>All pages. An empty namespace lists all namespaces.</summary>
    Task<ObjectList> ListAsync(ApiResource resource, string @namespace, ListOptions options, CancellationToken cancellationToken);

    Task<WriteResult> ApplyAsync(
        ApiResource resource, KubernetesObject desired, ApplyOptions options, CancellationToken cancellationToken);

    Task<WriteResult> CreateAsync(
        ApiResource resource, KubernetesObject created, WriteOptions options, CancellationToken cancellationToken);

    /// <summary>PUT; the object's resourceVersion, if it has one, is the precondition.</summary>
    Task<WriteResult> ReplaceAsync(
        ApiResource resource, KubernetesObject replacement, WriteOptions options, CancellationToken cancellationToken);

    Task<WriteResult> PatchAsync(
        ApiResource resource, string @namespace, string name, PatchType type, JsonNode patch, WriteOptions options,
        CancellationToken cancellationToken);

    /// <summary>404 is <see cref="DeleteOutcome.Gone"/>; a precondition that fails is an ApiException with IsConflict.</summary>
    Task<DeleteOutcome> DeleteAsync(
        ApiResource resource, string @namespace, string name, DeleteOptions options, CancellationToken cancellationToken);

    /// <summary>
    /// List and watch as one endless state machine: it ends by cancellation alone. See <see cref="WatchEvent"/>.
    /// </summary>
    IAsyncEnumerable<WatchEvent> WatchAsync(
        ApiResource resource, string @namespace, WatchOptions options, CancellationToken cancellationToken);
}
