using System.Collections.Concurrent;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.EndToEnd.Tests.Syncing;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Survival;

/// <summary>
/// A sync with hooks, waves and prunes, cut off at each of its writes: nothing of the first operator reaches the server from
/// then on, and another one takes over. It finds the same commit, and then every hook has run exactly once in its attempt; or a
/// newer one without hooks, and then none is left that something of ours holds.
/// </summary>
public sealed class CutOffHooksTests(Cluster cluster)
{
    private const int Parallelism = 4;
    private const int EnoughFailures = 3;

    /// <param name="fails">Whether the last hook fails, so that the one for failures runs.</param>
    /// <param name="expected">The hooks that have run, by the beginnings of their names.</param>
    [Theory]
    [InlineData(false, "migrate smoke")]
    [InlineData(true, "alarm migrate smoke")]
    public async Task A_sync_with_hooks_that_is_cut_off_at_any_write_runs_each_hook_once(bool fails, string expected)
    {
        var writes = await CountAsync(fails, expected);
        writes.ShouldBeGreaterThan(10);
        var failures = new ConcurrentQueue<string>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForEachAsync(Cases(writes, fails), options, async (item, _) =>
        {
            var (write, isAnswered) = item;
            if (failures.Count >= EnoughFailures)
            {
                return;
            }

            try
            {
                await CutOffAsync(write, isAnswered, fails, expected);
            }
            catch (Exception failure)
            {
                failures.Enqueue($"write {write}, {(isAnswered ? "after its answer, then another commit" : "before its answer, then the same commit")}:\n{failure}");
            }
        });
        failures.ShouldBeEmpty();
    }

    /// <summary>The same commit at every write of the sync that succeeds; all else at every other write, so that it takes seconds.</summary>
    private static IEnumerable<(int Write, bool IsAnswered)> Cases(int writes, bool fails) => Enumerable.Range(1, writes).SelectMany(write =>
        fails ? write % 2 == 0 ? [(write, false)] : []
        : write % 2 == 0 ? [(write, false)]
        : ((int, bool)[])[(write, false), (write, true)]);

    private async Task<int> CountAsync(bool fails, string expected)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "cutoff");
        await using var player = new WorkloadPlayer(space, name => !(fails && name == "smoke"));
        var (repository, application) = await SyncedOnceAsync(space);
        var proxy = await space.StartProxyAsync();
        await space.StartOperatorAsync(proxy);
        var head = CommitHooks(repository);
        await EndAsync(space, application, head, fails);
        Created(proxy).ShouldBe(expected);
        return proxy.Requests.Count(KillSwitch.IsPart);
    }

    private async Task CutOffAsync(int write, bool isAnswered, bool fails, string expected)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "cutoff");
        await using var player = new WorkloadPlayer(space, name => !(fails && name == "smoke"));
        var (repository, application) = await SyncedOnceAsync(space);
        var proxy = await space.StartProxyAsync();
        var cut = KillSwitch.Arm(proxy, KillSwitch.IsPart, write, isAnswered ? Moment.AfterTheAnswer : Moment.BeforeTheAnswer, static () => Task.CompletedTask);
        var first = await space.StartOperatorAsync(proxy);
        var head = CommitHooks(repository);
        await space.UntilAsync("it is cut off or done", async () => cut.IsCompleted || await HasEndedAsync(space, application, head, fails));
        proxy.Freeze();
        await first.DisposeAsync();
        var after = await space.StartProxyAsync();
        if (isAnswered)
        {
            head = repository.Commit(("hooks.yaml", null), ("late.yaml", Manifests.ConfigMap("late", "two")));
            await space.StartOperatorAsync(after);
            await space.UntilSyncedAsync(application, head);
        }
        else
        {
            await space.StartOperatorAsync(after);
            await EndAsync(space, application, head, fails);
            Created(proxy, after).ShouldBe(expected);
        }

        var jobs = await cluster.ListAsync(Kinds.Job, space.Target);
        jobs.SelectMany(static job => job.Finalizers).ShouldBeEmpty();
        if (!fails || isAnswered)
        {
            (await space.HasAsync("old-early")).ShouldBeFalse();
            (await space.HasAsync("old-late")).ShouldBeFalse();
        }

        (await space.HasAsync("late")).ShouldBeTrue();
        (await cluster.GetAsync(Kinds.Deployment, space.Target, "db")).ShouldNotBeNull();
        (await space.InventoryAsync(application)).Entries.Keys.ShouldNotContain(static key => key.Kind == "Job");
    }

    private static async Task<(GitRepo Repository, NamespacedName Application)> SyncedOnceAsync(TestSpace space)
    {
        var repository = space.NewRepository();
        var first = repository.Commit(("old.yaml", InWave("old-early", 0) + "---\n" + InWave("old-late", 3)), ("kept.yaml", Manifests.ConfigMap("kept", "x")));
        var application = await space.CreateApplicationAsync("web", repository, change: static json => json["spec"]!["syncPolicy"]!["retry"]!["backoff"] =
            new System.Text.Json.Nodes.JsonObject { ["duration"] = "1h", ["maxDuration"] = "1h" });
        await using var before = await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, first);
        return (repository, application);
    }

    private static string CommitHooks(GitRepo repository) => repository.Commit(
        ("hooks.yaml", string.Join("---\n",
            Workloads.Job("generateName: migrate-", Workloads.Argo("hook=PreSync")),
            Workloads.Job("name: smoke", Workloads.Argo("hook=PostSync hook-delete-policy=BeforeHookCreation,HookSucceeded")),
            Workloads.Job("generateName: alarm-", Workloads.Argo("hook=SyncFail hook-delete-policy=HookFailed")))),
        ("old.yaml", null), ("db.yaml", Workloads.Deployment("db")), ("late.yaml", InWave("late", 2)));

    private static string InWave(string name, int wave) =>
        $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, annotations: {Workloads.Argo($"sync-wave={wave}")} }}\n";

    private static async Task EndAsync(TestSpace space, NamespacedName application, string head, bool fails)
    {
        if (fails)
        {
            await space.UntilAsync("the sync has failed", () => HasEndedAsync(space, application, head, fails));
        }
        else
        {
            await space.UntilSyncedAsync(application, head);
        }
    }

    private static async Task<bool> HasEndedAsync(TestSpace space, NamespacedName application, string head, bool fails) =>
        (await space.FindApplicationAsync(application))?.Status is { } status && (fails
            ? status.OperationState is { RetryAt: not null, SyncResult.Revision: var revision } && revision == head
            : status.OperationState?.Phase == OperationPhase.Succeeded && status.Sync?.Revision == head && status.Condition(Conditions.Ready)?.Status == "True");

    /// <summary>The Jobs that came into being, as often as they did.</summary>
    private static string Created(params IEnumerable<ApiProxy> proxies) => string.Join(' ', proxies.SelectMany(static proxy => proxy.Requests)
        .Where(static request => request is { Resource: "jobs", Verb: "apply", IsDryRun: false, Status: 201 })
        .Select(static request => request.Name.Split('-')[0]).Order(StringComparer.Ordinal));
}
