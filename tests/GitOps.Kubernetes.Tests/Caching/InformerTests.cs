using System.Collections.Immutable;
using GitOps.Kubernetes.Caching;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Tests.Support;
using GitOps.Kubernetes.Watching;

namespace GitOps.Kubernetes.Tests.Caching;

public sealed class InformerTests
{
    private readonly FakeWatch _watch = new();

    private static InformerOptions Options => new() { Resource = Kinds.ConfigMap };

    [Fact]
    public async Task Nothing_is_synced_before_the_list_is_complete()
    {
        await using var informer = Informer.Start(_watch, Options);
        _watch.Say(WatchEventType.Restarted);
        _watch.Say(WatchEventType.InitItem, Item("a"));
        var synced = informer.WaitForSyncAsync(CancellationToken.None);
        (informer.HasSynced, informer.Snapshot.Count, synced.IsCompleted).ShouldBe((false, 0, false));

        _watch.Say(WatchEventType.InitDone);
        await synced.Soon();

        (informer.HasSynced, informer.Snapshot.Find("ns", "a")?.Name, informer.Snapshot.Find("ns", "b")).ShouldBe((true, "a", null));
    }

    [Fact]
    public async Task A_new_list_takes_the_old_ones_place_in_one_step_and_tells_what_vanished()
    {
        await using var informer = await SyncedAsync(Options, Item("a"), Item("b"), Item("c"));
        await using var changes = Changes(informer);
        await changes.TakeAsync(4);

        _watch.Say(WatchEventType.Restarted);
        _watch.Say(WatchEventType.InitItem, Item("b", "7"));
        _watch.Say(WatchEventType.InitItem, Item("d", "8"));
        var before = informer.Snapshot;
        before.All.Select(static item => item.Name).ShouldBe(["a", "b", "c"], ignoreOrder: true);
        _watch.Say(WatchEventType.InitItem, Item("c"));
        _watch.Say(WatchEventType.InitDone);

        (await changes.TakeAsync(4)).ShouldBe(["Deleted a@1", "Updated b@1>7", "Added d@8", "Synced"], ignoreOrder: true);
        informer.Snapshot.All.Select(static item => $"{item.Name}@{item.ResourceVersion}").ShouldBe(["b@7", "c@1", "d@8"], ignoreOrder: true);
        before.Count.ShouldBe(3);
        informer.Snapshot.Find("ns", "c").ShouldBeSameAs(before.Find("ns", "c"));
    }

