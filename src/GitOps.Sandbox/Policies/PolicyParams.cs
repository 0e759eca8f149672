using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Webhooks;

namespace GitOps.Sandbox.Policies;

/// <summary>A policy cannot be applied as it is configured: what its failure policy is about.</summary>
internal sealed class PolicyConfigurationException(string message) : Exception(message)
{
    /// <summary>Whether the policy itself is at fault, whatever its bindings.</summary>
    public bool IsOfPolicy { get; init; }
}

/// <summary>Finds the objects that a binding names as parameters of its policy.</summary>
internal static class PolicyParams
{
    /// <returns>One null if the policy takes no parameters; nothing if none are found and that is allowed.</returns>
    /// <exception cref="PolicyConfigurationException">They cannot be found.</exception>
    public static IReadOnlyList<JsonObject?> Find(AdmissionRequest request, GroupVersionKind? kind, JsonObject? reference)
    {
        if (kind is not { } wanted)
        {
            return [null];
        }

        var resource = request.Cluster.Catalog.FindKind(wanted)
            ?? throw new PolicyConfigurationException(
                $"failed to configure policy: failed to find resource referenced by paramKind: '{wanted.ApiVersion}, Kind={wanted.Kind}'")
            {
                IsOfPolicy = true,
            };
        if (reference is null)
        {
            return [null];
        }

        var ns = reference.Text("namespace") is { Length: > 0 } given ? given : null;
        if (!resource.Namespaced && ns is not null)
        {
            throw new PolicyConfigurationException("failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
        }

        if (resource.Namespaced && ns is null && request.Namespace.Length == 0)
        {
            throw new PolicyConfigurationException("failed to configure binding: cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
        }

        var where = resource.Namespaced ? ns ?? request.Namespace : string.Empty;
        List<JsonObject?> found = reference.Text("name") is { Length: > 0 } name
            ? request.Cluster.Find(resource, where, name) is { } one ? [resource.Read(one)] : []
            :
            [
                .. request.Cluster.Store.Take(request.Cluster.Store.Table(resource.Storage)).Enumerate(where).Select(resource.Read)
                    .Where(json => LabelRequirements.Read(reference.Object("selector")).Matches(json.Object("metadata").Object("labels"))),
            ];
        return found.Count == 0 && reference.Text("parameterNotFoundAction") == "Deny"
            ? throw new PolicyConfigurationException("failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction")
            : found;
    }

    /// <summary>The kind that a policy's spec names.</summary>
    public static GroupVersionKind? KindOf(JsonObject? spec) => spec.Object("paramKind") is { } kind
        ? GroupVersionKind.Parse(kind.Text("apiVersion") ?? string.Empty, kind.Text("kind") ?? string.Empty)
        : null;
}
