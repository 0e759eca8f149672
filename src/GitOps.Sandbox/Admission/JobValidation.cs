using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>What Jobs and CronJobs demand.</summary>
internal static class JobValidation
{
    private static readonly string[] Restarts = ["Always", "OnFailure", "Never"];

    public static void Job(JsonObject? before, JsonObject? spec, KubernetesObject next, Causes causes)
    {
        Spec(spec, "spec", causes);
        if (before is null)
        {
            Selector(spec, next, causes);
            if (spec.Text("completionMode") == "Indexed" && next.Name.Length > 60)
            {
                causes.Invalid("metadata.name", next.Name, "will not able to create pod with invalid DNS label");
            }

            return;
        }

        Update(before, spec, causes);
    }

    public static void CronJob(JsonObject? before, JsonObject? spec, KubernetesObject next, Causes causes)
    {
        var schedule = spec.Text("schedule") ?? string.Empty;
        if (schedule.Length == 0)
        {
            causes.Required("spec.schedule");
        }
        else if (schedule.Contains("TZ", StringComparison.Ordinal))
        {
            if (before.Text("schedule") != schedule)
            {
                causes.Invalid("spec.schedule", schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
            }
        }
        else if (!CronSchedule.IsValid(schedule))
        {
            causes.Invalid("spec.schedule", schedule, "expected exactly 5 fields");
        }

        if (spec?["timeZone"] is { } zone && !IsTimeZone(zone.ToString()))
        {
            causes.Invalid("spec.timeZone", zone, "unknown time zone " + zone);
        }

        causes.OneOf("spec.concurrencyPolicy", spec?["concurrencyPolicy"], "Allow", "Forbid", "Replace");
        causes.NotNegative("spec", spec, "startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit");
        if (before is null && next.Name.Length > 52)
        {
            causes.Invalid("metadata.name", next.Name, "must be no more than 52 characters");
        }

        var job = spec.Object("jobTemplate").Object("spec");
        const string Path = "spec.jobTemplate.spec";
        Spec(job, Path, causes);
        if (job?["selector"] is not null)
        {
            causes.Invalid($"{Path}.selector", job["selector"], "`selector` will be auto-generated");
        }

        if (job.IsTrue("manualSelector"))
        {
            causes.NotSupported($"{Path}.manualSelector", true, ["\"nil\"", "\"false\""]);
        }
    }

    private static bool IsTimeZone(string zone) =>
        zone.Length > 0 && !zone.Equals("local", StringComparison.OrdinalIgnoreCase) && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _);

    private static void Spec(JsonObject? spec, string path, Causes causes)
    {
        causes.NotNegative(path, spec, "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes");
        causes.CheckOptional($"{path}.managedBy", spec.Text("managedBy"), ManagedBy);
        var mode = spec.Text("completionMode");
        causes.OneOf($"{path}.completionMode", spec?["completionMode"], "NonIndexed", "Indexed");
        if (mode == "Indexed" && spec?["completions"] is null)
        {
            causes.Required($"{path}.completions", "when completion mode is Indexed");
        }

        if (mode is null or "NonIndexed")
        {
            foreach (var name in new[] { "backoffLimitPerIndex", "maxFailedIndexes", "successPolicy" })
            {
                if (spec?[name] is { } given)
                {
                    causes.Invalid($"{path}.{name}", name == "successPolicy" ? "object" : given, "requires indexed completion mode");
                }
            }
        }

        var isReplacedWhenFailed = spec?["podFailurePolicy"] is not null;
        if (isReplacedWhenFailed)
        {
            causes.OneOf($"{path}.podReplacementPolicy", spec?["podReplacementPolicy"], "Failed");
            FailurePolicy(spec, path, causes);
        }
        else
        {
            causes.OneOf($"{path}.podReplacementPolicy", spec?["podReplacementPolicy"], "Failed", "TerminatingOrFailed");
        }

        var template = spec.Object("template");
        WorkloadValidation.Template(template, $"{path}.template", restarts: null, causes);
        switch (template.Object("spec").Text("restartPolicy"))
        {
            case null or "" or "Always":
                causes.Required($"{path}.template.spec.restartPolicy", "valid values: \"OnFailure\", \"Never\"");
                break;
            case var policy when !Restarts.Contains(policy, StringComparer.Ordinal):
                causes.NotSupported($"{path}.template.spec.restartPolicy", policy, ["\"OnFailure\"", "\"Never\""]);
                break;
            case "OnFailure" when isReplacedWhenFailed:
                causes.Invalid($"{path}.template.spec.restartPolicy", "OnFailure", "only \"Never\" is supported when podFailurePolicy is specified");
                break;
            default:
                break;
        }
    }

