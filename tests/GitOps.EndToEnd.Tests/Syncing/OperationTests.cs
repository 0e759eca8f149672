using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Syncing;

/// <summary>Syncs that are asked for: by the field <c>operation</c>, and by annotation.</summary>
public sealed class OperationTests(Cluster cluster)
{
    private static readonly (string Path, string? Content)[] TwoAndAHook =
    [
        ("hook.yaml", Workloads.Job("generateName: migrate-", Workloads.Argo("hook=PreSync"))),
        ("a.yaml", Manifests.ConfigMap("a", "one")),
        ("b.yaml", Manifests.ConfigMap("b", "one")),
    ];

    [Fact]
    public async Task Kubectl_asks_for_a_sync_as_it_would_of_Argo_CD()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "ask");
        var repository = space.NewRepository();
        var revision = repository.Commit(TwoAndAHook);
        var application = await space.CreateManualAsync(repository);
        await space.StartOperatorAsync();
        var planned = await space.UntilAsync(application, "has a plan", static found => found.Status.Plan?.Create == 2);
        planned.Status.Plan!.Hooks.Select(static hook => $"{hook.Phase} {hook.Name}").ShouldBe(["PreSync migrate-"]);

        await space.KubectlAsync(application, "patch", "--type", "merge", "-p", """{"operation":{"sync":{},"info":[{"name":"why","value":"release"}]}}""");
        var job = (await space.UntilJobsAsync(1))[0];
        var running = (await space.FindApplicationAsync(application))!;
        running.RawOperation.ShouldNotBeNull("it is taken off when it has been done");
        running.Status.OperationState!.Operation!.Info.Single().Value.ShouldBe("release");
        await space.EndJobAsync(job);

        var done = await space.UntilSyncedAsync(application, revision);
        var state = await space.UntilOperationAsync(application, OperationPhase.Succeeded);
        state.Id.ShouldNotBeNull().ShouldStartWith(revision[..7]);
        state.Trigger.ShouldBe(SyncTrigger.Operation);
        state.InitiatedBy!.Username.ShouldBe("kubectl-patch");
        var entry = done.Status.History.Single();
        (entry.Trigger, entry.InitiatedBy!.Username, entry.InitiatedBy.Automated).ShouldBe((SyncTrigger.Operation, "kubectl-patch", null));
        entry.Objects.Select(static item => $"{item.Action} {item.Name}").ShouldBe(["Create a", "Create b"]);

        // Not a second time, and a newer commit is not synced without being asked for.
        repository.Commit(("a.yaml", Manifests.ConfigMap("a", "two")));
        await space.UntilAsync(application, "plans the next", static found => found.Status.Plan?.Update == 1);
        (await space.JobsAsync()).ShouldBe([job]);
        (await space.FindApplicationAsync(application))!.Status.Condition(Conditions.Ready)!.Reason.ShouldBe("ManualSync");
    }

    [Fact]
    public async Task A_sync_deletes_only_if_it_is_asked_to()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "ask");
        var repository = space.NewRepository();
        repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")), ("b.yaml", Manifests.ConfigMap("b", "one")));
        var application = await space.CreateManualAsync(repository);
        await space.StartOperatorAsync();
        await space.OperateAsync(application, """{"sync":{},"initiatedBy":{"username":"dora"}}""");
        (await space.UntilOperationAsync(application, OperationPhase.Succeeded)).InitiatedBy!.Username.ShouldBe("dora");

        var second = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "two")), ("b.yaml", null));
        await space.UntilAsync(application, "plans a deletion", static found => found.Status.Plan is { Delete: 1, Update: 1 });
        await space.OperateAsync(application, """{"sync":{}}""");
        await space.UntilOperationAsync(application, OperationPhase.Succeeded, state => state.SyncResult!.Revision == second);
        (await space.HasAsync("b")).ShouldBeTrue();
        await space.OperateAsync(application, """{"sync":{"prune":true}}""");
        await space.UntilSyncedAsync(application, second);
        (await space.HasAsync("b")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_revision_is_synced_to_and_held_while_that_takes()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "ask");
        var repository = space.NewRepository();
        var first = repository.Commit(TwoAndAHook);
        repository.Commit(("a.yaml", Manifests.ConfigMap("a", "two")));
        var application = await space.CreateManualAsync(repository);
        var operators = await space.StartOperatorAsync();

        await space.OperateAsync(application, $$"""{"sync":{"revision":"{{first[..9]}}"} }""");
        var job = (await space.UntilJobsAsync(1))[0];
        job.ShouldStartWith($"migrate-{first[..7]}");
        var newest = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "three")));
        var before = (await space.FindApplicationAsync(application))!.Status.OperationState!;

        // Another process goes on with the same operation, at the same commit.
        await operators.DisposeAsync();
        await space.StartOperatorAsync();
        await space.EndJobAsync(job);
        var state = await space.UntilOperationAsync(application, OperationPhase.Succeeded);
        (state.Id, state.SyncResult!.Revision).ShouldBe((before.Id, first));
        (await space.JobsAsync()).ShouldBe([job]);
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a"))!.Json["data"]!["key"]!.GetValue<string>().ShouldBe("one");
        await space.UntilAsync(application, "is out of sync with the branch", found =>
            found.Status.Sync is { Status: SyncCode.OutOfSync } sync && sync.Revision == newest);
    }

    [Fact]
    public async Task Named_objects_are_synced_without_hooks_and_without_history()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "ask");
        var repository = space.NewRepository();
        var revision = repository.Commit(TwoAndAHook);
        var application = await space.CreateManualAsync(repository);
        await space.StartOperatorAsync();

        await space.OperateAsync(application, """{"sync":{"prune":true,"resources":[{"kind":"ConfigMap","name":"b"}]}}""");
        await space.UntilOperationAsync(application, OperationPhase.Succeeded, static state => state.Message!.Contains("1 created", StringComparison.Ordinal));
        (await space.HasAsync("a")).ShouldBeFalse();
        (await space.HasAsync("b")).ShouldBeTrue();
        var found = await space.UntilAsync(application, "plans the rest", static found => found.Status.Plan is { Create: 1 });
        found.Status.History.ShouldBeEmpty();
        found.Status.Sync!.Status.ShouldBe(SyncCode.OutOfSync);

        // The strategy apply: everything, and no hooks.
        await space.OperateAsync(application, """{"sync":{"syncStrategy":{"apply":{}}}}""");
        (await space.UntilSyncedAsync(application, revision)).Status.History.Length.ShouldBe(1);
        (await space.JobsAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_dry_run_says_what_would_be_done_and_writes_nothing(bool automated)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "ask");
        await cluster.ApplyAsync(Kinds.ConfigMap, await TestSpace.ParseAsync(Manifests.ConfigMap("b", "found", space.Target)));
        var repository = space.NewRepository();
        repository.Commit(TwoAndAHook);

        // Automated sync would write at once: suspended, it writes nothing either, and may be asked what it would do.
        var application = automated
            ? await space.CreateApplicationAsync("web", repository, change: static json => json["spec"]!["suspend"] = true)
            : await space.CreateManualAsync(repository);
        var proxy = await space.StartProxyAsync();
        await space.StartOperatorAsync(proxy);
        await space.OperateAsync(application, """{"sync":{"dryRun":true}}""");

        var state = await space.UntilOperationAsync(application, OperationPhase.Succeeded);
        state.Message.ShouldNotBeNull().ShouldContain("nothing was written: 1 created, 1 updated, 0 deleted");
        state.SyncResult!.Resources.Select(static row => $"{row.Name} {row.Message}").ShouldBe(["a would be created", "b would be updated: data.key"]);
        proxy.Requests.Where(static request => request.IsWrite && request.Group != Names.Group && request.Resource != "secrets").ShouldBeEmpty();
        (await space.FindApplicationAsync(application))!.Status.History.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("""{"sync":{"source":{"repoURL":"https://example.org/x.git"}}}""", "operation.sync.source: ")]
    [InlineData("""{"sync":{"manifests":["{}"]}}""", "operation.sync.manifests")]
    [InlineData("""{"info":[]}""", "operation.sync: ")]
    [InlineData("""{"sync":{"syncOptions":["Prune=false","Magic=true"]}}""", "operation.sync.syncOptions[1]: there is no option 'Magic'")]
    [InlineData("""{"sync":{"resources":[{"kind":"ConfigMap","name":"nowhere"}]}}""", "operation.sync.resources[0]: the Application has no ConfigMap nowhere")]
    [InlineData("""{"sync":{"revision":"nowhere"}}""", "operation.sync.revision: ")]
    [InlineData("""{"sync":{},"retry":{"limit":1,"backoff":{"duration":"5x"}}}""", "operation.retry.backoff.duration: ", false)]
    [InlineData("""{"sync":{"revision":"nowhere"}}""", "operation.sync.revision: automated sync is on", true)]
    public async Task What_makes_no_sense_is_refused_with_its_field(string operation, string expected, bool automated = false)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "ask");
        var repository = space.NewRepository();
        var revision = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = automated ? await space.CreateApplicationAsync("web", repository) : await space.CreateManualAsync(repository);
        await space.StartOperatorAsync();
        await space.UntilAsync(application, "is looked at", static found => found.Status.Sync?.Revision is not null);
        try
        {
            await space.OperateAsync(application, operation);
        }
        catch (Kubernetes.Http.ApiException refusal) when (refusal.IsInvalid && operation.Contains("5x", StringComparison.Ordinal))
        {
            // Where the schema says it already, all the better.
            return;
        }

        var state = await space.UntilOperationAsync(application, OperationPhase.Error);
        state.Message.ShouldNotBeNull().ShouldContain(expected);
        state.Id.ShouldNotBeNull();
        await space.UntilEventAsync(application, "OperationRefused", expected);
        var found = (await space.FindApplicationAsync(application))!;
        found.Status.Condition(Conditions.SpecValid)!.Status.ShouldBe("True");
        if (automated)
        {
            await space.UntilSyncedAsync(application, revision);
        }
        else
        {
            (await space.HasAsync("a")).ShouldBeFalse();
        }
    }

    [Fact]
    public async Task A_suspended_Application_refuses_and_does_not_sync_later()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "ask");
        var repository = space.NewRepository();
        repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateManualAsync(repository);
        await cluster.MergeAsync(Kinds.Application, application.Namespace, application.Name, """{"spec":{"suspend":true}}""");
        await space.StartOperatorAsync();
        await space.AnnotateAsync(application, Annotations.Sync, "now");
        (await space.UntilOperationAsync(application, OperationPhase.Error)).Message.ShouldNotBeNull().ShouldContain("spec.suspend");

        await cluster.MergeAsync(Kinds.Application, application.Namespace, application.Name, """{"spec":{"suspend":false}}""");
        await space.UntilConditionAsync(application, Conditions.Ready, "False", "ManualSync");
        (await space.HasAsync("a")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_token_asks_for_one_sync_also_over_a_restart()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "ask");
        var repository = space.NewRepository();
        var revision = repository.Commit(TwoAndAHook);
        var application = await space.CreateManualAsync(repository);
        var operators = await space.StartOperatorAsync();
        await space.KubectlAsync(application, "annotate", $"{Annotations.Sync}=one");
        var first = (await space.UntilJobsAsync(1))[0];
        await space.EndJobAsync(first);
        var done = await space.UntilSyncedAsync(application, revision);
        (done.Status.SyncToken, done.Status.OperationState!.Token, done.Status.OperationState.Trigger).ShouldBe(("one", "one", SyncTrigger.Annotation));
        done.Status.History.Single().InitiatedBy!.Username.ShouldBe("kubectl-annotate");

        await operators.DisposeAsync();
        await space.StartOperatorAsync();
        repository.Commit(("a.yaml", Manifests.ConfigMap("a", "two")));
        await space.UntilAsync(application, "plans the next", static found => found.Status.Plan?.Update == 1);
        (await space.JobsAsync()).ShouldBe([first]);

        // Another token, another sync; of the same commit too, hooks and all.
        await space.AnnotateAsync(application, Annotations.Sync, "two");
        foreach (var count in (int[])[2, 3])
        {
            var jobs = await space.UntilJobsAsync(count);
            foreach (var job in jobs)
            {
                await space.EndJobAsync(job);
            }

            await space.UntilAsync(application, "is done", found => found.Status.History.Length == count && found.Status.SyncToken == (count == 2 ? "two" : "three"));
            if (count == 2)
            {
                await space.AnnotateAsync(application, Annotations.Sync, "three");
            }
        }
    }

    [Fact]
    public async Task A_second_request_waits_for_the_first()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "ask");
        var repository = space.NewRepository();
        repository.Commit(TwoAndAHook);
        var application = await space.CreateManualAsync(repository);
        await space.StartOperatorAsync();
        await space.OperateAsync(application, """{"sync":{"resources":null},"info":[{"name":"n","value":"first"}]}""");
        var first = (await space.UntilJobsAsync(1))[0];
        await space.OperateAsync(application, """{"sync":{},"info":[{"name":"n","value":"second"}]}""");
        await space.AnnotateAsync(application, Annotations.Sync, "third");
        await space.EndJobAsync(first);

        var second = (await space.UntilJobsAsync(2)).Single(job => job != first);
        (await space.FindApplicationAsync(application))!.Status.OperationState!.Operation!.Info.Single().Value.ShouldBe("second");
        await space.EndJobAsync(second);
        var third = (await space.UntilJobsAsync(3)).Single(job => job != first && job != second);
        await space.EndJobAsync(third);
        var done = await space.UntilAsync(application, "has done all three", static found => found.Status is { History.Length: 3, SyncToken: "third" });
        done.RawOperation.ShouldBeNull();
        done.Status.History.Select(static entry => entry.Trigger).ShouldBe([SyncTrigger.Operation, SyncTrigger.Operation, SyncTrigger.Annotation]);
    }

    [Fact]
    public async Task What_was_asked_for_is_repeated_only_if_that_was_asked_for_too()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "ask");
        var repository = space.NewRepository();
        repository.Commit(TwoAndAHook);
        var application = await space.CreateManualAsync(repository);
        await space.StartOperatorAsync();
        await space.OperateAsync(application, """{"sync":{}}""");
        await space.EndJobAsync((await space.UntilJobsAsync(1))[0], succeeds: false);
        (await space.UntilOperationAsync(application, OperationPhase.Failed)).RetryCount.ShouldBe(1);

        await space.OperateAsync(application, """{"sync":{},"retry":{"limit":1,"backoff":{"duration":"1s"}}}""");
        await space.EndJobAsync((await space.UntilJobsAsync(2))[^1], succeeds: false);
        await space.EndJobAsync((await space.UntilJobsAsync(3))[^1], succeeds: false);
        (await space.UntilOperationAsync(application, OperationPhase.Failed, static state => state.RetryCount == 2)).Trigger.ShouldBe(SyncTrigger.Operation);
        (await space.JobsAsync()).Count.ShouldBe(3);
    }
}
