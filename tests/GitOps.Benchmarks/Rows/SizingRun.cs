using System.Diagnostics;
using System.Globalization;
using GitOps.Benchmarks.Cluster;
using GitOps.Benchmarks.Operators;
using GitOps.Operator.Api;

namespace GitOps.Benchmarks.Rows;

/// <summary>A cluster of its own, a repository and an operator in a cage, from the first sync to a restart.</summary>
internal sealed class SizingRun : IAsyncDisposable
{
    private const string HelmVariable = "GITOPS_TEST_HELM";
    private const double Mebibyte = 1 << 20;

    private readonly Lab _lab;
    private readonly string _title;
    private readonly MemoryCage _cage;
    private readonly BenchmarkSettings _settings;
    private readonly Workload _workload;
    private readonly ApiServer _server;
    private readonly ObjectWatch _applications;
    private readonly WorkloadRepository _repository;
    private string _cache;
    private OperatorProcess _running = null!;
    private MemoryWatch _memory = null!;

    private SizingRun(
        Lab lab, string title, MemoryCage cage, BenchmarkSettings settings, Workload workload, ApiServer server, ObjectWatch applications, WorkloadRepository repository)
    {
        (_lab, _title, _cage, _settings) = (lab, title, cage, settings);
        (_workload, _server, _applications, _repository) = (workload, server, applications, repository);
        _cache = lab.NewDirectory("cache");
    }

    /// <summary>What is done, one after the other.</summary>
    public IReadOnlyList<(string Name, Func<CancellationToken, Task> Work)> Phases =>
    [
        ("the first sync", FirstSyncAsync),
        ("rest", RestAsync),
        ("a commit to one", cancellationToken => CommitAsync("a commit to one", () => _repository.ChangeAsync(0, Value(), cancellationToken), 1, cancellationToken)),
        ("a commit to all", cancellationToken => CommitAsync("a commit to all", () => _repository.ChangeAllAsync(Value(), cancellationToken), _workload.Applications, cancellationToken)),
        ("a restart with an empty disk", RestartAsync),
    ];

    /// <summary>Prepares everything; the operator is started by the first phase.</summary>
    public static async Task<SizingRun> StartAsync(Lab lab, string title, int applications, MemoryCage cage, CancellationToken cancellationToken)
    {
        var helm = Environment.GetEnvironmentVariable(HelmVariable) is { Length: > 0 } given ? given : null;
        if (helm is null)
        {
            lab.Report.Note($"no charts: {HelmVariable} names no helm");
        }

        var settings = helm is null ? lab.Settings : lab.Settings with { OperatorArguments = [.. lab.Settings.OperatorArguments, "--helm", helm] };
        var workload = new Workload("sizing", applications, lab.Settings.Objects);
        var server = await ApiServer.StartAsync(lab.NewDirectory("server"), cancellationToken);
        var watch = await ObjectWatch.StartAsync(server.Client, Names.Application, null, cancellationToken);
        var repository = await WorkloadRepository.CreateAsync(
            lab.NewDirectory("repository"), workload, Enumerable.Range(0, applications), cancellationToken, application => LayoutOf(application, helm is not null));
        await server.Raw.RunAsync([.. workload.AllNamespaces().Select(static item => RawLoop.Request(Kinds.Of(item), item))], cancellationToken);
        return new(lab, title, cage, settings, workload, server, watch, repository);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _applications.DisposeAsync();
        await _server.DisposeAsync();
    }

    private static WorkloadRepository.Layout LayoutOf(int application, bool withCharts) => (application % 10) switch
    {
        9 when withCharts => WorkloadRepository.Layout.Chart,
        >= 6 => WorkloadRepository.Layout.Kustomization,
        _ => WorkloadRepository.Layout.Plain,
    };

    private static string Value() => Guid.NewGuid().ToString("N");

    private async Task FirstSyncAsync(CancellationToken cancellationToken)
    {
        await StartOperatorAsync(cancellationToken);
        var started = Stopwatch.GetTimestamp();
        await _running.WaitUntilReadyAsync(cancellationToken);
        var synced = _applications.WaitAsync("synced", _workload.Applications, ApplicationFacts.IsSynced, Fleet.Limit, cancellationToken);
        await _server.Raw.RunAsync(
            [.. Enumerable.Range(0, _workload.Applications).Select(number => RawLoop.Request(Names.Application, _workload.Application(number, _repository.Url)))],
            cancellationToken);
        Took("first sync", Stopwatch.GetElapsedTime(started, await _running.WhileRunningAsync(synced, cancellationToken)), TimeSpan.Zero);
        await Quiet.WaitAsync(_running.MetricsAsync, cancellationToken);
        Peak("first sync");
    }

