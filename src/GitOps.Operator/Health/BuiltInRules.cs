using System.Collections.Frozen;
using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Health.Tables;

namespace GitOps.Operator.Health;

/// <summary>The catalogue of all rules that are built in: first those of one kind, then those of a group, then those of many groups.</summary>
internal sealed class BuiltInRules : IHealthRuleSource
{
    private const string AnyKind = "*";
    private const string Below = "*.";

    private static readonly string[] Routes = ["GRPCRoute", "HTTPRoute", "TCPRoute", "TLSRoute", "UDPRoute"];

    public static readonly BuiltInRules Instance = new();

    private readonly FrozenDictionary<GroupKind, KindRule> _kinds;
    private readonly FrozenDictionary<string, KindRule> _groups;
    private readonly ImmutableArray<(string Suffix, KindRule Rule)> _families;

    private BuiltInRules()
    {
        All = [.. OfKubernetes(), .. OfOthers(), .. Tabled().OrderBy(static rule => rule.Group, StringComparer.Ordinal).ThenBy(static rule => rule.Kind, StringComparer.Ordinal)];
        var ofOneGroup = All.Where(static rule => !rule.Group.StartsWith(Below, StringComparison.Ordinal)).ToLookup(static rule => rule.Kind == AnyKind);
        _kinds = ofOneGroup[false].ToFrozenDictionary(static rule => new GroupKind(rule.Group, rule.Kind));
        _groups = ofOneGroup[true].ToFrozenDictionary(static rule => rule.Group, StringComparer.Ordinal);
        _families = [.. All.Where(static rule => rule.Group.StartsWith(Below, StringComparison.Ordinal)).Select(static rule => (rule.Group[1..], rule))];
    }

    public ImmutableArray<KindRule> All { get; }

    public KindRule? Find(GroupKind kind)
    {
        if (_kinds.TryGetValue(kind, out var exact) || _groups.TryGetValue(kind.Group, out exact))
        {
            return exact;
        }

        foreach (var (suffix, rule) in _families)
        {
            if (kind.Group.EndsWith(suffix, StringComparison.Ordinal))
            {
                return rule;
            }
        }

        return null;
    }

    private static IEnumerable<KindRule> OfKubernetes() =>
    [
        new CodedRule("", "Pod", PodHealth.Assess, "phase, readiness and what its containers wait for"),
        new CodedRule("", "Service", ServiceHealth.Assess, "of type LoadBalancer: it has an address; otherwise Healthy"),
        new CodedRule("", "PersistentVolumeClaim", PersistentVolumeClaimHealth.Assess, "Bound, Pending, Lost"),
        new CodedRule("", "Namespace", NamespaceHealth.Assess, "not terminating"),
        new CodedRule("apps", "Deployment", DeploymentHealth.Assess, "paused, progress deadline, updated and available replicas"),
        new CodedRule("apps", "ReplicaSet", ReplicaSetHealth.Assess, "ReplicaFailure, available replicas"),
        new CodedRule("apps", "StatefulSet", StatefulSetHealth.Assess, "ready and updated replicas, partition, revisions; never Degraded"),
        new CodedRule("apps", "DaemonSet", DaemonSetHealth.Assess, "updated and available pods; never Degraded"),
        new CodedRule("batch", "Job", JobHealth.Assess, "Failed, Suspended, Complete"),
        new CodedRule("batch", "CronJob", CronJobHealth.Assess, "whether the last run succeeded; a suspended one is Healthy"),
        new CodedRule("networking.k8s.io", "Ingress", IngressHealth.Assess, "it has an address"),
        new CodedRule("extensions", "Ingress", IngressHealth.Assess, "it has an address"),
        new CodedRule("autoscaling", "HorizontalPodAutoscaler", HorizontalPodAutoscalerHealth.Assess, "AbleToScale, ScalingActive, ScalingLimited and their reasons"),
        new CodedRule("policy", "PodDisruptionBudget", PodDisruptionBudgetHealth.Assess, "no False condition but for InsufficientPods"),
        new CodedRule("apiregistration.k8s.io", "APIService", ApiServiceHealth.Assess, "Available; never Degraded"),
        new CodedRule("apiextensions.k8s.io", "CustomResourceDefinition", CustomResourceDefinitionHealth.Assess, "Established, NamesAccepted, NonStructuralSchema"),
    ];

