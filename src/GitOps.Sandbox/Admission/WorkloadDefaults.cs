using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Admission;

/// <summary>The defaults of the kinds that run pods.</summary>
internal static class WorkloadDefaults
{
    internal const string TemplateGeneration = "deprecated.daemonset.template.generation";

    public static void Deployment(JsonObject json)
    {
        var spec = json.ObjectOrNew("spec");
        spec.Default("replicas", 1);
        var strategy = spec.ObjectOrNew("strategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.Text("type") == "RollingUpdate")
        {
            var rolling = strategy.ObjectOrNew("rollingUpdate");
            rolling.Default("maxUnavailable", "25%");
            rolling.Default("maxSurge", "25%");
        }

        spec.Default("revisionHistoryLimit", 10);
        spec.Default("progressDeadlineSeconds", 600);
        PodDefaults.Template(spec.Object("template"));
    }

    public static void StatefulSet(JsonObject json)
    {
        var spec = json.ObjectOrNew("spec");
        spec.Default("replicas", 1);
        spec.Default("podManagementPolicy", "OrderedReady");
        var strategy = spec.ObjectOrNew("updateStrategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.Text("type") == "RollingUpdate")
        {
            strategy.ObjectOrNew("rollingUpdate").Default("partition", 0);
        }

        var retention = spec.ObjectOrNew("persistentVolumeClaimRetentionPolicy");
        retention.Default("whenDeleted", "Retain");
        retention.Default("whenScaled", "Retain");
        spec.Default("revisionHistoryLimit", 10);
        foreach (var claim in spec.Objects("volumeClaimTemplates"))
        {
            claim["kind"] = "PersistentVolumeClaim";
            claim["apiVersion"] = "v1";
            StorageDefaults.PersistentVolumeClaim(claim);
        }

        PodDefaults.Template(spec.Object("template"));
    }

    public static void DaemonSet(JsonObject json)
    {
        var spec = json.ObjectOrNew("spec");
        var strategy = spec.ObjectOrNew("updateStrategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.Text("type") == "RollingUpdate")
        {
            var rolling = strategy.ObjectOrNew("rollingUpdate");
            rolling.Default("maxUnavailable", 1);
            rolling.Default("maxSurge", 0);
        }

        spec.Default("revisionHistoryLimit", 10);
        json.ObjectOrNew("metadata").ObjectOrNew("annotations").Default(TemplateGeneration, "0");
        PodDefaults.Template(spec.Object("template"));
    }

    public static void ReplicaSet(JsonObject json)
    {
        var spec = json.ObjectOrNew("spec");
        spec.Default("replicas", 1);
        PodDefaults.Template(spec.Object("template"));
    }

    public static void ReplicationController(JsonObject json)
    {
        ReplicaSet(json);
        if (json.Object("spec").Object("template").Object("metadata").Object("labels") is { Count: > 0 } labels)
        {
            json.ObjectOrNew("spec").Default("selector", labels.DeepClone());
            json.ObjectOrNew("metadata").Default("labels", labels.DeepClone());
        }
    }

    public static void Job(JsonObject json)
    {
        var spec = json.ObjectOrNew("spec");
        if (spec["completions"] is null && spec["parallelism"] is null)
        {
            spec["completions"] = 1;
        }

        spec.Default("parallelism", 1);
        spec.Default("backoffLimit", spec["backoffLimitPerIndex"] is null ? 6 : int.MaxValue);
        spec.Default("completionMode", "NonIndexed");
        spec.Default("suspend", false);
        spec.Default("manualSelector", false);
        spec.Default("podReplacementPolicy", spec["podFailurePolicy"] is null ? "TerminatingOrFailed" : "Failed");
        foreach (var condition in spec.Object("podFailurePolicy").Objects("rules").SelectMany(static rule => rule.Objects("onPodConditions")))
        {
            condition.DefaultText("status", "True");
        }

        if (spec.Object("template").Object("metadata").Object("labels") is { Count: > 0 } labels)
        {
            json.ObjectOrNew("metadata").Default("labels", labels.DeepClone());
        }

        PodDefaults.Template(spec.Object("template"));
    }

    public static void CronJob(JsonObject json)
    {
        var spec = json.ObjectOrNew("spec");
        spec.Default("concurrencyPolicy", "Allow");
        spec.Default("suspend", false);
        spec.Default("successfulJobsHistoryLimit", 3);
        spec.Default("failedJobsHistoryLimit", 1);
        PodDefaults.Template(spec.Object("jobTemplate").Object("spec").Object("template"));
    }

    public static void HorizontalPodAutoscaler(JsonObject json)
    {
        var spec = json.ObjectOrNew("spec");
        spec.Default("minReplicas", 1);
        if (json.Text("apiVersion") == "autoscaling/v1")
        {
            return;
        }

        if (spec.IsEmptyList("metrics"))
        {
            spec["metrics"] = new JsonArray(new JsonObject
            {
                ["type"] = "Resource",
                ["resource"] = new JsonObject
                {
                    ["name"] = "cpu",
                    ["target"] = new JsonObject { ["type"] = "Utilization", ["averageUtilization"] = 80 },
                },
            });
        }

        if (spec.Object("behavior") is { } behavior)
        {
            ScalingRules(behavior.ObjectOrNew("scaleUp"), stabilization: 0, Policy("Pods", 4), Policy("Percent", 100));
            ScalingRules(behavior.ObjectOrNew("scaleDown"), stabilization: null, Policy("Percent", 100));
        }
    }

    private static JsonObject Policy(string type, int value) => new() { ["type"] = type, ["value"] = value, ["periodSeconds"] = 15 };

    private static void ScalingRules(JsonObject rules, int? stabilization, params JsonNode[] policies)
    {
        if (stabilization is { } seconds)
        {
            rules.Default("stabilizationWindowSeconds", seconds);
        }

        rules.Default("selectPolicy", "Max");
        if (rules.IsEmptyList("policies"))
        {
            rules["policies"] = new JsonArray(policies);
        }
    }
}
