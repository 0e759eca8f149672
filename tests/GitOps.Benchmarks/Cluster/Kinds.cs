using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;

namespace GitOps.Benchmarks.Cluster;

/// <summary>The kinds that a workload is made of.</summary>
internal static class Kinds
{
    public static readonly ApiResource Namespace = ApiResource.Of("v1", "Namespace", "namespaces", namespaced: false, "status");
    public static readonly ApiResource ConfigMap = ApiResource.Of("v1", "ConfigMap", "configmaps", namespaced: true);
    public static readonly ApiResource Service = ApiResource.Of("v1", "Service", "services", namespaced: true, "status");
    public static readonly ApiResource ServiceAccount = ApiResource.Of("v1", "ServiceAccount", "serviceaccounts", namespaced: true);
    public static readonly ApiResource Deployment = ApiResource.Of("apps/v1", "Deployment", "deployments", namespaced: true, "status", "scale");

    private static readonly Dictionary<GroupVersionKind, ApiResource> All =
        new[] { Namespace, ConfigMap, Service, ServiceAccount, Deployment, Names.Application }.ToDictionary(static resource => resource.GroupVersionKind);

    public static ApiResource Of(KubernetesObject item) => All[item.GroupVersionKind];
}
