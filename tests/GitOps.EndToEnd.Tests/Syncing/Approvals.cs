using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Syncing;

/// <summary>People who approve, and others who would like to.</summary>
internal static class Approvals
{
    /// <summary>Everybody who is signed in may create SyncApprovals here: it is the admission policy that tells people apart.</summary>
    public static async Task LetEverybodyApproveAsync(this TestSpace space)
    {
        await space.Cluster.ApplyAsync(Kinds.Role, KubernetesObject.Parse($$"""
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"namespace": "{{space.ApplicationNamespace}}", "name": "approver"},
             "rules": [{"apiGroups": ["{{Names.Group}}"], "resources": ["syncapprovals"], "verbs": ["*"]}]}
            """));
        await space.Cluster.ApplyAsync(Kinds.RoleBinding, KubernetesObject.Parse($$"""
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"namespace": "{{space.ApplicationNamespace}}", "name": "approver"},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "approver"},
             "subjects": [{"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "system:authenticated"}]}
            """));
        await space.UntilPolicyIsOlderAsync();
    }

    /// <summary>An approval of the very second in which the policy was made counts for nothing: time stamps are whole seconds.</summary>
    private static async Task UntilPolicyIsOlderAsync(this TestSpace space)
    {
        var ages = new List<string>();
        foreach (var kind in (ApiResource[])[Kinds.AdmissionPolicy, Kinds.AdmissionPolicyBinding])
        {
            ages.Add((await space.Cluster.GetAsync(kind, string.Empty, Names.ApprovalPolicy)).ShouldNotBeNull().At("metadata", "creationTimestamp")!.GetValue<string>());
        }

        // It is the server's clock that counts.
        await Eventually.IsTrueAsync("the admission policy is older than what is created now", async () =>
        {
            var made = await space.Cluster.Client.CreateAsync(
                Kinds.ConfigMap, KubernetesObject.Parse($$"""
                    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "{{space.ApplicationNamespace}}", "generateName": "clock-"} }
                    """),
                new WriteOptions("somebody", DryRun: true), TestContext.Current.CancellationToken);
            return ages.TrueForAll(age => string.CompareOrdinal(age, made.Object.At("metadata", "creationTimestamp")!.GetValue<string>()) < 0);
        });
    }

    /// <summary>Waits for a plan that waits for an approval; reason null: for whatever reason there is none that counts.</summary>
    public static async Task<PlanSummary> UntilPlanWaitsAsync(
        this TestSpace space, NamespacedName application, string revision, string? reason = "ApprovalRequired") =>
        (await space.UntilAsync(application, $"waits with its plan of {revision[..7]} ({reason ?? "any reason"})", found =>
            found.Status.Condition(Conditions.ApprovalPending) is { Status: "True" } pending && (reason is null || pending.Reason == reason)
            && found.Status.Plan is { Hash: not null } plan && plan.Revision == revision)).Status.Plan!;

    /// <summary>Creates a SyncApproval as somebody; null: as the administrator that the operator acts as too.</summary>
    public static async Task<KubernetesObject> ApproveAsync(
        this TestSpace space, NamespacedName application, string revision, string hash, string? user, string? approvedBy = null, bool dryRun = false)
    {
        var approval = KubernetesObject.Parse($$"""
            {"apiVersion": "{{Names.ApiVersion}}", "kind": "SyncApproval",
             "metadata": {"namespace": "{{application.Namespace}}", "generateName": "{{application.Name}}-"},
             "spec": {"application": "{{application.Name}}", "revision": "{{revision}}", "planHash": "{{hash}}", "approvedBy": "{{approvedBy ?? user}}", "reason": "looks good"} }
            """);
        var client = user is null ? space.Cluster.Client : space.Cluster.Client.As(new Impersonation(user, ["system:authenticated"]));
        return (await client.CreateAsync(Kinds.Approval, approval, new WriteOptions("kubectl", DryRun: dryRun), TestContext.Current.CancellationToken)).Object;
    }

    /// <summary>Waits until the admission policy is in force and refuses it; a real API server takes a moment after it was installed.</summary>
    public static async Task<string> UntilRefusedAsync(
        this TestSpace space, NamespacedName application, string revision, string hash, string user, string? approvedBy = null)
    {
        var message = string.Empty;
        await Eventually.IsTrueAsync($"an approval by {user} is refused", async () =>
        {
            try
            {
                await space.ApproveAsync(application, revision, hash, user, approvedBy, dryRun: true);
                return false;
            }
            catch (ApiException refusal)
            {
                message = refusal.Message;
                return true;
            }
        });
        return message;
    }
}
