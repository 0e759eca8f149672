using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Plugins;

/// <summary>What an object counts for in a quota.</summary>
internal static class QuotaUsage
{
    private const string OfStorageClass = ".storageclass.storage.k8s.io/";

    private static readonly GroupResource Services = new(string.Empty, "services");
    private static readonly GroupResource Claims = new(string.Empty, "persistentvolumeclaims");
    private static readonly string[] Counted = ["configmaps", "resourcequotas", "replicationcontrollers", "secrets"];
    private static readonly string[] Computed = ["cpu", "memory", "ephemeral-storage"];

    /// <summary>Whether a write can change what is used.</summary>
    public static bool IsTouchedBy(AdmissionRequest request) =>
        request.Subresource.Length == 0
        && (request.Operation == AdmissionRequest.Create
            || (request.Operation == AdmissionRequest.Update && (request.Storage == Services || request.Storage == Claims)))
        && request.Storage != new GroupResource(string.Empty, "events");

    /// <summary>By the names that quotas use.</summary>
    public static Amounts Of(GroupResource resource, JsonObject json)
    {
        var used = new Amounts { [$"count/{resource}"] = Amount.Of(1) };
        var spec = json.Object("spec");
        if (resource == AdmissionPlugins.Pods)
        {
            Pod(json, spec, used);
        }
        else if (resource == Services)
        {
            Service(spec, used);
        }
        else if (resource == Claims)
        {
            Claim(json, spec, used);
        }
        else if (resource.Group.Length == 0 && Counted.Contains(resource.Resource, StringComparer.Ordinal))
        {
            used[resource.Resource] = Amount.Of(1);
        }

        return used;
    }

