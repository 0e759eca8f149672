using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Controllers;

/// <summary>
/// Empties namespaces that are being deleted, pods first, tells in their conditions what is left and which finalizers hold it,
/// and lets each go once nothing is left in it.
/// </summary>
internal sealed class NamespaceController : IController
{
    private readonly ClusterView _view;
    private readonly ControllerClient _client;

    public NamespaceController(ClusterView view) => (_view, _client) = (view, ControllerClient.Of(view, "namespace-controller"));

    public IEnumerable<WorkKey> Concerns(GroupResource resource, Change change)
    {
        var after = change.After!;
        var key = new WorkKey(Kinds.Namespaces, string.Empty, resource == Kinds.Namespaces ? after.Name : after.Namespace);
        return key.Name.Length > 0 && _view.Find(key) is { IsTerminating: true } ? [key] : [];
    }

    public async Task<TimeSpan?> ReconcileAsync(WorkKey key, CancellationToken cancellationToken)
    {
        if (_view.Read(key) is not { IsTerminating: true } subject || subject.At("spec", "finalizers") is not JsonArray { Count: > 0 })
        {
            return null;
        }

        var remains = new NamespaceRemains();
        await DeleteAsync(key.Name, Kinds.Pods, remains);
        var hasPods = !remains.IsEmpty;
        if (!hasPods)
        {
            foreach (var table in _view.Cluster.Store.Tables().OrderBy(static table => table.Resource.ToString(), StringComparer.Ordinal))
            {
                await DeleteAsync(key.Name, table.Resource, remains);
            }
        }

        var status = Fields.Child(subject.Json, "status");
        var conditions = remains.Conditions(Fields.Items(status["conditions"]), hasPods, Fields.Time(_view.Now));
        if (!remains.IsEmpty || status["conditions"] is not null)
        {
            await WriteAsync(subject, status, conditions);
        }

        if (remains.IsEmpty)
        {
            _view.Cluster.Writer.Adjust(_view.ServedAs(Kinds.Namespaces)!, string.Empty, key.Name, static json =>
            {
                json["spec"] = new JsonObject();
                return true;
            });
        }

        return remains.Failures.Count > 0 ? TimeSpan.FromSeconds(5) : null;
    }

    private async Task WriteAsync(KubernetesObject subject, JsonObject status, JsonArray conditions)
    {
        if (!JsonNode.DeepEquals(status["conditions"], conditions))
        {
            status["conditions"] = conditions;
            await _client.UpdateStatusAsync(Kinds.Namespaces, subject);
        }
    }

    private async Task DeleteAsync(string @namespace, GroupResource resource, NamespaceRemains remains)
    {
        if (_view.ServedAs(resource) is not { Namespaced: true } served || !served.Can("delete"))
        {
            return;
        }

        foreach (var stored in _view.List(resource, @namespace).Where(static stored => !stored.IsTerminating))
        {
            try
            {
                await _client.DeleteAsync(resource, stored, DeletionOptions.Background);
            }
            catch (Exception exception) when (exception is ApiError or ApiException)
            {
                remains.Failures.Add(exception.Message);
            }
        }

        foreach (var stored in _view.List(resource, @namespace))
        {
            remains.Add(served, _view.Read(resource, stored)!);
        }
    }
}

/// <summary>What is still in a namespace, and what its conditions say about it.</summary>
internal sealed class NamespaceRemains
{
    private static readonly (string Type, string Reason, string Message)[] Fine =
    [
        ("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
        ("NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions", "All legacy kube types successfully parsed"),
        ("NamespaceDeletionContentFailure", "ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
        ("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"),
        ("NamespaceFinalizersRemaining", "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
    ];

    private readonly SortedDictionary<string, int> _resources = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _finalizers = new(StringComparer.Ordinal);

    public List<string> Failures { get; } = [];

    public bool IsEmpty => _resources.Count == 0;

    public void Add(ServedResource resource, KubernetesObject left)
    {
        var name = $"{resource.Plural}.{resource.Group}";
        _resources[name] = _resources.GetValueOrDefault(name) + 1;
        foreach (var finalizer in left.Finalizers)
        {
            _finalizers[finalizer] = _finalizers.GetValueOrDefault(finalizer) + 1;
        }
    }

    /// <param name="before">The conditions until now; those of other types stay.</param>
    /// <param name="isWaitingForPods">Nothing else has been looked at: what remains is not told.</param>
    /// <param name="now">The time of what changes.</param>
    public JsonArray Conditions(IEnumerable<JsonObject> before, bool isWaitingForPods, string now)
    {
        var conditions = before.Select(static condition => (JsonObject)condition.DeepClone()).ToList();
        foreach (var (type, reason, message) in Fine)
        {
            var (status, newReason, newMessage) = Judge(type, isWaitingForPods) is { } bad ? ("True", bad.Reason, bad.Message) : ("False", reason, message);
            var condition = conditions.Find(condition => Fields.Text(condition, "type") == type);
            if (condition is null)
            {
                conditions.Add(condition = []);
            }

            if (Fields.Text(condition, "status") != status)
            {
                condition["lastTransitionTime"] = now;
            }

            (condition["type"], condition["status"], condition["reason"], condition["message"]) = (type, status, newReason, newMessage);
        }

        return Fields.Copy(conditions);
    }

    private (string Reason, string Message)? Judge(string type, bool isWaitingForPods) => type switch
    {
        "NamespaceDeletionContentFailure" when Failures.Count > 0 => ("ContentDeletionFailed",
            $"Failed to delete all resource types, {Failures.Count} remaining: {string.Join(", ", Failures.Order(StringComparer.Ordinal))}"),
        "NamespaceContentRemaining" when !isWaitingForPods && _resources.Count > 0 => ("SomeResourcesRemain",
            $"Some resources are remaining: {string.Join(", ", _resources.Select(static item => $"{item.Key} has {item.Value} resource instances"))}"),
        "NamespaceFinalizersRemaining" when !isWaitingForPods && _finalizers.Count > 0 => ("SomeFinalizersRemain",
            $"Some content in the namespace has finalizers remaining: {string.Join(", ", _finalizers.Select(static item => $"{item.Key} in {item.Value} resource instances"))}"),
        _ => null,
    };
}
