using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;

namespace GitOps.Operator.Tests.Syncing.Bed;

/// <summary>The kinds that rules are told with.</summary>
internal sealed class MemoryDiscovery : IDiscovery
{
    public static readonly ApiResource Widget = ApiResource.Of("example.com/v1", "Widget", "widgets", namespaced: true, "status");

    private readonly List<ApiResource> _served =
    [
        ApiResource.Of("v1", "Namespace", "namespaces", namespaced: false, "status"),
        ApiResource.Of("v1", "ConfigMap", "configmaps", namespaced: true),
        ApiResource.Of("v1", "Secret", "secrets", namespaced: true),
        ApiResource.Of("v1", "ServiceAccount", "serviceaccounts", namespaced: true),
        ApiResource.Of("v1", "Pod", "pods", namespaced: true, "status"),
        ApiResource.Of("apps/v1", "Deployment", "deployments", namespaced: true, "status"),
        ApiResource.Of("batch/v1", "Job", "jobs", namespaced: true, "status"),
        ApiResource.Of("rbac.authorization.k8s.io/v1", "Role", "roles", namespaced: true),
        ApiResource.Of("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced: false, "status"),
        ApiResource.Of("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", namespaced: false),
        ApiResource.Of("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", namespaced: false),
        ApiResource.Of("events.k8s.io/v1", "Event", "events", namespaced: true),
        Names.Application, Names.ResourceInventory, Names.SyncApproval,
    ];

    /// <summary>Groups whose discovery does not answer.</summary>
    public HashSet<string> Silent { get; } = new(StringComparer.Ordinal);

    public int Refreshed { get; private set; }

    public bool Serves(GroupVersionKind kind) => _served.Exists(resource => resource.GroupVersionKind == kind);

    public ApiResource Of(string kind) => _served.Find(resource => resource.Kind == kind) ?? Widget;

    public void Serve(ApiResource resource)
    {
        if (!Serves(resource.GroupVersionKind))
        {
            _served.Add(resource);
        }
    }

    public void Drop(ApiResource resource) => _served.RemoveAll(item => item.GroupKind == resource.GroupKind);

    public ValueTask<Lookup> FindAsync(GroupVersionKind kind, CancellationToken cancellationToken) =>
        new(Found(kind.Group, _served.Find(resource => resource.GroupVersionKind == kind)));

    public ValueTask<Lookup> FindPreferredAsync(GroupKind kind, CancellationToken cancellationToken) =>
        new(Found(kind.Group, _served.Find(resource => resource.GroupKind == kind)));

    public ValueTask<IReadOnlyList<ApiResource>> AllAsync(CancellationToken cancellationToken) => new(_served);

    public Task RefreshAsync(CancellationToken cancellationToken)
    {
        Refreshed++;
        return Task.CompletedTask;
    }

    private Lookup Found(string group, ApiResource? resource) =>
        Silent.Contains(group) ? new(LookupOutcome.Unknown, null)
        : resource is null ? new(LookupOutcome.Absent, null)
        : new(LookupOutcome.Found, resource);
}
