using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.EndToEnd.Tests.Syncing;
using GitOps.Kubernetes.Objects;

namespace GitOps.EndToEnd.Tests.Survival;

/// <summary>
/// kill -9 in a sync with waves, prunes, hooks of each phase and delete policy, and a person who approves once: at each of its
/// writes the process is killed, and another operator takes over. Every hook has run once, nothing is done out of order, the one
/// approval was enough, and the history tells of one sync, all of it.
/// </summary>
public sealed class KilledApprovedTests(Cluster cluster)
{
    private const int Parallelism = 5;
    private const int EnoughFailures = 3;

    /// <summary>What the second commit does, in order. What stands on one line is done at the same time.</summary>
    private static readonly string[][] Order =
    [
        ["delete jobs migrate"],
        ["apply jobs migrate"],
        ["apply configmaps early"],
        ["delete configmaps old-late"],
        ["apply deployments db", "apply jobs check"],
        ["apply configmaps late"],
        ["delete configmaps old-early"],
        ["apply jobs smoke"],
        ["apply jobs report"],
        ["delete jobs check", "delete jobs smoke"],
    ];

    [Fact]
    public async Task An_approved_sync_with_hooks_that_is_killed_at_any_write_is_done_once_and_told_whole()
    {
        var undisturbed = await UndisturbedAsync();
        undisturbed.Writes.ShouldBeGreaterThan(Order.Length);
        var failures = new ConcurrentQueue<string>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForEachAsync(Steps().Concat(undisturbed.Boundaries), options, async (end, _) =>
        {
            if (failures.Count >= EnoughFailures)
            {
                return;
            }

            try
            {
                await KilledAsync(end, undisturbed);
            }
            catch (Exception failure)
            {
                failures.Enqueue($"{end.Name}, {end.Moment}:\n{failure}");
            }
        });
        failures.ShouldBeEmpty();
    }

