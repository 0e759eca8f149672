using System.Collections.Frozen;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Registry;

/// <summary>In what the kinds differ when they are written: generation, status, what a deletion answers.</summary>
internal static class KindRules
{
    public static readonly GroupResource Jobs = new("batch", "jobs");

    /// <summary>Whose status is kept when they are created: their agents register them with it.</summary>
    public static readonly GroupResource Nodes = new(string.Empty, "nodes");

    private static readonly FrozenSet<GroupResource> WithGeneration = new GroupResource[]
    {
        new("", "pods"), new("", "podtemplates"), new("", "replicationcontrollers"),
        new("apps", "deployments"), new("apps", "daemonsets"), new("apps", "replicasets"), new("apps", "statefulsets"),
        new("batch", "cronjobs"), new("batch", "jobs"),
        new("networking.k8s.io", "ingresses"), new("networking.k8s.io", "ingressclasses"), new("networking.k8s.io", "networkpolicies"),
        new("policy", "poddisruptionbudgets"), new("discovery.k8s.io", "endpointslices"),
        new("apiextensions.k8s.io", "customresourcedefinitions"), new("scheduling.k8s.io", "priorityclasses"),
        new("admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
        new("admissionregistration.k8s.io", "validatingwebhookconfigurations"),
        new("admissionregistration.k8s.io", "validatingadmissionpolicies"),
        new("admissionregistration.k8s.io", "validatingadmissionpolicybindings"),
        new("admissionregistration.k8s.io", "mutatingadmissionpolicies"),
        new("admissionregistration.k8s.io", "mutatingadmissionpolicybindings"),
        new("flowcontrol.apiserver.k8s.io", "flowschemas"), new("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations"),
        new("resource.k8s.io", "deviceclasses"), new("resource.k8s.io", "resourceslices"),
    }.ToFrozenSet();

    private static readonly FrozenSet<GroupResource> CreatedByReplacing = new GroupResource[]
    {
        new("", "endpoints"), new("", "events"), new("events.k8s.io", "events"), new("", "limitranges"), new("", "services"),
        new("coordination.k8s.io", "leases"), new("node.k8s.io", "runtimeclasses"),
        new("rbac.authorization.k8s.io", "clusterroles"), new("rbac.authorization.k8s.io", "clusterrolebindings"),
        new("rbac.authorization.k8s.io", "roles"), new("rbac.authorization.k8s.io", "rolebindings"),
    }.ToFrozenSet();

    private static readonly FrozenSet<GroupResource> ReplacedByVersionOnly = new GroupResource[]
    {
        new("apiextensions.k8s.io", "customresourcedefinitions"), new("apiregistration.k8s.io", "apiservices"),
        new("admissionregistration.k8s.io", "mutatingadmissionpolicies"), new("admissionregistration.k8s.io", "mutatingadmissionpolicybindings"),
        new("admissionregistration.k8s.io", "mutatingwebhookconfigurations"), new("admissionregistration.k8s.io", "validatingadmissionpolicies"),
        new("admissionregistration.k8s.io", "validatingadmissionpolicybindings"), new("admissionregistration.k8s.io", "validatingwebhookconfigurations"),
        new("coordination.k8s.io", "leases"), new("node.k8s.io", "runtimeclasses"), new("policy", "poddisruptionbudgets"),
        new("storage.k8s.io", "csidrivers"), new("storage.k8s.io", "csinodes"), new("storage.k8s.io", "csistoragecapacities"),
        new("storage.k8s.io", "volumeattachments"),
    }.ToFrozenSet();

    private static readonly FrozenSet<GroupResource> AnsweringDeletionsWithTheObject = new GroupResource[]
    {
        new("", "persistentvolumes"), new("", "persistentvolumeclaims"), new("", "pods"), new("", "podtemplates"),
        new("", "resourcequotas"), new("", "serviceaccounts"), new("", "services"), new("storage.k8s.io", "storageclasses"),
        new("storage.k8s.io", "volumeattachments"), new("storage.k8s.io", "csinodes"), new("storage.k8s.io", "csidrivers"),
        new("storage.k8s.io", "volumeattributesclasses"),
    }.ToFrozenSet();

    private static readonly string[] OfThisWrite = ["managedFields", "resourceVersion"];

    private static readonly FieldSet StatusField = FieldSet.Of(FieldPath.Root.Append(PathElement.Field("status")));

    private static readonly FieldSet SpecField = FieldSet.Of(FieldPath.Root.Append(PathElement.Field("spec")));

    private static readonly FieldSet SpecAndLabels =
        SpecField.Union(FieldSet.Of(FieldPath.Root.Append(PathElement.Field("metadata")).Append(PathElement.Field("labels"))));

    public static bool HasStatus(ServedResource resource) => resource.Subresource("status") is not null;

    public static bool HasGeneration(ServedResource resource) => resource.Custom is not null || WithGeneration.Contains(resource.Storage);

    /// <summary>Whether replacing what is not there creates it.</summary>
    public static bool IsCreatedByReplacing(ServedResource resource) => CreatedByReplacing.Contains(resource.Storage);

    /// <summary>Whether a replacement must say which state it replaces.</summary>
    public static bool NeedsVersion(ServedResource resource) => resource.Custom is not null || ReplacedByVersionOnly.Contains(resource.Storage);

    /// <summary>Whether deleting answers with the object in place of a Status.</summary>
    public static bool AnswersDeletionWithObject(ServedResource resource) => AnsweringDeletionsWithTheObject.Contains(resource.Storage);

    /// <summary>What becomes of dependents if a deletion does not say; null: what the object's finalizers say.</summary>
    public static string? DefaultPropagation(ServedResource resource) =>
        resource.Storage == Jobs || resource.Storage == new GroupResource("", "replicationcontrollers")
            ? DeletionOptions.Orphan
            : null;

    /// <summary>Fields that an endpoint does not write.</summary>
    public static FieldSet ResetFields(ServedResource resource, string subresource) => subresource switch
    {
        "" when HasStatus(resource) => StatusField,
        "status" when resource.Group == "apps" => SpecAndLabels,
        "status" when resource.Custom is null => SpecField,
        _ => FieldSet.Empty,
    };

    /// <summary>The only fields that an endpoint writes, or null.</summary>
    public static FieldSet? OnlyFields(ServedResource resource, string subresource) =>
        subresource == "status" && resource.Custom is not null ? StatusField : null;

    /// <summary>Puts back what an endpoint must not change.</summary>
    public static void Reset(ServedResource resource, string subresource, JsonObject live, JsonObject next)
    {
        if (subresource.Length == 0)
        {
            if (HasStatus(resource))
            {
                Copy(live, next, "status");
            }

            if (resource.Storage == NamespaceRules.Namespaces)
            {
                Copy(live, next, "spec");
            }

            return;
        }

        foreach (var name in next.Select(static member => member.Key).Union(live.Select(static member => member.Key), StringComparer.Ordinal).ToList())
        {
            if (name is not ("status" or "metadata" or "kind" or "apiVersion"))
            {
                Copy(live, next, name);
            }
        }

        if (resource.Custom is null)
        {
            CopyLabels(resource, live, next);
        }
        else
        {
            // Who owns what is a matter of this very write; the version is its precondition.
            var kept = OfThisWrite.Select(name => (Name: name, Value: next["metadata"]?[name]?.DeepClone())).ToList();
            Copy(live, next, "metadata");
            foreach (var (name, value) in kept)
            {
                if (value is not null)
                {
                    next["metadata"]![name] = value;
                }
            }
        }
    }

    /// <summary>Whether a change is one of what is desired, so that the generation moves on.</summary>
    public static bool BumpsGeneration(ServedResource resource, string subresource, JsonObject live, JsonObject next)
    {
        var ignoresStatus = resource.Custom is null || resource.Custom.HasStatus;
        foreach (var name in next.Select(static member => member.Key).Union(live.Select(static member => member.Key), StringComparer.Ordinal))
        {
            if (name is "metadata" or "kind" or "apiVersion" || (name == "status" && ignoresStatus))
            {
                continue;
            }

            live.TryGetPropertyValue(name, out var before);
            next.TryGetPropertyValue(name, out var after);
            if (!JsonNode.DeepEquals(before, after))
            {
                return true;
            }
        }

        return subresource.Length == 0 && resource.Storage == new GroupResource("apps", "deployments")
            && !JsonNode.DeepEquals(live["metadata"]?["annotations"], next["metadata"]?["annotations"]);
    }

    /// <summary>Workloads keep their labels when their status is written.</summary>
    private static void CopyLabels(ServedResource resource, JsonObject live, JsonObject next)
    {
        if (resource.Group == "apps" && live["metadata"] is JsonObject before && next["metadata"] is JsonObject after)
        {
            Copy(before, after, "labels");
        }
    }

    private static void Copy(JsonObject from, JsonObject to, string name)
    {
        if (from.TryGetPropertyValue(name, out var value))
        {
            to[name] = value?.DeepClone();
        }
        else
        {
            to.Remove(name);
        }
    }
}
