using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Fixture;

/// <summary>The kinds that tests read and write by themselves.</summary>
internal static class Kinds
{
    public static readonly ApiResource Namespace = ApiResource.Of("v1", "Namespace", "namespaces", namespaced: false, "status", "finalize");
    public static readonly ApiResource ConfigMap = ApiResource.Of("v1", "ConfigMap", "configmaps", namespaced: true);
    public static readonly ApiResource Secret = ApiResource.Of("v1", "Secret", "secrets", namespaced: true);
    public static readonly ApiResource Service = ApiResource.Of("v1", "Service", "services", namespaced: true, "status");
    public static readonly ApiResource ServiceAccount = ApiResource.Of("v1", "ServiceAccount", "serviceaccounts", namespaced: true);
    public static readonly ApiResource Deployment = ApiResource.Of("apps/v1", "Deployment", "deployments", namespaced: true, "status", "scale");
    public static readonly ApiResource Job = ApiResource.Of("batch/v1", "Job", "jobs", namespaced: true, "status");
    public static readonly ApiResource Role = ApiResource.Of("rbac.authorization.k8s.io/v1", "Role", "roles", namespaced: true);
    public static readonly ApiResource RoleBinding = ApiResource.Of("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings", namespaced: true);
    public static readonly ApiResource Event = ApiResource.Of("events.k8s.io/v1", "Event", "events", namespaced: true);
    public static readonly ApiResource Autoscaler = ApiResource.Of("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", namespaced: true, "status");
    public static readonly ApiResource AdmissionPolicy = ApiResource.Of(
        "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", namespaced: false, "status");

    public static readonly ApiResource AdmissionPolicyBinding = ApiResource.Of(
        "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", namespaced: false);

    public static readonly ApiResource Definition =
        ApiResource.Of("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced: false, "status");

    public static readonly ApiResource Application = Names.Application;
    public static readonly ApiResource Inventory = Names.ResourceInventory;
    public static readonly ApiResource Approval = Names.SyncApproval;
}