    private async Task<Undisturbed> UndisturbedAsync()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "undisturbed");
        await using var approver = await ApproverAsync(space);
        await using var player = new WorkloadPlayer(space);
        var repository = space.NewRepository();
        var first = CommitFirst(repository);
        var proxy = await space.StartProxyAsync();
        await space.StartOperatorAsync(proxy);
        var application = await space.CreateApplicationAsync("web", repository, change: Change);
        await space.UntilSyncedAsync(application, first);
        proxy.Forget();
        var second = CommitSecond(repository);
        await space.UntilSyncedAsync(application, second);
        OutOfOrder(proxy).ShouldBeEmpty();
        Missing(proxy).ShouldBeEmpty();
        var parts = proxy.Requests.Where(KillSwitch.IsPart).ToList();
        var told = await HistoryAsync(space, application);
        told.ShouldContain("Create=1 Update=2 Delete=2");
        return new(told, [.. parts.Select(Name)]);
    }

    private async Task KilledAsync(End end, Undisturbed undisturbed)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "approved");
        await using var approver = await ApproverAsync(space);
        await using var player = new WorkloadPlayer(space);
        var repository = space.NewRepository();
        var first = CommitFirst(repository);
        var proxy = await space.StartProxyAsync();
        var running = space.StartProcess(proxy);
        var application = await space.CreateApplicationAsync("web", repository, change: Change);
        await space.UntilSyncedAsync(application, first);
        proxy.Forget();
        var killed = KillSwitch.Arm(proxy, end.IsPart, end.Write, end.Moment, running.KillAsync);
        var second = CommitSecond(repository);

        // A sync may need a write less than the one that was counted; then it is killed when it is done.
        await space.UntilAsync("it is killed or done", async () => killed.IsCompleted
            || (await space.FindApplicationAsync(application))?.Status.History.Length == 2);
        (killed.IsCompleted || !end.IsStep).ShouldBeTrue("it gets as far as that");
        await running.KillAsync();
        var after = await space.StartProxyAsync();
        await space.StartOperatorAsync(after);
        await space.UntilSyncedAsync(application, second);
        await space.UntilAsync(application, "has told the sync", static found => found.Status.History.Length == 2);

        OutOfOrder(proxy, after).ShouldBeEmpty();
        Missing(proxy, after).ShouldBeEmpty();
        Hooks(proxy, after).ShouldBe("check migrate report smoke");
        (await HistoryAsync(space, application)).ShouldBe(undisturbed.History);
        var jobs = await cluster.ListAsync(Kinds.Job, space.Target);
        jobs.SelectMany(static job => job.Finalizers).ShouldBeEmpty();
        jobs.Select(static job => job.Name.Split('-')[0]).Order(StringComparer.Ordinal).ShouldBe(["migrate", "report"]);
        (await cluster.ListAsync(Kinds.Approval, space.ApplicationNamespace)).Count(approval => approval.At("spec", "revision")?.GetValue<string>() == second)
            .ShouldBe(1, "one approval is enough");
    }

    /// <summary>Each step, by its name, and the two moments between everything being done and its being told.</summary>
    private static IEnumerable<End> Steps()
    {
        const string Stored = "update resourceinventories web.0";
        string[] names = ["delete jobs migrate", .. Order.Skip(1).Take(8).SelectMany(static line => line), "delete jobs smoke", Stored];
        return names.Zip(names.Skip(1)).Select(static pair => new End($"{pair.Second} after {pair.First}", After(pair.First, pair.Second), 1, Moment.AfterTheAnswer))
            .Append(new End("nothing is told yet", After("delete jobs smoke", Stored), 1, Moment.BeforeTheAnswer))
            .Select(static end => end with { IsStep = true });
    }

    private static Func<ProxiedRequest, bool> After(string first, string then)
    {
        var isSeen = false;
        return request =>
        {
            var name = request.IsWrite ? Name(request) : string.Empty;
            isSeen |= name == first;
            return isSeen && name == then;
        };
    }

    private static async Task<Approver> ApproverAsync(TestSpace space)
    {
        await space.LetEverybodyApproveAsync();
        return new(space);
    }

    private static void Change(JsonObject json)
    {
        json["spec"]!["approval"] = new JsonObject { ["required"] = true };
        json["spec"]!["syncPolicy"]!["retry"]!["backoff"] = new JsonObject { ["duration"] = "1h", ["maxDuration"] = "1h" };
    }

    private static string CommitFirst(GitRepo repository) => repository.Commit(
        ("migrate.yaml", Workloads.Job("name: migrate", Workloads.Argo("hook=PreSync"))),
        ("early.yaml", InWave("early", -1, "one")), ("db.yaml", Workloads.Deployment("db", Workloads.Argo("sync-wave=1"))),
        ("old.yaml", InWave("old-early", 0, "x") + "---\n" + InWave("old-late", 3, "x")));

    private static string CommitSecond(GitRepo repository) => repository.Commit(
        ("early.yaml", InWave("early", -1, "two")),
        ("db.yaml", Workloads.Deployment("db", Workloads.Argo("sync-wave=1"), "registry.example.com/work:2")),
        ("late.yaml", InWave("late", 2, "new")), ("old.yaml", null),
        ("hooks.yaml", string.Join("---\n",
            Workloads.Job("generateName: check-", Workloads.Argo("hook=Sync sync-wave=1 hook-delete-policy=HookSucceeded")),
            Workloads.Job("name: smoke", Workloads.Argo("hook=PostSync hook-delete-policy=BeforeHookCreation,HookSucceeded")),
            Workloads.Job("generateName: report-", Workloads.Argo("hook=PostSync sync-wave=1 hook-delete-policy=HookFailed")))));

    private static string InWave(string name, int wave, string value) =>
        $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, annotations: {Workloads.Argo($"sync-wave={wave}")} }}\ndata: {{key: {value}}}\n";

    private static string Name(ProxiedRequest request) =>
        $"{request.Verb} {request.Resource}{(request.Subresource.Length > 0 ? "/" + request.Subresource : string.Empty)} "
        + (request.Resource == "jobs" ? request.Name.Split('-')[0] : request.Name);

    /// <summary>What was done to objects and hooks, as the server has done it: an apply that changed nothing has done nothing.</summary>
    private static IEnumerable<string> Done(params IEnumerable<ApiProxy> proxies)
    {
        var states = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var request in proxies.SelectMany(static proxy => proxy.Requests).Where(static request =>
            request is { IsDryRun: false, Verb: "apply" or "delete", Resource: "jobs" or "configmaps" or "deployments", Status: >= 200 and < 300 }))
        {
            var key = $"{request.Resource} {request.Name}";
            if (request.Verb == "delete" || states.GetValueOrDefault(key) != request.Stored)
            {
                states[key] = request.Stored;
                yield return Name(request);
            }
        }
    }

    private static IEnumerable<string> OutOfOrder(params IEnumerable<ApiProxy> proxies)
    {
        var (reached, last) = (0, string.Empty);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var done in Done(proxies))
        {
            var place = Array.FindIndex(Order, line => line.Contains(done, StringComparer.Ordinal));
            if (place < reached || !seen.Add(done))
            {
                yield return place < 0 ? $"{done} was not to be done" : place < reached ? $"{done} came after {last}" : $"{done} was done twice";
            }

            (reached, last) = (Math.Max(place, reached), done);
        }
    }

    private static IEnumerable<string> Missing(params IEnumerable<ApiProxy> proxies) => Order.SelectMany(static line => line).Except(Done(proxies), StringComparer.Ordinal);

    /// <summary>The Jobs that came into being, as often as they did.</summary>
    private static string Hooks(params IEnumerable<ApiProxy> proxies) => string.Join(' ', proxies.SelectMany(static proxy => proxy.Requests)
        .Where(static request => request is { Resource: "jobs", Verb: "apply", IsDryRun: false, Status: 201 })
        .Select(static request => request.Name.Split('-')[0]).Order(StringComparer.Ordinal));

    private static async Task<string> HistoryAsync(TestSpace space, NamespacedName application) =>
        (await space.FindApplicationAsync(application))!.Told().Replace(space.Name, "SPACE", StringComparison.Ordinal);

    /// <summary>Where a process ends.</summary>
    private sealed record End(string Name, Func<ProxiedRequest, bool> IsPart, int Write, Moment Moment)
    {
        /// <summary>Every run comes by.</summary>
        public bool IsStep { get; init; }
    }

    /// <summary>What a sync that nobody disturbs leads to, and what it takes.</summary>
    private sealed record Undisturbed(string History, IReadOnlyList<string> Names)
    {
        public int Writes => Names.Count;

        /// <summary>Every other write, as it is counted: how many there are, and so which one is met, differs a little from run to run.</summary>
        public IEnumerable<End> Boundaries => Enumerable.Range(0, (Writes + 1) / 2).Select(index =>
            new End($"write {(2 * index) + 1}, {Names[2 * index]}", KillSwitch.IsPart, (2 * index) + 1, Moment.BeforeTheAnswer));
    }
}
