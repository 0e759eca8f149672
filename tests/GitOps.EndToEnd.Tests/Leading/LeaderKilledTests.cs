using System.Diagnostics;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.EndToEnd.Tests.Syncing;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Leading;

/// <summary>
/// kill -9 of the leader in mid-sync, with a standby beside it: nothing is lost and nothing is done twice. The sync has a hook
/// before and one after it, two waves, and two objects to prune.
/// </summary>
public sealed class LeaderKilledTests(Cluster cluster)
{
    [Theory]
    [InlineData("jobs", "migrate", "apply")]
    [InlineData("configmaps", "late", "apply")]
    [InlineData("configmaps", "old-late", "delete")]
    public async Task A_standby_goes_on_where_the_leader_was_killed(string resource, string name, string verb)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "leader");
        await using var player = new WorkloadPlayer(space);
        var replicas = await Replicas.StartAsync(space);
        var repository = space.NewRepository();
        var first = repository.Commit(("old.yaml", InWave("old-early", 0) + "---\n" + InWave("old-late", 3)), ("kept.yaml", Manifests.ConfigMap("kept", "x")));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.UntilSyncedAsync(application, first);
        var kept = (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "kept"))!.Uid;

        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        replicas.First.Proxy.Answering = async request =>
        {
            // It has taken effect, and whoever asked for it never knows.
            if (request.Resource == resource && request.Verb == verb && !request.IsDryRun && request.Name.StartsWith(name, StringComparison.Ordinal))
            {
                replicas.First.Proxy.Freeze();
                await replicas.First.Process.KillAsync();
                killed.TrySetResult();
            }
        };
        var second = repository.Commit(
            ("hooks.yaml", string.Join("---\n",
                Workloads.Job("generateName: migrate-", Workloads.Argo("hook=PreSync")), Workloads.Job("name: smoke", Workloads.Argo("hook=PostSync")))),
            ("old.yaml", null), ("db.yaml", Workloads.Deployment("db")), ("late.yaml", InWave("late", 2)));
        await killed.Task.WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);
        var clock = Stopwatch.StartNew();
        await replicas.Second.UntilLeadsAsync();
        var leads = clock.Elapsed;
        await space.UntilAsync(application, "has ended its sync", found =>
            found.Status.OperationState?.Phase == OperationPhase.Succeeded && found.Status.Sync is { Status: SyncCode.Synced } sync && sync.Revision == second
            && found.Status.Condition(Conditions.Ready)?.Status == "True");
        TestContext.Current.SendDiagnosticMessage(
            $"killed at {verb} {resource} {name}: without a leader for {leads.TotalSeconds:F1} s of a lease of 10 s, synced after {clock.Elapsed.TotalSeconds:F1} s");

        replicas.LateWrites().ShouldBeEmpty();
        var answered = replicas.Seen.Where(static item => item is { IsWrite: true, IsLease: false } && item.Request.Resource != "events").Select(static item => item.Request).ToList();
        Made(answered, "jobs").ShouldBe(["migrate", "smoke"], "each hook was run once");
        answered.Where(request => request is { Verb: "apply", Status: 201, Subresource: "" } && request.Namespace == space.Target)
            .GroupBy(static request => (request.Resource, request.Name)).Where(static made => made.Count() > 1).ShouldBeEmpty("nothing was made twice");
        answered.Where(static request => request is { Verb: "delete", Status: 200 }).GroupBy(static request => request.Name, StringComparer.Ordinal)
            .Where(static gone => gone.Count() > 1).ShouldBeEmpty("nothing was deleted twice");
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "kept"))!.Uid.ShouldBe(kept);
        (await space.HasAsync("old-early")).ShouldBeFalse();
        (await space.HasAsync("old-late")).ShouldBeFalse();
        (await cluster.ListAsync(Kinds.Job, space.Target)).SelectMany(static job => job.Finalizers).ShouldBeEmpty();
        (await space.InventoryAsync(application)).Entries.Keys.Select(static key => key.Name).Order(StringComparer.Ordinal).ShouldBe(["db", "kept", "late"]);
        var status = (await space.FindApplicationAsync(application))!.Status;
        status.History.Select(static entry => entry.Revision).ShouldBe([first, second], "the sync is told once");
    }

    private static IEnumerable<string> Made(IEnumerable<ProxiedRequest> requests, string resource) => requests
        .Where(request => request.Resource == resource && request is { Verb: "apply", Status: 201 })
        .Select(static request => request.Name.Split('-')[0]).Order(StringComparer.Ordinal);

    private static string InWave(string name, int wave) =>
        $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, annotations: {Workloads.Argo($"sync-wave={wave}")} }}\n";
}
