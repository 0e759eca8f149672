using System.Globalization;
using GitOps.Sandbox.Tests.Replay;
using GitOps.Testing;

namespace GitOps.Sandbox.Tests.Server;

public sealed class ListAndWatchTests
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";
    private const string Metadata = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

    [Fact]
    public async Task Pages_of_a_list_show_the_state_in_which_it_began()
    {
        await using var cluster = await TestCluster.StartAsync();
        await CreateAsync(cluster, "a", "b", "c", "d", "e");

        var first = (await cluster.GetAsync($"{ConfigMaps}?limit=2")).Ok();
        await cluster.DeleteAsync($"{ConfigMaps}/d");
        await CreateAsync(cluster, "bb");
        var second = (await cluster.GetAsync($"{ConfigMaps}?limit=2&continue={Token(first)}")).Ok();
        var third = (await cluster.GetAsync($"{ConfigMaps}?limit=2&continue={Token(second)}")).Ok();

        first.ItemNames.Concat(second.ItemNames).Concat(third.ItemNames).ShouldBe(["a", "b", "c", "d", "e"]);
        first.Text("metadata", "remainingItemCount").ShouldBe("3");
        third.Version.ShouldBe(first.Version);
        third.Text("metadata", "continue").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_continuation_from_before_a_compaction_is_gone_and_can_be_gone_on_with()
    {
        await using var cluster = await TestCluster.StartAsync();
        await CreateAsync(cluster, "a", "b", "c");
        var first = (await cluster.GetAsync($"{ConfigMaps}?limit=1")).Ok();
        await CreateAsync(cluster, "d");

        cluster.Sandbox.Compact();
        var gone = await cluster.GetAsync($"{ConfigMaps}?limit=1&continue={Token(first)}");
        var rest = (await cluster.GetAsync($"{ConfigMaps}?continue={Token(gone)}")).Ok();

        (gone.Status, gone.Reason).ShouldBe((410, "Expired"));
        rest.ItemNames.ShouldBe(["b", "c", "d"]);
    }

    [Fact]
    public async Task A_watch_from_before_a_compaction_gets_410_in_its_stream()
    {
        await using var cluster = await TestCluster.StartAsync();
        var version = (await cluster.CreateConfigMapAsync("a")).Ok().Version;
        await CreateAsync(cluster, "b");

        cluster.Sandbox.Compact();
        await using var watch = await cluster.WatchAsync($"{ConfigMaps}?watch=true&resourceVersion={version}");
        var read = (await watch.NextAsync())!;

        read["type"]!.GetValue<string>().ShouldBe("ERROR");
        read["object"]!["code"]!.GetValue<int>().ShouldBe(410);
        (await watch.NextAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task History_is_bounded()
    {
        await using var cluster = await TestCluster.StartAsync(new() { HistoryLength = 3 });
        var versions = new List<string>();
        foreach (var name in (string[])["a", "b", "c", "d", "e"])
        {
            versions.Add((await cluster.CreateConfigMapAsync(name)).Ok().Version);
        }

        await using var late = await cluster.WatchAsync($"{ConfigMaps}?watch=true&resourceVersion={versions[0]}");
        await using var early = await cluster.WatchAsync($"{ConfigMaps}?watch=true&resourceVersion={versions[1]}");

        (await late.NextBriefAsync())!.Value.Type.ShouldBe("ERROR");
        (await early.NextBriefAsync())!.Value.ShouldBe(("ADDED", "c", versions[2]));
    }

    [Fact]
    public async Task Every_change_is_seen_once_and_in_order_while_many_write()
    {
        const int Writers = 8;
        const int Increments = 25;
        await using var cluster = await TestCluster.StartAsync();
        var start = (await cluster.PostAsync(ConfigMaps, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"n"},"data":{"n":"0"}}""")).Ok();
        await using var watch = await cluster.WatchAsync($"{ConfigMaps}?watch=true&resourceVersion={start.Version}");

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => IncrementAsync(cluster, Increments)));

        var last = long.Parse(start.Version, CultureInfo.InvariantCulture);
        for (var expected = 1; expected <= Writers * Increments; expected++)
        {
            var read = (await watch.NextAsync())!;
            read["object"]!["data"]!["n"]!.GetValue<string>().ShouldBe(expected.ToString(CultureInfo.InvariantCulture));
            var version = long.Parse(read["object"]!["metadata"]!["resourceVersion"]!.GetValue<string>(), CultureInfo.InvariantCulture);
            version.ShouldBeGreaterThan(last);
            last = version;
        }
    }

    [Fact]
    public async Task Bookmarks_and_the_time_limit_follow_the_clock()
    {
        var time = new ManualTimeProvider();
        await using var cluster = await TestCluster.StartAsync(new() { TimeProvider = time, BookmarkInterval = TimeSpan.FromMinutes(1) });
        await using var watch = await cluster.WatchAsync($"{ConfigMaps}?watch=true&allowWatchBookmarks=true&timeoutSeconds=90&resourceVersion=1");
        await cluster.PostAsync("/api/v1/namespaces/default/secrets", """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"}}""");
        await Eventually.HoldsAsync(() => Task.FromResult(time.PendingTimers > 1), "the watch waits for its timers");

        time.Advance(TimeSpan.FromMinutes(1));
        var bookmark = (await watch.NextBriefAsync())!.Value;
        await Eventually.HoldsAsync(() => Task.FromResult(time.PendingTimers > 1), "the watch waits for its timers again");
        time.Advance(TimeSpan.FromSeconds(31));

        bookmark.ShouldBe(("BOOKMARK", string.Empty, cluster.Sandbox.ResourceVersion.ToString(CultureInfo.InvariantCulture)));
        (await watch.NextBriefAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Only_the_metadata_goes_out_where_only_that_is_asked_for()
    {
        await using var cluster = await TestCluster.StartAsync();
        await CreateAsync(cluster, "a");

        using var request = cluster.Request(HttpMethod.Get, ConfigMaps);
        request.Headers.TryAddWithoutValidation("Accept", Metadata);
        using var response = await cluster.Http.SendAsync(request);
        var list = await Answer.ReadAsync(response);
        await using var watch = await cluster.WatchAsync($"{ConfigMaps}?watch=true", Metadata);
        var added = (await watch.NextAsync())!["object"]!.AsObject();

        list.Text("kind").ShouldBe("PartialObjectMetadataList");
        list.Body["items"]![0]!.AsObject().Select(static member => member.Key).ShouldBe(["kind", "apiVersion", "metadata"]);
        added.Select(static member => member.Key).ShouldBe(["kind", "apiVersion", "metadata"]);
        added["kind"]!.GetValue<string>().ShouldBe("PartialObjectMetadata");
    }

    [Fact]
    public async Task Objects_of_all_namespaces_come_in_the_order_of_the_store()
    {
        await using var cluster = await TestCluster.StartAsync();
        foreach (var ns in (string[])["a", "a-b", "ab"])
        {
            await cluster.CreateNamespaceAsync(ns);
            (await cluster.PostAsync($"/api/v1/namespaces/{ns}/configmaps", $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"in-{{{ns}}}"}}""")).Ok();
        }

        var first = (await cluster.GetAsync("/api/v1/configmaps?limit=1")).Ok();
        var rest = (await cluster.GetAsync($"/api/v1/configmaps?continue={Token(first)}")).Ok();

        first.ItemNames.Concat(rest.ItemNames).ShouldBe(["in-a-b", "in-a", "in-ab"]);
    }

    [Theory]
    [InlineData("resourceVersion=x", 400)]
    [InlineData("resourceVersionMatch=Exact", 422)]
    [InlineData("resourceVersion=1&resourceVersionMatch=Sometimes", 422)]
    [InlineData("limit=x", 400)]
    [InlineData("labelSelector=a%20in%20x", 400)]
    [InlineData("labelSelector=a%3Db%3Dc", 400)]
    [InlineData("fieldSelector=a", 400)]
    [InlineData("watch=true&resourceVersion=x", 500)]
    [InlineData("watch=true&resourceVersion=1&resourceVersionMatch=NotOlderThan", 422)]
    public async Task What_cannot_be_listed_is_refused(string query, int status)
    {
        await using var cluster = await TestCluster.StartAsync();

        var answer = await cluster.GetAsync($"{ConfigMaps}?{query}");

        answer.Status.ShouldBe(status);
        answer.Text("kind").ShouldBe("Status");
    }

    [Fact]
    public async Task An_exact_version_is_listed_as_it_was()
    {
        await using var cluster = await TestCluster.StartAsync();
        await CreateAsync(cluster, "a", "b");
        var version = (await cluster.GetAsync(ConfigMaps)).Ok().Version;
        await cluster.DeleteAsync($"{ConfigMaps}/a");

        var exact = (await cluster.GetAsync($"{ConfigMaps}?resourceVersion={version}&resourceVersionMatch=Exact")).Ok();

        (exact.Version, string.Join(' ', exact.ItemNames)).ShouldBe((version, "a b"));
    }

    private static string Token(Answer answer) => Uri.EscapeDataString(answer.Text("metadata", "continue"));

    private static async Task CreateAsync(TestCluster cluster, params string[] names)
    {
        foreach (var name in names)
        {
            (await cluster.CreateConfigMapAsync(name)).Ok();
        }
    }

    private static async Task IncrementAsync(TestCluster cluster, int times)
    {
        for (var i = 0; i < times;)
        {
            var read = (await cluster.GetAsync($"{ConfigMaps}/n")).Ok();
            var next = int.Parse(read.Text("data", "n"), CultureInfo.InvariantCulture) + 1;
            read.Body["data"]!["n"] = next.ToString(CultureInfo.InvariantCulture);
            var written = await cluster.CallAsync(HttpMethod.Put, $"{ConfigMaps}/n", read.Body.ToJsonString());
            if (written.Status == 200)
            {
                i++;
            }
            else
            {
                written.Status.ShouldBe(409);
            }
        }
    }
}
