using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;

namespace GitOps.Sandbox.Tests.Client.Watching.Interleavings;

/// <summary>Writes down what a watch tells on its way to the informer.</summary>
internal sealed class TappedClient(IKubernetesClient inner) : IKubernetesClient
{
    private readonly Lock _lock = new();
    private readonly List<WatchEvent> _events = [];

    public IReadOnlyList<WatchEvent> Events
    {
        get
        {
            lock (_lock)
            {
                return [.. _events];
            }
        }
    }

    public IDiscovery Discovery => inner.Discovery;

    public async IAsyncEnumerable<WatchEvent> WatchAsync(
        ApiResource resource, string @namespace, WatchOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var item in inner.WatchAsync(resource, @namespace, options, cancellationToken))
        {
            lock (_lock)
            {
                _events.Add(item);
            }

            yield return item;
        }
    }

    public IKubernetesClient As(Impersonation? impersonation) => inner.As(impersonation);

    public Task<KubernetesObject?> GetAsync(ApiResource resource, string @namespace, string name, CancellationToken cancellationToken) =>
        inner.GetAsync(resource, @namespace, name, cancellationToken);

    public Task<ObjectList> ListAsync(ApiResource resource, string @namespace, ListOptions options, CancellationToken cancellationToken) =>
        inner.ListAsync(resource, @namespace, options, cancellationToken);

    public Task<WriteResult> ApplyAsync(ApiResource resource, KubernetesObject desired, ApplyOptions options, CancellationToken cancellationToken) =>
        inner.ApplyAsync(resource, desired, options, cancellationToken);

    public Task<WriteResult> CreateAsync(ApiResource resource, KubernetesObject created, WriteOptions options, CancellationToken cancellationToken) =>
        inner.CreateAsync(resource, created, options, cancellationToken);

    public Task<WriteResult> ReplaceAsync(ApiResource resource, KubernetesObject replacement, WriteOptions options, CancellationToken cancellationToken) =>
        inner.ReplaceAsync(resource, replacement, options, cancellationToken);

    public Task<WriteResult> PatchAsync(
        ApiResource resource, string @namespace, string name, PatchType type, JsonNode patch, WriteOptions options,
        CancellationToken cancellationToken) => inner.PatchAsync(resource, @namespace, name, type, patch, options, cancellationToken);

    public Task<DeleteOutcome> DeleteAsync(
        ApiResource resource, string @namespace, string name, DeleteOptions options, CancellationToken cancellationToken) =>
        inner.DeleteAsync(resource, @namespace, name, options, cancellationToken);
}
