using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>
/// What an object's own fields say about its health: Argo CD's rules for the kinds it has one for, kstatus' for all others.
/// Never looks at children, at other objects or at the clock.
/// </summary>
internal static class HealthRules
{
    private static readonly Dictionary<GroupKind, Func<KubernetesObject, HealthStatus?>> ByKind = new()
    {
        [new("apps", "Deployment")] = DeploymentHealth.Assess,
        [new("apps", "ReplicaSet")] = ReplicaSetHealth.Assess,
        [new("apps", "StatefulSet")] = StatefulSetHealth.Assess,
        [new("apps", "DaemonSet")] = DaemonSetHealth.Assess,
        [new("batch", "Job")] = JobHealth.Assess,
        [new("batch", "CronJob")] = CronJobHealth.Assess,
        [new("", "Pod")] = PodHealth.Assess,
        [new("", "Service")] = ServiceHealth.Assess,
        [new("", "PersistentVolumeClaim")] = PersistentVolumeClaimHealth.Assess,
        [new("", "Namespace")] = NamespaceHealth.Assess,
        [new("networking.k8s.io", "Ingress")] = IngressHealth.Assess,
        [new("extensions", "Ingress")] = IngressHealth.Assess,
        [new("autoscaling", "HorizontalPodAutoscaler")] = HorizontalPodAutoscalerHealth.Assess,
        [new("policy", "PodDisruptionBudget")] = PodDisruptionBudgetHealth.Assess,
        [new("apiregistration.k8s.io", "APIService")] = ApiServiceHealth.Assess,
        [new("apiextensions.k8s.io", "CustomResourceDefinition")] = CustomResourceDefinitionHealth.Assess,
        [new("argoproj.io", "Workflow")] = WorkflowHealth.Assess,
        [new("argoproj.io", "ApplicationSet")] = ApplicationSetHealth.Assess,
        [new("gitops-operator.dev", "Application")] = ApplicationHealth.Assess,
    };

    /// <returns>Null where the object says nothing about its health: it counts neither as healthy nor as not.</returns>
    public static HealthStatus? Assess(KubernetesObject found)
    {
        // A hook whose finalizer is ours is judged by its result, which is read before it is let go.
        if (found.IsTerminating && !found.Finalizers.Any(static name => name is
                Api.Annotations.Prefix + "hook-finalizer" or Api.Annotations.ArgoPrefix + "hook-finalizer"))
        {
            return new(HealthCode.Progressing, "Pending deletion");
        }

        return ByKind.TryGetValue(found.Key.GroupKind, out var rule) ? rule(found) : GenericHealth.Assess(found);
    }
}
