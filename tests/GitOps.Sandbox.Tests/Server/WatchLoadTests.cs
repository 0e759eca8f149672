using System.Globalization;
using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Server;

/// <summary>Many watches, and readers that are slow.</summary>
public sealed class WatchLoadTests
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    [Fact]
    public async Task A_thousand_watches_get_every_event_in_order()
    {
        const int Watches = 1000;
        const int Writes = 20;
        await using var cluster = await TestCluster.StartAsync();
        var watches = await Task.WhenAll(Enumerable.Range(0, Watches).Select(_ => cluster.WatchAsync($"{ConfigMaps}?watch=true")));
        var reading = watches.Select(async watch =>
        {
            var versions = new List<long>();
            while (versions.Count < Writes)
            {
                var read = (await watch.NextAsync(TestContext.Current.CancellationToken))!;
                versions.Add(long.Parse(read["object"]!["metadata"]!["resourceVersion"]!.GetValue<string>(), CultureInfo.InvariantCulture));
            }

            return versions;
        }).ToList();

        for (var i = 0; i < Writes; i++)
        {
            (await cluster.CreateConfigMapAsync($"n{i}")).Ok();
        }

        var seen = await Task.WhenAll(reading);
        seen.ShouldAllBe(versions => versions.SequenceEqual(seen[0]));
        seen[0].ShouldBe(seen[0].Distinct().Order());
        foreach (var watch in watches)
        {
            await watch.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_reader_that_stands_still_holds_nobody_back_and_is_cut_off()
    {
        const int Writes = 400;
        await using var cluster = await TestCluster.StartAsync(new() { HistoryLength = 100 });
        await using var still = await cluster.WatchAsync($"{ConfigMaps}?watch=true");
        await using var awake = await cluster.WatchAsync($"{ConfigMaps}?watch=true");
        var reading = ReadAsync(awake, Writes);
        var filler = new string('x', 10_000);
        for (var i = 0; i < Writes; i++)
        {
            (await cluster.PostAsync(ConfigMaps, $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"n{{{i}}}"},"data":{"v":"{{{filler}}}"}}""")).Ok();
        }

        (await reading).ShouldBe(Writes);
        await Should.ThrowAsync<Exception>(() => ReadAsync(still, Writes));
    }

    [Fact]
    public async Task A_reader_that_is_slow_but_keeps_up_with_the_history_gets_all()
    {
        const int Writes = 90;
        await using var cluster = await TestCluster.StartAsync(new() { HistoryLength = 100 });
        await using var slow = await cluster.WatchAsync($"{ConfigMaps}?watch=true");
        var filler = new string('x', 50_000);
        for (var i = 0; i < Writes; i++)
        {
            (await cluster.PostAsync(ConfigMaps, $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"n{{{i}}}"},"data":{"v":"{{{filler}}}"}}""")).Ok();
        }

        (await ReadAsync(slow, Writes)).ShouldBe(Writes);
    }

    private static async Task<int> ReadAsync(WatchReader watch, int count)
    {
        var read = 0;
        while (read < count && await watch.NextAsync(TestContext.Current.CancellationToken) is not null)
        {
            read++;
        }

        return read == count ? read : throw new IOException($"the stream ended after {read} events");
    }
}
