using System.Net;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Syncing;

/// <summary>An operator that may not watch a kind: what it waits for is unknown, never healthy, and it says why it waits.</summary>
public sealed class UnwatchedTests(Cluster cluster)
{
    /// <param name="isNew">Whether it is another process that waits than the one that wrote.</param>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_wave_waits_for_an_object_that_cannot_be_watched_by_reading_it(bool isNew)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "unwatched");
        var (repository, application) = await CreateAsync(space);
        var head = repository.Head;
        if (isNew)
        {
            var former = await space.StartOperatorAsync();
            await space.UntilObjectAsync(Kinds.Deployment, space.Target, "db", "is there", static _ => true);
            await space.UntilAsync(application, "waits", static found => found.Status.OperationState is { Phase: OperationPhase.Running, Progress.Wave: -1 });
            await former.StopAsync();
        }

        var proxy = await space.StartProxyAsync();
        using var refused = proxy.Refuse(HttpStatusCode.Forbidden, static request => request is { Resource: "deployments", Verb: "list" or "watch" });
        await space.StartOperatorAsync(proxy);
        var waiting = await space.UntilAsync(application, "says that it reads", static found =>
            found.Status.OperationState is { Phase: OperationPhase.Running, Message: { } message } && message.Contains("so it is read every", StringComparison.Ordinal));
        waiting.Status.OperationState!.Message.ShouldNotBeNull().ShouldContain("it is not watched (");
        (await space.HasAsync("late")).ShouldBeFalse();
        await space.RollOutAsync("db");
        await space.UntilAsync(application, "is synced", found => found.Status.OperationState?.Phase == OperationPhase.Succeeded && found.Status.Sync?.Revision == head);
        (await space.HasAsync("late")).ShouldBeTrue();
        proxy.Requests.Count(static request => request is { Resource: "deployments", Verb: "apply", IsDryRun: false }).ShouldBe(isNew ? 0 : 1);
    }

    [Fact]
    public async Task What_can_neither_be_watched_nor_read_is_unknown()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "unknown");
        var (_, application) = await CreateAsync(space);
        var former = await space.StartOperatorAsync();
        await space.UntilObjectAsync(Kinds.Deployment, space.Target, "db", "is there", static _ => true);
        await space.UntilAsync(application, "waits", static found => found.Status.OperationState is { Phase: OperationPhase.Running, Progress.Wave: -1 });
        await former.StopAsync();
        await space.RollOutAsync("db");

        var proxy = await space.StartProxyAsync();
        var refused = proxy.Refuse(HttpStatusCode.Forbidden, static request => request is { Resource: "deployments", Verb: "list" or "watch" or "get" });
        await space.StartOperatorAsync(proxy);
        await space.UntilAsync(application, "says that nobody knows", static found =>
            found.Status.OperationState is { Phase: OperationPhase.Running, Message: { } message } && message.Contains("nobody knows whether", StringComparison.Ordinal)
            && message.Contains("cannot be read", StringComparison.Ordinal));
        (await space.HasAsync("late")).ShouldBeFalse();
        refused.Dispose();
        await space.UntilAsync("the next wave comes", () => space.HasAsync("late"));
    }

    private static async Task<(GitRepo Repository, NamespacedName Application)> CreateAsync(TestSpace space)
    {
        var repository = space.NewRepository();
        repository.Commit(
            ("db.yaml", Workloads.Deployment("db", Workloads.Argo("sync-wave=-1"))), ("late.yaml", Manifests.ConfigMap("late", "x")));
        return (repository, await space.CreateApplicationAsync("web", repository));
    }
}
