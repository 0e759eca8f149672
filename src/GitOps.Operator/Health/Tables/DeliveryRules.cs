using static GitOps.Operator.Health.Tables.Table;

namespace GitOps.Operator.Health.Tables;

/// <summary>Argo, Flux, Flagger, Keptn, Numaproj: what delivers software.</summary>
internal static class DeliveryRules
{
    private const string ResultLabel = "metadata.labels[numaplane.numaproj.io/progressive-result-state]";

    public static IEnumerable<KindRule> All =>
    [
        .. Argo(), .. Flux(), .. Keptn(), .. Numaflow(), .. Numaplane(),
        .. Kinds("flagger.app", "Canary",
            Degraded(At("status.phase", "Failed")),
            Progressing(At("status.phase", "Progressing", "Finalising", "Promoting")),
            Healthy(At("status.phase", "Succeeded", "Initialized")),
            Unknown()),
        .. Kinds("spot.io", "SpotDeployment",
            Degraded(Has("InvalidSpec")), Degraded(Has("Progressing", "RolloutAborted")), Degraded(Has("Progressing", "ProgressDeadlineExceeded")),
            Suspended(Is("Paused")), Progressing(Absent("status.conditions")), Progressing(At("status.phase", "Progressing")), Healthy()),
        .. Kinds("rollouts.kruise.io", "Rollout",
            Progressing(NotYetObserved()),
            Suspended(At("status.canaryStatus.currentStepState", "StepPaused"), At("status.phase", "Progressing")),
            Healthy(At("status.canaryStatus.currentStepState", "Completed"), At("status.phase", "Healthy")),
            Degraded(At("status.canaryStatus.currentStepState", "StepPaused"), At("status.phase", "Terminating", "Disabled"))),
    ];

    private static IEnumerable<KindRule> Argo() =>
    [
        .. Kinds("argoproj.io", "AnalysisRun",
            Healthy(At("status.phase", "Successful")).Saying("status.message"),
            Degraded(At("status.phase", "Failed", "Error")).Saying("status.message"),
            Unknown(At("status.phase", "Inconclusive")).Saying("status.message")),
        .. Kinds("argoproj.io", "Experiment",
            Healthy(At("status.phase", "Successful")), Degraded(At("status.phase", "Failed", "Error")).Saying("status.message")),
        .. Kinds("argoproj.io", "CronWorkflow", Degraded(Is("SpecError")), Degraded(Is("SubmissionError")), Healthy()),
        .. Kinds("argoproj.io", "EventBus", ByCondition("Deployed")),
    ];

    private static IEnumerable<KindRule> Flux() =>
    [
        .. Kinds("kustomize.toolkit.fluxcd.io", "Kustomization", FluxWith(Is("Ready"))),
        .. Kinds("image.toolkit.fluxcd.io", "ImageUpdateAutomation", FluxWith(Is("Ready"))),
        .. Kinds("helm.toolkit.fluxcd.io", "HelmRelease", FluxWith(Is("Ready"), Any(Is("Released"), Is("TestSuccess")))),
        .. Kinds("source.toolkit.fluxcd.io", "GitRepository OCIRepository Bucket HelmChart", FluxWith(Is("Ready"), Is("ArtifactInStorage"))),
        .. Kinds("source.toolkit.fluxcd.io", "HelmRepository",
            [Suspended(True("spec.suspend")), Healthy(At("spec.type", "oci")), .. FluxWith(Is("Ready"), Is("ArtifactInStorage"))[1..]]),
        .. Kinds("image.toolkit.fluxcd.io", "ImageRepository", [Suspended(True("spec.suspend")), .. Image("Scanning")]),
        .. Kinds("image.toolkit.fluxcd.io", "ImagePolicy", Image("AccessingRepository", "ApplyingPolicy")),
        .. Kinds("notification.toolkit.fluxcd.io", "Receiver",
            Suspended(True("spec.suspend")), Healthy(Is("Ready")), Degraded(Present("status.conditions"))),
    ];

    private static Clause[] FluxWith(params Fact[] done) =>
    [
        Suspended(True("spec.suspend")),
        Progressing(Is("Reconciling"), IsOpen("Ready")),
        Healthy(done),
        Degraded(Present("status.conditions")),
    ];