    private static IEnumerable<KindRule> OfOthers() =>
    [
        new CodedRule("gitops-operator.dev", "Application", ApplicationHealth.Assess, "its own health; Missing and Unknown do not count"),
        new CodedRule("argoproj.io", "Workflow", WorkflowHealth.Assess, "phase"),
        new CodedRule("argoproj.io", "ApplicationSet", ApplicationSetHealth.Assess, "ErrorOccurred, ResourcesUpToDate, RolloutProgressing"),
        new CodedRule("argoproj.io", "Rollout", RolloutHealth.Assess, "phase; of an older controller its conditions and replicas"),
        new CodedRule("promoter.argoproj.io", "PromotionStrategy", PromotionStrategyHealth.Assess, "Ready; all environments at the commit that is proposed to all"),
        new CodedRule("gateway.networking.k8s.io", "Gateway", GatewayHealth.Assess, "ResolvedRefs, Accepted, Programmed, of it and of each listener"),
        new CodedRule("gateway.networking.k8s.io", "GatewayClass", GatewayClassHealth.Assess, "Accepted for this generation"),
        .. Routes.Select(static kind =>
            new CodedRule("gateway.networking.k8s.io", kind, RouteHealth.Assess, "ResolvedRefs, Accepted, Programmed of each parent that saw this generation")),
        new CodedRule("gateway.networking.k8s.io", "BackendTLSPolicy", AncestorPolicyHealth.AssessBackendTls, "Accepted and ResolvedRefs of each ancestor"),
        new CodedRule("microgateway.airlock.com", AnyKind, AncestorPolicyHealth.AssessAirlock, "a policy: Accepted and ResolvedRefs of each ancestor; otherwise Healthy"),
        new CodedRule("*.crossplane.io", AnyKind, CrossplaneHealth.Assess, "Synced and LastAsyncOperation; Ready, Healthy, Offered, Established, ValidPipeline or RevisionHealthy"),
        new CodedRule("*.upbound.io", AnyKind, CrossplaneHealth.AssessUpbound, "Synced, LastAsyncOperation and Ready"),
        new CodedRule("apps.kruise.io", "CloneSet", KruiseWorkloadHealth.AssessCloneSet, "paused, partition, updated and available replicas"),
        new CodedRule("apps.kruise.io", "StatefulSet", KruiseWorkloadHealth.AssessStatefulSet, "paused, partition, updated and available replicas"),
        new CodedRule("apps.kruise.io", "DaemonSet", KruiseWorkloadHealth.AssessDaemonSet, "paused, partition, updated and available pods"),
        new CodedRule("game.kruise.io", "GameServerSet", KruiseWorkloadHealth.AssessGameServerSet, "paused, partition, updated and ready replicas"),
        new CodedRule("elasticsearch.k8s.elastic.co", "Elasticsearch", ElasticsearchHealth.Assess, "available nodes, phase and colour"),
        new CodedRule("opentelemetry.io", "OpenTelemetryCollector", OpenTelemetryCollectorHealth.Assess, "ready replicas"),
        new CodedRule("operators.coreos.com", "Subscription", SubscriptionHealth.Assess, "state, install plans and catalogues; a plan that waits for approval by hand does not count"),
        new CodedRule("sparkoperator.k8s.io", "SparkApplication", SparkApplicationHealth.Assess, "state, and running executors"),
        new CodedRule("core.spinkube.dev", "SpinApp", SpinAppHealth.Assess, "Available, Progressing, ready replicas"),
    ];

    private static IEnumerable<KindRule> Tabled() =>
    [
        .. SecretRules.All, .. DeliveryRules.All, .. PromoterRules.All, .. DataRules.All, .. ClusterRules.All, .. NetworkRules.All,
        .. ObservabilityRules.All, .. WorkloadRules.All,
    ];
}
