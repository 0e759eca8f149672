using GitOps.Kubernetes.Resources;

namespace GitOps.Operator.Api;

/// <summary>Kinds of Kubernetes itself that the program deals with on its own account.</summary>
internal static class BuiltInKinds
{
    public static readonly ApiResource Namespace = ApiResource.Of("v1", "Namespace", "namespaces", namespaced: false, "status");
}
