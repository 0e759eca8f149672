using System.Net;
using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Drift;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Http;
using GitOps.Operator.Api;
using Microsoft.Extensions.DependencyInjection;

namespace GitOps.EndToEnd.Tests.Syncing;

/// <summary><c>approval.required</c>: just the plan that a person has seen and approved, in the own name, is carried out.</summary>
public sealed class GatesApprovalTests(Cluster cluster)
{
    private const string Alice = "alice@example.com";
    private const string Bob = "bob@example.com";

    [Fact]
    public async Task A_plan_waits_until_a_person_approves_just_that_in_the_own_name()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "approve");
        await space.LetEverybodyApproveAsync();
        var repository = space.NewRepository();
        var first = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")), ("b.yaml", Manifests.ConfigMap("b", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: RequireApproval);
        await space.StartOperatorAsync();

        var plan = await space.UntilPlanWaitsAsync(application, first);
        plan.Create.ShouldBe(2);
        (await space.HasAsync("a")).ShouldBeFalse();
        var ready = (await space.FindApplicationAsync(application))!.Status.Condition(Conditions.Ready)!;
        (ready.Status, ready.Reason).ShouldBe(("False", "ApprovalRequired"));
        ready.Message.ShouldContain(plan.Hash!);

        // In another's name; as what runs in the cluster, the operator and the accounts it deploys as among it.
        (await space.UntilRefusedAsync(application, first, plan.Hash!, Alice, Bob)).ShouldContain(Alice);
        foreach (var account in (string[])["gitops-operator", "deployer"])
        {
            (await space.UntilRefusedAsync(application, first, plan.Hash!, $"system:serviceaccount:{space.ApplicationNamespace}:{account}")).ShouldContain("a person");
        }

        var approval = await space.ApproveAsync(application, first, plan.Hash!, Alice);
        var done = await space.UntilSyncedAsync(application, first);
        done.Status.History.ShouldHaveSingleItem().ApprovedBy.ShouldBe(Alice);
        done.Status.OperationState!.Approval.ShouldBeNull();
        done.Status.Condition(Conditions.ApprovalPending).ShouldBeNull();
        (await Should.ThrowAsync<ApiException>(() => cluster.MergeAsync(
            Kinds.Approval, approval.Namespace, approval.Name, """{"spec": {"planHash": "00000000000000000000000000000000"}}""")))
            .Message.ShouldContain("cannot be changed");

        // What heals is what was approved already.
        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "a", """{"data": {"key": "by-hand"}}""");
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "a", "is healed", static found => found.At("data", "key")?.GetValue<string>() == "one");

        // The next commit needs another approval; one of a plan that changed meanwhile is none.
        var second = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "two")));
        var seen = await space.UntilPlanWaitsAsync(application, second);
        var third = repository.Commit(("b.yaml", null));
        plan = await space.UntilPlanWaitsAsync(application, third);
        await space.ApproveAsync(application, second, seen.Hash!, Alice);
        (await space.UntilPlanWaitsAsync(application, third, "ApprovalOutdated")).Hash.ShouldBe(plan.Hash);
        plan.Delete.ShouldBe(1);
        (await space.HasAsync("b")).ShouldBeTrue();
        await space.ApproveAsync(application, third, plan.Hash!, Bob);
        (await space.UntilSyncedAsync(application, third)).Status.History.Select(static entry => entry.ApprovedBy).ShouldBe([Alice, Bob]);
        (await space.HasAsync("b")).ShouldBeFalse();
    }

    [Fact]
    public async Task The_operator_cannot_approve_and_without_the_policy_nobody_can()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "policy");
        await space.LetEverybodyApproveAsync();
        var repository = space.NewRepository();
        var head = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: RequireApproval);
        var proxy = await space.StartProxyAsync();
        var hidden = proxy.Refuse(HttpStatusCode.Forbidden, static request => request.Resource.StartsWith("validatingadmissionpolic", StringComparison.Ordinal));
        await space.StartOperatorAsync(proxy);

        // An approval that nothing vouches for opens nothing.
        var plan = await space.UntilPlanWaitsAsync(application, head, "ApprovalPolicyMissing");
        await space.ApproveAsync(application, head, plan.Hash!, Alice);
        var later = await space.CreateApplicationAsync("later", repository, change: json => json["spec"]!["destination"]!["namespace"] = space.ApplicationNamespace);
        await space.UntilSyncedAsync(later, head);
        (await space.HasAsync("a")).ShouldBeFalse();

        // It is in force after all.
        hidden.Dispose();
        await space.UntilSyncedAsync(application, head);

        // Where the operator acts as the administrator, the policy cannot know, the operator does. A service account the policy knows.
        var next = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "two")));
        plan = await space.UntilPlanWaitsAsync(application, next);
        var self = space.Identity?.User ?? await SelfAsync();
        if (self.StartsWith("system:", StringComparison.Ordinal))
        {
            await Should.ThrowAsync<ApiException>(() => space.ApproveAsync(application, next, plan.Hash!, null, self));
        }
        else
        {
            await space.ApproveAsync(application, next, plan.Hash!, null, self);
            await space.UntilPlanWaitsAsync(application, next, "ApprovalInvalid");
        }

        await space.ApproveAsync(application, next, plan.Hash!, Alice);
        (await space.UntilSyncedAsync(application, next)).Status.History[^1].ApprovedBy.ShouldBe(Alice);
    }

    [Fact]
    public async Task An_approved_sync_goes_on_in_another_process_and_an_approval_that_is_taken_back_holds_it()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "resume");
        await space.LetEverybodyApproveAsync();
        var repository = space.NewRepository();
        var head = repository.Commit(
            ("db.yaml", Workloads.Deployment("db", Workloads.Argo("sync-wave=-1"))), ("z.yaml", Manifests.ConfigMap("z", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: RequireApproval);
        var former = await space.StartOperatorAsync();
        var plan = await space.UntilPlanWaitsAsync(application, head);
        var approval = await space.ApproveAsync(application, head, plan.Hash!, Alice);
        var running = await space.UntilAsync(application, "waits for its first wave", static found =>
            found.Status.OperationState is { Phase: OperationPhase.Running, Progress.Wave: -1, Approval: not null });
        running.Status.OperationState!.Approval!.PlanHash.ShouldBe(plan.Hash);
        await former.StopAsync();

        // What is left has another hash, and is approved all the same.
        await space.RollOutAsync("db");
        await space.StartOperatorAsync();
        (await space.UntilSyncedAsync(application, head)).Status.History.ShouldHaveSingleItem().ApprovedBy.ShouldBe(Alice);

        var next = repository.Commit(
            ("db.yaml", Workloads.Deployment("db", Workloads.Argo("sync-wave=-1"), "registry.example.com/work:2")), ("z.yaml", Manifests.ConfigMap("z", "two")));
        plan = await space.UntilPlanWaitsAsync(application, next);
        approval = await space.ApproveAsync(application, next, plan.Hash!, Bob);
        await space.UntilAsync(application, "waits for its first wave", static found =>
            found.Status.OperationState is { Phase: OperationPhase.Running, Progress.Wave: -1, Approval.ApprovedBy: Bob });
        await cluster.DeleteAsync(Kinds.Approval, approval.Namespace, approval.Name);
        var rest = await space.UntilPlanWaitsAsync(application, next);
        rest.Hash.ShouldNotBe(plan.Hash, StringComparer.Ordinal);
        await space.RollOutAsync("db");
        await space.ApproveAsync(application, next, rest.Hash!, Alice);
        (await space.UntilSyncedAsync(application, next)).Status.History[^1].ApprovedBy.ShouldBe(Alice);
    }

    [Fact]
    public async Task Deletions_beyond_the_budget_are_approved_in_the_same_way()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "budgets");
        await space.LetEverybodyApproveAsync();
        var repository = space.NewRepository();
        var head = repository.Commit([.. Enumerable.Range(1, 4).Select(static index => ($"{index}.yaml", Manifests.ConfigMap($"settings-{index}", "x")))]);
        var application = await space.CreateApplicationAsync("web", repository, change: static json =>
            json["spec"]!["deletionBudget"] = new JsonObject { ["maxObjects"] = 1 });
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, head);

        var next = repository.Commit(("1.yaml", null), ("2.yaml", null), ("3.yaml", Manifests.ConfigMap("settings-3", "y")));
        var blocked = await space.UntilAsync(application, "is blocked", static found =>
            found.Status.Condition(Conditions.PruneBlocked) is { Status: "True", Reason: "DeletionBudgetExceeded" } && found.Status.Plan?.Hash is not null);
        await space.ApproveAsync(application, next, blocked.Status.Plan!.Hash!, Alice);
        var done = await space.UntilSyncedAsync(application, next);
        done.Status.Condition(Conditions.PruneBlocked).ShouldBeNull();
        done.Status.History[^1].ApprovedBy.ShouldBe(Alice);
        (await space.HasAsync("settings-1")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_sync_that_a_person_asks_for_passes_a_window_that_lets_it_and_waits_for_its_approval()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "asked");
        await space.LetEverybodyApproveAsync();
        var repository = space.NewRepository();
        var head = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: static json =>
        {
            RequireApproval(json);
            json["spec"]!["syncWindows"] = JsonNode.Parse("""[{"kind": "deny", "schedule": "* * * * *", "duration": "1h", "manualSync": true}]""");
        });
        await space.StartOperatorAsync();
        await space.UntilConditionAsync(application, Conditions.SyncWindowClosed, "True", "DenyWindowOpen");
        var plan = await space.UntilPlanWaitsAsync(application, head);
        await space.ApproveAsync(application, head, plan.Hash!, Alice);
        await space.UntilAsync(application, "waits for its window alone", static found =>
            found.Status.Condition(Conditions.ApprovalPending) is null && found.Status.Condition(Conditions.SyncWindowClosed) is not null);
        (await space.HasAsync("a")).ShouldBeFalse();

        await cluster.MergeAsync(Kinds.Application, application.Namespace, application.Name,
            $$$"""{"metadata": {"annotations": {"{{{Annotations.Sync}}}": "now"} } }""");
        (await space.UntilSyncedAsync(application, head)).Status.History.ShouldHaveSingleItem().ApprovedBy.ShouldBe(Alice);
    }

    [Fact]
    public async Task Approvals_of_the_past_go_after_a_week_and_those_that_the_history_names_stay()
    {
        await using var time = new JumpingTime();
        await using var space = await TestSpace.CreateAsync(cluster, "past");
        await space.LetEverybodyApproveAsync();
        var repository = space.NewRepository();
        var application = await space.CreateApplicationAsync("web", repository, change: static json =>
        {
            RequireApproval(json);
            json["spec"]!["revisionHistoryLimit"] = 2;
        });
        await space.StartOperatorAsync(configure: services => services.AddSingleton<TimeProvider>(time));
        var names = new List<string>();
        for (var commit = 0; commit < 3; commit++)
        {
            var head = repository.Commit(("a.yaml", Manifests.ConfigMap("a", $"value-{commit}")));
            var plan = await space.UntilPlanWaitsAsync(application, head);
            names.Add((await space.ApproveAsync(application, head, plan.Hash!, Alice)).Name);
            await space.UntilSyncedAsync(application, head);
        }

        // Of a commit that never was, and of an Application that never was.
        names.Add((await space.ApproveAsync(application, new string('1', 40), new string('0', 32), Bob)).Name);
        names.Add((await space.ApproveAsync(new(application.Namespace, "nobody"), new string('1', 40), new string('0', 32), Bob)).Name);
        time.Jump(TimeSpan.FromDays(6));
        var last = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "last")));

        // An approval of the second of the last sync, or of a later one: that decides whether it is named.
        await space.UntilPlanWaitsAsync(application, last, reason: null);
        (await cluster.ListAsync(Kinds.Approval, application.Namespace)).Count.ShouldBe(5, "all of them are kept for a week");
        time.Jump(TimeSpan.FromDays(1.1));
        await space.UntilAsync("what nobody needs is gone", async () =>
            (await cluster.ListAsync(Kinds.Approval, application.Namespace)).Select(static item => item.Name).ToHashSet(StringComparer.Ordinal).SetEquals(names[1..3]));
    }

    [Fact]
    public async Task Approvals_and_requests_never_come_from_Git()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "forged");
        var repository = space.NewRepository();
        repository.Commit(
            ("a.yaml", Manifests.ConfigMap("a", "one")),
            ("yes.yaml", $"apiVersion: {Names.ApiVersion}\nkind: SyncApproval\nmetadata: {{name: \"yes\"}}\nspec: {{application: web}}\n"),
            ("child.yaml", $"apiVersion: {Names.ApiVersion}\nkind: Application\nmetadata: {{name: child, annotations: {{argocd.argoproj.io/deletion-approved: now}}}}\nspec: {{}}\n"));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync();
        var told = await space.UntilConditionAsync(application, Conditions.SpecValid, "False", "InvalidAnnotation");
        told.Message.ShouldContain("yes.yaml");
        told.Message.ShouldContain("child.yaml");
        told.Message.ShouldContain("argocd.argoproj.io/deletion-approved");
        (await space.HasAsync("a")).ShouldBeFalse();
        await space.UntilSyncedAsync(application, repository.Commit(("yes.yaml", null), ("child.yaml", null)));
    }

    private static void RequireApproval(JsonObject json) => json["spec"]!["approval"] = new JsonObject { ["required"] = true };

    private async Task<string> SelfAsync()
    {
        var resource = GitOps.Kubernetes.Resources.ApiResource.Of("authentication.k8s.io/v1", "SelfSubjectReview", "selfsubjectreviews", namespaced: false);
        var answer = await cluster.Client.CreateAsync(
            resource, GitOps.Kubernetes.Objects.KubernetesObject.Parse("""{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}"""),
            new("kubectl"), TestContext.Current.CancellationToken);
        return answer.Object.At("status", "userInfo", "username")!.GetValue<string>();
    }
}
