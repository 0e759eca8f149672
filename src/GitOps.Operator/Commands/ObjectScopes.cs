using System.Collections.Frozen;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Commands;

/// <summary>
/// Which kinds have no namespace, without a cluster to ask: Kubernetes' own, and those that a definition among the same objects
/// declares. Every other kind is taken for a namespaced one.
/// </summary>
internal static class ObjectScopes
{
    private static readonly FrozenSet<string> OfCluster = new[]
    {
        "Namespace", "Node", "PersistentVolume", "ComponentStatus",
        "admissionregistration.k8s.io/MutatingAdmissionPolicy", "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding",
        "admissionregistration.k8s.io/MutatingWebhookConfiguration", "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
        "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding", "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
        "apiextensions.k8s.io/CustomResourceDefinition", "apiregistration.k8s.io/APIService",
        "certificates.k8s.io/CertificateSigningRequest", "certificates.k8s.io/ClusterTrustBundle",
        "flowcontrol.apiserver.k8s.io/FlowSchema", "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration",
        "internal.apiserver.k8s.io/StorageVersion", "networking.k8s.io/IPAddress", "networking.k8s.io/IngressClass",
        "networking.k8s.io/ServiceCIDR", "node.k8s.io/RuntimeClass", "rbac.authorization.k8s.io/ClusterRole",
        "rbac.authorization.k8s.io/ClusterRoleBinding", "resource.k8s.io/DeviceClass", "resource.k8s.io/DeviceTaintRule",
        "resource.k8s.io/ResourceSlice", "scheduling.k8s.io/PriorityClass", "storage.k8s.io/CSIDriver", "storage.k8s.io/CSINode",
        "storage.k8s.io/StorageClass", "storage.k8s.io/VolumeAttachment", "storage.k8s.io/VolumeAttributesClass",
        "storagemigration.k8s.io/StorageVersionMigration",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Gives the namespace to each namespaced object that names none.</summary>
    public static void SetNamespace(IReadOnlyCollection<KubernetesObject> objects, string @namespace)
    {
        var declared = objects.Select(Declared).OfType<string>().ToHashSet(StringComparer.Ordinal);
        foreach (var item in objects.Where(static item => item.Namespace.Length == 0))
        {
            var kind = item.GroupVersionKind.GroupKind.ToString();
            if (!OfCluster.Contains(kind) && !declared.Contains(kind))
            {
                item.Metadata?["namespace"] = @namespace;
            }
        }
    }

    private static string? Declared(KubernetesObject item) =>
        item.Kind == "CustomResourceDefinition" && Text(item, "spec", "scope") == "Cluster"
            ? new GroupKind(Text(item, "spec", "group") ?? string.Empty, Text(item, "spec", "names", "kind") ?? string.Empty).ToString()
            : null;

    private static string? Text(KubernetesObject item, params ReadOnlySpan<string> path) =>
        item.At(path) is System.Text.Json.Nodes.JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
