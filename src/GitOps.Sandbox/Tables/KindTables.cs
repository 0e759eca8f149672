using System.Collections.Frozen;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Tables;

/// <summary>Which table a kind has. A resource's versions share one: cells are made of the stored form.</summary>
internal static class KindTables
{
    private static readonly FrozenDictionary<(string Group, string Resource), KindTable> BuiltIn = new Dictionary<(string, string), KindTable>
    {
        [("", "componentstatuses")] = ClusterTables.ComponentStatus,
        [("", "configmaps")] = ClusterTables.ConfigMap,
        [("", "endpoints")] = NetworkTables.Endpoints,
        [("", "events")] = ClusterTables.Event,
        [("", "namespaces")] = ClusterTables.Namespace,
        [("", "nodes")] = ClusterTables.Node,
        [("", "persistentvolumeclaims")] = StorageTables.PersistentVolumeClaim,
        [("", "persistentvolumes")] = StorageTables.PersistentVolume,
        [("", "pods")] = PodTable.Table,
        [("", "podtemplates")] = WorkloadTables.PodTemplate,
        [("", "replicationcontrollers")] = WorkloadTables.ReplicationController,
        [("", "resourcequotas")] = ClusterTables.ResourceQuota,
        [("", "secrets")] = ClusterTables.Secret,
        [("", "serviceaccounts")] = ClusterTables.NameAndAge,
        [("", "services")] = NetworkTables.Service,
        [("admissionregistration.k8s.io", "mutatingadmissionpolicies")] = AccessTables.MutatingPolicy,
        [("admissionregistration.k8s.io", "mutatingadmissionpolicybindings")] = AccessTables.PolicyBinding,
        [("admissionregistration.k8s.io", "mutatingwebhookconfigurations")] = AccessTables.Webhooks,
        [("admissionregistration.k8s.io", "validatingadmissionpolicies")] = AccessTables.ValidatingPolicy,
        [("admissionregistration.k8s.io", "validatingadmissionpolicybindings")] = AccessTables.PolicyBinding,
        [("admissionregistration.k8s.io", "validatingwebhookconfigurations")] = AccessTables.Webhooks,
        [("apiregistration.k8s.io", "apiservices")] = ClusterTables.ApiService,
        [("apps", "controllerrevisions")] = WorkloadTables.ControllerRevision,
        [("apps", "daemonsets")] = WorkloadTables.DaemonSet,
        [("apps", "deployments")] = WorkloadTables.Deployment,
        [("apps", "replicasets")] = WorkloadTables.ReplicaSet,
        [("apps", "statefulsets")] = WorkloadTables.StatefulSet,
        [("autoscaling", "horizontalpodautoscalers")] = AutoscalerTable.Table,
        [("batch", "cronjobs")] = WorkloadTables.CronJob,
        [("batch", "jobs")] = WorkloadTables.Job,
        [("certificates.k8s.io", "certificatesigningrequests")] = AccessTables.CertificateRequest,
        [("coordination.k8s.io", "leases")] = ClusterTables.Lease,
        [("discovery.k8s.io", "endpointslices")] = NetworkTables.EndpointSlice,
        [("flowcontrol.apiserver.k8s.io", "flowschemas")] = ClusterTables.FlowSchema,
        [("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations")] = ClusterTables.PriorityLevel,
        [("networking.k8s.io", "ingressclasses")] = NetworkTables.IngressClass,
        [("networking.k8s.io", "ingresses")] = NetworkTables.Ingress,
        [("networking.k8s.io", "ipaddresses")] = NetworkTables.IpAddress,
        [("networking.k8s.io", "networkpolicies")] = NetworkTables.NetworkPolicy,
        [("networking.k8s.io", "servicecidrs")] = NetworkTables.ServiceCidr,
        [("node.k8s.io", "runtimeclasses")] = ClusterTables.RuntimeClass,
        [("policy", "poddisruptionbudgets")] = WorkloadTables.PodDisruptionBudget,
        [("rbac.authorization.k8s.io", "clusterrolebindings")] = AccessTables.RoleBinding,
        [("rbac.authorization.k8s.io", "rolebindings")] = AccessTables.RoleBinding,
        [("resource.k8s.io", "deviceclasses")] = ClusterTables.NameAndAge,
        [("resource.k8s.io", "resourceclaims")] = ClusterTables.ResourceClaim,
        [("resource.k8s.io", "resourceclaimtemplates")] = ClusterTables.NameAndAge,
        [("resource.k8s.io", "resourceslices")] = ClusterTables.ResourceSlice,
        [("scheduling.k8s.io", "priorityclasses")] = ClusterTables.PriorityClass,
        [("storage.k8s.io", "csidrivers")] = StorageTables.Driver,
        [("storage.k8s.io", "csinodes")] = StorageTables.DriverNode,
        [("storage.k8s.io", "storageclasses")] = StorageTables.StorageClass,
        [("storage.k8s.io", "volumeattachments")] = StorageTables.VolumeAttachment,
        [("storage.k8s.io", "volumeattributesclasses")] = StorageTables.VolumeAttributesClass,
    }.ToFrozenDictionary();

    public static KindTable Of(ServedResource resource) => resource.Custom?.Table ?? Of(resource.Storage);

    private static KindTable Of(GroupResource stored) => BuiltIn.GetValueOrDefault((stored.Group, stored.Resource), ClusterTables.Plain);
}
