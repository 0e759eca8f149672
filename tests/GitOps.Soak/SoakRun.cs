using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Config;
using GitOps.Referee;

namespace GitOps.Soak;

/// <summary>
/// One soak: deploys, lets loose whatever the seed says on objects, repository and network, waits until it is calm, and holds
/// what the operator said against what the referee saw.
/// </summary>
public sealed class SoakRun : IAsyncDisposable
{
    private static readonly TimeSpan CommitPause = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan SyncLimit = TimeSpan.FromMinutes(5);

    private readonly SoakSettings _settings;
    private readonly SoakWorkload _workload;
    private readonly ApiServer _server;
    private readonly ApiProxy _proxy;
    private readonly WebhookHost _webhooks;
    private readonly GitRepo _repository;
    private readonly OperatorReports _reports = new();
    private readonly Judge _judge = new("gitops-operator");
    private readonly Dictionary<int, (int Version, IReadOnlyList<string>? Churn)> _committed = [];
    private readonly List<string> _actions = [];
    private readonly ConcurrentBag<Task> _collecting = [];
    private readonly Action<string> _note;
    private Follower? _watch;
    private Follower? _listener;
    private int _commits;

    private SoakRun(SoakSettings settings, ApiServer server, ApiProxy proxy, WebhookHost webhooks, GitRepo repository, Action<string> note)
    {
        (_settings, _server, _proxy, _webhooks, _repository, _note) = (settings, server, proxy, webhooks, repository, note);
        _workload = new(settings);
    }

    private string WebhookName => $"{_settings.Prefix}-tampering";

