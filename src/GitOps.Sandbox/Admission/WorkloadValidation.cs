using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>What the kinds that run pods demand.</summary>
internal static class WorkloadValidation
{
    private static readonly string[] Always = ["Always"];
    private static readonly string[] Finite = ["OnFailure", "Never"];
    private static readonly string[] MutableInStatefulSet =
    [
        "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ];

    public static void Check(string kind, JsonObject? before, JsonObject? spec, Causes causes)
    {
        switch (kind)
        {
            case "Deployment" or "ReplicaSet" or "DaemonSet":
                Selecting(spec, causes);
                BuiltInValidation.Unchanged(before, spec, "selector", "spec.selector", "field is immutable", causes);
                break;
            case "StatefulSet":
                Selecting(spec, causes);
                StatefulSetUpdate(before, spec, causes);
                break;
            case "Job":
                PodValidation.Spec(spec.Object("template").Object("spec"), "spec.template.spec", Finite, causes);
                foreach (var name in new[] { "selector", "completionMode", "podFailurePolicy", "backoffLimitPerIndex" })
                {
                    BuiltInValidation.Unchanged(before, spec, name, $"spec.{name}", "field is immutable", causes);
                }

                if (!before.IsTrue("suspend"))
                {
                    BuiltInValidation.Unchanged(before, spec, "template", "spec.template", "field is immutable", causes);
                }

                break;
            case "CronJob":
                if (spec.Text("schedule") is null or "")
                {
                    causes.Required("spec.schedule");
                }

                PodValidation.Spec(
                    spec.Object("jobTemplate").Object("spec").Object("template").Object("spec"), "spec.jobTemplate.spec.template.spec", Finite, causes);
                break;
            default:
                return;
        }

        if (KubernetesObject.GetInt64(spec, "replicas") is < 0)
        {
            causes.Invalid("spec.replicas", spec!["replicas"], "must be greater than or equal to 0");
        }
    }

    private static void Selecting(JsonObject? spec, Causes causes)
    {
        var selector = spec.Object("selector");
        if (selector is null)
        {
            causes.Required("spec.selector");
        }
        else if (selector.Object("matchLabels") is null or { Count: 0 } && selector.IsEmptyList("matchExpressions"))
        {
            causes.Invalid("spec.selector", selector, "empty selector is invalid for deployment");
        }

        var labels = spec.Object("template").Object("metadata").Object("labels");
        if (selector is null || !Matches(selector, labels))
        {
            causes.Invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`");
        }

        PodValidation.Spec(spec.Object("template").Object("spec"), "spec.template.spec", Always, causes);
    }

    private static bool Matches(JsonObject selector, JsonObject? labels) =>
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