    /// <summary>The names among those of a quota that a resource's objects can count for.</summary>
    public static IEnumerable<string> Matching(GroupResource resource, IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            var isOwn = name == $"count/{resource}"
                || (resource == AdmissionPlugins.Pods && IsOfPods(name))
                || (resource == Services && name is "services" or "services.loadbalancers" or "services.nodeports")
                || (resource == Claims && IsOfClaims(name))
                || (resource.Group.Length == 0 && resource.Resource == name && Counted.Contains(name, StringComparer.Ordinal));
            if (isOwn)
            {
                yield return name;
            }
        }
    }

    /// <summary>Whether a quota's scopes cover an object; only pods have scopes.</summary>
    public static bool IsInScope(GroupResource resource, JsonObject quota, JsonObject json) =>
        (quota.Object("spec")?["scopes"] as JsonArray ?? []).All(scope => resource == AdmissionPlugins.Pods && IsInScope(scope?.ToString(), json, null))
        && quota.Object("spec").Object("scopeSelector").Objects("matchExpressions").All(selector =>
            resource == AdmissionPlugins.Pods && IsInScope(selector.Text("scopeName"), json, selector));

    /// <summary>Which of some demanded amounts containers do not state: <c>cpu for: a,b; memory for: a</c>.</summary>
    /// <returns>Null if none is missing.</returns>
    public static string? Unstated(IEnumerable<string> demanded, JsonObject pod)
    {
        var spec = pod.Object("spec");
        if (spec.Object("resources") is { Count: > 0 })
        {
            return null;
        }

        var missing = demanded
            .Where(static name => name is "cpu" or "memory" or "requests.cpu" or "requests.memory" or "limits.cpu" or "limits.memory")
            .Order(StringComparer.Ordinal)
            .Select(name => (Name: name, Containers: spec.Objects("containers").Concat(spec.Objects("initContainers"))
                .Where(container => !States(container, name)).Select(static container => container.Text("name") ?? string.Empty)
                .Order(StringComparer.Ordinal).ToList()))
            .Where(static entry => entry.Containers.Count > 0)
            .Select(static entry => $"{entry.Name} for: {string.Join(',', entry.Containers)}")
            .ToList();
        return missing.Count == 0 ? null : string.Join("; ", missing);
    }

    private static bool States(JsonObject container, string name)
    {
        var side = name.StartsWith("limits.", StringComparison.Ordinal) ? "limits" : "requests";
        return container.Object("resources").Object(side)?[name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..]] is not null;
    }

    private static bool IsOfPods(string name) =>
        name is "pods" or "requests.cpu" or "requests.memory" or "requests.ephemeral-storage" or "limits.cpu" or "limits.memory" or "limits.ephemeral-storage"
        || Computed.Contains(name, StringComparer.Ordinal)
        || name.StartsWith("hugepages-", StringComparison.Ordinal)
        || (name.StartsWith("requests.", StringComparison.Ordinal)
            && (name.Contains('/', StringComparison.Ordinal) || name.StartsWith("requests.hugepages-", StringComparison.Ordinal)));

    private static bool IsOfClaims(string name) =>
        name is "persistentvolumeclaims" or "requests.storage"
        || name.EndsWith(OfStorageClass + "persistentvolumeclaims", StringComparison.Ordinal)
        || name.EndsWith(OfStorageClass + "requests.storage", StringComparison.Ordinal);

    private static void Pod(JsonObject json, JsonObject? spec, Amounts used)
    {
        if (json.Object("status").Text("phase") is "Succeeded" or "Failed")
        {
            return;
        }

        used["pods"] = Amount.Of(1);
        foreach (var (name, amount) in Amounts.OfPod(spec, "requests"))
        {
            if (Computed.Contains(name, StringComparer.Ordinal) || name.StartsWith("hugepages-", StringComparison.Ordinal))
            {
                used[name] = amount;
            }

            used["requests." + name] = amount;
        }

        foreach (var (name, amount) in Amounts.OfPod(spec, "limits").Where(static entry => Computed.Contains(entry.Key, StringComparer.Ordinal)))
        {
            used["limits." + name] = amount;
        }
    }

    private static void Service(JsonObject? spec, Amounts used)
    {
        var (type, ports) = (spec.Text("type"), spec.Objects("ports").ToList());
        var allocates = spec?["allocateLoadBalancerNodePorts"] is null || spec.IsTrue("allocateLoadBalancerNodePorts");
        used["services"] = Amount.Of(1);
        used["services.loadbalancers"] = Amount.Of(type == "LoadBalancer" ? 1 : 0);
        used["services.nodeports"] = Amount.Of(type switch
        {
            "NodePort" => ports.Count,
            "LoadBalancer" => allocates ? ports.Count : ports.Count(static port => KubernetesObject.GetInt64(port, "nodePort") is > 0),
            _ => 0,
        });
    }

    private static void Claim(JsonObject json, JsonObject? spec, Amounts used)
    {
        var names = new List<string> { string.Empty };
        var storageClass = json.Object("metadata").Object("annotations").Text("volume.beta.kubernetes.io/storage-class") ?? spec.Text("storageClassName");
        if (storageClass is { Length: > 0 })
        {
            names.Add(storageClass + OfStorageClass);
        }

        foreach (var prefix in names)
        {
            used[prefix + "persistentvolumeclaims"] = Amount.Of(1);
            if (Amount.Read(spec.Object("resources").Object("requests")?["storage"]) is { } storage)
            {
                used[prefix + "requests.storage"] = storage with { Value = decimal.Ceiling(storage.Value) };
            }
        }
    }

    private static bool IsInScope(string? scope, JsonObject pod, JsonObject? selector)
    {
        var spec = pod.Object("spec");
        return scope switch
        {
            "Terminating" => KubernetesObject.GetInt64(spec, "activeDeadlineSeconds") is >= 0,
            "NotTerminating" => KubernetesObject.GetInt64(spec, "activeDeadlineSeconds") is null,
            "BestEffort" => PodQuality.Of(spec) == "BestEffort",
            "NotBestEffort" => PodQuality.Of(spec) != "BestEffort",
            "PriorityClass" => HasPriority(spec.Text("priorityClassName") ?? string.Empty, selector),
            "CrossNamespacePodAffinity" => spec.Object("affinity")?.ToJsonString() is { } affinity
                && (affinity.Contains("\"namespaces\":[\"", StringComparison.Ordinal) || affinity.Contains("\"namespaceSelector\":", StringComparison.Ordinal)),
            _ => false,
        };
    }

    private static bool HasPriority(string name, JsonObject? selector)
    {
        var isNamed = (selector?["values"] as JsonArray ?? []).Any(value => value?.ToString() == name);
        return selector.Text("operator") switch
        {
            "In" => isNamed,
            "NotIn" => !isNamed,
            "DoesNotExist" => name.Length == 0,
            _ => name.Length > 0,
        };
    }
}