    [Fact]
    public async Task Events_are_told_once_and_in_order()
    {
        await using var informer = await SyncedAsync(Options);
        await using var changes = Changes(informer);
        (await changes.TakeAsync(1)).ShouldBe(["Synced"]);

        _watch.Say(WatchEventType.Applied, Item("a", "2"));
        (await changes.TakeAsync(1)).ShouldBe(["Added a@2"]);
        _watch.Say(WatchEventType.Applied, Item("a", "2"));
        _watch.Say(WatchEventType.Applied, Item("a", "3"));
        (await changes.TakeAsync(1)).ShouldBe(["Updated a@2>3"]);
        _watch.Say(WatchEventType.Deleted, Item("a", "4"));
        (await changes.TakeAsync(1)).ShouldBe(["Deleted a@3"]);
        _watch.Say(WatchEventType.Deleted, Item("a", "4"));
        _watch.Say(WatchEventType.Applied, Item("b", "5"));
        (await changes.TakeAsync(1)).ShouldBe(["Added b@5"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Another_object_of_the_same_name_is_a_deletion_and_an_addition(bool byList)
    {
        await using var informer = await SyncedAsync(Options, Item("a", "1", uid: "first"));
        await using var changes = Changes(informer);
        await changes.TakeAsync(2);

        if (byList)
        {
            _watch.SayList(Item("a", "9", uid: "second"));
        }
        else
        {
            _watch.Say(WatchEventType.Applied, Item("a", "9", uid: "second"));
        }

        (await changes.TakeAsync(2)).ShouldBe(["Deleted a@1", "Added a@9"]);
    }

    [Fact]
    public async Task A_reader_that_sleeps_is_told_what_became_of_each_name_and_no_more()
    {
        await using var informer = await SyncedAsync(Options, Item("kept"), Item("gone"), Item("replaced", uid: "first"));
        await using var changes = Changes(informer);
        await changes.TakeAsync(4);

        for (var i = 2; i < 1000; i++)
        {
            _watch.Say(WatchEventType.Applied, Item("kept", $"{i}"));
            _watch.Say(WatchEventType.Applied, Item($"brief-{i}", "1"));
            _watch.Say(WatchEventType.Deleted, Item($"brief-{i}", "2"));
        }

        _watch.Say(WatchEventType.Deleted, Item("gone"));
        _watch.Say(WatchEventType.Deleted, Item("replaced", uid: "first"));
        _watch.Say(WatchEventType.Applied, Item("replaced", "5", uid: "second"));
        _watch.Say(WatchEventType.Applied, Item("last", "1"));
        await Waiting.UntilAsync(() => informer.Snapshot.Find("ns", "last") is not null);

        (await changes.TakeAsync(5)).ShouldBe(["Updated kept@1>999", "Deleted gone@1", "Deleted replaced@1", "Added replaced@5", "Added last@1"]);
    }

    [Fact]
    public async Task Synced_follows_what_the_list_brought_and_not_what_came_later()
    {
        await using var informer = await SyncedAsync(Options, Item("a"));
        await using var changes = Changes(informer);
        _watch.SayList(Item("a"), Item("b"));
        _watch.Say(WatchEventType.Applied, Item("c"));
        await Waiting.UntilAsync(() => informer.Snapshot.Count == 3);

        (await changes.TakeAsync(4)).ShouldBe(["Added a@1", "Added b@1", "Synced", "Added c@1"]);
    }

    [Fact]
    public async Task Readers_do_not_wait_for_each_other_and_each_is_told_all()
    {
        await using var informer = await SyncedAsync(Options, Item("a"));
        await using var slow = Changes(informer);
        await using var fast = Changes(informer);
        (await fast.TakeAsync(2)).ShouldBe(["Added a@1", "Synced"]);
        (await slow.TakeAsync(1)).ShouldBe(["Added a@1"]);
        for (var i = 2; i < 50; i++)
        {
            _watch.Say(WatchEventType.Applied, Item("a", $"{i}"));
            (await fast.TakeAsync(1)).ShouldBe([$"Updated a@{i - 1}>{i}"]);
        }

        await using var late = Changes(informer);
        (await late.TakeAsync(2)).ShouldBe(["Added a@49", "Synced"]);
        (await slow.TakeAsync(2)).ShouldBe(["Synced", "Updated a@1>49"]);
        _watch.Opened.ShouldBe(1);
    }

    [Fact]
    public async Task Indexes_follow_every_change()
    {
        var options = Options with
        {
            Indexes = ImmutableDictionary<string, Func<KubernetesObject, IEnumerable<string>>>.Empty
                .Add("namespace", CacheIndexes.ByNamespace).Add("app", CacheIndexes.ByLabel("app")).Add("owner", CacheIndexes.ByOwner),
        };
        await using var informer = await SyncedAsync(
            options, Labelled("a", "1", "x"), Labelled("b", "1", "x"), Labelled("c", "1", "y"), Owned("d", "o1", "o2"));
        string[] Names(string index, string value) => [.. informer.Snapshot.FindBy(index, value).Select(static item => item.Name).Order(StringComparer.Ordinal)];

        Names("app", "x").ShouldBe(["a", "b"]);
        Names("namespace", "ns").ShouldBe(["a", "b", "c", "d"]);
        Names("owner", "o2").ShouldBe(["d"]);
        var before = informer.Snapshot;
        _watch.Say(WatchEventType.Applied, Labelled("a", "2", "y"));
        _watch.Say(WatchEventType.Deleted, Labelled("b", "3", "x"));
        await Waiting.UntilAsync(() => informer.Snapshot.Count == 3);
        Names("app", "x").ShouldBeEmpty();
        Names("app", "y").ShouldBe(["a", "c"]);
        _watch.SayList(Labelled("c", "9", "z"));
        await Waiting.UntilAsync(() => informer.Snapshot.Count == 1);
        Names("app", "z").ShouldBe(["c"]);
        Names("app", "y").Concat(Names("owner", "o1")).ShouldBeEmpty();
        before.FindBy("app", "x").Count().ShouldBe(2);
        Should.Throw<ArgumentException>(() => informer.Snapshot.FindBy("colour", "red"));
    }

    [Fact]
    public async Task A_transform_strips_what_is_kept_and_may_keep_an_object_out()
    {
        var options = Options with
        {
            Transform = static item => item.Name == "secret" ? null : CacheTransforms.WithoutBookkeeping(item),
        };
        await using var informer = await SyncedAsync(options, Item("secret"), KubernetesObject.Parse(
            """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"ns","uid":"u","resourceVersion":"1","annotations":{"keep":"1","kubectl.kubernetes.io/last-applied-configuration":"{}"},"managedFields":[{"manager":"m"}]},"data":{"k":"v"}}"""));

        informer.Snapshot.All.Single().Json.ToJsonString().ShouldBe(
            """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"ns","uid":"u","resourceVersion":"1","annotations":{"keep":"1"}},"data":{"k":"v"}}""");
    }

    [Fact]
    public async Task A_transform_that_throws_fails_the_informer_and_all_who_read_it()
    {
        var options = Options with { Transform = static item => item.Name == "bad" ? throw new FormatException("no") : item };
        await using var informer = await SyncedAsync(options, Item("a"));
        await using var changes = Changes(informer);
        await changes.TakeAsync(2);

        _watch.Say(WatchEventType.Applied, Item("bad"));

        (await Should.ThrowAsync<InvalidOperationException>(() => changes.TakeAsync(1))).InnerException.ShouldBeOfType<FormatException>();
        await Should.ThrowAsync<FormatException>(() => informer.Completion.Soon());
        await using var late = Changes(informer);
        (await late.TakeAsync(2)).ShouldBe(["Added a@1", "Synced"]);
        await Should.ThrowAsync<InvalidOperationException>(() => late.TakeAsync(1));
    }

    [Fact]
    public async Task An_interruption_is_shown_as_long_as_it_lasts_and_what_was_known_stays()
    {
        await using var informer = await SyncedAsync(Options, Item("a"));
        informer.Interruption.ShouldBeNull();
        _watch.Say(WatchEventType.Interrupted, error: new IOException("cut"));
        await Waiting.UntilAsync(() => informer.Interruption is IOException);
        (informer.HasSynced, informer.Snapshot.Count).ShouldBe((true, 1));
        _watch.Say(WatchEventType.Resumed);
        await Waiting.UntilAsync(() => informer.Interruption is null);
    }

    [Fact]
    public async Task Metadata_alone_is_asked_for_where_that_is_enough()
    {
        await using var informer = await SyncedAsync(Options with { Watch = new(MetadataOnly: true) });
        _watch.Asked!.MetadataOnly.ShouldBeTrue();
    }

    [Fact]
    public async Task Disposing_ends_the_watch_and_its_readers()
    {
        var informer = await SyncedAsync(Options, Item("a"));
        await using var changes = Changes(informer);
        await changes.TakeAsync(2);
        var next = changes.TakeAsync(1);

        await informer.DisposeAsync();
        await informer.DisposeAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => next);
        _watch.Open.ShouldBe(0);
        var never = Informer.Start(_watch, Options);
        var waiting = never.WaitForSyncAsync(CancellationToken.None);
        await never.DisposeAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => waiting.Soon());
    }

    [Fact]
    public async Task Who_wants_the_same_shares_one_watch_and_the_last_to_go_ends_it()
    {
        await using var pool = new InformerPool(_watch);
        var first = pool.Acquire(Options);
        var second = pool.Acquire(Options with { Resource = ApiResource.Of("v1", "ConfigMap", "configmaps", namespaced: true) });
        var other = pool.Acquire(Options with { Watch = new(LabelSelector: "app=x") });
        second.Informer.ShouldBeSameAs(first.Informer);
        other.Informer.ShouldNotBeSameAs(first.Informer);
        await Waiting.UntilAsync(() => _watch.Open == 2);

        await first.DisposeAsync();
        await first.DisposeAsync();
        second.Informer.Completion.IsCompleted.ShouldBeFalse();
        await second.DisposeAsync();
        second.Informer.Completion.IsCompleted.ShouldBeTrue();
        await Waiting.UntilAsync(() => _watch.Open == 1);
        var again = pool.Acquire(Options);
        again.Informer.ShouldNotBeSameAs(first.Informer);
        await pool.DisposeAsync();
        _watch.Open.ShouldBe(0);
        await again.DisposeAsync();
    }

    private static KubernetesObject Item(string name, string version = "1", string? uid = null) => KubernetesObject.Parse(
        $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}","namespace":"ns","uid":"{{{uid ?? name}}}","resourceVersion":"{{{version}}}"}}""");

