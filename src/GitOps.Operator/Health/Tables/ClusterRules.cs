using static GitOps.Operator.Health.Tables.Table;

namespace GitOps.Operator.Health.Tables;

/// <summary>Clusters, nodes, clouds and fleets.</summary>
internal static class ClusterRules
{
    public static IEnumerable<KindRule> All =>
    [
        .. ClusterApi(), .. Karpenter(), .. Fleets(), .. Clouds(),
        .. Kinds("apps.openshift.io", "DeploymentConfig",
            Progressing(Absent("status.conditions")), Progressing(Absent("status.replicas")), Healthy(At("status.replicas", "0")),
            Healthy(Is("Available"), Is("Progressing", "NewReplicationControllerAvailable")),
            Progressing(Any(Is("Available"), Is("Progressing", "NewReplicationControllerAvailable"))),
            Degraded()),
        .. Kinds("route.openshift.io", "Route",
            Degraded(Some("status.ingress", new ConditionFact("conditions", "Admitted", "False", null))),
            Progressing(Absent("status.ingress")),
            Progressing(Some("status.ingress", Not(new ConditionFact("conditions", "Admitted", "True", null)))),
            Healthy()),
        .. Kinds("operator.openshift.io", "IngressController",
            Degraded(Is("Degraded")), Progressing(IsNot("DeploymentReplicasAllAvailable")), Progressing(Is("Progressing")), Healthy(Is("Available"))),
        .. Kinds("nmstate.io", "NodeNetworkConfigurationPolicy",
            Degraded(Is("Degraded")), Healthy(Is("Available")), Progressing(Is("Progressing")), Suspended(Is("Ignored"))),
        .. Kinds("kubevirt.io", "VirtualMachine",
            Suspended(Is("Paused")), Healthy(Is("Ready")).Saying("status.printableStatus"),
            Progressing(Has("Ready"), True("status.created")).Saying("status.printableStatus"),
            Suspended(Has("Ready")).Saying("status.printableStatus")),
        .. Kinds("kubevirt.io", "VirtualMachineInstance",
            Degraded(At("status.phase", "Failed")), Progressing(At("status.phase", "Pending", "Scheduling", "Scheduled")),
            Suspended(At("status.phase", "Succeeded")), Unknown(At("status.phase", "Unknown")),
            Suspended(Is("Paused")), Healthy(Is("Ready")), Degraded(Has("Ready"))),
        .. Kinds("cdi.kubevirt.io", "DataVolume",
            Healthy(At("status.phase", "Succeeded")), Suspended(At("status.phase", "Paused")),
            Degraded(IsNot("Running", "Error")), Degraded(At("status.phase", "Failed", "Unknown"))),
    ];

    private static IEnumerable<KindRule> ClusterApi() =>
    [
        .. Kinds("cluster.x-k8s.io", "Cluster",
            Suspended(True("spec.paused")),
            Degraded(Some("status.conditions", At("type", "Ready"), At("status", "False"), Not(At("severity", "Info")))),
            Healthy(At("status.phase", "Provisioned")), Degraded(At("status.phase", "Failed"))),
        .. Kinds("cluster.x-k8s.io", "Machine", Healthy(At("status.phase", "Running")), Degraded(At("status.phase", "Failed"))),
        .. Kinds("cluster.x-k8s.io", "MachineDeployment",
            Suspended(True("spec.paused")), Healthy(At("status.phase", "Running")), Degraded(At("status.phase", "Failed"))),
        .. Kinds("cluster.x-k8s.io", "MachineHealthCheck",
            Healthy(Same("status.expectedMachines", "status.currentHealthy")), Degraded(Present("status.currentHealthy"))),
        .. Kinds("cluster.x-k8s.io", "MachinePool",
            Healthy(At("status.phase", "Running", "Scaling")), Degraded(At("status.phase", "Failed", "Unknown"))),
        .. Kinds("addons.cluster.x-k8s.io", "ClusterResourceSet", ByCondition("ResourcesApplied")),
        .. Kinds("controlplane.cluster.x-k8s.io", "AWSManagedControlPlane",
            Progressing(Unobserved()),
            Degraded(At("status.failureMessage")).Saying("status.failureMessage"),
            Progressing(Is("EKSControlPlaneUpdating")),
            Healthy(Is("Ready")),
            Degraded(Some("status.conditions", At("status", "False"), At("severity", "Error")))),
    ];

    private static IEnumerable<KindRule> Karpenter() =>
    [
        .. Kinds("karpenter.sh", "NodePool", ByCondition("Ready")),
        .. Kinds("karpenter.k8s.aws", "EC2NodeClass", ByCondition("Ready")),
        .. Kinds("karpenter.sh", "NodeClaim",
            Progressing(Unobserved()), Suspended(Is("Disrupting")), Healthy(Is("Ready")), Degraded(IsNot("Ready"))),
    ];

