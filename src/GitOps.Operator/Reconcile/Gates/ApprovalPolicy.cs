using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Gates;

/// <summary>How the policy stands that makes SyncApprovals worth something.</summary>
/// <param name="Problem">Why it is not in force; null: it is.</param>
/// <param name="Since">When the later of policy and binding was created: an older approval was not checked.</param>
internal sealed record PolicyState(string? Problem, DateTimeOffset Since)
{
    public static PolicyState Broken(string problem) => new(problem, DateTimeOffset.MaxValue);
}

/// <summary>
/// Compares what is installed with what the program ships: everything that it demands is demanded, of every SyncApproval, and
/// refused by a binding without exceptions. What is stricter is as good. Pure.
/// </summary>
internal static class ApprovalPolicy
{
    public const string File = "deploy/policies/sync-approval.yaml";

    /// <param name="expected">The policy that is shipped.</param>
    /// <param name="policy">What is installed; null: nothing.</param>
    /// <param name="binding">What is installed; null: nothing.</param>
    public static PolicyState Judge(KubernetesObject expected, KubernetesObject? policy, KubernetesObject? binding)
    {
        var problem = OfPolicy(expected, policy) ?? OfBinding(binding);
        if (problem is not null)
        {
            return PolicyState.Broken(problem);
        }

        var (created, bound) = (CreatedAt(policy!), CreatedAt(binding!));
        return new(null, created > bound ? created : bound);
    }

    private static string? OfPolicy(KubernetesObject expected, KubernetesObject? policy)
    {
        const string What = $"ValidatingAdmissionPolicy {Names.ApprovalPolicy}";
        if (policy is null)
        {
            return $"{What} is not installed";
        }

        if (policy.IsTerminating || policy.Json["spec"] is not JsonObject spec)
        {
            return $"{What} is being deleted";
        }

        if (KubernetesObject.GetString(spec, "failurePolicy") is not (null or "Fail"))
        {
            return $"{What} does not fail closed (failurePolicy)";
        }

        if (Count(spec["matchConditions"]) > 0 || spec["paramKind"] is not null)
        {
            return $"{What} has exceptions (matchConditions or paramKind)";
        }

        if (spec["matchConstraints"] is not JsonObject match || Count(match["excludeResourceRules"]) > 0
            || Restricts(match["namespaceSelector"]) || Restricts(match["objectSelector"]) || !Covers(match["resourceRules"]))
        {
            return $"{What} does not cover every creation of a SyncApproval (matchConstraints)";
        }

        var found = Expressions(spec).ToHashSet(StringComparer.Ordinal);
        return Expressions((JsonObject)expected.Json["spec"]!).FirstOrDefault(expression => !found.Contains(expression)) is { } missing
            ? $"{What} does not demand {missing}"
            : null;
    }

    private static string? OfBinding(KubernetesObject? binding)
    {
        const string What = $"ValidatingAdmissionPolicyBinding {Names.ApprovalPolicy}";
        if (binding is null)
        {
            return $"{What} is not installed";
        }

        if (binding.IsTerminating || binding.Json["spec"] is not JsonObject spec)
        {
            return $"{What} is being deleted";
        }

        if (KubernetesObject.GetString(spec, "policyName") != Names.ApprovalPolicy)
        {
            return $"{What} binds another policy";
        }

        if (!Texts(spec["validationActions"]).Contains("Deny", StringComparer.Ordinal))
        {
            return $"{What} does not deny (validationActions)";
        }

        return spec["paramRef"] is not null || (spec["matchResources"] is JsonObject match
            && (Count(match["excludeResourceRules"]) > 0 || Count(match["resourceRules"]) > 0
                || Restricts(match["namespaceSelector"]) || Restricts(match["objectSelector"])))
            ? $"{What} does not bind everywhere (matchResources or paramRef)"
            : null;
    }

    private static IEnumerable<string> Expressions(JsonObject spec) =>
        (spec["validations"] as JsonArray ?? []).OfType<JsonObject>().Select(static item => KubernetesObject.GetString(item, "expression") ?? string.Empty);

    private static bool Covers(JsonNode? rules) => (rules as JsonArray ?? []).OfType<JsonObject>().Any(static rule =>
        Count(rule["resourceNames"]) == 0
        && KubernetesObject.GetString(rule, "scope") is (null or "*" or "Namespaced")
        && Has(rule["apiGroups"], Names.Group) && Has(rule["apiVersions"], Names.Version)
        && Has(rule["resources"], Names.SyncApproval.Plural) && Has(rule["operations"], "CREATE"));

    private static bool Has(JsonNode? list, string wanted) => Texts(list).Any(text => text == "*" || text == wanted);

    private static IEnumerable<string> Texts(JsonNode? list) => (list as JsonArray ?? []).Select(static item => item?.ToString() ?? string.Empty);

    private static bool Restricts(JsonNode? selector) => selector is JsonObject { Count: > 0 } fields && fields.Any(static field => field.Value switch
    {
        JsonObject labels => labels.Count > 0,
        JsonArray expressions => expressions.Count > 0,
        null => false,
        _ => true,
    });

    private static int Count(JsonNode? list) => (list as JsonArray)?.Count ?? 0;

    // What cannot be read counts as brand new: no approval is older.
    private static DateTimeOffset CreatedAt(KubernetesObject found) =>
        KubernetesTime.TryParse(KubernetesObject.GetString(found.Metadata, "creationTimestamp"), out var created) ? created : DateTimeOffset.MaxValue;
}
