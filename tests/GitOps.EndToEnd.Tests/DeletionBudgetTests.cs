using System.Text.RegularExpressions;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests;

/// <summary>More deletions than the budget allows wait for a person's approval of exactly these deletions.</summary>
public sealed partial class DeletionBudgetTests(Cluster cluster)
{
    [Fact]
    public async Task A_prune_beyond_the_budget_waits_for_the_approval_that_its_condition_names()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "budget");
        var repository = space.NewRepository();
        var head = repository.Commit([.. Enumerable.Range(1, 5).Select(static index => ($"{index}.yaml", Manifests.ConfigMap($"settings-{index}", "x")))]);
        var application = await space.CreateApplicationAsync("web", repository, change: static json =>
            json["spec"]!["deletionBudget"] = new System.Text.Json.Nodes.JsonObject { ["maxObjects"] = 1 });
        var proxy = await space.StartProxyAsync();
        await space.StartOperatorAsync(proxy);
        await space.UntilSyncedAsync(application, head);

        // Within the budget.
        await space.UntilSyncedAsync(application, repository.Commit(("5.yaml", null)));
        await space.UntilGoneAsync(Kinds.ConfigMap, space.Target, "settings-5");
        proxy.Forget();

        // Beyond it: what else the commit says is done, and nothing is deleted.
        var next = repository.Commit(("3.yaml", null), ("4.yaml", null), ("1.yaml", Manifests.ConfigMap("settings-1", "changed")));
        var told = await space.UntilConditionAsync(application, Conditions.PruneBlocked, "True", "DeletionBudgetExceeded");
        told.Message.ShouldContain("settings-3");
        told.Message.ShouldContain("settings-4");
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "settings-1", "is changed", static found => found.At("data", "key")?.GetValue<string>() == "changed");
        var hash = ApprovedPlan().Match(told.Message).Groups["hash"].Value;
        hash.ShouldNotBeEmpty();

        // The approval of another plan is none.
        await ApproveAsync("0123456789abcdef");
        await space.UntilSyncedAsync(await space.CreateApplicationAsync("later", repository, change: json =>
            json["spec"]!["destination"]!["namespace"] = space.ApplicationNamespace), next);
        proxy.Requests.ShouldNotContain(static request => request.Verb == "delete");

        await ApproveAsync(hash);
        await space.UntilSyncedAsync(application, next);
        await space.UntilGoneAsync(Kinds.ConfigMap, space.Target, "settings-3");
        await space.UntilGoneAsync(Kinds.ConfigMap, space.Target, "settings-4");
        (await space.FindApplicationAsync(application))!.Status.Condition(Conditions.PruneBlocked).ShouldBeNull();

        Task ApproveAsync(string plan) => cluster.MergeAsync(
            Kinds.Application, application.Namespace, application.Name,
            $$$"""{"metadata": {"annotations": {"{{{Names.ApprovedPlanAnnotation}}}": "{{{plan}}}"} } }""");
    }

    [GeneratedRegex("approved-plan=(?<hash>[0-9a-f]+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ApprovedPlan();
}
