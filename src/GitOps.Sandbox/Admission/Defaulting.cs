using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Plugins;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Admission;

/// <summary>
/// What an object is once the server has read it, before anybody's ownership of fields is looked at: in canonical form and with
/// the defaults of its kind. What the server fills in later, from its own state, is <see cref="Preparation"/>.
/// </summary>
internal static class Defaulting
{
    private static readonly Dictionary<GroupKind, Action<JsonObject>> Kinds = new()
    {
        [new("", "Pod")] = PodDefaults.Pod,
        [new("", "PodTemplate")] = static json => PodDefaults.Template(json.Object("template")),
        [new("", "ReplicationController")] = WorkloadDefaults.ReplicationController,
        [new("apps", "Deployment")] = WorkloadDefaults.Deployment,
        [new("apps", "StatefulSet")] = WorkloadDefaults.StatefulSet,
        [new("apps", "DaemonSet")] = WorkloadDefaults.DaemonSet,
        [new("apps", "ReplicaSet")] = WorkloadDefaults.ReplicaSet,
        [new("batch", "Job")] = WorkloadDefaults.Job,
        [new("batch", "CronJob")] = WorkloadDefaults.CronJob,
        [new("autoscaling", "HorizontalPodAutoscaler")] = WorkloadDefaults.HorizontalPodAutoscaler,
        [new("", "Service")] = NetworkDefaults.Service,
        [new("", "Endpoints")] = NetworkDefaults.Endpoints,
        [new("discovery.k8s.io", "EndpointSlice")] = NetworkDefaults.EndpointSlice,
        [new("networking.k8s.io", "NetworkPolicy")] = NetworkDefaults.NetworkPolicy,
        [new("networking.k8s.io", "IngressClass")] = NetworkDefaults.IngressClass,
        [new("", "LimitRange")] = LimitRanger.Complete,
        [new("", "Secret")] = StorageDefaults.Secret,
        [new("", "PersistentVolumeClaim")] = StorageDefaults.PersistentVolumeClaim,
        [new("", "PersistentVolume")] = StorageDefaults.PersistentVolume,
        [new("storage.k8s.io", "StorageClass")] = StorageDefaults.StorageClass,
        [new("storage.k8s.io", "CSIDriver")] = StorageDefaults.CsiDriver,
        [new("", "Node")] = static json =>
        {
            if (json.Object("status").Object("capacity") is { } capacity)
            {
                json.Object("status")!.Default("allocatable", capacity.DeepClone());
            }
        },
        [new("", "LimitRange")] = StorageDefaults.LimitRange,
        [new("rbac.authorization.k8s.io", "RoleBinding")] = PolicyDefaults.RoleBinding,
        [new("rbac.authorization.k8s.io", "ClusterRoleBinding")] = PolicyDefaults.RoleBinding,
        [new("scheduling.k8s.io", "PriorityClass")] = PolicyDefaults.PriorityClass,
        [new("admissionregistration.k8s.io", "ValidatingWebhookConfiguration")] = PolicyDefaults.Webhooks,
        [new("admissionregistration.k8s.io", "MutatingWebhookConfiguration")] = PolicyDefaults.MutatingWebhooks,
        [new("admissionregistration.k8s.io", "ValidatingAdmissionPolicy")] = PolicyDefaults.AdmissionPolicy,
        [new("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding")] = PolicyDefaults.AdmissionPolicyBinding,
        [new("admissionregistration.k8s.io", "MutatingAdmissionPolicy")] = PolicyDefaults.AdmissionPolicy,
        [new("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding")] = PolicyDefaults.AdmissionPolicyBinding,
        [new("apiregistration.k8s.io", "APIService")] = PolicyDefaults.ApiService,
        [new("flowcontrol.apiserver.k8s.io", "FlowSchema")] = PolicyDefaults.FlowSchema,
        [new("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration")] = PolicyDefaults.PriorityLevel,
        [new("resource.k8s.io", "ResourceClaim")] = PolicyDefaults.ResourceClaim,
        [new("resource.k8s.io", "ResourceClaimTemplate")] = PolicyDefaults.ResourceClaimTemplate,
        [new("apiextensions.k8s.io", "CustomResourceDefinition")] = PolicyDefaults.CustomResourceDefinition,
    };

    /// <summary>Changes the object in place. A custom resource is to be pruned before.</summary>
    public static void Apply(KubernetesObject subject, TypeSchema type)
    {
        CanonicalForm.Apply(subject.Json, type);
        if (!type.IsBuiltIn)
        {
            SchemaDefaults.Apply(subject.Json, type);
            return;
        }

        DeclaredDefaults(subject.Json, type);
        if (Kinds.TryGetValue(subject.GroupVersionKind.GroupKind, out var defaults))
        {
            defaults(subject.Json);
        }
    }

    /// <summary>The few defaults that the built-in schemas themselves declare; zero values there only say how a field is written.</summary>
    private static void DeclaredDefaults(JsonObject fields, TypeSchema type)
    {
        foreach (var (name, value) in fields)
        {
            switch (value, type.Child(name))
            {
                case (JsonObject members, { Shape: SchemaShape.Object } child):
                    DeclaredDefaults(members, child);
                    break;
                case (JsonArray items, { Shape: SchemaShape.List, Item: { Shape: SchemaShape.Object } item }):
                    foreach (var member in items.OfType<JsonObject>())
                    {
                        DeclaredDefaults(member, item);
                    }

                    break;
                default:
                    break;
            }
        }

        foreach (var property in type.Declared)
        {
            fields.Default(property.Name, property.Type.Default!.DeepClone());
        }
    }
}
