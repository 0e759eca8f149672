using static GitOps.Operator.Health.Tables.Table;

namespace GitOps.Operator.Health.Tables;

/// <summary>Metrics, logs, traces and dashboards.</summary>
internal static class ObservabilityRules
{
    public static IEnumerable<KindRule> All =>
    [
        .. Grafana(), .. Humio(),
        .. Kinds("monitoring.coreos.com", "Prometheus Alertmanager ThanosRuler",
            Healthy(Is("Available")), Progressing(Has("Available", "SomePodsNotReady")), Degraded(Has("Available"))),
        .. Kinds("operator.victoriametrics.com", "*",
            Progressing(Unobserved()), Healthy(At("status.updateStatus", "operational")),
            Suspended(At("status.updateStatus", "paused")).Saying("status.reason"), Degraded(At("status.updateStatus", "failed")).Saying("status.reason")),
        .. Kinds("datadoghq.com", "DatadogMetric", Degraded(Is("Error")), Degraded(IsNot("Valid")), Healthy()),
        .. Kinds("coralogix.com", "Alert RecordingRuleGroupSet", ByCondition("RemoteSynced")),
        .. Kinds("jaegertracing.io", "Jaeger", Healthy(At("status.phase", "Running")), Degraded(At("status.phase", "Failed"))),
        .. Kinds("kiali.io", "Kiali", Progressing(Has("Running", "Running")), Degraded(Is("Failure")), Healthy(Is("Successful"))),
        .. Kinds("beat.k8s.elastic.co", "Beat",
            Degraded(At("status.health", "red")), Healthy(At("status.health", "green")), Progressing(At("status.health", "yellow")),
            Progressing(Absent("status.health"), Present("status.expectedNodes")), Unknown()),
        .. Kinds("logstash.k8s.elastic.co", "Logstash", Healthy(At("status.health", "green")), Degraded(At("status.health", "red"))),
    ];

    private static IEnumerable<KindRule> Grafana() =>
    [
        .. Kinds("grafana.integreatly.org", "Grafana",
            Degraded(At("status.stageStatus", "failed")), Healthy(At("status.stageStatus", "success"), At("status.stage", "complete"))),
        .. Kinds("grafana.integreatly.org", "GrafanaDashboard GrafanaFolder", Degraded(IsNot(null)), Healthy(Is(null))),
        .. Kinds("grafana.integreatly.org", "GrafanaDatasource",
            Progressing(Absent("status")), Progressing(At("status.uid", string.Empty)), Degraded(True("status.NoMatchingInstances")), Healthy()),
        .. Kinds("grafana-org-operator.kubitus-project.gitlab.io", "*", ByCondition("Ready")),
    ];

    private static IEnumerable<KindRule> Humio() =>
    [
        .. Kinds("core.humio.com", "HumioAction HumioAlert HumioIngestToken HumioParser HumioRepository HumioView",
            Healthy(At("status.state", "Exists")), Missing(At("status.state", "NotFound")),
            Degraded(At("status.state", "ConfigError")), Unknown(At("status.state", "Unknown"))),
        .. Kinds("core.humio.com", "HumioCluster",
            Healthy(At("status.state", "Running")).Saying("status.message"), Degraded(At("status.state", "ConfigError")).Saying("status.message"),
            Unknown(At("status.state", "Unknown")).Saying("status.message")),
    ];
}
