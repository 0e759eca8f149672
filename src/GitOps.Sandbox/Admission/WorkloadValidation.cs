using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>What the kinds that run pods demand.</summary>
internal static class WorkloadValidation
{
    private static readonly string[] Always = ["Always"];
    private static readonly string[] MutableInStatefulSet =
    [
        "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ];

    public static void Check(KubernetesObject? live, KubernetesObject next, Causes causes)
    {
        var (before, spec) = (live?.Json.Object("spec"), next.Json.Object("spec"));
        switch (next.Kind)
        {
            case "Deployment":
                Selecting(before, spec, causes);
                Deployment(spec, causes);
                break;
            case "ReplicaSet":
                Selecting(before, spec, causes);
                causes.NotNegative("spec", spec, "replicas", "minReadySeconds");
                break;
            case "DaemonSet":
                Selecting(before, spec, causes);
                DaemonSet(spec, causes);
                break;
            case "StatefulSet":
                Selecting(null, spec, causes);
                StatefulSet(spec, causes);
                StatefulSetUpdate(before, spec, causes);
                if (live is null)
                {
                    causes.Check("metadata.name", next.Name, Names.IsSubdomain(next.Name) ? Names.Label(next.Name) : []);
                }

                break;
            case "Job":
                JobValidation.Job(before, spec, next, causes);
                break;
            case "CronJob":
                JobValidation.CronJob(before, spec, next, causes);
                break;
            default:
                break;
        }
    }

    /// <summary>A count, or a share in percent.</summary>
    public static void CountOrPercent(JsonObject? fields, string name, string path, Causes causes)
    {
        switch (fields?[name])
        {
            case null:
                break;
            case var value when value.GetValueKind() == System.Text.Json.JsonValueKind.String:
                var text = value.GetValue<string>();
                if (!text.EndsWith('%') || !uint.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out _))
                {
                    causes.Invalid($"{path}.{name}", value,
                        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')");
                }

                break;
            default:
                causes.NotNegative(path, fields, name);
                break;
        }
    }

    private static void Deployment(JsonObject? spec, Causes causes)
    {
        causes.NotNegative("spec", spec, "replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds");
        if (KubernetesObject.GetInt64(spec, "progressDeadlineSeconds") is { } deadline
            && deadline <= (KubernetesObject.GetInt64(spec, "minReadySeconds") ?? 0))
        {
            causes.Invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
        }

        var strategy = spec.Object("strategy");
        causes.OneOf("spec.strategy", strategy?["type"], "Recreate", "RollingUpdate");
        var rolling = strategy.Object("rollingUpdate");
        if (strategy.Text("type") == "Recreate" && rolling is not null)
        {
            causes.Forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'");
        }
        else if (strategy.Text("type") == "RollingUpdate")
        {
            const string Path = "spec.strategy.rollingUpdate";
            CountOrPercent(rolling, "maxUnavailable", Path, causes);
            CountOrPercent(rolling, "maxSurge", Path, causes);
            if (IsZero(rolling?["maxUnavailable"]) && IsZero(rolling?["maxSurge"]))
            {
                causes.Invalid($"{Path}.maxUnavailable", rolling?["maxUnavailable"], "may not be 0 when `maxSurge` is 0");
            }

            NotBeyondAll(rolling, "maxUnavailable", Path, causes);
        }
    }

    private static void DaemonSet(JsonObject? spec, Causes causes)
    {
        causes.NotNegative("spec", spec, "minReadySeconds", "revisionHistoryLimit");
        var strategy = spec.Object("updateStrategy");
        causes.OneOf("spec.updateStrategy", strategy?["type"], "OnDelete", "RollingUpdate");
        if (strategy.Text("type") != "RollingUpdate" || strategy.Object("rollingUpdate") is not { } rolling)
        {
            return;
        }

        const string Path = "spec.updateStrategy.rollingUpdate";
        CountOrPercent(rolling, "maxUnavailable", Path, causes);
        CountOrPercent(rolling, "maxSurge", Path, causes);
        NotBeyondAll(rolling, "maxUnavailable", Path, causes);
        NotBeyondAll(rolling, "maxSurge", Path, causes);
        var (unavailable, surge) = (!IsZero(rolling["maxUnavailable"]), !IsZero(rolling["maxSurge"]));
        if (unavailable && surge)
        {
            causes.Invalid($"{Path}.maxSurge", rolling["maxSurge"], "may not be set when maxUnavailable is non-zero");
        }
        else if (!unavailable && !surge)
        {
            causes.Required($"{Path}.maxUnavailable", "cannot be 0 when maxSurge is 0");
        }
    }

    private static void StatefulSet(JsonObject? spec, Causes causes)
    {
        causes.NotNegative("spec", spec, "replicas", "minReadySeconds");
        causes.NotNegative("spec.ordinals", spec.Object("ordinals"), "start");
        causes.CheckOptional("spec.serviceName", spec.Text("serviceName"), Names.Subdomain);
        if (spec.Text("podManagementPolicy") is not ("OrderedReady" or "Parallel"))
        {
            causes.Invalid("spec.podManagementPolicy", spec?["podManagementPolicy"], "must be 'OrderedReady' or 'Parallel'");
        }

        var strategy = spec.Object("updateStrategy");
        switch (strategy.Text("type"))
        {
            case "OnDelete":
                if (strategy.Object("rollingUpdate") is { } useless)
                {
                    causes.Invalid("spec.updateStrategy.rollingUpdate", useless, "only allowed for updateStrategy 'RollingUpdate'");
                }

                break;
            case "RollingUpdate":
                causes.NotNegative("spec.updateStrategy.rollingUpdate", strategy.Object("rollingUpdate"), "partition");
                break;
            default:
                causes.Invalid("spec.updateStrategy", strategy, "must be 'RollingUpdate' or 'OnDelete'");
                break;
        }

        foreach (var name in new[] { "whenDeleted", "whenScaled" })
        {
            causes.OneOf($"spec.persistentVolumeClaimRetentionPolicy.{name}", spec.Object("persistentVolumeClaimRetentionPolicy")?[name], "Retain", "Delete");
        }

        foreach (var (claim, place) in spec.Each("volumeClaimTemplates", "spec"))
        {
            ClaimValidation.Spec(claim.Object("spec"), $"{place}.spec", causes);
        }
    }

    private static bool IsZero(JsonNode? value) => value?.ToString() is null or "0" or "0%";

    private static void NotBeyondAll(JsonObject? fields, string name, string path, Causes causes)
    {
        var text = fields?[name]?.ToString();
        if (text is not null && text.EndsWith('%') && long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var share) && share > 100)
        {
            causes.Invalid($"{path}.{name}", fields![name], "must not be greater than 100%");
        }
    }

