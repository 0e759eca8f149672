using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Controllers.Nodes;

/// <summary>Keeps the objects of the pretended nodes, which say that they are ready.</summary>
internal sealed class NodeController : IController
{
    private const string NotReady = "node.kubernetes.io/not-ready";

    private readonly ClusterView _view;
    private readonly NodePool _nodes;
    private bool _hasBegun;

    public NodeController(ClusterView view, NodePool nodes) => (_view, _nodes) = (view, nodes);

    public IEnumerable<WorkKey> Concerns(GroupResource resource, Change change)
    {
        if (!_hasBegun)
        {
            _hasBegun = true;
            return _nodes.Names.Select(static name => new WorkKey(Kinds.Nodes, string.Empty, name));
        }

        return resource == Kinds.Nodes && _nodes.Has(change.After!.Name) ? [WorkKey.Of(resource, change.After)] : [];
    }

    public async Task<TimeSpan?> ReconcileAsync(WorkKey key, CancellationToken cancellationToken)
    {
        var client = ControllerClient.OfNode(_view, key.Name);
        if (_view.Find(key) is null)
        {
            await client.CreateAsync(Kinds.Nodes, string.Empty, NodePool.NodeObject(key.Name));
        }

        if (_view.Read(key) is { } node && node.Text("status", "nodeInfo", "kubeletVersion").Length == 0)
        {
            node.Json["status"] = NodePool.NodeStatus(key.Name, Fields.Time(_view.Now));
            await client.UpdateStatusAsync(Kinds.Nodes, node);
        }

        if (_view.Read(key) is { } ready && ready.Text("status", "nodeInfo", "kubeletVersion").Length > 0 && IsTainted(ready))
        {
            // What every new node is given, and loses once a controller has seen it ready.
            await ControllerClient.Of(_view, "node-controller").PatchAsync(key, RemoveTaint);
        }

        return null;
    }

    private static void RemoveTaint(KubernetesObject node)
    {
        if (node.At("spec", "taints") is JsonArray taints)
        {
            taints.RemoveAll(static taint => Fields.Text(taint as JsonObject, "key") == NotReady);
        }
    }

    private static bool IsTainted(KubernetesObject node) =>
        Fields.Items(node.At("spec", "taints")).Any(static taint => Fields.Text(taint, "key") == NotReady);
}
