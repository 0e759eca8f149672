using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Controllers.Network;

/// <summary>Gives addresses, a time after they were wanted first, to what is reached from outside.</summary>
internal abstract class AddressController : IController
{
    private readonly GroupResource _kind;
    private readonly Dictionary<WorkKey, (string Uid, DateTimeOffset Time)> _wanted = [];

    protected AddressController(ClusterView view, GroupResource kind, ControllerClient client) => (View, _kind, Client) = (view, kind, client);

    protected ClusterView View { get; }

    protected ControllerClient Client { get; }

    public IEnumerable<WorkKey> Concerns(GroupResource resource, Change change) => resource == _kind ? [WorkKey.Of(resource, change.After!)] : [];

    public async Task<TimeSpan?> ReconcileAsync(WorkKey key, CancellationToken cancellationToken)
    {
        if (View.Read(key) is not { } subject || subject.IsTerminating || !IsWanted(subject))
        {
            _wanted.Remove(key);
            if (View.Read(key) is { } unwanted)
            {
                await ReleaseAsync(key, unwanted);
            }

            return null;
        }

        if (await PrepareAsync(key, subject))
        {
            return null;
        }

        if (HasAddress(subject))
        {
            return null;
        }

        var options = View.Cluster.Options;
        if (!_wanted.TryGetValue(key, out var wanted) || wanted.Uid != subject.Uid)
        {
            _wanted[key] = wanted = (subject.Uid!, options.TimeProvider.GetUtcNow());
        }

        var left = wanted.Time + options.Controllers.AddressDelay - options.TimeProvider.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            return left;
        }

        await WriteAsync(subject, new JsonArray(Address(subject)));
        return null;
    }

    protected abstract bool IsWanted(KubernetesObject subject);

    protected abstract JsonObject Address(KubernetesObject subject);

    /// <returns>Whether the object was written: what follows is for the next look.</returns>
    protected virtual Task<bool> PrepareAsync(WorkKey key, KubernetesObject subject) => Task.FromResult(false);

    protected virtual Task ReleaseAsync(WorkKey key, KubernetesObject subject) => Task.CompletedTask;

    protected static bool HasAddress(KubernetesObject subject) => subject.At("status", "loadBalancer", "ingress") is JsonArray { Count: > 0 };

    /// <summary>An address of a range that is kept for documentation.</summary>
    protected static string AddressOf(KubernetesObject subject) => $"203.0.113.{(StableHash.Of(subject.Uid!) % 254) + 1}";

    protected async Task WriteAsync(KubernetesObject subject, JsonArray addresses)
    {
        Fields.Child(subject.Json, "status")["loadBalancer"] = addresses.Count > 0 ? new JsonObject { ["ingress"] = addresses } : new JsonObject();
        await Client.UpdateStatusAsync(_kind, subject);
    }
}

/// <summary>Services of type LoadBalancer, which are held by a finalizer until their address is given back.</summary>
internal sealed class LoadBalancerController : AddressController
{
    private const string Finalizer = "service.kubernetes.io/load-balancer-cleanup";

    public LoadBalancerController(ClusterView view)
        : base(view, Kinds.Services, ControllerClient.OfCloud(view))
    {
    }

    protected override bool IsWanted(KubernetesObject subject) =>
        subject.Text("spec", "type") == "LoadBalancer" && subject.Text("spec", "loadBalancerClass").Length == 0;

    protected override JsonObject Address(KubernetesObject subject) => new() { ["ip"] = AddressOf(subject), ["ipMode"] = "VIP" };

    protected override async Task<bool> PrepareAsync(WorkKey key, KubernetesObject subject)
    {
        if (subject.Finalizers.Contains(Finalizer, StringComparer.Ordinal))
        {
            return false;
        }

        await Client.PatchAsync(key, static service => SetFinalizers(service, [.. service.Finalizers, Finalizer]));
        return true;
    }

    protected override async Task ReleaseAsync(WorkKey key, KubernetesObject subject)
    {
        if (!subject.Finalizers.Contains(Finalizer, StringComparer.Ordinal))
        {
            return;
        }

        if (HasAddress(subject) && !subject.IsTerminating)
        {
            await WriteAsync(subject, []);
        }

        await Client.PatchAsync(key, static service => SetFinalizers(service, service.Finalizers.Where(static name => name != Finalizer)));
    }

    private static void SetFinalizers(KubernetesObject service, IEnumerable<string> finalizers) =>
        Fields.Metadata(service.Json)["finalizers"] = new JsonArray([.. finalizers.Select(static name => JsonValue.Create(name))]);
}

/// <summary>Ingresses, whatever their class.</summary>
internal sealed class IngressController : AddressController
{
    public IngressController(ClusterView view)
        : base(view, Kinds.Ingresses, ControllerClient.OfIngress(view))
    {
    }

    protected override bool IsWanted(KubernetesObject subject) => true;

    protected override JsonObject Address(KubernetesObject subject) => new() { ["ip"] = AddressOf(subject) };
}
