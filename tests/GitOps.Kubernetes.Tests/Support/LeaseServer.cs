using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;

namespace GitOps.Kubernetes.Tests.Support;

/// <summary>One Lease, with the optimistic concurrency of a real server; versions are opaque and in no order.</summary>
internal sealed class LeaseServer : IKubernetesClient
{
    private readonly Lock _lock = new();
    private readonly ConcurrentQueue<string> _calls = new();
    private int _writes;

    /// <summary>What is asked: <c>get</c>, <c>create HOLDER</c>, <c>replace HOLDER</c>.</summary>
    public IReadOnlyList<string> Calls => [.. _calls];

    public KubernetesObject? Lease { get; private set; }

    /// <summary>Runs before a call takes effect; null: nothing.</summary>
    public Func<string, CancellationToken, Task>? Before { get; set; }

    /// <summary>Runs after a call took effect, before it is answered; null: nothing.</summary>
    public Func<string, CancellationToken, Task>? After { get; set; }

    public IDiscovery Discovery => throw new NotSupportedException();

    public string Holder => KubernetesObject.GetString(Lease?.Json["spec"] as JsonObject, "holderIdentity") ?? string.Empty;

    public IKubernetesClient As(Impersonation? impersonation) => throw new NotSupportedException();

    public Task<KubernetesObject?> GetAsync(ApiResource resource, string @namespace, string name, CancellationToken cancellationToken) =>
        CallAsync("get", () => Lease?.DeepClone(), cancellationToken);

    public async Task<WriteResult> CreateAsync(
        ApiResource resource, KubernetesObject created, WriteOptions options, CancellationToken cancellationToken) =>
        new((await CallAsync("create " + HolderOf(created), () => Lease is null ? Store(created) : throw Refusal("AlreadyExists"), cancellationToken))!,
            Created: true, []);

    public async Task<WriteResult> ReplaceAsync(
        ApiResource resource, KubernetesObject replacement, WriteOptions options, CancellationToken cancellationToken) =>
        new((await CallAsync(
            "replace " + HolderOf(replacement),
            () => Lease is { } stored && stored.ResourceVersion == replacement.ResourceVersion ? Store(replacement) : throw Refusal("Conflict"),
            cancellationToken))!, Created: false, []);

    public Task<ObjectList> ListAsync(ApiResource resource, string @namespace, ListOptions options, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<WriteResult> ApplyAsync(
        ApiResource resource, KubernetesObject desired, ApplyOptions options, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<WriteResult> PatchAsync(
        ApiResource resource, string @namespace, string name, PatchType type, JsonNode patch, WriteOptions options,
        CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<DeleteOutcome> DeleteAsync(
        ApiResource resource, string @namespace, string name, DeleteOptions options, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<WatchEvent> WatchAsync(
        ApiResource resource, string @namespace, WatchOptions options, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    /// <summary>Somebody else's write, or (null) deletion.</summary>
    public void Set(string? lease)
    {
        lock (_lock)
        {
            Lease = null;
            if (lease is not null)
            {
                Store(KubernetesObject.Parse(lease));
            }
        }
    }

    public void Edit(Action<JsonObject> edit)
    {
        lock (_lock)
        {
            var edited = Lease!.DeepClone();
            edit(edited.Json);
            Store(edited);
        }
    }

    private static string HolderOf(KubernetesObject lease) => lease.At("spec", "holderIdentity")!.ToString();

    private static ApiException Refusal(string reason) => new(HttpStatusCode.Conflict, reason, reason);

    private KubernetesObject Store(KubernetesObject lease)
    {
        var stored = lease.DeepClone();
        stored.Metadata!["resourceVersion"] = "v" + (++_writes * 7919 % 1000).ToString(CultureInfo.InvariantCulture);
        Lease = stored;
        return stored.DeepClone();
    }

    private async Task<KubernetesObject?> CallAsync(string call, Func<KubernetesObject?> effect, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _calls.Enqueue(call);
        if (Before is { } before)
        {
            await before(call, cancellationToken);
        }

        KubernetesObject? result;
        lock (_lock)
        {
            result = effect();
        }

        if (After is { } after)
        {
            await after(call, cancellationToken);
        }

        return result;
    }
}
