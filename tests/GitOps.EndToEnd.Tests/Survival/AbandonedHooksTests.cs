using GitOps.EndToEnd.Tests.Fixture;
using GitOps.EndToEnd.Tests.Syncing;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Survival;

/// <summary>An Application that goes while its hooks run and nobody sees it: the next operator holds none of them any more.</summary>
public sealed class AbandonedHooksTests(Cluster cluster)
{
    /// <param name="isMadeAgain">Whether there is another Application of that name when the operator comes back.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_hook_whose_Application_went_unseen_is_let_go_and_nothing_else_is_touched(bool isMadeAgain)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "abandoned");
        var repository = space.NewRepository();
        repository.Commit(("hooks.yaml", Workloads.Job("name: migrate", Workloads.Argo("hook=PreSync")) + "---\n"
            + Workloads.Job("name: taken", Workloads.Argo("hook=PreSync"))), ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository);
        var running = await space.StartOperatorAsync();
        (await space.UntilJobAsync("migrate")).Finalizers.ShouldBe([Names.HookFinalizer]);
        var taken = await space.UntilJobAsync("taken");
        await running.StopAsync();

        // Somebody else's, in the place of one of the hooks and beside them: what holds them is not ours to take off.
        await cluster.MergeAsync(Kinds.Job, space.Target, "taken", """{"metadata": {"finalizers": null}}""");
        await cluster.DeleteAsync(Kinds.Job, space.Target, "taken");
        await space.UntilGoneAsync(Kinds.Job, space.Target, "taken");
        var run = taken.Annotation(Names.HookRunAnnotation)!;
        await CreateHeldAsync(space, "taken", isMadeAgain ? application.ToString() : $"{application.Namespace}/another", isMadeAgain ? "0000000-1-PreSync" : run);
        await CreateHeldAsync(space, "beside", application.ToString(), run);
        await cluster.DeleteAsync(Kinds.Application, application.Namespace, application.Name);
        await space.UntilGoneAsync(Kinds.Application, application.Namespace, application.Name);
        (await space.UntilJobAsync("migrate")).Finalizers.ShouldBe([Names.HookFinalizer]);

        var head = repository.Commit(("hooks.yaml", null));
        if (isMadeAgain)
        {
            await space.CreateApplicationAsync("web", repository);
        }

        await space.StartOperatorAsync();
        var released = await space.UntilObjectAsync(Kinds.Job, space.Target, "migrate", "is let go", static job => job.Finalizers.Count == 0);
        released.IsTerminating.ShouldBeFalse();
        if (isMadeAgain)
        {
            await space.UntilSyncedAsync(application, head);
        }
        else
        {
            await space.UntilAsync("its pages are gone", async () => (await cluster.ListAsync(Kinds.Inventory, application.Namespace)).Count == 0);
        }

        foreach (var name in (string[])["taken", "beside"])
        {
            (await cluster.GetAsync(Kinds.Job, space.Target, name))!.Finalizers.ShouldBe([Names.HookFinalizer]);
            await cluster.MergeAsync(Kinds.Job, space.Target, name, """{"metadata": {"finalizers": null}}""");
        }
    }

    private async Task CreateHeldAsync(TestSpace space, string name, string owner, string run)
    {
        var job = await TestSpace.ParseAsync(Workloads.Job(
            $"name: {name}, namespace: {space.Target}, finalizers: [\"{Names.HookFinalizer}\"]",
            $$"""{ {{Names.HookOfAnnotation}}: "{{owner}}", {{Names.HookRunAnnotation}}: "{{run}}" }"""));
        await cluster.ApplyAsync(Kinds.Job, job);
    }
}
