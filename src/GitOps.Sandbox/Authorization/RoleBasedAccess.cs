using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Authorization;

/// <summary>Evaluates roles and their bindings, as they are stored at the moment of the request.</summary>
internal sealed class RoleBasedAccess
{
    private const string Group = "rbac.authorization.k8s.io";
    private const string All = "*";

    private readonly Cluster _cluster;

    public RoleBasedAccess(Cluster cluster) => _cluster = cluster;

    public AccessDecision Decide(Caller caller, AccessRequest request)
    {
        if (caller.IsMaster || !_cluster.Options.EnableRbac)
        {
            return new(true, string.Empty);
        }

        foreach (var binding in Bindings("clusterrolebindings", null))
        {
            if (Allows(binding, caller, request) is { } reason)
            {
                return new(true, reason);
            }
        }

        if (request.Namespace.Length > 0)
        {
            foreach (var binding in Bindings("rolebindings", request.Namespace))
            {
                if (Allows(binding, caller, request) is { } reason)
                {
                    return new(true, reason);
                }
            }
        }

        return new(false, string.Empty);
    }

    private static bool Contains(JsonNode? list, string wanted) =>
        list is JsonArray items && items.Any(item => item?.GetValue<string>() is { } text && (text == wanted || text == All));

    private static bool Covers(JsonObject rule, AccessRequest request)
    {
        if (!Contains(rule["verbs"], request.Verb))
        {
            return false;
        }

        if (!request.IsResource)
        {
            return rule["nonResourceURLs"] is JsonArray paths && paths.Any(path => MatchesPath(path!.GetValue<string>(), request.Path));
        }

        return Contains(rule["apiGroups"], request.Group)
            && (Contains(rule["resources"], request.QualifiedResource)
                || (request.Subresource.Length > 0 && Contains(rule["resources"], $"*/{request.Subresource}")))
            && (rule["resourceNames"] is not JsonArray { Count: > 0 } names || names.Any(name => name?.GetValue<string>() == request.Name));
    }

    private static bool MatchesPath(string pattern, string path) =>
        pattern == All || pattern == path
        || (pattern.EndsWith('*') && path.StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal));

    private static string? Subject(KubernetesObject binding, Caller caller)
    {
        foreach (var subject in (binding.At("subjects") as JsonArray ?? []).OfType<JsonObject>())
        {
            var name = KubernetesObject.GetString(subject, "name") ?? string.Empty;
            switch (KubernetesObject.GetString(subject, "kind"))
            {
                case "User" when caller.Name == name:
                    return $"User \"{name}\"";
                case "Group" when caller.Groups.Contains(name, StringComparer.Ordinal):
                    return $"Group \"{name}\"";
                case "ServiceAccount":
                    var ns = KubernetesObject.GetString(subject, "namespace") ?? binding.Namespace;
                    if (caller.Name == $"system:serviceaccount:{ns}:{name}")
                    {
                        return $"ServiceAccount \"{name}/{ns}\"";
                    }

                    break;
                default:
                    break;
            }
        }

        return null;
    }

    private string? Allows(KubernetesObject binding, Caller caller, AccessRequest request)
    {
        if (Subject(binding, caller) is not { } subject)
        {
            return null;
        }

        var reference = binding.At("roleRef") as JsonObject;
        var (kind, name) = (KubernetesObject.GetString(reference, "kind") ?? string.Empty, KubernetesObject.GetString(reference, "name") ?? string.Empty);
        if (!Rules(kind, binding.Namespace, name).Any(rule => Covers(rule, request)))
        {
            return null;
        }

        var bindingName = binding.Namespace.Length == 0 ? binding.Name : $"{binding.Name}/{binding.Namespace}";
        return $"RBAC: allowed by {binding.Kind} \"{bindingName}\" of {kind} \"{name}\" to {subject}";
    }

    private IEnumerable<JsonObject> Rules(string kind, string @namespace, string name)
    {
        var role = kind == "ClusterRole" ? Find("clusterroles", string.Empty, name) : Find("roles", @namespace, name);
        if (role is null)
        {
            return [];
        }

        var own = (role.At("rules") as JsonArray ?? []).OfType<JsonObject>();
        return role.At("aggregationRule", "clusterRoleSelectors") is JsonArray selectors ? own.Concat(Aggregated(selectors)) : own;
    }

    private IEnumerable<JsonObject> Aggregated(JsonArray selectors)
    {
        var resource = Resource("clusterroles");
        var wanted = selectors.OfType<JsonObject>().Select(static selector => selector["matchLabels"] as JsonObject ?? []).ToList();
        foreach (var stored in _cluster.Store.Take(_cluster.Store.Table(resource.Storage)).Enumerate(null))
        {
            if (wanted.Any(labels => labels.All(label => stored.Labels.Find(label.Key) == label.Value?.GetValue<string>())))
            {
                foreach (var rule in (resource.Read(stored)["rules"] as JsonArray ?? []).OfType<JsonObject>())
                {
                    yield return rule;
                }
            }
        }
    }

    private static ServedResource Resource(string plural) => ResourceCatalog.BuiltIn.FindStored(new GroupResource(Group, plural))!;

    private KubernetesObject? Find(string plural, string @namespace, string name)
    {
        var resource = Resource(plural);
        return _cluster.Find(resource, @namespace, name) is { } stored ? new(resource.Read(stored)) : null;
    }

    private IEnumerable<KubernetesObject> Bindings(string plural, string? @namespace)
    {
        var resource = Resource(plural);
        return _cluster.Store.Take(_cluster.Store.Table(resource.Storage)).Enumerate(@namespace)
            .Select(stored => new KubernetesObject(resource.Read(stored)));
    }
}