    private static IEnumerable<KindRule> Fleets() =>
    [
        .. Kinds("core.gardener.cloud", "Shoot",
            Healthy(At(ShootLabel, "healthy")), Degraded(At(ShootLabel, "unhealthy")), Unknown(At(ShootLabel, "unknown"))),
        .. Kinds("work.karmada.io", "ClusterResourceBinding",
            [Progressing(Not(new ItemsFact("spec.clusters"))), Progressing(Not(new SameCountFact("spec.clusters", "status.aggregatedStatus"))), .. Karmada()]),
        .. Kinds("work.karmada.io", "ResourceBinding",
            [
                Progressing(Not(new ItemsFact("status.aggregatedStatus"))),
                Progressing(Present("spec.clusters"), Not(new SameCountFact("spec.clusters", "status.aggregatedStatus"))),
                .. Karmada(),
            ]),
        .. Kinds("policy.open-cluster-management.io", "CertificatePolicy", Healthy(At("status.compliant", "Compliant")), Degraded(Present("status.compliant"))),
        .. Kinds("policy.open-cluster-management.io", "ConfigurationPolicy",
            Progressing(Absent("status.compliant")), Progressing(NotYetObserved("status.lastEvaluatedGeneration")),
            Progressing(Absent("status.compliancyDetails")),
            Healthy(At("status.compliant", "Compliant")), Degraded()),
        .. Kinds("policy.open-cluster-management.io", "OperatorPolicy",
            Progressing(Unobserved()), Healthy(Is("Compliant")), Degraded(Has("Compliant"))),
        .. Kinds("policy.open-cluster-management.io", "Policy",
            Healthy(True("spec.disabled")),
            Healthy(Absent("status.compliant"), Absent("status.status"), new ItemsFact("status.placement")),
            Healthy(At("status.compliant", "Compliant")), Degraded(Present("status.compliant"))),
    ];

    private const string ShootLabel = "metadata.labels[shoot.gardener.cloud/status]";

    private static Clause[] Karmada() =>
    [
        Degraded(Some("status.aggregatedStatus", At("health", "Unhealthy"))),
        Degraded(Some("status.aggregatedStatus", At("health", "Unknown"), Not(True("applied")))),
        Healthy(),
    ];

    private static IEnumerable<KindRule> Clouds() =>
    [
        .. Kinds("core.cnrm.cloud.google.com", "ConfigConnector ConfigConnectorContext",
            [Progressing(Unobserved()), Healthy(True("status.healthy")), Degraded(At("status.healthy", "false")), .. ConfigConnector()[1..]]),
        .. Kinds("*.cnrm.cloud.google.com", "*", ConfigConnector()),
        .. Kinds("*.services.k8s.aws", "*", Degraded(Is("ACK.Terminal")), Healthy(Is("Ready"))),
        .. Kinds("pkg.crossplane.io", "Provider", Healthy(Is("Installed"), Is("Healthy")), Degraded(Present("status.conditions"))),
        .. Kinds("stacks.crossplane.io", "ClusterStackInstall",
            Healthy(new ConditionFact("status.conditionedStatus.conditions", "Ready", "True", null))),
        .. Classic("cloudfront.aws.crossplane.io", "Distribution"),
        .. Classic("iam.aws.crossplane.io", "Policy Role RolePolicyAttachment"),
        .. Classic("rds.aws.crossplane.io", "DBCluster DBInstance"),
        .. Classic("route53.aws.crossplane.io", "ResourceRecordSet"),
        .. Classic("s3.aws.crossplane.io", "Bucket"),
        .. Kinds("pulumi.com", "Stack",
            Progressing(NotYetObserved()), Degraded(Is("Stalled")), Progressing(Is("Reconciling")), Healthy(Is("Ready"))),
    ];

    /// <summary>Google Cloud's Config Connector says by the reason of its one condition how far it is.</summary>
    private static Clause[] ConfigConnector() =>
    [
        Progressing(Unobserved()),
        Degraded(Has(null, "UpdateFailed")), Degraded(Has(null, "DependencyNotFound")), Suspended(Has(null, "DependencyNotReady")),
        Healthy(Is(null, "UpToDate")),
    ];

    /// <summary>The first AWS provider of Crossplane.</summary>
    private static IEnumerable<KindRule> Classic(string group, string kinds) => Kinds(group, kinds,
        Progressing(Absent("status.conditions")),
        Healthy(Is("Ready"), Is("Synced")),
        Suspended(Not(Is("Synced")), Has("Synced", "ReconcilePaused")),
        Degraded(Not(Is("Synced"))),
        Progressing(Not(Has("Synced", "ReconcilePaused"))),
        Degraded());
}
