using GitOps.Kubernetes.Resources;

namespace GitOps.Kubernetes.Tests.Support;

internal static class Kinds
{
    public static readonly ApiResource ConfigMap = ApiResource.Of("v1", "ConfigMap", "configmaps", namespaced: true);
    public static readonly ApiResource Namespace = ApiResource.Of("v1", "Namespace", "namespaces", namespaced: false);
    public static readonly ApiResource Deployment = ApiResource.Of("apps/v1", "Deployment", "deployments", namespaced: true, "status", "scale");
    public static readonly ApiResource Widget = ApiResource.Of("example.dev/v1", "Widget", "widgets", namespaced: true);
}
