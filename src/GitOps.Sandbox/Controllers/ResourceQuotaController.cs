using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Plugins;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Controllers;

/// <summary>Counts what there is of what a quota limits. The server charges what is new itself, and enforces what is counted.</summary>
internal sealed class ResourceQuotaController : IController
{
    /// <summary>What was charged for objects that were refused afterwards is given back then.</summary>
    private static readonly TimeSpan Recount = TimeSpan.FromMinutes(5);

    private readonly ClusterView _view;
    private readonly ControllerClient _client;

    public ResourceQuotaController(ClusterView view) => (_view, _client) = (view, ControllerClient.Of(view, "resourcequota-controller"));

    // What is added was charged by the server: to count it here, between its charge and its being stored, would give the charge back.
    public IEnumerable<WorkKey> Concerns(GroupResource resource, Change change) => change.Type switch
    {
        _ when resource == ResourceQuotas.Resource => IsOtherQuota(change) ? [WorkKey.Of(resource, change.After!)] : [],
        ChangeType.Deleted => Quotas(change),
        ChangeType.Modified when resource == Kinds.Pods => IsOver(change.After!) && !IsOver(change.Before!) ? Quotas(change) : [],
        ChangeType.Modified when resource == Kinds.Claims || resource == Kinds.Services => Quotas(change),
        _ => [],
    };

    public async Task<TimeSpan?> ReconcileAsync(WorkKey key, CancellationToken cancellationToken)
    {
        if (_view.Read(key) is not { IsTerminating: false } quota)
        {
            return null;
        }

        var hard = quota.Part("spec", "hard") ?? [];
        var used = new Amounts();
        foreach (var name in hard.Select(static entry => entry.Key))
        {
            used[name] = Amount.Of(0);
        }

        foreach (var table in _view.Cluster.Store.Tables())
        {
            var names = QuotaUsage.Matching(table.Resource, used.Keys).ToList();
            foreach (var stored in names.Count > 0 ? _view.List(table.Resource, key.Namespace) : [])
            {
                Add(used, names, quota, table.Resource, stored);
            }
        }

        var amounts = new JsonObject();
        foreach (var (name, amount) in used)
        {
            amounts[name] = amount.ToString();
        }

        var status = new JsonObject { ["hard"] = hard.DeepClone(), ["used"] = amounts };
        if (!JsonNode.DeepEquals(quota.At("status"), status))
        {
            quota.Json["status"] = status;
            await _client.UpdateStatusAsync(ResourceQuotas.Resource, quota);
        }

        return Recount;
    }

    private IEnumerable<WorkKey> Quotas(Change change) =>
        _view.List(ResourceQuotas.Resource, change.After!.Namespace).Select(static quota => WorkKey.Of(ResourceQuotas.Resource, quota));

    private bool IsOver(StoredObject pod) => PodFacts.Of(pod, _view.Read(Kinds.Pods, pod)!).IsOver;

    private bool IsOtherQuota(Change change) => change.Type != ChangeType.Modified
        || !JsonNode.DeepEquals(Read(change.Before!)?.At("spec"), Read(change.After!)?.At("spec"));

    private KubernetesObject? Read(StoredObject quota) => _view.Read(ResourceQuotas.Resource, quota);

    /// <summary>A pod that is over counts as an object, but uses nothing.</summary>
    private void Add(Amounts used, List<string> names, KubernetesObject quota, GroupResource resource, StoredObject stored)
    {
        if (_view.Read(resource, stored) is not { } subject || !QuotaUsage.IsInScope(resource, quota.Json, subject.Json))
        {
            return;
        }

        var isOver = resource == Kinds.Pods && _view.Facts(stored).IsOver;
        foreach (var (name, amount) in QuotaUsage.Of(resource, subject.Json))
        {
            if (names.Contains(name, StringComparer.Ordinal) && (!isOver || name.StartsWith("count/", StringComparison.Ordinal)))
            {
                used[name] += amount;
            }
        }
    }
}
