using System.Net;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;
using GitOps.Sandbox.Faults;
using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Client.Watching;

/// <summary>How often a client with many watches asks when something is wrong for all of them at once.</summary>
public sealed class StampedeTests
{
    private const int Watches = 40;

    private static readonly ApiResource Widgets = ApiResource.Of("example.dev/v1", "Widget", "widgets", namespaced: true);
    private static readonly ApiResource Definitions = ApiResource.Of(
        "apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced: false);

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.InternalServerError)]
    public async Task Refused_watches_come_back_less_and_less_often_not_all_at_once_and_without_lists(HttpStatusCode code)
    {
        await using var rig = await ClientRig.StartAsync(new() { Random = new Random(1).NextDouble, RequestTimeout = TimeSpan.FromDays(1) });
        await using var watches = await Many.StartAsync(rig, ClientRig.ConfigMaps);
        var before = rig.Asked.Count;
        var fault = rig.Sandbox.Faults.Add(new() { Matches = ClientRig.IsTestedWatch, Status = code });
        rig.Sandbox.Faults.Watches(WatchFault.Drop, ClientRig.IsTestedWatch, times: Watches);
        await rig.UntilAsync(() => watches.All(static watch => watch.Count(WatchEventType.Interrupted) > 0), "all have been cut", step: 0);

        // Two minutes, in which a client without back-off would ask thousands of times.
        var perSecond = new List<int>();
        for (var second = 0; second < 120; second++)
        {
            var count = rig.Asked.Count;
            rig.Time.Advance(TimeSpan.FromSeconds(1));
            await QuietAsync(rig);
            perSecond.Add(rig.Asked.Count - count);
        }

        var asked = rig.Asked.Count - before;
        fault.Dispose();
        await rig.CreateAsync("end");
        await rig.UntilAsync(() => watches.All(static watch => watch.Has("Applied end")), "all go on");

        asked.ShouldBeLessThan(Watches * 16);
        perSecond.Skip(30).Max().ShouldBeLessThan(Watches / 2);
        perSecond.Skip(60).Sum().ShouldBeLessThan(Watches * 6);
        rig.Lists.ShouldBe(Watches);
        watches.All(static watch => watch.Count(WatchEventType.Restarted) == 1).ShouldBeTrue();
    }

    [Fact]
    public async Task A_restart_costs_every_watch_one_request()
    {
        await using var rig = await ClientRig.StartAsync();
        await using var watches = await Many.StartAsync(rig, ClientRig.ConfigMaps);
        var before = rig.Asked.Count;

        await rig.RestartAsync();
        await rig.CreateAsync("end");
        await rig.UntilAsync(() => watches.All(static watch => watch.Has("Applied end")), "all go on");

        (rig.Asked.Count - before).ShouldBeInRange(Watches, Watches * 2);
        rig.Lists.ShouldBe(Watches);
    }

    [Fact]
    public async Task A_kind_that_vanishes_is_looked_for_by_one_for_all_and_told_gone_and_back()
    {
        await using var rig = await ClientRig.StartAsync();
        await ServeAsync(rig);
        await rig.Writer.CreateAsync(Widgets, Widget("a"), new(), CancellationToken.None);
        await using var watches = await Many.StartAsync(rig, Widgets);

        await rig.Writer.DeleteAsync(Definitions, string.Empty, "widgets.example.dev", new(), CancellationToken.None);
        await rig.UntilAsync(() => watches.All(static watch => watch.Has("Deleted a") && watch.LastError is Kubernetes.Http.ApiException { IsNotFound: true }), "all know");
        var asked = rig.Asked.Count(static request => request.Resource == "widgets");
        var readings = Readings(rig);
        for (var second = 0; second < 120; second++)
        {
            rig.Time.Advance(TimeSpan.FromSeconds(1));
            await QuietAsync(rig);
        }

        rig.Asked.Count(static request => request.Resource == "widgets").ShouldBe(asked);
        (Readings(rig) - readings).ShouldBeInRange(4, 40);
        await ServeAsync(rig);
        await rig.Writer.CreateAsync(Widgets, Widget("b"), new(), CancellationToken.None);
        await rig.UntilAsync(() => watches.All(static watch => watch.Count(WatchEventType.InitDone) == 2), "all have listed again");
        await rig.Writer.CreateAsync(Widgets, Widget("c"), new(), CancellationToken.None);
        await rig.UntilAsync(() => watches.All(static watch => watch.Has("Applied c")), "all go on");
        watches.All(static watch => watch.Texts.SequenceEqual(
            ["Restarted", "InitItem a", "InitDone", "Deleted a", "Restarted", "InitItem b", "InitDone", "Applied c"], StringComparer.Ordinal)).ShouldBeTrue();
    }

    [Fact]
    public async Task Whoever_makes_a_kind_known_ends_the_wait_for_it()
    {
        await using var rig = await ClientRig.StartAsync();
        await using var watch = new WatchRecorder(rig.Client, Widgets, ClientRig.Namespace);
        await rig.UntilAsync(() => watch.Count(WatchEventType.Interrupted) == 1, "there is no such kind", step: 0);
        await ServeAsync(rig);

        await rig.Client.Discovery.RefreshAsync(CancellationToken.None);

        await rig.UntilAsync(() => watch.Has("InitDone"), "the kind is watched, and no time has passed", step: 0);
    }

    [Fact]
    public async Task Stale_discovery_leaves_a_kind_unknown_and_does_not_end_its_watch()
    {
        await using var rig = await ClientRig.StartAsync();
        await ServeAsync(rig);
        await using var watch = new WatchRecorder(rig.Client, Widgets, ClientRig.Namespace);
        await rig.UntilAsync(() => watch.Has("InitDone"), "the kind is watched", step: 0);
        var kind = GroupVersionKind.Parse("other.dev/v1", "Thing");
        using var stale = rig.Sandbox.Faults.Add(new() { StaleDiscovery = true });
        rig.Time.Advance(TimeSpan.FromSeconds(5));
        await rig.Client.Discovery.RefreshAsync(CancellationToken.None);

        (await rig.Client.Discovery.FindAsync(Widgets.GroupVersionKind, CancellationToken.None)).Outcome.ShouldBe(Kubernetes.Discovery.LookupOutcome.Unknown);
        (await rig.Client.Discovery.FindAsync(GroupVersionKind.Parse("v1", "Nothing"), CancellationToken.None)).Outcome
            .ShouldBe(Kubernetes.Discovery.LookupOutcome.Unknown);
        (await rig.Client.Discovery.FindAsync(kind, CancellationToken.None)).Outcome.ShouldBe(Kubernetes.Discovery.LookupOutcome.Absent);
        await rig.Writer.CreateAsync(Widgets, Widget("a"), new(), CancellationToken.None);
        await rig.UntilAsync(() => watch.Has("Applied a"), "the watch goes on", step: 0);
    }

    /// <summary>Requests that the clock has set off have arrived when no more do for a few turns.</summary>
    private static async Task QuietAsync(ClientRig rig)
    {
        for (var (quiet, last) = (0, -1); quiet < 3; quiet++)
        {
            await Task.Delay(1);
            var count = rig.Asked.Count;
            quiet = count == last ? quiet : 0;
            last = count;
        }
    }

    private static int Readings(ClientRig rig) => rig.Asked.Count(static request => request.Path == "/apis");

    private static async Task ServeAsync(ClientRig rig)
    {
        await rig.Writer.CreateAsync(Definitions, KubernetesObject.Parse(
            """{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"widgets.example.dev"},"spec":{"group":"example.dev","scope":"Namespaced","names":{"plural":"widgets","singular":"widget","kind":"Widget","listKind":"WidgetList"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}}"""),
            new(), CancellationToken.None);
        await Eventually.HoldsAsync(
            async () => (await rig.Cluster.GetAsync("/apis/example.dev/v1/widgets")).Status == 200, "the kind is served");
    }

    private static KubernetesObject Widget(string name) => KubernetesObject.Parse(
        $$$"""{"apiVersion":"example.dev/v1","kind":"Widget","metadata":{"name":"{{{name}}}","namespace":"default"}}""");

    /// <summary>Many watches of the same, all of which have listed.</summary>
    private sealed class Many : IAsyncDisposable
    {
        private readonly List<WatchRecorder> _watches;

        private Many(List<WatchRecorder> watches) => _watches = watches;

        public static async Task<Many> StartAsync(ClientRig rig, ApiResource resource)
        {
            var watches = new Many([.. Enumerable.Range(0, Watches).Select(_ => new WatchRecorder(rig.Client, resource, ClientRig.Namespace))]);
            await rig.UntilAsync(() => watches.All(static watch => watch.Has("InitDone")), "all watch", step: 0);
            return watches;
        }

        public bool All(Func<WatchRecorder, bool> holds) => _watches.TrueForAll(watch => holds(watch));

        public async ValueTask DisposeAsync()
        {
            foreach (var watch in _watches)
            {
                await watch.DisposeAsync();
            }
        }
    }
}
