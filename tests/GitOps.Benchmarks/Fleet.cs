using System.Diagnostics;
using GitOps.Benchmarks.Cluster;
using GitOps.Benchmarks.Operators;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.Benchmarks;

/// <summary>
/// A cluster with many Applications of one repository, all synced, and at most one operator on it: in a process of its own, or
/// in this one. Rows that come one after another take over what the last one left.
/// </summary>
internal sealed class Fleet : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private const int DefaultApplications = 1000;

    private readonly Lab _lab;
    private string _cache;
    private OperatorProcess? _process;
    private OperatorInside? _inside;
    private int? _insideWorkers;

    private Fleet(Lab lab, ApiServer server, Workload workload, WorkloadRepository repository, ObjectWatch applications)
    {
        (_lab, Server, Workload, Repository, Applications) = (lab, server, workload, repository, applications);
        _cache = lab.NewDirectory("cache");
    }

    public ApiServer Server { get; }

    public Workload Workload { get; }

    public WorkloadRepository Repository { get; }

    /// <summary>The Applications, as a user's watch shows them.</summary>
    public ObjectWatch Applications { get; }

    public static async Task<Fleet> CreateAsync(Lab lab, CancellationToken cancellationToken)
    {
        var workload = new Workload("fleet", lab.Settings.Applications ?? DefaultApplications, lab.Settings.Objects);
        lab.Report.Note($"a fleet of {workload.Applications} Applications with {workload.TotalObjects} objects is synced first");
        var started = Stopwatch.GetTimestamp();
        var server = await ApiServer.StartAsync(lab.NewDirectory("server"), cancellationToken);
        var applications = await ObjectWatch.StartAsync(server.Client, Names.Application, null, cancellationToken);
        var repository = await WorkloadRepository.CreateAsync(
            lab.NewDirectory("repository"), workload, Enumerable.Range(0, workload.Applications), cancellationToken);
        var fleet = new Fleet(lab, server, workload, repository, applications);
        await fleet.ApplyAsync(workload.AllNamespaces(), cancellationToken);
        await fleet.ProcessAsync(cancellationToken);
        await fleet.PointAtAsync(_ => repository.Url, cancellationToken);
        await fleet.WaitUntilSyncedAsync(cancellationToken);
        lab.Report.Note($"the fleet is synced after {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
        return fleet;
    }

    /// <summary>The operator in a process of its own; started if there is none.</summary>
    public async Task<OperatorProcess> ProcessAsync(CancellationToken cancellationToken)
    {
        if (_process is null)
        {
            await StopAsync();
            _process = await OperatorProcess.StartAsync(_lab.Settings, Server, _cache, cancellationToken);
            await _process.WaitUntilReadyAsync(cancellationToken);
        }

        return _process;
    }

    /// <summary>The operator in a process that starts now, and knows nothing but what is in the cluster; it may not be ready yet.</summary>
    public async Task<OperatorProcess> FreshProcessAsync(CancellationToken cancellationToken)
    {
        await StopAsync();
        _cache = _lab.NewDirectory("cache");
        return _process = await OperatorProcess.StartAsync(_lab.Settings, Server, _cache, cancellationToken);
    }

    /// <summary>The operator in this process; started, and everything looked at once, if there is none with so many workers.</summary>
    public async Task<OperatorInside> InsideAsync(int? workers, CancellationToken cancellationToken)
    {
        if (_inside is not null && _insideWorkers == workers)
        {
            return _inside;
        }

        await StopAsync();
        _insideWorkers = workers;
        _inside = await OperatorInside.StartAsync(Server, _cache, workers, cancellationToken);
        var started = Stopwatch.GetTimestamp();
        while (await _inside.MetricsAsync(cancellationToken) is var page
            && (page.Synced < Workload.Applications || page.PassesDone < Workload.Applications || page.QueueDepth > 0))
        {
            if (Stopwatch.GetElapsedTime(started) > Limit)
            {
                throw new TimeoutException($"only {page.Synced} Applications are synced");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
        }

        return _inside;
    }

    /// <summary>Ends the operator, wherever it runs.</summary>
    public async Task StopAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
            _process = null;
        }

        if (_inside is not null)
        {
            await _inside.DisposeAsync();
            _inside = null;
        }
    }

    /// <summary>Applies the Applications, each with its repository.</summary>
    public Task PointAtAsync(Func<int, string> repositoryOf, CancellationToken cancellationToken) => ApplyAsync(
        Enumerable.Range(0, Workload.Applications).Select(application => Workload.Application(application, repositoryOf(application))), cancellationToken);

    public async Task WaitUntilSyncedAsync(CancellationToken cancellationToken) => await Applications.WaitAsync(
        "Applications that are synced", Workload.Applications, ApplicationFacts.IsSynced, Limit, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Applications.DisposeAsync();
        await Server.DisposeAsync();
    }

    private async Task ApplyAsync(IEnumerable<KubernetesObject> items, CancellationToken cancellationToken) => await Server.Raw.RunAsync(
        [.. items.Select(static item => RawLoop.Request(Kinds.Of(item), item))], cancellationToken);
}
