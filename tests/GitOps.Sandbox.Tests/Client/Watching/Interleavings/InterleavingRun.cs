using System.Diagnostics;
using System.Net;
using GitOps.Kubernetes.Caching;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;
using GitOps.Sandbox.Faults;

namespace GitOps.Sandbox.Tests.Client.Watching.Interleavings;

/// <summary>Carries out one plan and judges what the informer made of it.</summary>
internal sealed class InterleavingRun
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly ApiResource Definitions = ApiResource.Of(
        "apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced: false);

    private static readonly ApiResource Namespaces = ApiResource.Of("v1", "Namespace", "namespaces", namespaced: false);

    private readonly ClientRig _rig;
    private readonly InterleavingPlan _plan;
    private readonly ApiResource _resource;
    private readonly string _namespace;
    private readonly InterleavingWrites _writes;
    private readonly List<IDisposable> _stalls = [];
    private readonly List<IDisposable> _slowBookmarks = [];
    private History _history = null!;
    private TappedClient _tap = null!;
    private Informer _informer = null!;
    private bool _isServed = true;

    public InterleavingRun(ClientRig rig, InterleavingPlan plan)
    {
        (_rig, _plan) = (rig, plan);
        _namespace = $"s{plan.Seed}";
        _resource = plan.IsCustom ? ApiResource.Of($"s{plan.Seed}.example.dev/v1", "Widget", "widgets", namespaced: true) : ClientRig.ConfigMaps;
        _writes = new(rig, _resource, _namespace);
    }

    private FaultInjector Faults => _rig.Sandbox.Faults;

    public async Task RunAsync()
    {
        _rig.Sandbox.Requests.Clear();
        await InterleavingWrites.TryAsync(() => _rig.Writer.CreateAsync(Namespaces, Named("v1", "Namespace", _namespace), new(), CancellationToken.None));
        if (_plan.IsCustom)
        {
            await ServeAsync();
        }

        _history = new(
            _rig.Sandbox.Cluster, new(_resource.Group, _resource.Plural), _namespace, _plan.Options.LabelSelector is null ? null : "x");
        foreach (var name in _plan.Present)
        {
            await _writes.TakeAsync(new(StepKind.Create, name, 0));
        }

        _tap = new(_rig.Client);
        await using var informer = Informer.Start(_tap, new() { Resource = _resource, Namespace = _namespace, Watch = _plan.Options });
        _informer = informer;
        var reader = new ChangeReplay(informer);
        if (_plan.IsSyncedFirst)
        {
            await SettleAsync("the first list");
        }

        foreach (var step in _plan.Steps)
        {
            await TakeAsync(step);
        }

        await EndAsync(reader);
    }

    private async Task EndAsync(ChangeReplay reader)
    {
        Faults.Clear();
        Lift(_stalls);
        Lift(_slowBookmarks);
        if (!_isServed)
        {
            await TakeAsync(new(StepKind.ReturnDefinition, string.Empty, 0));
        }

        // The last event of all: once it is here, so is everything before it.
        await _writes.TakeAsync(new(StepKind.Create, "last", 0));
        await SettleAsync("the end");
        await UntilAsync(() => Task.FromResult(reader.IsAt(_informer.Snapshot)), "the reader of changes is where the cache is");
        var told = _tap.Events;
        await reader.StopAsync();
        new StreamCheck(_history.Events()).Judge(told).ShouldBeNull(_plan.ToString());
        if (!_plan.HasReasonToList)
        {
            told.Count(static item => item.Type == WatchEventType.Restarted).ShouldBe(1, $"listed again without a reason: {_plan}");
        }

        _rig.Asked.Count.ShouldBeLessThan(60 + (6 * _plan.Steps.Length), $"a stampede: {_plan}");
    }

    private async Task TakeAsync(Step step)
    {
        switch (step.Kind)
        {
            case <= StepKind.ReleaseFinalizer:
                await _writes.TakeAsync(step);
                break;
            case StepKind.Burst:
                await Task.WhenAll(((string[])["a", "b", step.Name]).Select((name, i) => _writes.TakeAsync(new((StepKind)((step.Number + i) % 6), name, step.Number + i))));
                break;
            case StepKind.WriteElsewhere:
                await InterleavingWrites.TryAsync(() => _rig.Writer.CreateAsync(
                    ClientRig.ConfigMaps, ClientRig.ConfigMap($"else-{_plan.Seed}-{step.Number}", "1"), new(), CancellationToken.None));
                break;
            case StepKind.Settle when _isServed:
                Lift(_stalls);
                Lift(_slowBookmarks);
                await SettleAsync($"{step}");
                break;
            case StepKind.AdvanceClock:
                _rig.Time.Advance(TimeSpan.FromSeconds(step.Number % 20));
                break;
            case StepKind.TickBookmarks:
                _rig.Time.Advance(TimeSpan.FromSeconds(61));
                break;
            case StepKind.RemoveDefinition:
                await InterleavingWrites.TryAsync(() => _rig.Writer.DeleteAsync(Definitions, string.Empty, DefinitionName, new(), CancellationToken.None));
                await UntilAsync(async () => !await IsServedAsync(), "the definition is gone");
                _isServed = false;
                break;
            case StepKind.ReturnDefinition:
                await ServeAsync();
                _history.BeginLife();
                _isServed = true;
                break;
            default:
                await BreakAsync(step);
                break;
        }
    }

    private async Task BreakAsync(Step step)
    {
        switch (step.Kind)
        {
            case StepKind.DropStream:
                Cut(WatchFault.Drop);
                break;
            case StepKind.AbortStream:
                Cut(WatchFault.Abort);
                break;
            case StepKind.AbortConnection:
                Cut(WatchFault.Abort, whole: true);
                break;
            case StepKind.HalfLine:
                Cut(WatchFault.HalfLine, whole: step.Number % 2 == 0);
                break;
            case StepKind.Silence:
                Cut(WatchFault.Silence);
                _rig.Time.Advance(TimeSpan.FromMinutes(5));
                break;
            case StepKind.Expire:
                Cut(WatchFault.Expire);
                break;
            case StepKind.BeginStall:
                _stalls.Add(Faults.Watches(WatchFault.Stall, ClientRig.IsTestedWatch));
                break;
            case StepKind.EndStall:
                Lift(_stalls);
                break;
            case StepKind.BeginSlowBookmarks:
                _slowBookmarks.Add(Faults.Watches(WatchFault.SlowBookmarks, ClientRig.IsTestedWatch));
                break;
            case StepKind.EndSlowBookmarks:
                Lift(_slowBookmarks);
                break;
            case StepKind.RefuseWatches:
                var code = (HttpStatusCode)((int[])[429, 500, 503, 504])[step.Number % 4];
                Meet(ClientRig.IsTestedWatch, new() { Status = code, RetryAfter = step.Number % 3 == 0 ? TimeSpan.FromSeconds(2) : null });
                Cut(WatchFault.Drop);
                break;
            case StepKind.PageOfGateway:
                Meet(ClientRig.IsTested, new() { Foreign = ForeignAnswer.Html(step.Number % 2 == 0 ? HttpStatusCode.OK : HttpStatusCode.BadGateway) });
                Cut(WatchFault.Abort);
                break;
            case StepKind.RefuseHandshakes:
                Cut(WatchFault.Abort, whole: true);
                break;
            case StepKind.GoAway:
                Meet(ClientRig.IsTestedWatch, new() { GoAway = true });
                Cut(WatchFault.Drop);
                break;
            case StepKind.Restart:
                await _rig.Sandbox.RestartAsync();
                break;
            case StepKind.StopAndStart:
                await _rig.Sandbox.StopListeningAsync();
                _rig.Time.Advance(TimeSpan.FromSeconds(1));
                await _rig.Sandbox.StartListeningAsync(CancellationToken.None);
                break;
            case StepKind.Compact:
                _rig.Sandbox.Compact();
                break;
            case StepKind.CompactAndCut:
                // Something to miss, then its loss.
                var stall = Faults.Watches(WatchFault.Stall, ClientRig.IsTestedWatch);
                await _writes.TakeAsync(new((StepKind)(step.Number % 6), "a", step.Number));
                _rig.Sandbox.Compact();
                await InterleavingWrites.TryAsync(() => _rig.Writer.CreateAsync(
                    ClientRig.ConfigMaps, ClientRig.ConfigMap($"else-{_plan.Seed}-{step.Number}", "1"), new(), CancellationToken.None));
                Cut(WatchFault.Abort);
                stall.Dispose();
                break;
            case StepKind.TooLargeVersion:
                Meet(ClientRig.IsTestedWatch, new() { TooLargeVersion = true });
                Cut(WatchFault.Drop);
                break;
            case StepKind.WriteDuringList:
                await WriteDuringListAsync(step);
                break;
            case StepKind.ExpirePage:
                Meet(ClientRig.IsTested, new() { ExpireContinue = true, Target = new(Verb: "list"), Skip = 1 });
                break;
            case StepKind.TruncateList:
                Meet(ClientRig.IsTested, new() { Body = BodyFault.Truncated, Target = new(Verb: "list") });
                break;
            case StepKind.CutList:
                Meet(ClientRig.IsTested, new() { Body = BodyFault.CutOff, WholeConnection = step.Number % 2 == 0, Target = new(Verb: "list") });
                break;
            case StepKind.RefuseLists:
                Meet(ClientRig.IsTested, new() { Status = HttpStatusCode.TooManyRequests, RetryAfter = TimeSpan.FromSeconds(1), Target = new(Verb: "list") });
                break;
            default:
                break;
        }
    }

    /// <summary>Has everything listed again, and holds the end of the list back while something is written.</summary>
    private async Task WriteDuringListAsync(Step step)
    {
        int Lists() => _tap.Events.Count(static item => item.Type == WatchEventType.Restarted);
        Lift(_stalls);
        var (lists, patience) = (Lists(), 50);
        using (Faults.Watches(WatchFault.SlowBookmarks, ClientRig.IsTestedWatch))
        {
            Cut(WatchFault.Expire);
            await UntilAsync(() => Task.FromResult(Lists() > lists || patience-- == 0), "the list has begun");
            await _writes.TakeAsync(new(StepKind.Delete, "a", step.Number));
            await _writes.TakeAsync(new((StepKind)(step.Number % 6), "b", step.Number));
            await _writes.TakeAsync(new(StepKind.Recreate, "c", step.Number));
        }
    }

    private void Cut(WatchFault fault, bool whole = false) =>
        Faults.Add(new() { Watch = fault, WholeConnection = whole, Matches = ClientRig.IsTestedWatch, Times = 1 });

    private void Meet(Func<RequestRecord, bool> matches, Fault fault) => Faults.Add(fault with { Matches = matches, Times = 1 + (_plan.Seed % 2) });

    private static void Lift(List<IDisposable> faults)
    {
        faults.ForEach(static fault => fault.Dispose());
        faults.Clear();
    }

    private Task SettleAsync(string when) => UntilAsync(
        () =>
        {
            var snapshot = _informer.Snapshot;
            var present = _history.Present();
            var isAt = _informer.HasSynced && snapshot.Count == present.Count
                && snapshot.All.All(item => present.TryGetValue(item.Name, out var version) && version == item.ResourceVersion);
            return Task.FromResult(isAt);
        },
        $"the cache is what is stored, at {when}");

    private async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        for (var round = 0; !await condition(); round++)
        {
            if (watch.Elapsed > Deadline)
            {
                throw new TimeoutException(
                    $"not reached: {what}; {_plan}; told: {string.Join(", ", _tap.Events.Select(static item => item.Object is { } found ? $"{item.Type} {found.Name}@{found.ResourceVersion}" : $"{item.Type} {item.Error?.Message}"))}; "
                    + $"stored: {string.Join(", ", _history.Present())}; happened: {string.Join(", ", _history.Events())}");
            }

            // What is on its way gets time to come before the clock moves.
            if (round > 2)
            {
                _rig.Time.Advance(TimeSpan.FromSeconds(1));
            }

            await Task.Delay(1);
        }
    }

    private string DefinitionName => $"widgets.{_resource.Group}";

    private async Task ServeAsync()
    {
        var definition = KubernetesObject.Parse(
            $$$$"""{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"{{{{DefinitionName}}}}"},"spec":{"group":"{{{{_resource.Group}}}}","scope":"Namespaced","names":{"plural":"widgets","singular":"widget","kind":"Widget","listKind":"WidgetList"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}}""");
        await InterleavingWrites.TryAsync(() => _rig.Writer.CreateAsync(Definitions, definition, new(), CancellationToken.None));
        await UntilAsync(IsServedAsync, "the definition is served");
    }

    private Task<bool> IsServedAsync() =>
        Task.FromResult(_rig.Sandbox.Cluster.Catalog.Find(_resource.Group, _resource.Version, _resource.Plural) is not null);

    private static KubernetesObject Named(string apiVersion, string kind, string name) =>
        KubernetesObject.Parse($$$"""{"apiVersion":"{{{apiVersion}}}","kind":"{{{kind}}}","metadata":{"name":"{{{name}}}"}}""");
}