    private static KubernetesObject Labelled(string name, string version, string app)
    {
        var item = Item(name, version);
        item.Metadata!["labels"] = new System.Text.Json.Nodes.JsonObject { ["app"] = app };
        return item;
    }

    private static KubernetesObject Owned(string name, params string[] owners)
    {
        var item = Item(name);
        item.Metadata!["ownerReferences"] = new System.Text.Json.Nodes.JsonArray(
            [.. owners.Select(static owner => new System.Text.Json.Nodes.JsonObject { ["uid"] = owner })]);
        return item;
    }

    private static ChangeLog Changes(Informer informer) => new(informer);

    private async Task<Informer> SyncedAsync(InformerOptions options, params KubernetesObject[] items)
    {
        var informer = Informer.Start(_watch, options);
        _watch.SayList(items);
        await informer.WaitForSyncAsync(CancellationToken.None).Soon();
        return informer;
    }

    /// <summary>Takes changes as short texts: <c>Updated a@1>2</c>.</summary>
    private sealed class ChangeLog : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly IAsyncEnumerator<CacheChange> _changes;
        private Task<bool>? _next;

        public ChangeLog(Informer informer)
        {
            _changes = informer.ChangesAsync(_end.Token).GetAsyncEnumerator(_end.Token);

            // A reader is one from its first step on.
            _next = _changes.MoveNextAsync().AsTask();
        }

        public async Task<string[]> TakeAsync(int count)
        {
            var texts = new List<string>();
            while (texts.Count < count)
            {
                var next = _next ?? _changes.MoveNextAsync().AsTask();
                _next = null;
                (await next.Soon()).ShouldBeTrue();
                var (type, before, after) = _changes.Current;
                texts.Add(type switch
                {
                    CacheChangeType.Synced => "Synced",
                    CacheChangeType.Updated => $"Updated {after!.Name}@{before!.ResourceVersion}>{after.ResourceVersion}",
                    _ => $"{type} {(after ?? before)!.Name}@{(after ?? before)!.ResourceVersion}",
                });
            }

            return [.. texts];
        }

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            try
            {
                await _changes.DisposeAsync();
            }
            catch (NotSupportedException)
            {
                // A step is still under way; it ends by the cancellation.
            }

            _end.Dispose();
        }
    }
}