    private async Task RestAsync(CancellationToken cancellationToken)
    {
        // What the work before has left is collected when little has been allocated for ten seconds.
        await Task.Delay(_lab.Settings.RestTime / 2, cancellationToken);
        var (before, started) = (_running.Usage, Stopwatch.GetTimestamp());
        await Task.Delay(_lab.Settings.RestTime, cancellationToken);
        var (now, seconds) = (_running.Usage, Stopwatch.GetElapsedTime(started).TotalSeconds);
        Add("rest, processor", (now.Cpu - before.Cpu).TotalSeconds / seconds * 100, "% of one");
        Add("rest, resident, the operator", now.OwnBytes / Mebibyte, "MiB");
        Add("rest, of it files", (now.OwnBytes - (Memory.Of(_running.Id)?.Anonymous ?? 0)) / Mebibyte, "MiB");
        Add("rest, resident, children", now.ChildBytes / Mebibyte, "MiB");
        Add("rest, of all backed by no file", _cage.AnonymousBytes / Mebibyte, "MiB");
        Add("rest, working set of the group", _cage.WorkingSetBytes / Mebibyte, "MiB");
        Add("rest, managed heap", (await _running.MetricsAsync(cancellationToken)).ManagedHeapBytes / Mebibyte, "MiB");
        Add("threads", Directory.EnumerateDirectories(Process("task")).Count(), "");
        Add("file descriptors", Directory.EnumerateFiles(Process("fd")).Count(), "");
        Disk("rest");
    }

    private async Task CommitAsync(string what, Func<Task<string>> commit, int changed, CancellationToken cancellationToken)
    {
        var sha = await commit();
        _memory.Take();
        var (usage, started) = (_running.Usage, Stopwatch.GetTimestamp());
        var reported = _applications.WaitAsync(what, changed, item => ApplicationFacts.IsAt(item, sha), Fleet.Limit, cancellationToken);
        await _server.RefreshAsync(_workload.ApplicationName(0), cancellationToken);
        var took = Stopwatch.GetElapsedTime(started, await _running.WhileRunningAsync(reported, cancellationToken));
        await Quiet.WaitAsync(_running.MetricsAsync, cancellationToken);
        Took(what, took, usage.Cpu);
        Peak(what);
        Disk(what);
    }

    private async Task RestartAsync(CancellationToken cancellationToken)
    {
        await StopAsync();
        _cache = _lab.NewDirectory("cache");
        var started = Stopwatch.GetTimestamp();
        await StartOperatorAsync(cancellationToken);
        await _running.WaitAsync(
            "every Application has been looked at",
            page => page.PassesDone >= _workload.Applications && page.Synced >= _workload.Applications && page.QueueDepth == 0,
            Fleet.Limit, cancellationToken);
        Took("restart", Stopwatch.GetElapsedTime(started), TimeSpan.Zero);
        await Quiet.WaitAsync(_running.MetricsAsync, cancellationToken);
        Peak("restart");
    }

    private async Task StartOperatorAsync(CancellationToken cancellationToken)
    {
        _running = await OperatorProcess.StartAsync(_settings, _server.Kubeconfig, _cache, cancellationToken, _cage);
        _memory = new MemoryWatch(_cage, _running);
    }

    private async Task StopAsync()
    {
        if (_running is not null)
        {
            await _memory.DisposeAsync();
            await _running.DisposeAsync();
            (_running, _memory) = (null!, null!);
        }
    }

    private string Process(string directory) => string.Create(CultureInfo.InvariantCulture, $"/proc/{_running.Id}/{directory}");

    private void Took(string what, TimeSpan took, TimeSpan cpuBefore)
    {
        Add($"{what}, took", took.TotalSeconds, "s");
        Add($"{what}, processor", (_running.Usage.Cpu - cpuBefore).TotalSeconds, "s");
    }

    private void Peak(string what)
    {
        var peak = _memory.Take();
        Add($"{what}, most resident, the operator", peak.Own / Mebibyte, "MiB");
        Add($"{what}, most of children backed by no file", peak.Children / Mebibyte, "MiB");
        Add($"{what}, most of all backed by no file", peak.Anonymous / Mebibyte, "MiB");
        Add($"{what}, largest working set of the group", peak.WorkingSet / Mebibyte, "MiB");
    }

    private void Disk(string when) => Add(
        $"{when}, disk", new DirectoryInfo(_cache).EnumerateFiles("*", SearchOption.AllDirectories).Sum(static file => file.Length) / Mebibyte, "MiB");

    private void Add(string name, double value, string unit) => _lab.Report.Add($"{_title}: {name}", value, unit);
}
