using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Controllers;

/// <summary>What a controller has to look at: an object, whatever its state.</summary>
internal readonly record struct WorkKey(GroupResource Resource, string Namespace, string Name)
{
    public static WorkKey Of(GroupResource resource, StoredObject stored) => new(resource, stored.Namespace, stored.Name);

    public override string ToString() => $"{Resource} {Namespace}/{Name}";
}

/// <summary>The resources that controllers deal with.</summary>
internal static class Kinds
{
    public static readonly GroupResource Namespaces = new(string.Empty, "namespaces");
    public static readonly GroupResource Nodes = new(string.Empty, "nodes");
    public static readonly GroupResource Pods = new(string.Empty, "pods");
    public static readonly GroupResource Services = new(string.Empty, "services");
    public static readonly GroupResource Claims = new(string.Empty, "persistentvolumeclaims");
    public static readonly GroupResource Volumes = new(string.Empty, "persistentvolumes");
    public static readonly GroupResource ConfigMaps = new(string.Empty, "configmaps");
    public static readonly GroupResource ServiceAccounts = new(string.Empty, "serviceaccounts");
    public static readonly GroupResource Deployments = new("apps", "deployments");
    public static readonly GroupResource ReplicaSets = new("apps", "replicasets");
    public static readonly GroupResource StatefulSets = new("apps", "statefulsets");
    public static readonly GroupResource DaemonSets = new("apps", "daemonsets");
    public static readonly GroupResource Revisions = new("apps", "controllerrevisions");
    public static readonly GroupResource Jobs = new("batch", "jobs");
    public static readonly GroupResource CronJobs = new("batch", "cronjobs");
    public static readonly GroupResource EndpointSlices = new("discovery.k8s.io", "endpointslices");
    public static readonly GroupResource Ingresses = new("networking.k8s.io", "ingresses");
}
