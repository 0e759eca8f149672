using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;

namespace GitOps.Kubernetes.Tests.Support;

/// <summary>A client that can do nothing but watch, and tells what the test says.</summary>
internal sealed class FakeWatch : IKubernetesClient
{
    private readonly Channel<WatchEvent> _events = Channel.CreateUnbounded<WatchEvent>();
    private int _open;

    /// <summary>How many watches there have been.</summary>
    public int Opened { get; private set; }

    /// <summary>How many there are.</summary>
    public int Open => Volatile.Read(ref _open);

    public WatchOptions? Asked { get; private set; }

    public IDiscovery Discovery => throw new NotSupportedException();

    public void Say(WatchEventType type, KubernetesObject? item = null, Exception? error = null) => _events.Writer.TryWrite(new(type, item, error));

    /// <summary>A complete list.</summary>
    public void SayList(params KubernetesObject[] items)
    {
        Say(WatchEventType.Restarted);
        foreach (var item in items)
        {
            Say(WatchEventType.InitItem, item);
        }

        Say(WatchEventType.InitDone);
    }

    public async IAsyncEnumerable<WatchEvent> WatchAsync(
        ApiResource resource, string @namespace, WatchOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (Opened, Asked) = (Opened + 1, options);
        Interlocked.Increment(ref _open);
        try
        {
            while (true)
            {
                yield return await _events.Reader.ReadAsync(cancellationToken);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    public IKubernetesClient As(Impersonation? impersonation) => throw new NotSupportedException();

    public Task<KubernetesObject?> GetAsync(ApiResource resource, string @namespace, string name, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<ObjectList> ListAsync(ApiResource resource, string @namespace, ListOptions options, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<WriteResult> ApplyAsync(ApiResource resource, KubernetesObject desired, ApplyOptions options, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<WriteResult> CreateAsync(ApiResource resource, KubernetesObject created, WriteOptions options, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<WriteResult> ReplaceAsync(ApiResource resource, KubernetesObject replacement, WriteOptions options, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<WriteResult> PatchAsync(
        ApiResource resource, string @namespace, string name, PatchType type, JsonNode patch, WriteOptions options,
        CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<DeleteOutcome> DeleteAsync(
        ApiResource resource, string @namespace, string name, DeleteOptions options, CancellationToken cancellationToken) =>
        throw new NotSupportedException();
}
