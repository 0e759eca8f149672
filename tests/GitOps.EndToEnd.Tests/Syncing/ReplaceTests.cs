using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Syncing;

public sealed class ReplaceTests(Cluster cluster)
{
    private const string Immutable = "immutable: true";

    [Fact]
    public async Task A_replaced_object_is_as_its_manifest_and_its_fields_are_still_watched()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "replace");
        var repository = space.NewRepository();
        var first = repository.Commit(
            ("a.yaml", SyncOptionBed.ConfigMap("a", "sync-options=Replace=true")), ("b.yaml", Manifests.ConfigMap("b", "one")));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, first);
        var uid = (await space.ConfigMapAsync("a")).Uid;
        foreach (var name in (string[])["a", "b"])
        {
            await cluster.MergeAsync(Kinds.ConfigMap, space.Target, name, """{"metadata": {"finalizers": ["example.com/held"]}, "data": {"extra": "mine"} }""");
        }

        var second = repository.Commit(
            ("a.yaml", SyncOptionBed.ConfigMap("a", "sync-options=Replace=true", "two")), ("b.yaml", Manifests.ConfigMap("b", "two")));
        await space.UntilSyncedAsync(application, second);
        var (replaced, applied) = (await space.ConfigMapAsync("a"), await space.ConfigMapAsync("b"));
        applied.At("data", "extra")!.GetValue<string>().ShouldBe("mine");
        replaced.At("data", "extra").ShouldBeNull();
        replaced.Uid.ShouldBe(uid);
        replaced.Finalizers.ShouldContain("example.com/held", StringComparer.Ordinal);
        ManagedFieldsEntry.Of(replaced).Where(static entry => entry.Manager == Names.FieldManager).ShouldHaveSingleItem().IsApply.ShouldBeTrue();

        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "a", """{"data": {"key": "edited"} }""");
        await space.UntilValueAsync("a", "two");
        foreach (var name in (string[])["a", "b"])
        {
            await cluster.MergeAsync(Kinds.ConfigMap, space.Target, name, """{"metadata": {"finalizers": null} }""");
        }
    }

    [Fact]
    public async Task A_field_that_cannot_change_is_said_and_forced_only_where_that_is_asked_for()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "force");
        var repository = space.NewRepository();
        var first = repository.Commit(
            ("a.yaml", SyncOptionBed.ConfigMap("a", "sync-options=Force=true", "one", Immutable)),
            ("b.yaml", SyncOptionBed.ConfigMap("b", "sync-options=Replace=true,Force=true", "one", Immutable)),
            ("c.yaml", SyncOptionBed.ConfigMap("c", "sync-wave=0", "one", Immutable)));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, first);
        var before = await UidsAsync("a", "b", "c");

        repository.Commit(
            ("a.yaml", SyncOptionBed.ConfigMap("a", "sync-options=Force=true", "two", Immutable)),
            ("b.yaml", SyncOptionBed.ConfigMap("b", "sync-options=Replace=true,Force=true", "two", Immutable)),
            ("c.yaml", SyncOptionBed.ConfigMap("c", "sync-wave=0", "two", Immutable)));
        await space.UntilValueAsync("a", "two");
        await space.UntilValueAsync("b", "two");
        var failed = await space.UntilAsync(application, "says why", static found =>
            found.Status.Condition(Conditions.Ready)?.Message.Contains("immutable field", StringComparison.Ordinal) == true);
        failed.Status.Condition(Conditions.Ready)!.Message.ShouldContain("Force=true");
        (await space.ConfigMapAsync("c")).At("data", "key")!.GetValue<string>().ShouldBe("one");
        var after = await UidsAsync("a", "b", "c");
        after[0].ShouldNotBe(before[0], StringComparer.Ordinal);
        after[1].ShouldNotBe(before[1], StringComparer.Ordinal);
        after[2].ShouldBe(before[2]);

        (await cluster.ListAsync(Kinds.Event, application.Namespace)).Count(static found =>
            KubernetesObject.GetString(found.Json, "reason") == "Recreated").ShouldBe(2);

        var third = repository.Commit(("c.yaml", SyncOptionBed.ConfigMap("c", "sync-wave=0", "one", Immutable)));
        var done = await space.UntilSyncedAsync(application, third);
        done.Status.Drift.ShouldBeEmpty();
        (await cluster.ListAsync(Kinds.Event, application.Namespace)).ShouldNotContain(static found =>
            KubernetesObject.GetString(found.Json, "reason") == "DriftDetected");

        async Task<string?[]> UidsAsync(params string[] names)
        {
            var uids = new List<string?>();
            foreach (var name in names)
            {
                uids.Add((await space.ConfigMapAsync(name)).Uid);
            }

            return [.. uids];
        }
    }

    [Fact]
    public async Task What_is_made_anew_counts_as_deleted()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "force");
        var repository = space.NewRepository();
        var first = repository.Commit(
            ("a.yaml", SyncOptionBed.ConfigMap("a", "sync-options=Force=true", "one", Immutable)), ("b.yaml", Manifests.ConfigMap("b", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: static json =>
            json["spec"]!["deletionBudget"] = new System.Text.Json.Nodes.JsonObject { ["maxObjects"] = 1 });
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, first);
        var uid = (await space.ConfigMapAsync("a")).Uid;

        // The one deletion that is allowed is spent on what is pruned.
        var second = repository.Commit(("a.yaml", SyncOptionBed.ConfigMap("a", "sync-options=Force=true", "two", Immutable)), ("b.yaml", null));
        var failed = await space.UntilAsync(application, "says why", static found =>
            found.Status.Condition(Conditions.Ready) is { Status: "False", Reason: "SyncFailed", Message: { } message }
            && message.Contains("spec.deletionBudget allows 1 deletions, of which 1 are used", StringComparison.Ordinal));
        failed.Status.Resources.ShouldContain(static row => row.Name == "a");
        (await space.ConfigMapAsync("a")).Uid.ShouldBe(uid);

        await cluster.MergeAsync(Kinds.Application, application.Namespace, application.Name, """{"spec": {"deletionBudget": {"maxObjects": 2}}}""");
        await space.UntilSyncedAsync(application, second);
        (await space.ConfigMapAsync("a")).Uid.ShouldNotBe(uid, StringComparer.Ordinal);
        (await space.HasAsync("b")).ShouldBeFalse();
    }

    [Fact]
    public async Task Nothing_is_deleted_for_what_the_server_would_not_take()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "force");
        var repository = space.NewRepository();
        var first = repository.Commit(("a.yaml", SyncOptionBed.ConfigMap("a", "sync-options=Force=true", "one", Immutable)));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, first);
        var uid = (await space.ConfigMapAsync("a")).Uid;

        repository.Commit(("a.yaml", SyncOptionBed.ConfigMap("a", "sync-options=Force=true", "two", Immutable)
            .Replace("key:", "\"no key!\":", StringComparison.Ordinal)));
        await space.UntilAsync(application, "says why", static found =>
            found.Status.OperationState?.Message?.Contains("no key!", StringComparison.Ordinal) == true);
        (await space.ConfigMapAsync("a")).Uid.ShouldBe(uid);
    }

    [Fact]
    public async Task What_is_held_by_a_finalizer_is_made_again_when_it_is_gone()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "force");
        var repository = space.NewRepository();
        var first = repository.Commit(("a.yaml", SyncOptionBed.ConfigMap("a", "sync-options=Force=true", "one", Immutable)));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, first);
        var uid = (await space.ConfigMapAsync("a")).Uid;
        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "a", """{"metadata": {"finalizers": ["example.com/held"]} }""");

        var second = repository.Commit(("a.yaml", SyncOptionBed.ConfigMap("a", "sync-options=Force=true", "two", Immutable)));
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "a", "is being deleted", static found => found.IsTerminating);
        await space.UntilAsync(application, "waits", static found => found.Status.OperationState is { Phase: OperationPhase.Running, Message: { } message }
            && message.Contains("made again when it is gone", StringComparison.Ordinal));
        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "a", """{"metadata": {"finalizers": null} }""");

        await space.UntilSyncedAsync(application, second);
        var made = await space.UntilValueAsync("a", "two");
        made.Uid.ShouldNotBe(uid, StringComparer.Ordinal);
        (await cluster.ListAsync(Kinds.Event, application.Namespace)).ShouldNotContain(static found =>
            KubernetesObject.GetString(found.Json, "reason") == "DriftDetected");
    }
}
