using System.Globalization;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Syncing;

public sealed class PruneOptionTests(Cluster cluster)
{
    [Theory]
    [InlineData("sync-options=Prune=confirm", "sync-wave=0", "Prune=true")]
    [InlineData("sync-wave=0", "sync-options=Prune=true", "Prune=confirm")]
    public async Task What_asks_for_confirmation_waits_for_one_that_is_newer_than_the_sync(string asks, string plain, string all)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "confirm");
        var repository = space.NewRepository();
        var first = repository.Commit(
            ("data.yaml", SyncOptionBed.ConfigMap("data", asks)), ("plain.yaml", SyncOptionBed.ConfigMap("plain", plain)),
            ("a.yaml", Manifests.ConfigMap("a", "x")));
        var application = await space.CreateApplicationAsync("web", repository, change: SyncOptionBed.Options(all));
        var running = await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, first);

        var second = repository.Commit(("data.yaml", null), ("plain.yaml", null));
        var waiting = await UntilWaitingAsync();
        await space.UntilGoneAsync(Kinds.ConfigMap, space.Target, "plain");
        waiting.Status.OperationState!.Message!.ShouldContain($"waiting for pruning confirmation of ConfigMap {space.Target}/data");

        // An approval of before, and a restart, change nothing.
        await ApproveAsync(waiting.Status.OperationState.StartedAt!.Value.AddSeconds(-2));
        await running.DisposeAsync();
        await space.StartOperatorAsync();
        await UntilWaitingAsync();
        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "a", """{"data": {"key": "edited"} }""");
        await space.UntilValueAsync("a", "x");
        (await space.HasAsync("data")).ShouldBeTrue();

        await ApproveAsync(DateTimeOffset.UtcNow);
        await space.UntilSyncedAsync(application, second);
        (await space.HasAsync("data")).ShouldBeFalse();

        Task<ApplicationResource> UntilWaitingAsync() => space.UntilAsync(application, "waits for confirmation", found =>
            found.Status.OperationState is { Phase: OperationPhase.Running, Message: { } message } state && state.SyncResult!.Revision == second
            && message.Contains("confirmation", StringComparison.Ordinal));

        Task ApproveAsync(DateTimeOffset time) => space.PatchAsync(application, string.Create(CultureInfo.InvariantCulture,
            $$$"""{"metadata": {"annotations": {"argocd.argoproj.io/deletion-approved": "{{{time.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}}}"} } }"""));
    }

    [Fact]
    public async Task What_is_pruned_last_waits_for_everything_else()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "last");
        var repository = space.NewRepository();
        var first = repository.Commit(
            ("old.yaml", SyncOptionBed.ConfigMap("old", "sync-wave=-1")),
            ("last.yaml", SyncOptionBed.ConfigMap("last", "sync-wave=-1 sync-options=PruneLast=true")), ("a.yaml", Manifests.ConfigMap("a", "x")));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, first);

        var second = repository.Commit(("old.yaml", null), ("last.yaml", null), ("db.yaml", Workloads.Deployment("db")));
        await space.UntilGoneAsync(Kinds.ConfigMap, space.Target, "old");
        await space.UntilObjectAsync(Kinds.Deployment, space.Target, "db", "is there", static _ => true);
        await space.UntilAsync(application, "waits for the database", static found =>
            found.Status.OperationState?.Message?.Contains("db", StringComparison.Ordinal) == true);
        (await space.HasAsync("last")).ShouldBeTrue();

        await space.RollOutAsync("db");
        await space.UntilSyncedAsync(application, second);
        (await space.HasAsync("last")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("background", "Background")]
    [InlineData("orphan", "Orphan")]
    [InlineData("foreground", "Foreground")]
    public async Task The_dependents_go_as_the_option_says(string policy, string expected)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "policy");
        var repository = space.NewRepository();
        var first = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "x")), ("b.yaml", Manifests.ConfigMap("b", "x")));
        var application = await space.CreateApplicationAsync("web", repository, change: SyncOptionBed.Options($"PrunePropagationPolicy={policy}"));
        var proxy = await space.StartProxyAsync();
        await space.StartOperatorAsync(proxy);
        await space.UntilSyncedAsync(application, first);

        await space.UntilSyncedAsync(application, repository.Commit(("a.yaml", null)));
        proxy.Requests.Single(static request => request.Verb == "delete").Propagation.ShouldBe(expected);
    }

    [Fact]
    public async Task The_object_has_the_last_word_and_what_stays_is_said()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "keep");
        var repository = space.NewRepository();
        var first = repository.Commit(
            ("a.yaml", Manifests.ConfigMap("a", "x")), ("goes.yaml", SyncOptionBed.ConfigMap("goes", "sync-options=Prune=true")),
            ("stays.yaml", Manifests.ConfigMap("stays", "x")));
        var application = await space.CreateApplicationAsync("web", repository, change: SyncOptionBed.Options("Prune=false"));
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, first);

        repository.Commit(("goes.yaml", null), ("stays.yaml", null));
        await space.UntilGoneAsync(Kinds.ConfigMap, space.Target, "goes");
        var told = await space.UntilAsync(application, "says what stays", static found =>
            found.Status.Sync?.Status == SyncCode.OutOfSync && found.Status.Resources.Any(static row =>
                row is { Name: "stays", RequiresPruning: true } && row.Message!.Contains("Prune=false", StringComparison.Ordinal)));
        told.Status.Condition(Conditions.Ready)!.Status.ShouldBe("False");
        (await space.HasAsync("stays")).ShouldBeTrue();
        (await space.InventoryAsync(application)).Entries.Keys.ShouldContain(new ObjectKey(string.Empty, "ConfigMap", space.Target, "stays"));
    }

    [Fact]
    public async Task An_extra_object_that_nobody_minds_does_not_make_the_Application_OutOfSync()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "extra");
        var repository = space.NewRepository();
        var first = repository.Commit(
            ("a.yaml", Manifests.ConfigMap("a", "x")), ("extra.yaml", SyncOptionBed.ConfigMap("extra", "compare-options=IgnoreExtraneous")),
            ("minded.yaml", Manifests.ConfigMap("minded", "x")));
        var application = await space.CreateApplicationAsync("web", repository, change: static json => json["spec"]!["syncPolicy"]!["automated"]!["prune"] = false);
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, first);

        var second = repository.Commit(("extra.yaml", null));
        var synced = await space.UntilSyncedAsync(application, second);
        synced.Status.Resources.ShouldHaveSingleItem().Name.ShouldBe("extra");

        repository.Commit(("minded.yaml", null));
        await space.UntilAsync(application, "is OutOfSync", static found => found.Status.Sync?.Status == SyncCode.OutOfSync);
        (await space.HasAsync("extra")).ShouldBeTrue();
    }
}