    /// <summary>Runs it whole.</summary>
    /// <param name="settings">How.</param>
    /// <param name="kubeconfig">The administrator's; Applications' definitions are installed.</param>
    /// <param name="directory">An empty one, for the repository and for files.</param>
    /// <param name="startOperator">
    /// Starts the operator on the kubeconfig given, limited to <see cref="SoakSettings.ApplicationNamespace"/> if others work on the server too.
    /// </param>
    /// <param name="note">Told of progress.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<SoakResult> RunAsync(
        SoakSettings settings, string kubeconfig, string directory, Func<string, Task<IAsyncDisposable>> startOperator, Action<string> note,
        CancellationToken cancellationToken)
    {
        await using var run = new SoakRun(
            settings, new ApiServer(Kubeconfig.Read(kubeconfig)), await ApiProxy.StartAsync(KubeconfigLoader.FromFile(kubeconfig)),
            await WebhookHost.StartAsync(), GitRepo.Create(Directory.CreateDirectory(Path.Combine(directory, "repository")).FullName), note);
        var own = Path.Combine(directory, "operator.kubeconfig");
        run._proxy.WriteKubeconfig(own);
        await run.DeployAsync(cancellationToken);
        await using var running = await startOperator(own);
        return await run.SoakAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var follower in (Follower?[])[_watch, _listener])
        {
            await (follower?.DisposeAsync() ?? ValueTask.CompletedTask);
        }

        await Task.WhenAll(_collecting);
        await _server.SendAsync(
            HttpMethod.Delete, $"/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/{WebhookName}", null, "application/json", CancellationToken.None);
        await _webhooks.DisposeAsync();
        await _proxy.DisposeAsync();
        _server.Dispose();
    }

    private async Task DeployAsync(CancellationToken cancellationToken)
    {
        foreach (var name in _workload.TargetNamespaces.Append(_settings.ApplicationNamespace))
        {
            await CreateAsync("/api/v1/namespaces", new() { ["metadata"] = new JsonObject { ["name"] = name } }, cancellationToken);
        }

        await CreateAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", _workload.Definition(), cancellationToken);
        await UntilAsync("the definition is served", SyncLimit, async () => await _server.GetAsync(_workload.Widget.Path, cancellationToken) is not null, cancellationToken);
        await CreateAsync(
            "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
            Tampering.Install(_webhooks, WebhookName, _workload.TargetNamespaces), cancellationToken);
        var files = new List<(string, string?)>();
        for (var application = 0; application < _settings.Applications; application++)
        {
            _committed[application] = (1, ["a"]);
            files.AddRange(_workload.Files(application, 1, ["a"]));
        }

        _repository.CommitAs("Add everything", [.. files]);
        for (var application = 0; application < _settings.Applications; application++)
        {
            await CreateAsync(
                $"/apis/gitops-operator.dev/v1alpha1/namespaces/{_settings.ApplicationNamespace}/applications",
                _workload.Application(application, _repository.Url), cancellationToken);
        }
    }

    private async Task<SoakResult> SoakAsync(CancellationToken cancellationToken)
    {
        _listener = await Follower.StartAsync(
            _server, [new("gitops-operator.dev/v1alpha1", "Application", "applications"), new("events.k8s.io/v1", "Event", "events")],
            name => name == _settings.ApplicationNamespace, _reports.Take, cancellationToken);
        await UntilAsync("everything is synced", SyncLimit, () => Task.FromResult(AreSynced()), cancellationToken);
        _watch = await Follower.StartAsync(_server, _workload.Kinds, _workload.IsMeant, TakeObject, cancellationToken);
        using var hands = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var hand = new Hand(_server, hands.Token);
        await LearnAsync(hand, cancellationToken);
        _note($"synced; seed {_settings.Seed}; things happen for {_settings.Duration.TotalSeconds:0} s");
        _proxy.Forget();
        var trouble = new Trouble(_proxy, _settings.Seed);
        using var calm = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var troubled = trouble.RunAsync(calm.Token);
        var committing = CommitAsync(calm.Token);
        await ActAsync(hand, cancellationToken);
        await calm.CancelAsync();
        await Task.WhenAll(troubled, committing);
        _note("waiting until it is calm");
        var isCalm = await IsUntilAsync(_settings.Patience, async () => (await UnrestAsync(cancellationToken)).Count == 0, cancellationToken);
        var problem = _watch.Problem ?? _listener.Problem;
        return new(
            _settings, problem, isCalm ? [] : await UnrestAsync(cancellationToken), Reckoning.Of([.. _judge.Findings.Where(static item => !SoakWorkload.IsChurn(item.Subject))], _reports.All, trouble.Forgotten),
            _judge, _reports, _proxy.Requests.Where(static request => !request.IsWatch).Select(static request => $"{request.Verb} {request.Resource}{(request.IsDryRun ? " (dry run)" : string.Empty)}").ToList(),
            _commits, [.. _actions], trouble.Record);
    }

    private void TakeObject(string type, JsonObject subject, long now)
    {
        _judge.Take(type, subject, now);
        if (type != "DELETED" && subject["metadata"]!["deletionTimestamp"] is not null
            && (subject["metadata"]!["finalizers"] as JsonArray ?? []).Any(static item => item!.GetValue<string>() == "foregroundDeletion"))
        {
            _collecting.Add(CollectAsync(subject));
        }
    }

    /// <summary>What the garbage collector does, which a bare API server does not have: nothing here has dependents.</summary>
    private async Task CollectAsync(JsonObject subject)
    {
        var kind = _workload.Kinds.First(item => item.Kind == subject["kind"]!.GetValue<string>());
        var others = subject["metadata"]!["finalizers"]!.AsArray().Select(static item => item!.GetValue<string>()).Where(static name => name != "foregroundDeletion");
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["finalizers"] = new JsonArray([.. others.Select(static name => JsonValue.Create(name))]) } };
        await _server.SendAsync(
            HttpMethod.Patch, kind.PathIn(subject["metadata"]!["namespace"]!.GetValue<string>(), subject["metadata"]!["name"]!.GetValue<string>()),
            patch, Hand.Merge, CancellationToken.None);
    }

    private async Task LearnAsync(Hand hand, CancellationToken cancellationToken)
    {
        foreach (var kind in _workload.Kinds)
        {
            var list = (await _server.GetAsync(kind.Path, cancellationToken))!;
            foreach (var item in list["items"]!.AsArray().Where(item => _workload.IsMeant(item!["metadata"]!["namespace"]!.GetValue<string>())))
            {
                item!["apiVersion"] = kind.ApiVersion;
                item["kind"] = kind.Kind;
                hand.Know(new(kind.Kind, item["metadata"]!["namespace"]!.GetValue<string>(), item["metadata"]!["name"]!.GetValue<string>()), item.DeepClone().AsObject());
            }
        }
    }

    private async Task ActAsync(Hand hand, CancellationToken cancellationToken)
    {
        var dice = new Random(_settings.Seed);
        var weights = Mischief.All.Sum(static item => item.Weight);
        var busy = new HashSet<Subject>();
        var underWay = new List<Task>();
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(1 / _settings.ActionsPerSecond));
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < _settings.Duration && await pace.WaitForNextTickAsync(cancellationToken))
        {
            var application = dice.Next(_settings.Applications);
            var objects = _workload.EditableOf(application);
            var (kind, name) = objects[dice.Next(objects.Count)];
            var target = new Target(kind, _workload.NamespaceOf(application), name);
            var roll = dice.Next(weights);
            var mischief = Mischief.All.First(item => (roll -= item.Weight) < 0);
            var own = new Random(dice.Next());
            underWay.RemoveAll(static task => task.IsCompletedSuccessfully);
            lock (busy)
            {
                if (!busy.Add(target.Subject))
                {
                    continue;
                }
            }

            _actions.Add(string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.UtcNow:HH:mm:ss.fff} {mischief.Name}: {target.Subject}"));
            underWay.Add(DoAsync(mischief, target, own));
        }

        await Task.WhenAll(underWay);

        async Task DoAsync(Mischief mischief, Target target, Random own)
        {
            await mischief.Does(hand, target, own);
            lock (busy)
            {
                busy.Remove(target.Subject);
            }
        }
    }

    private async Task CommitAsync(CancellationToken cancellationToken)
    {
        var dice = new Random(_settings.Seed + 1);
        try
        {
            while (true)
            {
                await Task.Delay(CommitPause, cancellationToken);
                var files = new List<(string, string?)>();
                for (var i = dice.Next(1, 4); i > 0; i--)
                {
                    var application = dice.Next(_settings.Applications);
                    var churn = dice.Next(4) switch { 0 => null, 1 => (string[])["a"], 2 => ["a", "b"], _ => ["b", "c"] };
                    var version = _committed[application].Version + dice.Next(2);
                    _committed[application] = (version, churn);
                    files.AddRange(_workload.Files(application, version, churn));
                }

                _repository.CommitAs("Change something", [.. files]);
                _commits++;
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }

    private bool AreSynced() => _reports.Applications.Count(static item => SyncOf(item) == "Synced") == _settings.Applications;

    private static string? SyncOf(JsonObject application) => application["status"]?["sync"]?["status"]?.GetValue<string>();

    /// <summary>What is not as it should be in the end: drift that heals, statuses that say something else than the objects, commits that are not applied.</summary>
    private async Task<IReadOnlyList<Unrest>> UnrestAsync(CancellationToken cancellationToken)
    {
        var open = _judge.Findings.Where(static item => item.End == FindingEnd.Open && !SoakWorkload.IsChurn(item.Subject)).ToList();
        var healing = Enumerable.Range(0, _settings.Applications).Where(SoakWorkload.Heals).Select(index => _workload.NameOf(index) + "-").ToList();
        var standing = _reports.Standing;
        List<Unrest> found =
        [
            .. open.Where(item => healing.Exists(name => item.Subject.Name.StartsWith(name, StringComparison.Ordinal)))
                .Select(static item => new Unrest(item.Subject, $"not healed: {item}")),
            .. open.Where(item => !standing.Any(report => Reckoning.IsPath(report.Path, item))).Select(static item => new Unrest(item.Subject, $"not in the status: {item}")),
            .. standing.Where(report => !open.Exists(item => Reckoning.IsPath(report.Path, item))).Select(static item => new Unrest(item.Subject, $"still in the status: {item}")),
            .. _reports.Applications.Where(item => (SyncOf(item) == "Synced") != ((item["status"]?["driftCount"]?.GetValue<int>() ?? 0) == 0))
                .Select(static item => new Unrest(null, $"{item["metadata"]!["name"]} is {SyncOf(item)} with {item["status"]?["driftCount"] ?? 0} drifted objects")),
        ];
        return found.Count > 0 ? found : await NotAppliedAsync(cancellationToken);
    }

    /// <summary>The objects that commits alone change.</summary>
    private async Task<IReadOnlyList<Unrest>> NotAppliedAsync(CancellationToken cancellationToken)
    {
        var found = new List<Unrest>();
        foreach (var (application, (_, churn)) in _committed)
        {
            var (home, name) = (_workload.NamespaceOf(application), $"{_workload.NameOf(application)}-churn");
            var live = await _server.GetAsync(SoakWorkload.ConfigMap.PathIn(home, name), cancellationToken);
            if (!(live?["data"]?.AsObject().Select(static pair => pair.Key) ?? []).Order(StringComparer.Ordinal).SequenceEqual(churn ?? [], StringComparer.Ordinal) || live is null != churn is null)
            {
                found.Add(new(new("ConfigMap", home, name), $"not as committed: {home}/{name}"));
            }
        }

        return found;
    }

    private async Task CreateAsync(string path, JsonObject subject, CancellationToken cancellationToken)
    {
        var (status, body) = await _server.SendAsync(HttpMethod.Post, path, subject, "application/json", cancellationToken);
        if ((int)status >= 400 && status != HttpStatusCode.Conflict)
        {
            throw new HttpRequestException($"POST {path}: {(int)status} {body["message"]}", null, status);
        }
    }

    private async Task UntilAsync(string what, TimeSpan limit, Func<Task<bool>> isSo, CancellationToken cancellationToken)
    {
        if (!await IsUntilAsync(limit, isSo, cancellationToken))
        {
            throw new TimeoutException($"{what}: not within {limit.TotalSeconds:0} s");
        }
    }

    private static async Task<bool> IsUntilAsync(TimeSpan limit, Func<Task<bool>> isSo, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await isSo())
        {
            if (Stopwatch.GetElapsedTime(started) > limit)
            {
                return false;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
        }

        return true;
    }
}
