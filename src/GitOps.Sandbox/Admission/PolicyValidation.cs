using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>What the kinds that limit and schedule others must have.</summary>
internal static class PolicyValidation
{
    private static readonly string[] LimitSides = ["min", "max", "default", "defaultRequest"];

    private static readonly string[] Scopes =
        ["BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating", "VolumeAttributesClass"];

    public static void Disruption(JsonObject? spec, Causes causes)
    {
        if (spec?["minAvailable"] is not null && spec["maxUnavailable"] is not null)
        {
            causes.Invalid("spec", new JsonObject(), "minAvailable and maxUnavailable cannot be both set");
        }

        foreach (var name in new[] { "minAvailable", "maxUnavailable" })
        {
            WorkloadValidation.CountOrPercent(spec, name, "spec", causes);
            if (spec?[name]?.ToString() is { } text && text.EndsWith('%') && long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var share) && share > 100)
            {
                causes.Invalid($"spec.{name}", spec[name], "must not be greater than 100%");
            }
        }

        SelectorValidation.Labels(spec.Object("selector"), "spec.selector", causes);
        causes.OneOf("spec.unhealthyPodEvictionPolicy", spec?["unhealthyPodEvictionPolicy"], "AlwaysAllow", "IfHealthyBudget");
    }

    public static void Priority(JsonObject? before, KubernetesObject next, Causes causes)
    {
        const string System = "system-";
        var json = next.Json;
        var value = KubernetesObject.GetInt64(json, "value") ?? 0;
        if (next.Name.StartsWith(System, StringComparison.Ordinal))
        {
            if (next.Name is not ("system-cluster-critical" or "system-node-critical"))
            {
                causes.Forbidden("metadata.name", "priority class names with 'system-' prefix are reserved for system use only");
            }
        }
        else if (value > 1_000_000_000)
        {
            causes.Forbidden("value", "maximum allowed value of a user defined priority is 1000000000");
        }

        causes.OneOf("preemptionPolicy", json["preemptionPolicy"], "Never", "PreemptLowerPriority");
        if (before is not null && (KubernetesObject.GetInt64(before, "value") ?? 0) != value)
        {
            causes.Invalid("value", value, "field is immutable");
        }

        BuiltInValidation.Unchanged(before, json, "preemptionPolicy", "preemptionPolicy", "field is immutable", causes);
    }

    public static void Lease(JsonObject? spec, Causes causes)
    {
        if (KubernetesObject.GetInt64(spec, "leaseDurationSeconds") is <= 0)
        {
            causes.Invalid("spec.leaseDurationSeconds", spec!["leaseDurationSeconds"], "must be greater than 0");
        }

        causes.NotNegative("spec", spec, "leaseTransitions");
    }

    public static void Limits(JsonObject? spec, Causes causes)
    {
        foreach (var (item, place) in spec.Each("limits", "spec"))
        {
            var type = item.Text("type") ?? string.Empty;
            if (type is not ("Pod" or "Container" or "PersistentVolumeClaim") && !type.Contains('/', StringComparison.Ordinal))
            {
                causes.Invalid($"{place}.type", type, "must be a standard limit type or fully qualified");
            }

            if (type == "Pod")
            {
                foreach (var name in new[] { "default", "defaultRequest" })
                {
                    if (item.Object(name) is { Count: > 0 })
                    {
                        causes.Forbidden($"{place}.{name}", "may not be specified when `type` is 'Pod'");
                    }
                }
            }

            if (type == "PersistentVolumeClaim" && item.Object("min")?["storage"] is null && item.Object("max")?["storage"] is null)
            {
                causes.Required($"{place}.limits", "either minimum or maximum storage value is required, but neither was provided");
            }

            Order(item, place, causes);
        }
    }

    public static void Quota(JsonObject? before, JsonObject? spec, Causes causes)
    {
        foreach (var (name, amount) in spec.Object("hard") ?? [])
        {
            var place = $"spec.hard[{name}]";
            causes.Check(place, name, Names.Qualified(name));
            if (!name.Contains('/', StringComparison.Ordinal) && !IsQuota(name))
            {
                causes.Invalid(place, name, "must be a standard resource for quota");
            }

            if (Quantity.TryRead(amount, out var value) && value < 0)
            {
                causes.Invalid(place, amount, "must be greater than or equal to 0");
            }
            else if (value != decimal.Truncate(value) && (IsCount(name) || name.Contains('/', StringComparison.Ordinal)))
            {
                causes.Invalid(place, amount, "must be an integer");
            }
        }

        var scopes = spec.Texts("scopes");
        if (scopes.Any(static scope => !Scopes.Contains(scope, StringComparer.Ordinal)))
        {
            causes.Invalid("spec.scopes", spec!["scopes"], "unsupported scope");
        }

        foreach (var (one, other) in new[] { ("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating") })
        {
            if (scopes.Contains(one, StringComparer.Ordinal) && scopes.Contains(other, StringComparer.Ordinal))
            {
                causes.Invalid("spec.scopes", spec!["scopes"], "conflicting scopes");
            }
        }

        if (before is not null && !JsonNode.DeepEquals(before["scopes"], spec?["scopes"]))
        {
            causes.Invalid("spec.scopes", spec?["scopes"], "field is immutable");
        }
    }

    public static void StorageClass(JsonObject? before, JsonObject json, Causes causes)
    {
        var provisioner = json.Text("provisioner") ?? string.Empty;
        if (provisioner.Length == 0)
        {
            causes.Required("provisioner");
        }
        else
        {
            causes.Check("provisioner", provisioner, Names.Qualified(provisioner.ToLowerInvariant()));
        }

        causes.OneOf("reclaimPolicy", json["reclaimPolicy"], "Delete", "Retain");
        causes.OneOf("volumeBindingMode", json["volumeBindingMode"], "Immediate", "WaitForFirstConsumer");
        if (before is null)
        {
            return;
        }

        if (!JsonNode.DeepEquals(before["parameters"], json["parameters"]))
        {
            causes.Forbidden("parameters", "updates to parameters are forbidden.");
        }

        foreach (var name in new[] { "provisioner", "reclaimPolicy", "volumeBindingMode" })
        {
            BuiltInValidation.Unchanged(before, json, name, name, "field is immutable", causes);
        }
    }

    public static void PriorityLevel(KubernetesObject next, Causes causes)
    {
        var spec = next.Json.Object("spec");
        var type = spec.Text("type") ?? string.Empty;
        causes.OneOf("spec.type", spec?["type"], "Exempt", "Limited");
        if (type == "Exempt" && next.Name != "exempt")
        {
            causes.Invalid("spec.type", type, "must be 'Exempt' if and only if `name` is 'exempt'");
        }
        else if (type == "Limited" && spec?["limited"] is null)
        {
            causes.Required("spec.limited", "must not be empty when type is Limited");
        }

        var response = spec.Object("limited").Object("limitResponse");
        if (response is not null)
        {
            causes.OneOf("spec.limited.limitResponse.type", response["type"], "Queue", "Reject");
        }

        if (response.Text("type") == "Queue" && response?["queuing"] is null)
        {
            causes.Required("spec.limited.limitResponse.queuing", "must not be empty if limited.limitResponse.type is Limited");
        }
    }

    public static void FlowSchema(JsonObject? spec, Causes causes)
    {
        if (KubernetesObject.GetInt64(spec, "matchingPrecedence") is not (> 0 and <= 10_000))
        {
            causes.Invalid("spec.matchingPrecedence", spec?["matchingPrecedence"], "must be within [1, 10000]");
        }

        causes.RequireText("spec.priorityLevelConfiguration.name", spec.Object("priorityLevelConfiguration").Text("name"));
    }

    private static bool IsCount(string name) => name is "pods" or "services" or "replicationcontrollers" or "resourcequotas" or "secrets" or "configmaps"
        or "persistentvolumeclaims" or "services.nodeports" or "services.loadbalancers" || name.StartsWith("count/", StringComparison.Ordinal);

    private static bool IsQuota(string name) => IsCount(name)
        || name is "cpu" or "memory" or "storage" or "ephemeral-storage" or "requests.cpu" or "requests.memory" or "requests.storage"
            or "requests.ephemeral-storage" or "limits.cpu" or "limits.memory" or "limits.ephemeral-storage"
        || name.StartsWith("requests.hugepages-", StringComparison.Ordinal) || ResourceValidation.IsHugePages(name);

    private static void Order(JsonObject item, string path, Causes causes)
    {
        var names = LimitSides.SelectMany(side => item.Object(side) ?? [])
            .Where(static amount => amount.Value?.GetValueKind() is JsonValueKind.String or JsonValueKind.Number)
            .Select(static amount => amount.Key).Distinct(StringComparer.Ordinal).ToList();
        foreach (var name in names)
        {
            var (min, max, standard, request) = (Amount("min"), Amount("max"), Amount("default"), Amount("defaultRequest"));
            Sorted("min", min, "max", max);
            Sorted("defaultRequest", request, "default", standard);
            if (request < min)
            {
                causes.Invalid($"{path}.defaultRequest[{name}]", item.Object("defaultRequest")![name], "min value is greater than default request value");
            }

            if (request > max)
            {
                causes.Invalid($"{path}.defaultRequest[{name}]", item.Object("defaultRequest")![name], "default request value is greater than max value");
            }

            if (standard < min)
            {
                causes.Invalid($"{path}.default[{name}]", item.Object("default")![name], "min value is greater than default value");
            }

            if (standard > max)
            {
                causes.Invalid($"{path}.default[{name}]", item.Object("default")![name], "default value is greater than max value");
            }

            decimal? Amount(string side) => Quantity.TryRead(item.Object(side)?[name], out var value) ? value : null;

            void Sorted(string lower, decimal? low, string upper, decimal? high)
            {
                if (low > high)
                {
                    causes.Invalid($"{path}.{lower}[{name}]", item.Object(lower)![name], $"{lower} value is greater than {upper} value");
                }
            }
        }
    }
}