    private static Clause[] Image(params string[] working) =>
    [
        Progressing(Any([.. working.Prepend("NewGeneration").Select(static reason => Is("Reconciling", reason))]), Lacks("Ready")),
        Healthy(Is("Ready")),
        Degraded(Present("status.conditions")),
    ];

    private static IEnumerable<KindRule> Keptn() =>
    [
        .. Kinds("lifecycle.keptn.sh", "KeptnAppVersion KeptnTask KeptnWorkloadInstance KeptnWorkloadVersion",
            Healthy(At("status.status", "Succeeded")), Degraded(At("status.status", "Failed"))),
        .. Kinds("lifecycle.keptn.sh", "KeptnEvaluation",
            Healthy(At("status.overallStatus", "Succeeded")), Degraded(At("status.overallStatus", "Failed"))),
        .. Kinds("metrics.keptn.sh", "Analysis",
            Healthy(True("status.pass")), Healthy(True("status.warning")), Degraded(At("status.pass", "false"))),
        .. Kinds("metrics.keptn.sh", "KeptnMetric", Degraded(At("status.errMsg")).Saying("status.errMsg"), Healthy(Present("status.value"))),
    ];

    private static IEnumerable<KindRule> Numaflow() =>
    [
        .. Kinds("numaflow.numaproj.io", "InterStepBufferService", [.. Numa(), Healthy(At("status.phase", "Running"))]),
        .. Kinds("numaflow.numaproj.io", "MonoVertex", [.. Numa(), Healthy(At("status.phase", "Running", "Paused"))]),
        .. Kinds("numaflow.numaproj.io", "Pipeline", [.. Numa(), Healthy(At("status.phase", "Running", "Paused", "Pausing"))]),
        .. Kinds("numaflow.numaproj.io", "Vertex",
            Progressing(NotYetObserved()), Degraded(At("status.phase", "Failed")).Saying("status.message"), Degraded(IsNot(null)),
            Healthy(At("status.phase", "Running", "Paused"))),
    ];

    private static Clause[] Numa() =>
    [
        Progressing(NotYetObserved()),
        Degraded(At("status.phase", "Failed")).Saying("status.message"),
        Degraded(At(ResultLabel, "failed")),
        Degraded(IsNot(null)),
    ];

    private static IEnumerable<KindRule> Numaplane() =>
    [
        .. Kinds("numaplane.numaproj.io", "ISBServiceRollout", [.. Upgraded("ISBSvcFailed"), Healthy(Is("ChildResourcesHealthy")), Unknown()]),
        .. Kinds("numaplane.numaproj.io", "MonoVertexRollout",
            [.. Upgraded("MonoVertexFailed"), Healthy(Is("MonoVertexPausingOrPaused")), Healthy(Is("ChildResourcesHealthy")), Unknown()]),
        .. Kinds("numaplane.numaproj.io", "PipelineRollout",
            [.. Upgraded("PipelineFailed"), Healthy(Is("PipelinePausingOrPaused")), Healthy(Is("ChildResourcesHealthy")), Unknown()]),
        .. Kinds("numaplane.numaproj.io", "NumaflowControllerRollout",
            Progressing(NotYetObserved()),
            Progressing(Any(At("status.upgradeInProgress"), At("status.phase", "Pending"))),
            Progressing(IsNot("ChildResourcesHealthy", "Progressing")),
            Degraded(At("status.phase", "Failed")).Saying("status.message"),
            Degraded(IsNot("ChildResourcesHealthy")),
            Healthy(Is("ChildResourcesHealthy")),
            Unknown()),
    ];

    private static Clause[] Upgraded(string failure) =>
    [
        Progressing(NotYetObserved()),
        Progressing(Any(At("status.upgradeInProgress"), At("status.phase", "Pending")), Not(IsNot("ProgressiveUpgradeSucceeded"))),
        Progressing(IsNot("ChildResourcesHealthy", "Progressing")),
        Degraded(At("status.phase", "Failed")).Saying("status.message"),
        Degraded(IsNot("ChildResourcesHealthy", failure)),
        Degraded(IsNot("ProgressiveUpgradeSucceeded")),
    ];
}
