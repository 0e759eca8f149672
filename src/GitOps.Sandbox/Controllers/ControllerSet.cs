using GitOps.Sandbox.Controllers.Network;
using GitOps.Sandbox.Controllers.Nodes;
using GitOps.Sandbox.Controllers.Storage;
using GitOps.Sandbox.Controllers.Workloads;

namespace GitOps.Sandbox.Controllers;

/// <summary>The controllers that the options switch on.</summary>
internal static class ControllerSet
{
    public static IEnumerable<IController> Create(SandboxControllers options, ClusterView view, string rootCertificate)
    {
        var nodes = new NodePool(options.Nodes);
        (bool IsOn, Func<IController> Create)[] all =
        [
            (options.NamespaceDeletion, () => new NamespaceController(view)),
            (options.NamespaceContent, () => new NamespaceContent(view, rootCertificate)),
            (options.ClusterRoleAggregation, () => new ClusterRoleAggregation(view)),
            (options.ResourceQuotas, () => new ResourceQuotaController(view)),
            (options.GarbageCollection, () => new GarbageCollector(view)),
            (options.Pods, () => new NodeController(view, nodes)),
            (options.Pods, () => new PodController(view, nodes)),
            (options.Deployments, () => new DeploymentController(view)),
            (options.ReplicaSets, () => new ReplicaSetController(view)),
            (options.StatefulSets, () => new StatefulSetController(view)),
            (options.DaemonSets, () => new DaemonSetController(view)),
            (options.Jobs, () => new JobController(view)),
            (options.CronJobs, () => new CronJobController(view)),
            (options.EndpointSlices, () => new EndpointSliceController(view)),
            (options.LoadBalancers, () => new LoadBalancerController(view)),
            (options.Ingresses, () => new IngressController(view)),
            (options.Volumes, () => new ClaimController(view)),
            (options.Volumes, () => new VolumeController(view)),
        ];
        return all.Where(static one => one.IsOn).Select(static one => one.Create());
    }
}
