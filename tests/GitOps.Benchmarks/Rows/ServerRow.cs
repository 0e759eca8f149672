using System.Diagnostics;
using System.Globalization;
using GitOps.Benchmarks.Cluster;
using GitOps.Benchmarks.Figures;
using GitOps.Benchmarks.Operators;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox;

namespace GitOps.Benchmarks.Rows;

/// <summary>
/// The API server alone: how fast a sandbox is there, what it takes of each kind of request, how far a change is carried when
/// many watch, and what an object costs to keep.
/// </summary>
internal static class ServerRow
{
    private const int WarmStarts = 9;
    private const int ClustersAtOnce = 50;
    private const int Objects = 10_000;
    private const int Lists = 50;
    private const int Watches = 1_000;
    private const int WatchedWrites = 50;
    private const string Namespace = "server-row";
    private const double StartTarget = 100;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public static async Task RunAsync(Lab lab, CancellationToken cancellationToken)
    {
        await StartsAsync(lab.Report, cancellationToken);
        await using var server = await ApiServer.StartAsync(lab.NewDirectory("server"), cancellationToken);
        var space = KubernetesObject.Parse($$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{Namespace}}"} }""");
        await server.Raw.RunAsync([RawLoop.Request(Kinds.Namespace, space)], cancellationToken);
        await RequestsAsync(lab.Report, server, cancellationToken);
        await FanOutAsync(lab.Report, server, cancellationToken);
    }

    private static async Task StartsAsync(Report report, CancellationToken cancellationToken)
    {
        report.Add("first start in a process", await StartAsync(cancellationToken), "ms");
        var starts = new List<double>();
        for (var i = 0; i < WarmStarts; i++)
        {
            starts.Add(await StartAsync(cancellationToken));
        }

        report.Add("a later start", Sample.Median(starts), "ms", Target.AtMost(StartTarget));
        var started = Stopwatch.GetTimestamp();
        var clusters = await Task.WhenAll(Enumerable.Range(0, ClustersAtOnce)
            .Select(_ => Task.Run(() => SandboxCluster.StartAsync(cancellationToken: cancellationToken), cancellationToken)));
        report.Add($"{ClustersAtOnce} started at once, each", Sample.Milliseconds(started, Stopwatch.GetTimestamp()) / ClustersAtOnce, "ms");
        foreach (var cluster in clusters)
        {
            await cluster.DisposeAsync();
        }
    }

    private static async Task<double> StartAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await using var cluster = await SandboxCluster.StartAsync(cancellationToken: cancellationToken);
        return Sample.Milliseconds(started, Stopwatch.GetTimestamp());
    }

    private static async Task RequestsAsync(Report report, ApiServer server, CancellationToken cancellationToken)
    {
        var creates = Enumerable.Range(0, Objects).Select(static index => RawLoop.Request(Kinds.ConfigMap, Item(index, "a"))).ToList();
        await server.Raw.RunAsync([.. creates.Take(Objects / 10)], cancellationToken);
        var before = MemoryOf(server);
        var created = await server.Raw.RunAsync([.. creates.Skip(Objects / 10)], cancellationToken);
        var memory = MemoryOf(server) - before;
        var unchanged = await server.Raw.RunAsync(creates, cancellationToken);
        var changed = await server.Raw.RunAsync(
            [.. Enumerable.Range(0, Objects).Select(static index => RawLoop.Request(Kinds.ConfigMap, Item(index, "b")))], cancellationToken);
        var gets = await server.Raw.RunAsync([.. creates.Select(static create => new RawRequest(create.Path.Split('?')[0], null))], cancellationToken);
        var lists = await server.Raw.RunAsync(
            [.. Enumerable.Range(0, Lists).Select(static _ => new RawRequest($"/api/v1/namespaces/{Namespace}/configmaps?limit=500", null))], cancellationToken);
        report.Add("applies that create", created, "1/s");
        report.Add("applies that change", changed, "1/s", changed / created, "creating");
        report.Add("applies that change nothing", unchanged, "1/s", unchanged / created, "creating");
        report.Add("gets", gets, "1/s", gets / created, "creating");
        report.Add("objects listed, in pages of 500", lists * 500, "1/s", lists * 500 / created, "creating");
        if (memory is { } bytes)
        {
            report.Add("memory that grew per object", bytes / (Objects * 0.9) / 1024, "KB");
        }
    }

    /// <summary>Many watches of one namespace, each of which has to be sent every change.</summary>
    private static async Task FanOutAsync(Report report, ApiServer server, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var list = await server.Client.ListAsync(Kinds.ConfigMap, Namespace, new(), cancellationToken);
        var path = $"/api/v1/namespaces/{Namespace}/configmaps?watch=true&resourceVersion={list.ResourceVersion}";
        var memory = MemoryOf(server);
        var streams = await Task.WhenAll(Enumerable.Range(0, Watches).Select(_ => server.Raw.WatchAsync(path, ending.Token)));
        var perWatch = MemoryOf(server) - memory;

        var reading = ReadAllAsync(streams, WatchedWrites, ending.Token);
        var started = Stopwatch.GetTimestamp();
        await server.Raw.RunAsync(
            [.. Enumerable.Range(0, WatchedWrites).Select(static index => RawLoop.Request(Kinds.ConfigMap, Item(index, "c")))], cancellationToken);
        await reading.WaitAsync(Limit, cancellationToken);
        var all = Stopwatch.GetElapsedTime(started);
        report.Add($"events sent to {Watches} watches, readers included", Watches * WatchedWrites / all.TotalSeconds, "1/s");

        var single = ReadAllAsync(streams, 1, ending.Token);
        started = Stopwatch.GetTimestamp();
        await server.Raw.RunAsync([RawLoop.Request(Kinds.ConfigMap, Item(0, "d"))], cancellationToken);
        await single.WaitAsync(Limit, cancellationToken);
        report.Add($"one change to the last of {Watches} watches", Sample.Milliseconds(started, Stopwatch.GetTimestamp()), "ms");
        if (perWatch is { } bytes)
        {
            report.Add("memory that grew per watch", (double)bytes / Watches / 1024, "KB");
        }

        await ending.CancelAsync();
        foreach (var stream in streams)
        {
            stream.Dispose();
        }
    }

    private static Task ReadAllAsync(IEnumerable<StreamReader> streams, int events, CancellationToken cancellationToken) =>
        Task.WhenAll(streams.Select(stream => ReadAsync(stream, events, cancellationToken)));

    private static async Task ReadAsync(StreamReader stream, int events, CancellationToken cancellationToken)
    {
        for (var seen = 0; seen < events;)
        {
            var line = await stream.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("a watch ended");
            seen += line.StartsWith("{\"type\":\"BOOKMARK\"", StringComparison.Ordinal) ? 0 : 1;
        }
    }

    private static long? MemoryOf(ApiServer server) => server.ProcessId is { } id ? ProcessUsage.Of(id).OwnBytes : null;

    private static KubernetesObject Item(int index, string value) => KubernetesObject.Parse(string.Create(CultureInfo.InvariantCulture, $$"""
        {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"item-{{index}}","namespace":"{{Namespace}}","labels":{"app":"server-row"} },
         "data":{"key":"{{value}}","text":"some text of the usual length, which a program reads at its start"} }
        """));
}
