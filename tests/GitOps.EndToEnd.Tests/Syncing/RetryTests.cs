using System.Net;
using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Syncing;

/// <summary>How often a sync that fails is tried, when, and what makes it worth another attempt.</summary>
public sealed class RetryTests(Cluster cluster)
{
    [Fact]
    public async Task After_its_last_retry_a_revision_has_failed_also_for_the_next_process()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "retry");
        var repository = space.NewRepository();
        repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one", $"{space.Name}-nowhere")));
        var application = await CreateAsync(space, repository, """{"limit":2,"backoff":{"duration":"1s","factor":1}}""");
        var proxy = await space.StartProxyAsync();
        var operators = await space.StartOperatorAsync(proxy);

        var failed = await space.UntilOperationAsync(application, OperationPhase.Failed);
        failed.RetryCount.ShouldBe(3);
        failed.RetryAt.ShouldBeNull();
        Attempts(proxy).ShouldBe(3);
        await space.UntilEventAsync(application, "SyncFailed", "retry 1 in 1s");
        await space.UntilEventAsync(application, "Retrying", "attempt 3");
        await space.UntilEventAsync(application, "SyncFailed", "not tried again until something changes");
        (await space.UntilConditionAsync(application, Conditions.Stalled, "True", "SyncFailed")).Message.ShouldContain("nowhere");

        await operators.DisposeAsync();
        await space.StartOperatorAsync(proxy);
        await RefreshAsync(space, application);
        Attempts(proxy).ShouldBe(3, "a restart is no reason to try again");
        (await space.FindApplicationAsync(application))!.Status.OperationState!.Id.ShouldBe(failed.Id);
        (await space.FindApplicationAsync(application))!.Status.Condition(Conditions.Ready)!.Reason.ShouldBe("SyncFailed");

        // Somebody wants it tried: once, as that is how often it was asked for.
        await space.OperateAsync(application, """{"sync":{}}""");
        await space.UntilOperationAsync(application, OperationPhase.Failed, state => state.Id != failed.Id);
        Attempts(proxy).ShouldBe(4);

        // Another commit is another matter.
        await space.UntilSyncedAsync(application, repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one"))));
    }

    [Fact]
    public async Task Another_spec_is_worth_another_attempt_and_an_annotation_is_not()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "retry");
        var repository = space.NewRepository();
        repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one", $"{space.Name}-nowhere")));
        var application = await CreateAsync(space, repository, """{"limit":0}""");
        var proxy = await space.StartProxyAsync();
        await space.StartOperatorAsync(proxy);
        await space.UntilOperationAsync(application, OperationPhase.Failed);
        await space.AnnotateAsync(application, "example.com/note", "hello");
        await RefreshAsync(space, application);
        Attempts(proxy).ShouldBe(1);

        await space.CreateNamespaceAsync($"{space.Name}-nowhere");
        await cluster.MergeAsync(Kinds.Application, application.Namespace, application.Name, """{"spec":{"info":[{"name":"try","value":"again"}]}}""");
        await space.UntilSyncedAsync(application, repository.Head);
    }

    [Fact]
    public async Task A_server_that_cannot_be_asked_says_nothing_about_a_revision()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "retry");
        var repository = space.NewRepository();
        var revision = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await CreateAsync(space, repository, """{"limit":0,"backoff":{"duration":"1s","factor":1,"maxDuration":"1s"}}""");
        var proxy = await space.StartProxyAsync();
        var fault = proxy.Refuse(HttpStatusCode.ServiceUnavailable, static request => request is { Resource: "configmaps", Verb: "apply" });
        await space.StartOperatorAsync(proxy);
        await space.UntilOperationAsync(application, OperationPhase.Running, static state => state.RetryCount >= 3);
        fault.Dispose();
        await space.UntilSyncedAsync(application, revision);
    }

    [Fact]
    public async Task A_newer_commit_takes_the_place_of_a_failing_sync_at_once_and_says_so()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "retry");
        var repository = space.NewRepository();
        var bad = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one", $"{space.Name}-nowhere")));
        var application = await CreateAsync(space, repository, """{"limit":5,"backoff":{"duration":"1h","maxDuration":"1h"}}""");
        var operators = await space.StartOperatorAsync();
        var waiting = await space.UntilOperationAsync(application, OperationPhase.Running, static state => state.RetryAt is not null);

        // A restart keeps the time of the next attempt.
        await operators.DisposeAsync();
        await space.StartOperatorAsync();
        await RefreshAsync(space, application);
        var again = (await space.FindApplicationAsync(application))!.Status.OperationState!;
        (again.Id, again.RetryAt, again.RetryCount).ShouldBe((waiting.Id, waiting.RetryAt, 1));

        var good = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var done = await space.UntilSyncedAsync(application, good);
        done.Status.OperationState!.Supersedes.ShouldBe(bad);
        done.Status.OperationState.Message.ShouldNotBeNull().ShouldContain($"in place of the sync of {bad[..7]}");
        done.Status.History.Single().Supersedes.ShouldBe(bad);
        await space.UntilEventAsync(application, "Superseded", bad[..7]);
    }

    [Fact]
    public async Task An_object_that_recovers_is_worth_another_attempt()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "retry");
        var repository = space.NewRepository();
        var revision = repository.Commit(
            ("db.yaml", Workloads.Deployment("db")),
            ("z.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: z, annotations: {gitops-operator.dev/sync-wave: '1'}}\n"));
        var application = await CreateAsync(space, repository, """{"limit":0}""");
        await space.StartOperatorAsync();
        var db = await space.UntilObjectAsync(Kinds.Deployment, space.Target, "db", "is there", static _ => true);
        await cluster.MergeAsync(Kinds.Deployment, space.Target, "db", $$"""
            {"status": {"observedGeneration": {{db.Generation}}, "conditions": [
              {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "no image"}] } }
            """, "kube-controller-manager", "status");
        (await space.UntilOperationAsync(application, OperationPhase.Failed)).Message.ShouldNotBeNull().ShouldContain("degraded");
        (await space.HasAsync("z")).ShouldBeFalse();

        await space.RollOutAsync("db");
        await space.UntilSyncedAsync(application, revision);
        (await space.HasAsync("z")).ShouldBeTrue();
    }

    private static Task<NamespacedName> CreateAsync(TestSpace space, GitRepo repository, string retry) =>
        space.CreateApplicationAsync("web", repository, change: json => json["spec"]!["syncPolicy"]!["retry"] = JsonNode.Parse(retry));

    private static async Task RefreshAsync(TestSpace space, NamespacedName application)
    {
        await space.AnnotateAsync(application, "gitops-operator.dev/refresh", "normal");
        await space.UntilAsync(application, "has refreshed", static found => !found.Metadata.Annotations.ContainsKey("gitops-operator.dev/refresh"));
    }

    private static int Attempts(ApiProxy proxy) => proxy.Requests.Count(static request => request is { Resource: "configmaps", Verb: "apply", IsDryRun: false });
}