    private static void Selecting(JsonObject? before, JsonObject? spec, Causes causes)
    {
        var selector = spec.Object("selector");
        var labels = spec.Object("template").Object("metadata").Object("labels");
        var problems = causes.Count;
        if (selector is null)
        {
            causes.Required("spec.selector");
        }
        else
        {
            SelectorValidation.Labels(selector, "spec.selector", causes);
            if (selector.Object("matchLabels") is null or { Count: 0 } && selector.IsEmptyList("matchExpressions"))
            {
                causes.Invalid("spec.selector", selector, "empty selector is invalid");
            }
            else if (causes.Count > problems)
            {
                causes.Invalid("spec.selector", selector, "invalid label selector");
            }
        }

        // What cannot be read selects nothing, and is not compared.
        if (selector is null || (causes.Count == problems && !Matches(selector, labels)))
        {
            causes.Invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`");
        }

        Template(spec.Object("template"), "spec.template", Always, causes);
        if (KubernetesObject.GetInt64(spec.Object("template").Object("spec"), "activeDeadlineSeconds") is not null)
        {
            causes.Forbidden("spec.template.spec.activeDeadlineSeconds", "activeDeadlineSeconds in ReplicaSet is not Supported");
        }

        BuiltInValidation.Unchanged(before, spec, "selector", "spec.selector", "field is immutable", causes);
    }

    /// <summary>A pod template, whose metadata is told without the word.</summary>
    public static void Template(JsonObject? template, string path, string[]? restarts, Causes causes)
    {
        var metadata = template.Object("metadata");
        MetadataValidation.Labels(metadata.Object("labels"), $"{path}.labels", causes);
        MetadataValidation.Annotations(metadata.Object("annotations"), $"{path}.annotations", causes);
        PodValidation.Spec(template.Object("spec"), $"{path}.spec", restarts, causes);
    }

    internal static bool Matches(JsonObject selector, JsonObject? labels) =>
        (selector.Object("matchLabels") ?? []).All(label => labels.Text(label.Key) is { } value
            && value == KubernetesObject.GetString(selector.Object("matchLabels"), label.Key))
        && selector.Objects("matchExpressions").All(expression => Matches(expression, labels.Text(expression.Text("key") ?? string.Empty)));

    private static bool Matches(JsonObject expression, string? value)
    {
        var isListed = value is not null && expression["values"] is JsonArray values
            && values.Any(item => item is JsonValue text && text.TryGetValue(out string? listed) && listed == value);
        return expression.Text("operator") switch
        {
            "In" => isListed,
            "NotIn" => !isListed,
            "Exists" => value is not null,
            _ => value is null,
        };
    }

    private static void StatefulSetUpdate(JsonObject? before, JsonObject? spec, Causes causes)
    {
        if (before is null || spec is null)
        {
            return;
        }

        var isChanged = before.Select(static member => member.Key).Union(spec.Select(static member => member.Key), StringComparer.Ordinal)
            .Any(name => !MutableInStatefulSet.Contains(name, StringComparer.Ordinal) && !JsonNode.DeepEquals(before[name], spec[name]));
        if (isChanged)
        {
            causes.Forbidden(
                "spec",
                "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
                    + "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
        }
    }
}
