using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Syncing;

/// <summary>Syncs that are broken off by people.</summary>
public sealed class TerminateTests(Cluster cluster)
{
    public static TheoryData<string> Ways => ["status", "annotation", "kubectl"];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_sync_is_broken_off_and_stays_so_until_something_changes(string way)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "term");
        var repository = space.NewRepository();
        repository.Commit(
            ("pre.yaml", Workloads.Job("name: migrate", Workloads.Argo("hook=PreSync"))),
            ("alarm.yaml", Workloads.Job("name: alarm", Workloads.Argo("hook=SyncFail"))), ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository);
        var operators = await space.StartOperatorAsync();
        var job = await space.UntilJobAsync("migrate");
        var running = (await space.UntilOperationAsync(application, OperationPhase.Running)).Id.ShouldNotBeNull();

        await TerminateAsync(space, application, way, running);
        var state = await space.UntilOperationAsync(application, OperationPhase.Failed);
        state.Message.ShouldNotBeNull().ShouldStartWith("Operation terminated");
        state.Id.ShouldBe(running);
        await space.UntilGoneAsync(Kinds.Job, space.Target, "migrate");
        await space.UntilEventAsync(application, "Terminated", running);
        await space.UntilAsync(application, "has no annotation left", static found => !found.Metadata.Annotations.ContainsKey(Annotations.Terminate));
        (await space.UntilConditionAsync(application, Conditions.Ready, "False", "SyncFailed")).Message.ShouldStartWith("Operation terminated");

        // Another process keeps to it.
        await operators.DisposeAsync();
        await space.StartOperatorAsync();
        await space.AnnotateAsync(application, "gitops-operator.dev/refresh", "normal");
        await space.UntilAsync(application, "has refreshed", static found => !found.Metadata.Annotations.ContainsKey("gitops-operator.dev/refresh"));
        (await space.JobsAsync()).ShouldBeEmpty("neither the hook again, nor the one for failures");
        (await space.FindApplicationAsync(application))!.Status.OperationState!.Phase.ShouldBe(OperationPhase.Failed);

        // A sync that is asked for is another one.
        await space.AnnotateAsync(application, Annotations.Sync, "again");
        (await space.UntilJobAsync("migrate")).Uid.ShouldNotBe(job.Uid, StringComparer.Ordinal);
        await space.EndJobAsync("migrate");
        await space.UntilSyncedAsync(application, repository.Head);
    }

    [Fact]
    public async Task A_sync_that_waits_for_its_next_attempt_is_broken_off_too()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "term");
        var repository = space.NewRepository();
        repository.Commit(("pre.yaml", Workloads.Job("name: migrate", Workloads.Argo("hook=PreSync"))), ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: static json =>
        {
            var backoff = json["spec"]!["syncPolicy"]!["retry"]!["backoff"]!;
            backoff["duration"] = "1h";
            backoff["maxDuration"] = "1h";
        });
        await space.StartOperatorAsync();
        await space.UntilJobAsync("migrate");
        await space.EndJobAsync("migrate", succeeds: false);
        var waiting = await space.UntilOperationAsync(application, OperationPhase.Running, static state => state.RetryAt is not null);

        await space.AnnotateAsync(application, Annotations.Terminate, waiting.Id);
        var state = await space.UntilOperationAsync(application, OperationPhase.Failed);
        state.RetryAt.ShouldBeNull();
        state.Message.ShouldNotBeNull().ShouldContain("no luck");
    }

    [Fact]
    public async Task An_id_of_nothing_does_nothing_and_is_said()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "term");
        var repository = space.NewRepository();
        repository.Commit(("pre.yaml", Workloads.Job("name: migrate", Workloads.Argo("hook=PreSync"))), ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateManualAsync(repository);
        await space.StartOperatorAsync();
        await space.OperateAsync(application, """{"sync":{}}""");
        var job = await space.UntilJobAsync("migrate");

        await space.AnnotateAsync(application, Annotations.Terminate, "abcdef0-1");
        await space.UntilEventAsync(application, "TerminationIgnored", "abcdef0-1");
        await space.UntilAsync(application, "has no annotation left", static found => !found.Metadata.Annotations.ContainsKey(Annotations.Terminate));
        (await cluster.GetAsync(Kinds.Job, space.Target, "migrate"))!.Uid.ShouldBe(job.Uid);
        await space.EndJobAsync("migrate");
        await space.UntilSyncedAsync(application, repository.Head);

        // Over: to terminate what has ended changes nothing, and the status says again how it ended.
        await cluster.MergeAsync(Kinds.Application, application.Namespace, application.Name, """{"status":{"operationState":{"phase":"Terminating"}}}""", subresource: "status");
        await space.UntilOperationAsync(application, OperationPhase.Succeeded);
    }

    [Fact]
    public async Task What_was_asked_for_is_over_when_it_is_broken_off()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "term");
        var repository = space.NewRepository();
        repository.Commit(("pre.yaml", Workloads.Job("name: migrate", Workloads.Argo("hook=PreSync"))), ("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateManualAsync(repository);
        await space.StartOperatorAsync();
        await space.OperateAsync(application, """{"sync":{},"retry":{"limit":5}}""");
        await space.UntilJobAsync("migrate");
        await space.UntilAsync(application, "says that it runs", static found => found.Status.OperationState?.Phase == OperationPhase.Running);
        await TerminateAsync(space, application, "status", string.Empty);
        await space.UntilOperationAsync(application, OperationPhase.Failed);
        await space.UntilGoneAsync(Kinds.Job, space.Target, "migrate");
        (await space.HasAsync("a")).ShouldBeFalse();
    }

    private static Task TerminateAsync(TestSpace space, NamespacedName application, string way, string id) => way switch
    {
        "annotation" => space.AnnotateAsync(application, Annotations.Terminate, id),
        "kubectl" => space.KubectlAsync(
            application, "patch", "--subresource", "status", "--type", "merge", "-p", """{"status":{"operationState":{"phase":"Terminating"}}}"""),
        _ => space.Cluster.MergeAsync(
            Kinds.Application, application.Namespace, application.Name, """{"status":{"operationState":{"phase":"Terminating"}}}""", subresource: "status"),
    };
}
