using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;

namespace GitOps.Sandbox.Authorization;

/// <summary>
/// What a write needs beyond its own verb: who applies what is not there creates it, and nobody grants by a role or a binding
/// what they do not hold, unless they may <c>escalate</c> roles or <c>bind</c> the role.
/// </summary>
internal static class WriteAccess
{
    private static readonly string[] OfGarbageCollection = ["ownerReferences", "finalizers", "managedFields", "resourceVersion"];

    /// <param name="request">Who writes what.</param>
    /// <param name="live">Null for a create.</param>
    /// <param name="next">What is to be stored.</param>
    /// <exception cref="ApiError">403; 404: a binding names a role that is not there.</exception>
    public static void Check(WriteRequest request, JsonObject? live, JsonObject next)
    {
        if (request.Resource.Group == RoleIndex.Group && !request.Context.Caller.IsMaster && (live is null || !IsOnlyGarbageCollection(live, next)))
        {
            CheckGrant(request, live, next);
        }

        if (live is null && request.Name.Length > 0)
        {
            Require(request, "create");
        }
    }

    private static void Require(WriteRequest request, string verb)
    {
        var wanted = new AccessRequest(verb, request.Resource.Group, request.Resource.Plural, string.Empty, request.Namespace, request.Name);
        request.Context.Cluster.Access.Require(request.Context.Caller, wanted);
    }

    private static void CheckGrant(WriteRequest request, JsonObject? live, JsonObject next)
    {
        switch (request.Resource.Kind)
        {
            case "Role":
                if (!MayEscalate(request))
                {
                    CheckHeld(request, next, PolicyRule.ReadAll(next["rules"]));
                }

                break;
            case RoleReference.ClusterRole:
                if (!MayEscalate(request))
                {
                    CheckHeld(request, next, PolicyRule.ReadAll(next["rules"]));
                    CheckAggregation(request, live, next);
                }

                break;
            case "RoleBinding" or "ClusterRoleBinding":
                CheckBinding(request, next);
                break;
            default:
                break;
        }
    }

    private static bool MayEscalate(WriteRequest request) => request.Context.Cluster.Access.Use(
        request.Context.Caller,
        new("escalate", request.Resource.Group, request.Resource.Plural, string.Empty, request.Namespace, request.Name)).IsAllowed;

    /// <summary>An aggregation can gather anything, so it is for those who can do everything.</summary>
    private static void CheckAggregation(WriteRequest request, JsonObject? live, JsonObject next)
    {
        static bool Aggregates(JsonObject? role) => role?["aggregationRule"]?["clusterRoleSelectors"] is JsonArray { Count: > 0 };

        if ((Aggregates(live) || Aggregates(next)) && RuleCover.Missing(Held(request).Rules, RuleCover.FullAuthority).Count > 0)
        {
            throw ApiError.Forbidden(request.Resource.Storage, NameOf(next), "must have cluster-admin privileges to use the aggregationRule");
        }
    }

    private static void CheckBinding(WriteRequest request, JsonObject next)
    {
        var access = request.Context.Cluster.Access;
        var reference = RoleReference.Read(next["roleRef"] as JsonObject, request.Namespace);
        if (reference.Kind is not (RoleReference.ClusterRole or "Role"))
        {
            return;
        }

        var bound = new AccessRequest(
            "bind", KubernetesObject.GetString(next["roleRef"] as JsonObject, "apiGroup") ?? string.Empty,
            reference.Kind == RoleReference.ClusterRole ? "clusterroles" : "roles", string.Empty, request.Namespace, reference.Name);
        if (!access.Use(request.Context.Caller, bound).IsAllowed)
        {
            // The resource in this message is the request's own, not the role's: so says the real server.
            var rules = access.RulesOf(reference) ?? throw ApiError.NotFound(request.Resource.Storage, reference.Name);
            CheckHeld(request, next, rules);
        }
    }

    private static void CheckHeld(WriteRequest request, JsonObject next, ImmutableArray<PolicyRule> granted)
    {
        var caller = request.Context.Caller;
        var held = Held(request);
        var missing = RuleCover.Missing(held.Rules, granted);
        if (missing.Count > 0)
        {
            var unresolved = held.Errors.IsEmpty ? string.Empty : $"; resolution errors: [{RoleBasedAccess.Aggregate(held.Errors)}]";
            throw ApiError.Forbidden(
                request.Resource.Storage, NameOf(next),
                $"user {GoText.Quote(caller.Name)} (groups={GoText.QuoteAll(caller.Groups)}) is attempting to grant RBAC permissions not currently held:\n"
                + string.Join('\n', RuleCover.Describe(missing)) + unresolved);
        }
    }

    private static HeldRules Held(WriteRequest request) => request.Context.Cluster.Access.RulesOf(request.Context.Caller, request.Namespace);

    private static string NameOf(JsonObject json) =>
        KubernetesObject.GetString(json["metadata"] as JsonObject, "name") ?? string.Empty;

    /// <summary>Whoever lets an object go need not hold what it grants.</summary>
    private static bool IsOnlyGarbageCollection(JsonObject live, JsonObject next)
    {
        static JsonObject Rest(JsonObject json)
        {
            var rest = (JsonObject)json.DeepClone();
            if (rest["metadata"] is JsonObject metadata)
            {
                foreach (var name in OfGarbageCollection)
                {
                    metadata.Remove(name);
                }
            }

            return rest;
        }

        return JsonNode.DeepEquals(Rest(live), Rest(next));
    }
}
