namespace GitOps.Sandbox;

/// <summary>
/// Which controllers run beside the API server, and how fast the pretended nodes are. Everything is off by default; what is
/// switched on writes as the program does that it stands for: <c>kube-controller-manager</c>, <c>kubelet</c>.
/// </summary>
public sealed record SandboxControllers
{
    /// <summary>A bare API server.</summary>
    public static SandboxControllers None { get; } = new();

    /// <summary>All of them, and nodes that are as fast as can be.</summary>
    public static SandboxControllers All { get; } = new()
    {
        GarbageCollection = true,
        NamespaceDeletion = true,
        NamespaceContent = true,
        ClusterRoleAggregation = true,
        ResourceQuotas = true,
        Deployments = true,
        ReplicaSets = true,
        StatefulSets = true,
        DaemonSets = true,
        Jobs = true,
        CronJobs = true,
        Pods = true,
        EndpointSlices = true,
        LoadBalancers = true,
        Ingresses = true,
        Volumes = true,
    };

    /// <summary>Delete what its owners have left behind, and carry out foreground and orphan deletion.</summary>
    public bool GarbageCollection { get; init; }

    /// <summary>Empty namespaces that are being deleted, and let them go.</summary>
    public bool NamespaceDeletion { get; init; }

    /// <summary>Give every namespace its ServiceAccount <c>default</c> and its ConfigMap <c>kube-root-ca.crt</c>.</summary>
    public bool NamespaceContent { get; init; }

    /// <summary>Give ClusterRoles with an aggregationRule, <c>admin</c>, <c>edit</c> and <c>view</c> among them, the rules they gather.</summary>
    public bool ClusterRoleAggregation { get; init; }

    /// <summary>Count what quotas limit; without it a quota limits nothing.</summary>
    public bool ResourceQuotas { get; init; }

    /// <summary>Deployments make ReplicaSets.</summary>
    public bool Deployments { get; init; }

    /// <summary>ReplicaSets make Pods.</summary>
    public bool ReplicaSets { get; init; }

    /// <summary>StatefulSets make Pods, in order, and their claims.</summary>
    public bool StatefulSets { get; init; }

    /// <summary>DaemonSets make a Pod for each node.</summary>
    public bool DaemonSets { get; init; }

    /// <summary>Jobs make Pods, and end.</summary>
    public bool Jobs { get; init; }

    /// <summary>CronJobs make Jobs.</summary>
    public bool CronJobs { get; init; }

    /// <summary>
    /// Pretended nodes, which are there as objects: they take Pods, write their status and let them go. What becomes of a Pod
    /// is told by its annotations, see <see cref="PodAnnotations"/>.
    /// </summary>
    public bool Pods { get; init; }

    /// <summary>Services with a selector get EndpointSlices.</summary>
    public bool EndpointSlices { get; init; }

    /// <summary>Services of type LoadBalancer get an address.</summary>
    public bool LoadBalancers { get; init; }

    /// <summary>Ingresses get an address.</summary>
    public bool Ingresses { get; init; }

    /// <summary>Claims get a volume; used claims and volumes are protected from deletion.</summary>
    public bool Volumes { get; init; }

    /// <summary>How many nodes are pretended.</summary>
    public int Nodes { get; init; } = 1;

    /// <summary>How long it takes from a Pod's start until it is ready, or has ended if it is a Job's.</summary>
    public TimeSpan PodStartup { get; init; }

    /// <summary>How long a Pod takes to stop, at most its grace period.</summary>
    public TimeSpan PodShutdown { get; init; }

    /// <summary>How long it takes until a Service of type LoadBalancer or an Ingress has its address.</summary>
    public TimeSpan AddressDelay { get; init; }
}

/// <summary>Annotations, on a Pod or the template it is made from, that tell what becomes of the Pod.</summary>
public static class PodAnnotations
{
    /// <summary>
    /// <c>ready</c>, <c>pending</c> (never scheduled), <c>creating</c> (never started), <c>unready</c> (runs, and never is
    /// ready), <c>crash</c>, <c>image-pull</c>, <c>evicted</c>, <c>succeed</c>, <c>fail</c>. Absent: it becomes ready, or
    /// succeeds if it is never started again.
    /// </summary>
    public const string Outcome = "sandbox.gitops-operator.dev/pod";

    /// <summary>How long that takes, in place of <see cref="SandboxControllers.PodStartup"/>: <c>300ms</c>, <c>5s</c>, <c>1m30s</c>.</summary>
    public const string Delay = "sandbox.gitops-operator.dev/pod-delay";
}
