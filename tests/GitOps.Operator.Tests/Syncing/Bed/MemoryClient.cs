using System.Text.Json.Nodes;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;

namespace GitOps.Operator.Tests.Syncing.Bed;

/// <summary>One who asks the cluster in memory.</summary>
internal sealed class MemoryClient(MemoryCluster cluster, string reader, string? user) : IKubernetesClient
{
    public IDiscovery Discovery => cluster.Discovery;

    public IKubernetesClient As(Impersonation? impersonation) => new MemoryClient(cluster, reader, impersonation?.User);

    public Task<KubernetesObject?> GetAsync(ApiResource resource, string @namespace, string name, CancellationToken cancellationToken)
    {
        var key = new ObjectKey(resource.Group, resource.Kind, @namespace, name);
        return AskAsync(new("get", key, user, IsDryRun: false, null, string.Empty), () => cluster.Find(key)?.DeepClone(), cancellationToken);
    }

    public Task<ObjectList> ListAsync(ApiResource resource, string @namespace, ListOptions options, CancellationToken cancellationToken) => AskAsync(
        new("list", new(resource.Group, resource.Kind, @namespace, string.Empty), user, IsDryRun: false, null, string.Empty),
        () => new ObjectList([.. cluster.List(resource, @namespace, options.LabelSelector).Select(static item => item.DeepClone())], "1"), cancellationToken);

    public Task<WriteResult> ApplyAsync(ApiResource resource, KubernetesObject desired, ApplyOptions options, CancellationToken cancellationToken) => AskAsync(
        new("apply", Key(resource, desired), user, options.DryRun, options.Subresource, options.FieldValidation == "Strict" ? string.Empty : options.FieldValidation)
        {
            Body = desired.Json,
        },
        () => cluster.Apply(resource, desired, options), cancellationToken);

    public Task<WriteResult> CreateAsync(ApiResource resource, KubernetesObject created, WriteOptions options, CancellationToken cancellationToken) => AskAsync(
        new("create", Key(resource, created), user, options.DryRun, options.Subresource, string.Empty) { Body = created.Json },
        () => resource.Kind == "SelfSubjectReview" ? Myself() : cluster.Create(resource, created, options), cancellationToken);

    public Task<WriteResult> ReplaceAsync(ApiResource resource, KubernetesObject replacement, WriteOptions options, CancellationToken cancellationToken) => AskAsync(
        new("replace", Key(resource, replacement), user, options.DryRun, options.Subresource, string.Empty) { Body = replacement.Json },
        () => cluster.Replace(resource, replacement, options), cancellationToken);

    public Task<WriteResult> PatchAsync(
        ApiResource resource, string @namespace, string name, PatchType type, JsonNode patch, WriteOptions options, CancellationToken cancellationToken) => AskAsync(
        new("patch", new(resource.Group, resource.Kind, @namespace, name), user, options.DryRun, options.Subresource, KubernetesJson.ToText(patch)),
        () => cluster.Patch(resource, @namespace, name, type, patch, options), cancellationToken);

    public Task<DeleteOutcome> DeleteAsync(
        ApiResource resource, string @namespace, string name, DeleteOptions options, CancellationToken cancellationToken) => AskAsync(
        new("delete", new(resource.Group, resource.Kind, @namespace, name), user, options.DryRun, null, options.Propagation ?? string.Empty),
        () => cluster.Delete(resource, @namespace, name, options), cancellationToken);

    public IAsyncEnumerable<WatchEvent> WatchAsync(ApiResource resource, string @namespace, WatchOptions options, CancellationToken cancellationToken) =>
        cluster.Watch(reader, resource, @namespace, options).ReadAsync(cancellationToken);

    private WriteResult Myself() => new(
        new(new JsonObject { ["status"] = new JsonObject { ["userInfo"] = new JsonObject { ["username"] = cluster.Self } } }), Created: true, []);

    private static ObjectKey Key(ApiResource resource, KubernetesObject item) => new(resource.Group, resource.Kind, item.Namespace, item.Name);

    private Task<T> AskAsync<T>(MemoryCall call, Func<T> carryOut, CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            cluster.Asked(call);
            var answer = carryOut();
            cluster.Answered(call);
            return Task.FromResult(answer);
        }
        catch (Exception refusal)
        {
            return Task.FromException<T>(refusal);
        }
    }
}
