using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Syncing;

public sealed class DeletionWaveTests(Cluster cluster)
{
    private static string InWave(string name, int wave) => Deletions.ConfigMap(name, Workloads.Argo($"sync-wave={wave}"));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Objects_go_in_reverse_waves_also_over_a_restart(bool restarts)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "waves");
        var repository = space.NewRepository();
        var head = repository.Commit(("a.yaml", InWave("a", -1)), ("m.yaml", InWave("m", 1)), ("n.yaml", InWave("n", 1)), ("z.yaml", InWave("z", 2)));
        var application = await space.CreateApplicationAsync("web", repository, change: Deletions.Finalizers(Names.ResourcesFinalizer));
        var running = await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, head);
        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "m", """{"metadata": {"finalizers": ["example.com/slow"]} }""");

        await space.DeleteAsync(application);
        var waiting = await space.UntilAsync(application, "says what holds it", static found =>
            found.Status.Condition(Conditions.Ready) is { Status: "False", Reason: "Deleting" } ready
            && ready.Message.Contains("example.com/slow", StringComparison.Ordinal));
        waiting.Status.Condition(Conditions.Ready)!.Message.ShouldContain("/m");
        waiting.Status.Condition(Conditions.DeletionBlocked).ShouldBeNull();
        (await space.HasAsync("z")).ShouldBeFalse();

        // It is of the same wave as the one that is held, and goes when the collector has seen it.
        await space.UntilGoneAsync(Kinds.ConfigMap, space.Target, "n");
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a"))!.IsTerminating.ShouldBeFalse();

        if (restarts)
        {
            await running.StopAsync();
            await space.StartOperatorAsync();
            await space.UntilAsync(application, "still waits", static found => found.Status.Condition(Conditions.Ready)?.Reason == "Deleting");
            (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a"))!.IsTerminating.ShouldBeFalse();
        }

        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "m", """{"metadata": {"finalizers": null} }""");
        await space.GoneAsync(application);
        (await space.HasAsync("a")).ShouldBeFalse();
    }

    [Fact]
    public async Task What_stays_does_not_hold_the_next_wave_and_is_named()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "waves");
        var repository = space.NewRepository();
        var head = repository.Commit(
            ("a.yaml", InWave("a", 0)), ("z.yaml", InWave("z", 5)),
            ("helm.yaml", Deletions.ConfigMap("helm", """{helm.sh/resource-policy: keep, argocd.argoproj.io/sync-wave: "5"}""")),
            ("no.yaml", Deletions.ConfigMap("no", Workloads.Argo("sync-options=Delete=false"))),
            ("made.yaml", Manifests.Namespace($"{space.Name}-made")));
        var application = await space.CreateApplicationAsync("web", repository, change: Deletions.Finalizers(Names.ResourcesFinalizer));
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, head);

        await space.DeleteAsync(application);
        await space.GoneAsync(application);
        (await space.HasAsync("a")).ShouldBeFalse();
        (await space.HasAsync("z")).ShouldBeFalse();
        (await space.HasAsync("helm")).ShouldBeTrue();
        (await space.HasAsync("no")).ShouldBeTrue();
        (await cluster.GetAsync(Kinds.Namespace, string.Empty, $"{space.Name}-made"))!.IsTerminating.ShouldBeFalse();
        var note = await space.NoteAsync(application, "Kept", "Delete=false");
        note.ShouldContain("helm.sh/resource-policy is keep");
        note.ShouldContain($"{space.Name}-made");
    }

    [Fact]
    public async Task A_misspelt_finalizer_deletes_nothing_and_is_named()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "waves");
        var repository = space.NewRepository();
        var head = repository.Commit(("a.yaml", InWave("a", 0)));
        const string Misspelt = Names.ArgoResourcesFinalizer + "/forground";
        var application = await space.CreateApplicationAsync("web", repository, change: Deletions.Finalizers(Names.ResourcesFinalizer, Misspelt));
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, head);

        await space.DeleteAsync(application);
        (await space.UntilBlockedAsync(application, "DeletionError")).Message.ShouldContain(Misspelt);
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a"))!.IsTerminating.ShouldBeFalse();

        await cluster.MergeAsync(
            Kinds.Application, application.Namespace, application.Name, $$"""{"metadata": {"finalizers": ["{{Names.ResourcesFinalizer}}"]} }""");
        await space.GoneAsync(application);
        (await space.HasAsync("a")).ShouldBeFalse();
    }
}
