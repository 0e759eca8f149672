using System.Collections.Concurrent;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Survival;

/// <summary>
/// kill -9 at any point of a sync. The writes of an undisturbed sync are counted; then, for each of them, a process is killed
/// right before its answer or right after it, and another operator takes over: in the end all is as if nothing had happened.
/// Killed before the answer, it finds the same commit again, and after it a commit that has changed meanwhile: what the first had begun
/// with must not be forgotten.
/// </summary>
public sealed class KilledTests(Cluster cluster)
{
    private const int Parallelism = 4;
    private const int EnoughFailures = 3;

    [Fact]
    public async Task A_sync_that_is_killed_after_any_write_ends_as_if_nothing_had_happened()
    {
        var undisturbed = await UndisturbedAsync();
        var cases = Enumerable.Range(1, undisturbed.FirstWrites).Select(static write => (Commit: 1, Write: write))
            .Concat(Enumerable.Range(1, undisturbed.SecondWrites).Select(static write => (Commit: 2, Write: write)))
            .SelectMany(static item => Enum.GetValues<Moment>().Select(moment => (item.Commit, item.Write, Moment: moment)));
        var failures = new ConcurrentQueue<string>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForEachAsync(cases, options, async (item, _) =>
        {
            var (commit, write, moment) = item;
            if (failures.Count >= EnoughFailures)
            {
                return;
            }

            try
            {
                await KilledAsync(commit, write, moment, undisturbed);
            }
            catch (Exception failure)
            {
                failures.Enqueue($"commit {commit}, write {write}, {moment}:\n{failure}");
            }
        });
        failures.ShouldBeEmpty();
    }

    private async Task<Undisturbed> UndisturbedAsync()
    {
        await using var scenario = await KilledScenario.CreateAsync(cluster);
        var proxy = await scenario.Space.StartProxyAsync();
        await scenario.Space.StartOperatorAsync(proxy);
        var head = scenario.CommitFirst();
        await scenario.CreateApplicationAsync();
        proxy.Forget();
        await scenario.Space.UntilSyncedAsync(scenario.Application, head);
        var (first, firstWrites) = (await scenario.StateAsync(), proxy.Requests.Count(static request => request.IsWrite));
        proxy.Forget();
        await scenario.Space.UntilSyncedAsync(scenario.Application, scenario.CommitSecond());
        return new(first, await scenario.StateAsync(), await scenario.HistoryAsync(), firstWrites, proxy.Requests.Count(static request => request.IsWrite));
    }

    private async Task KilledAsync(int commit, int write, Moment moment, Undisturbed undisturbed)
    {
        await using var scenario = await KilledScenario.CreateAsync(cluster);
        var space = scenario.Space;
        var proxy = await space.StartProxyAsync();
        var running = space.StartProcess(proxy);
        var head = scenario.CommitFirst();
        await running.WaitUntilReadyAsync();
        var uids = new Dictionary<ObjectKey, string>() as IReadOnlyDictionary<ObjectKey, string>;
        if (commit == 2)
        {
            await scenario.CreateApplicationAsync();
            await space.UntilSyncedAsync(scenario.Application, head);
            uids = await scenario.UidsAsync();
        }

        var killed = KillSwitch.Arm(proxy, running, write, moment);
        if (commit == 1)
        {
            await scenario.CreateApplicationAsync();
        }
        else
        {
            head = scenario.CommitSecond();
        }

        // A sync may need a write less than the one that was counted; then it is killed when it is done.
        await space.UntilAsync("it is killed or done", async () =>
            killed.IsCompleted || (await space.FindApplicationAsync(scenario.Application))?.Status.Sync is { Status: SyncCode.Synced } sync && sync.Revision == head);
        await running.KillAsync();
        var isChanged = moment == Moment.AfterTheAnswer;
        if (isChanged)
        {
            head = commit == 1 ? scenario.CommitSecond() : scenario.Revert();
        }

        var after = await space.StartProxyAsync();
        await space.StartOperatorAsync(after);
        await space.UntilSyncedAsync(scenario.Application, head);
        if (commit == 1 && !isChanged)
        {
            DeletionsOf(proxy, after).ShouldBeEmpty("a first sync deletes nothing");
            await space.UntilSyncedAsync(scenario.Application, scenario.CommitSecond());
        }

        var isTakenBack = commit == 2 && isChanged;
        DeletionsOf(proxy, after)
            .Where(request => !scenario.IsRemoved(request.Resource, request.Name)
                && !(isTakenBack && KilledScenario.IsAdded(request.Resource, request.Name)))
            .ShouldBeEmpty();
        if (!isChanged)
        {
            (await scenario.HistoryAsync()).ShouldBe(undisturbed.History, "each sync is told once, and all of it");
        }

        Differences(isTakenBack ? undisturbed.First : undisturbed.Second, await scenario.StateAsync()).ShouldBeEmpty();
        var now = await scenario.UidsAsync();
        uids.Where(pair => now.TryGetValue(pair.Key, out var uid) && uid != pair.Value && !scenario.IsRemoved(Plural(pair.Key), pair.Key.Name))
            .ShouldBeEmpty("what stays is never made anew");
    }

    private static IEnumerable<string> Differences(string expected, string actual)
    {
        if (expected == actual)
        {
            return [];
        }

        var (left, right) = (expected.Split('\n'), actual.Split('\n'));
        return ["not as after an undisturbed sync:", .. left.Except(right, StringComparer.Ordinal).Select(static line => "- " + line),
            .. right.Except(left, StringComparer.Ordinal).Select(static line => "+ " + line)];
    }

    private static string Plural(ObjectKey key) => key.Kind.ToLowerInvariant() + "s";

    private static IEnumerable<ProxiedRequest> DeletionsOf(params IEnumerable<ApiProxy> proxies) =>
        proxies.SelectMany(static proxy => proxy.Requests).Where(static request => request.Verb is "delete" or "deletecollection");

    /// <summary>What a sync that nobody disturbs leads to, and what it takes.</summary>
    /// <param name="First">The state after the first commit.</param>
    /// <param name="Second">The state after the second one.</param>
    /// <param name="History">What is told of both.</param>
    /// <param name="FirstWrites">The writes that the first one takes.</param>
    /// <param name="SecondWrites">The writes that the second one takes.</param>
    private sealed record Undisturbed(string First, string Second, string History, int FirstWrites, int SecondWrites);
}
