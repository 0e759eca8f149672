using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Authorization;
using GitOps.Sandbox.Webhooks;

namespace GitOps.Sandbox.Admission;

/// <summary>What the built-in kinds demand of an object, and what they do not let an update change.</summary>
internal static class BuiltInValidation
{
    private static readonly Dictionary<string, string[]> SecretKeys = new(StringComparer.Ordinal)
    {
        ["kubernetes.io/tls"] = ["tls.crt", "tls.key"],
        ["kubernetes.io/dockerconfigjson"] = [".dockerconfigjson"],
        ["kubernetes.io/dockercfg"] = [".dockercfg"],
        ["kubernetes.io/ssh-auth"] = ["ssh-privatekey"],
    };

    public static void Check(KubernetesObject? live, KubernetesObject next, Causes causes)
    {
        var (before, json) = (live?.Json, next.Json);
        switch (next.GroupVersionKind.GroupKind)
        {
            case { Group: "", Kind: "ConfigMap" }:
                Immutable(before, json, ["data", "binaryData"], causes);
                DataKeys(json, ["data", "binaryData"], causes);
                foreach (var key in (json.Object("binaryData") ?? []).Select(static item => item.Key).Where(key => json.Object("data")?.ContainsKey(key) is true))
                {
                    causes.Invalid($"data[{key}]", key, "duplicate of key present in binaryData");
                }

                break;
            case { Group: "", Kind: "Secret" }:
                Secret(before, json, causes);
                break;
            case { Group: "", Kind: "Service" }:
                ServiceValidation.Check(before.Object("spec"), json.Object("spec"), causes);
                break;
            case { Group: "", Kind: "Pod" }:
                PodValidation.Spec(json.Object("spec"), "spec", restarts: null, causes);
                PodUpdateValidation.Check(before.Object("spec"), json.Object("spec"), causes);
                break;
            case { Group: "", Kind: "PersistentVolume" }:
                StorageValidation.Volume(live, json.Object("spec"), causes);
                break;
            case { Group: "apiregistration.k8s.io", Kind: "APIService" }:
                ApiServiceValidation.Check(next, causes);
                break;
            case { Group: "node.k8s.io", Kind: "RuntimeClass" }:
                causes.CheckRequired("handler", json.Text("handler"), Names.Label);
                Unchanged(before, json, "handler", "handler", "field is immutable", causes);
                break;
            case { Group: "", Kind: "Namespace" }:
                NamespacePhase(next, causes);
                break;
            case { Group: "", Kind: "Endpoints" }:
                NetworkValidation.Endpoints(json, causes);
                break;
            case { Group: "", Kind: "LimitRange" }:
                PolicyValidation.Limits(json.Object("spec"), causes);
                break;
            case { Group: "", Kind: "ResourceQuota" }:
                PolicyValidation.Quota(before.Object("spec"), json.Object("spec"), causes);
                break;
            case { Group: "networking.k8s.io", Kind: "Ingress" }:
                NetworkValidation.Ingress(live, next, causes);
                break;
            case { Group: "networking.k8s.io", Kind: "NetworkPolicy" }:
                NetworkValidation.Policy(json.Object("spec"), causes);
                break;
            case { Group: "networking.k8s.io", Kind: "IngressClass" }:
                NetworkValidation.IngressClass(before.Object("spec"), json.Object("spec"), causes);
                break;
            case { Group: "discovery.k8s.io", Kind: "EndpointSlice" }:
                NetworkValidation.EndpointSlice(before, json, causes);
                break;
            case { Group: "policy", Kind: "PodDisruptionBudget" }:
                PolicyValidation.Disruption(json.Object("spec"), causes);
                break;
            case { Group: "autoscaling", Kind: "HorizontalPodAutoscaler" }:
                AutoscalerValidation.Check(json.Object("spec"), causes);
                break;
            case { Group: "scheduling.k8s.io", Kind: "PriorityClass" }:
                PolicyValidation.Priority(before, next, causes);
                break;
            case { Group: "coordination.k8s.io", Kind: "Lease" }:
                PolicyValidation.Lease(json.Object("spec"), causes);
                break;
            case { Group: "flowcontrol.apiserver.k8s.io", Kind: "PriorityLevelConfiguration" }:
                PolicyValidation.PriorityLevel(next, causes);
                break;
            case { Group: "flowcontrol.apiserver.k8s.io", Kind: "FlowSchema" }:
                PolicyValidation.FlowSchema(json.Object("spec"), causes);
                break;
            case { Group: "", Kind: "Event" }:
                Event(next, "involvedObject", causes);
                break;
            case { Group: "events.k8s.io", Kind: "Event" }:
                Event(next, "regarding", causes);
                if (live is null)
                {
                    NewEvent(json, causes);
                }

                break;
            case { Group: "", Kind: "PersistentVolumeClaim" }:
                ClaimValidation.Check(live, json.Object("spec"), causes);
                break;
            case { Group: "apps" or "batch" }:
                WorkloadValidation.Check(live, next, causes);
                break;
            case { Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition" }:
                DefinitionValidation.Check(before, next, causes);
                DefinitionUpdate(before, json, causes);
                break;
            case { Group: RoleIndex.Group } kind:
                RoleValidation.Check(kind.Kind, before, json, causes);
                break;
            case { Group: "admissionregistration.k8s.io" } kind:
                ConfigurationValidation.Check(kind.Kind, json, causes);
                break;
            case { Group: "storage.k8s.io", Kind: "StorageClass" }:
                PolicyValidation.StorageClass(before, json, causes);
                break;
            default:
                break;
        }
    }

    /// <summary>A cause if an update changes a member that cannot change.</summary>
    internal static void Unchanged(JsonObject? before, JsonObject? after, string name, string field, string why, Causes causes)
    {
        if (before is not null && !JsonNode.DeepEquals(before[name], after?[name]))
        {
            causes.Invalid(field, after?[name], why);
        }
    }

    private static void Immutable(JsonObject? before, JsonObject json, string[] members, Causes causes)
    {
        if (before is null || !before.IsTrue("immutable"))
        {
            return;
        }

        if (!json.IsTrue("immutable"))
        {
            causes.Forbidden("immutable", "field is immutable when `immutable` is set");
        }

        foreach (var name in members.Where(name => !JsonNode.DeepEquals(before[name], json[name])))
        {
            causes.Forbidden(name, "field is immutable when `immutable` is set");
        }
    }

    private static void DataKeys(JsonObject json, string[] members, Causes causes)
    {
        foreach (var member in members)
        {
            foreach (var (key, _) in json.Object(member) ?? [])
            {
                causes.Check($"{member}[{key}]", key, Names.ConfigKey(key));
            }
        }
    }

    /// <summary>The newer API asks for more than the older one.</summary>
    private static void NewEvent(JsonObject json, Causes causes)
    {
        if (json["eventTime"] is null)
        {
            causes.Required("eventTime");
        }

        var controller = json.Text("reportingController") ?? string.Empty;
        if (json["eventTime"] is not null)
        {
            causes.CheckRequired("reportingController", controller, Names.Qualified);
            foreach (var name in new[] { "reportingInstance", "action", "reason" })
            {
                causes.RequireText(name, json.Text(name));
            }
        }

        if (json.Text("type") is not ("Normal" or "Warning"))
        {
            causes.Invalid("type", json["type"], "");
        }
    }

    private static void Secret(JsonObject? before, JsonObject json, Causes causes)
    {
        var type = json.Text("type");
        if (type == "kubernetes.io/service-account-token"
            && json.Object("metadata").Object("annotations").Text("kubernetes.io/service-account.name") is null or "")
        {
            causes.Required("metadata.annotations[kubernetes.io/service-account.name]");
        }
        else if (type == "kubernetes.io/basic-auth" && !Has(json, "username") && !Has(json, "password"))
        {
            causes.Required("data[username]");
            causes.Required("data[password]");
        }
        else if (type is "kubernetes.io/dockerconfigjson" or "kubernetes.io/dockercfg")
        {
            var key = type == "kubernetes.io/dockercfg" ? ".dockercfg" : ".dockerconfigjson";
            if (Has(json, key) && !IsJson(json.Object("data").Text(key) ?? string.Empty))
            {
                // The value is a secret: only its place is told.
                causes.Invalid($"data[{key}]", "<secret contents redacted>", "invalid JSON");
            }
        }

        Unchanged(before, json, "type", "type", "field is immutable", causes);
        Immutable(before, json, ["data"], causes);
        DataKeys(json, ["data"], causes);
        foreach (var key in SecretKeys.GetValueOrDefault(json.Text("type") ?? string.Empty, []))
        {
            if (json.Object("data")?.ContainsKey(key) is not true)
            {
                causes.Required($"data[{key}]");
            }
        }
    }

    private static void DefinitionUpdate(JsonObject? before, JsonObject json, Causes causes)
    {
        if (before is null)
        {
            return;
        }

        var versions = json.Object("spec").Objects("versions").Select(static version => version.Text("name")).ToHashSet(StringComparer.Ordinal);
        var stored = json.Object("status").Texts("storedVersions");
        for (var i = 0; i < stored.Count; i++)
        {
            if (!versions.Contains(stored[i]))
            {
                causes.Invalid($"status.storedVersions[{i}]", stored[i], "missing from spec.versions; "
                    + $"{stored[i]} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in it");
            }
        }

        var isEstablished = before.Object("status").Objects("conditions").Any(static condition => condition.Text("type") == "Established" && condition.Text("status") == "True");
        if (isEstablished)
        {
            Unchanged(before.Object("spec").Object("names"), json.Object("spec").Object("names"), "kind", "spec.names.kind", "field is immutable", causes);
        }
    }

    private static void NamespacePhase(KubernetesObject next, Causes causes)
    {
        var (phase, expected) = (next.Json.Object("status").Text("phase"), next.IsTerminating ? "Terminating" : "Active");
        if (phase is { Length: > 0 } && phase != expected)
        {
            causes.Invalid("status.Phase", phase, $"may only be '{expected}' if `deletionTimestamp` is {(next.IsTerminating ? "not empty" : "empty")}");
        }
    }

    private static bool Has(JsonObject secret, string key) => secret.Object("data")?.ContainsKey(key) is true;

    private static bool IsJson(string base64)
    {
        try
        {
            return KubernetesJson.Parse(Convert.FromBase64String(base64)) is not null;
        }
        catch (Exception exception) when (exception is FormatException or System.Text.Json.JsonException)
        {
            return false;
        }
    }

    /// <summary>An event stands beside what it is about, and about what has no namespace, in the default one.</summary>
    private static void Event(KubernetesObject subject, string reference, Causes causes)
    {
        var about = subject.Json.Object(reference).Text("namespace") ?? string.Empty;
        if (about.Length == 0 ? subject.Namespace is not ("" or "default") : about != subject.Namespace)
        {
            causes.Invalid($"{reference}.namespace", about, "does not match event.namespace");
        }
    }
}