    private static List<string> ManagedBy(string text) => text.Contains('/', StringComparison.Ordinal) && Names.Qualified(text).Count == 0
        ? []
        : ["must be a domain-prefixed path (such as \"acme.io/foo\")"];

    private static void FailurePolicy(JsonObject? spec, string path, Causes causes)
    {
        foreach (var (rule, place) in spec.Object("podFailurePolicy").Each("rules", $"{path}.podFailurePolicy"))
        {
            causes.OneOf($"{place}.action", rule["action"], "Count", "FailIndex", "FailJob", "Ignore");
            var codes = rule.Object("onExitCodes");
            var hasConditions = !rule.IsEmptyList("onPodConditions");
            if (codes is null == !hasConditions)
            {
                causes.Invalid(place, rule, codes is null
                    ? "specifying one of onExitCodes and onPodConditions is required"
                    : "specifying both OnExitCodes and OnPodConditions is not supported");
            }

            if (codes is null)
            {
                continue;
            }

            causes.OneOf($"{place}.onExitCodes.operator", codes["operator"], "In", "NotIn");
            var values = codes["values"] as JsonArray ?? [];
            if (values.Count == 0)
            {
                causes.Invalid($"{place}.onExitCodes.values", values, "at least one value is required");
            }

            for (var i = 0; i < values.Count; i++)
            {
                if (codes.Text("operator") == "In" && KubernetesObject.TryGetInt64(values[i], out var code) && code == 0)
                {
                    causes.Invalid($"{place}.onExitCodes.values[{i}]", values[i], "must not be 0 for the In operator");
                }
            }
        }
    }

    private static void Selector(JsonObject? spec, KubernetesObject next, Causes causes)
    {
        var selector = spec.Object("selector");
        var labels = spec.Object("template").Object("metadata").Object("labels");
        if (selector is null)
        {
            causes.Required("spec.selector");
        }
        else
        {
            SelectorValidation.Labels(selector, "spec.selector", causes);
        }

        if (!spec.IsTrue("manualSelector"))
        {
            var isForeign = selector.Object("matchLabels").Text("batch.kubernetes.io/controller-uid") != next.Uid || (selector.Object("matchLabels")?.Count ?? 0) != 1;
            if (isForeign && selector is not null)
            {
                causes.Invalid("spec.selector", selector, "`selector` not auto-generated");
            }
        }

        if (selector is null || !WorkloadValidation.Matches(selector, labels))
        {
            causes.Invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`");
        }
    }

    private static void Update(JsonObject before, JsonObject? spec, Causes causes)
    {
        var isElastic = spec.Text("completionMode") == "Indexed"
            && JsonNode.DeepEquals(before["completions"], before["parallelism"]) && JsonNode.DeepEquals(spec?["completions"], spec?["parallelism"])
            && before["completions"] is not null && spec?["completions"] is not null;
        if (!isElastic)
        {
            BuiltInValidation.Unchanged(before, spec, "completions", "spec.completions", "field is immutable", causes);
        }

        foreach (var name in new[] { "selector", "completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy" })
        {
            BuiltInValidation.Unchanged(before, spec, name, $"spec.{name}", "field is immutable", causes);
        }

        if (spec?["backoffLimitPerIndex"] is not null && before["backoffLimitPerIndex"] is null)
        {
            causes.Invalid("spec.backoffLimitPerIndex", spec["backoffLimitPerIndex"], "field is immutable");
        }

        var (was, now) = (before.Object("template"), spec.Object("template"));
        if (before.IsTrue("suspend"))
        {
            (was, now) = (WithoutScheduling(was), WithoutScheduling(now));
        }

        if (!JsonNode.DeepEquals(was, now))
        {
            causes.Invalid("spec.template", now, "field is immutable");
        }

        if (spec.Object("selector") is { } selector && !JsonNode.DeepEquals(before["selector"], selector)
            && !WorkloadValidation.Matches(selector, now.Object("metadata").Object("labels")))
        {
            causes.Invalid("spec.selector", selector, "field is immutable");
        }
    }

    /// <summary>Where the pods of a suspended Job will run can still be changed.</summary>
    private static JsonObject? WithoutScheduling(JsonObject? template)
    {
        if (template?.DeepClone() is not JsonObject copy)
        {
            return null;
        }

        copy.Remove("metadata");
        foreach (var name in new[] { "nodeSelector", "affinity", "tolerations", "schedulingGates" })
        {
            copy.Object("spec")?.Remove(name);
        }

        foreach (var container in copy.Object("spec").Objects("containers").Concat(copy.Object("spec").Objects("initContainers")))
        {
            container.Remove("resources");
        }

        return copy;
    }
}
