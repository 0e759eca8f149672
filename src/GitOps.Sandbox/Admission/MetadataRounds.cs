using System.Collections.Frozen;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>
/// How often a server looks at metadata when a kind is updated, and so how often it tells one mistake: once or twice for every
/// kind, once more where the kind compares old and new metadata, and once more where it checks the new object as a whole.
/// </summary>
internal static class MetadataRounds
{
    private static readonly FrozenSet<GroupKind> ComparingNothing = new GroupKind[]
    {
        new("policy", "PodDisruptionBudget"), new("", "LimitRange"), new("", "PersistentVolume"), new("discovery.k8s.io", "EndpointSlice"),
        new("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"), new("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        new("", "Event"), new("events.k8s.io", "Event"), new("flowcontrol.apiserver.k8s.io", "FlowSchema"),
        new("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"), new("storage.k8s.io", "VolumeAttachment"),
    }.ToFrozenSet();

    private static readonly FrozenSet<GroupKind> CheckingAll = new GroupKind[]
    {
        new("", "ConfigMap"), new("", "Secret"), new("", "ServiceAccount"), new("", "Pod"), new("", "PersistentVolumeClaim"),
        new("", "PersistentVolume"), new("", "Namespace"), new("", "Node"), new("", "Endpoints"), new("", "LimitRange"), new("batch", "Job"),
        new("networking.k8s.io", "Ingress"), new("networking.k8s.io", "IngressClass"), new("discovery.k8s.io", "EndpointSlice"),
        new("rbac.authorization.k8s.io", "Role"), new("rbac.authorization.k8s.io", "ClusterRole"),
        new("rbac.authorization.k8s.io", "RoleBinding"), new("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        new("storage.k8s.io", "StorageClass"), new("storage.k8s.io", "CSIStorageCapacity"), new("storage.k8s.io", "VolumeAttachment"),
        new("resource.k8s.io", "ResourceClaim"), new("flowcontrol.apiserver.k8s.io", "FlowSchema"), new("node.k8s.io", "RuntimeClass"),
        new("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"), new("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        new("apiregistration.k8s.io", "APIService"),
    }.ToFrozenSet();

    /// <summary>Kinds that also take finalizers without a domain.</summary>
    private static readonly FrozenSet<GroupKind> TakingAnyFinalizer = new GroupKind[]
    {
        new("coordination.k8s.io", "Lease"), new("policy", "PodDisruptionBudget"), new("node.k8s.io", "RuntimeClass"), new("", "Event"),
        new("events.k8s.io", "Event"), new("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        new("admissionregistration.k8s.io", "MutatingWebhookConfiguration"), new("apiregistration.k8s.io", "APIService"),
        new("apiextensions.k8s.io", "CustomResourceDefinition"),
    }.ToFrozenSet();

    /// <summary>Rounds over labels, annotations and owners.</summary>
    public static int OfFields(GroupKind kind) => 2 + Comparing(kind) + All(kind);

    /// <summary>Rounds over the syntax of finalizers.</summary>
    public static int OfFinalizers(GroupKind kind) => 1 + All(kind);

    /// <summary>Rounds over whether finalizers have a domain, updates included.</summary>
    public static int OfDomains(GroupKind kind, bool isUpdate) =>
        TakingAnyFinalizer.Contains(kind) ? 0 : isUpdate ? Comparing(kind) + All(kind) : 1;

    /// <summary>Rounds over what cannot change.</summary>
    public static int OfIdentity(GroupKind kind) => 1 + Comparing(kind);

    private static int Comparing(GroupKind kind) => ComparingNothing.Contains(kind) ? 0 : 1;

    private static int All(GroupKind kind) => CheckingAll.Contains(kind) ? 1 : 0;
}
