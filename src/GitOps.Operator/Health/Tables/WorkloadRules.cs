using static GitOps.Operator.Health.Tables.Table;

namespace GitOps.Operator.Health.Tables;

/// <summary>What runs and scales pods.</summary>
internal static class WorkloadRules
{
    public static IEnumerable<KindRule> All =>
    [
        .. Knative(), .. Kruise(),
        .. Kinds("keda.sh", "ScaledObject",
            Degraded(IsNot("Ready")), Degraded(Is("Fallback")), Suspended(Is("Ready"), Is("Paused")), Healthy(Is("Ready"))),
        .. Kinds("keda.sh", "ScaledJob",
            Degraded(IsNot("Ready")), Degraded(IsOpen("Ready")), Suspended(Is("Ready"), Is("Paused")), Healthy(Is("Ready"))),
        .. Kinds("serving.kserve.io", "InferenceService",
            Progressing(Absent("status.conditions")), Suspended(Is("Stopped")),
            Degraded(Present("status.modelStatus"), Not(At("status.modelStatus.transitionStatus", "UpToDate", "InProgress"))),
            Progressing(At("status.modelStatus.transitionStatus", "InProgress")), Progressing(IsOpen(null)),
            Progressing(Some("status.conditions", At("status", "False"), Not(At("type", "Stopped")))),
            Healthy()),
        .. Kinds("openfaas.com", "Function",
            Degraded(IsNot("Ready")), Degraded(Is("Stalled")), Healthy(Is("Ready"), Positive("status.replicas")), Suspended(Is("Ready"))),
        .. Kinds("camel.apache.org", "Integration", ByCondition("Ready")),
        .. Kinds("k8s.keycloak.org", "Keycloak", Degraded(Is("HasErrors")), Healthy(Is("Ready"))),
        .. Kinds("kyverno.io", "Policy",
            Healthy(Some("status.conditions", At("type", "Ready"), At("status", "True"), At("reason", "Succeeded"), At("message", "Ready")))),
    ];

    private static IEnumerable<KindRule> Knative() =>
    [
        .. Kinds("serving.knative.dev", "Service",
            Degraded(IsNot(null)), Progressing(IsOpen(null)), Healthy(Is("Ready"), Is("ConfigurationsReady"), Is("RoutesReady"))),
        .. Kinds("operator.knative.dev", "KnativeEventing",
            Progressing(IsNot("Ready")), Progressing(IsOpen(null)), Healthy(Is("Ready"), Is("InstallSucceeded")), Degraded(Present("status.conditions"))),
        .. Kinds("operator.knative.dev", "KnativeServing",
            Progressing(IsNot("Ready")), Progressing(IsNot("DeploymentsAvailable")), Progressing(IsOpen(null)),
            Healthy(Is("Ready"), Is("InstallSucceeded"), Is("DependenciesInstalled"), Is("DeploymentsAvailable")),
            Degraded(Present("status.conditions"))),
    ];

    private static IEnumerable<KindRule> Kruise() =>
    [
        .. Kinds("apps.kruise.io", "AdvancedCronJob",
            Suspended(Absent("status.lastScheduleTime"), True("spec.paused")), Progressing(new ItemsFact("status.active")),
            Degraded(Present("status"), Absent("status.lastScheduleTime")), Healthy(Present("status"))),
        .. Kinds("apps.kruise.io", "BroadcastJob",
            Healthy(At("status.phase", "completed"), Same("status.desired", "status.succeeded")),
            Degraded(At("status.phase", "failed"), Not(At("status.failed", "0"))),
            Suspended(At("status.phase", "paused"), True("spec.paused"))),
        .. Kinds("game.kruise.io", "GameServer",
            Unknown(Absent("status")),
            Progressing(Not(Same("status.currentState", "status.desiredState"))),
            Degraded(Some("status.podStatus.conditions", At("type", "KruisePodReady"), Not(At("status", "True")))),
            Healthy(At("status.currentState", "Ready")),
            Unknown()),
    ];
}
