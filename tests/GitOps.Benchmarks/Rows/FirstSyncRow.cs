using System.Diagnostics;
using System.Globalization;
using GitOps.Benchmarks.Cluster;
using GitOps.Benchmarks.Figures;
using GitOps.Benchmarks.Operators;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.Benchmarks.Rows;

/// <summary>
/// Many Applications are created at once, and synced. Each round stands between two raw loops that apply as many objects of the
/// same content. The first round is also the operator's first work ever: its code is compiled then.
/// </summary>
internal static class FirstSyncRow
{
    private const int DefaultApplications = 100;
    private const int WarmUpObjects = 3000;
    private const double TargetPercent = 60;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public static async Task RunAsync(Lab lab, CancellationToken cancellationToken)
    {
        await using var server = await ApiServer.StartAsync(lab.NewDirectory("server"), cancellationToken);
        await using var applications = await ObjectWatch.StartAsync(server.Client, Names.Application, null, cancellationToken);
        var count = lab.Settings.Applications ?? DefaultApplications;
        await RawAsync(lab, server, new("warm", Math.Max(1, WarmUpObjects / lab.Settings.Objects), lab.Settings.Objects), cancellationToken);
        await using var running = await OperatorProcess.StartAsync(lab.Settings, server, lab.NewDirectory("cache"), cancellationToken);
        await running.WaitUntilReadyAsync(cancellationToken);
        var rounds = new List<Round>();
        for (var number = 1; number <= lab.Settings.Rounds; number++)
        {
            var round = await RoundAsync(lab, server, running, applications, number, count, cancellationToken);
            rounds.Add(round);
            lab.Report.Note(round.ToString());
        }

        Report(lab.Report, rounds);
        if (ApiServer.IsReal)
        {
            await CleanUpAsync(server, applications, cancellationToken);
        }
    }

    private static void Report(Report report, List<Round> rounds)
    {
        var first = rounds[0];
        report.Add("objects per second, first round", first.ObjectRate, "1/s", first.Percent / 100, "raw rate");
        report.Add("share of the raw rate, first round", first.Percent, "%", Target.AtLeast(TargetPercent));
        if (rounds.Count > 1)
        {
            var later = rounds.Skip(1).ToList();
            report.Add(
                "objects per second, later rounds", Sample.Median(later.Select(static round => round.ObjectRate)), "1/s",
                Sample.Median(later.Select(static round => round.Percent)) / 100, "raw rate");
            report.Add(
                "share of the raw rate, later rounds", Sample.Median(later.Select(static round => round.Percent)), "%", Target.AtLeast(TargetPercent));
        }

        var last = rounds[^1];
        report.Add("requests per object", (double)last.RequestCount / last.Objects, "", last.RequestCount / last.Seconds / last.RawRate, "raw rate, in requests");
        report.Add("processor time per object", last.Cpu.TotalMilliseconds / last.Objects, "ms", last.Cpu.TotalSeconds / last.Seconds, "one processor");
        if (last.ServerCpu is { } serverCpu)
        {
            report.Add("processor time of the server per object", serverCpu.TotalMilliseconds / last.Objects, "ms", serverCpu.TotalMilliseconds / last.Objects / last.RawServerMs, "that of the raw loop");
        }

        report.Note("requests: " + string.Join(", ", last.Requests.Select(static pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Value:0} {pair.Key}"))));
        report.Note("seconds in steps: " + string.Join(", ", last.Steps.Select(static pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value:0.00}"))));
    }

    private static async Task<Round> RoundAsync(
        Lab lab, ApiServer server, OperatorProcess running, ObjectWatch applications, int number, int count, CancellationToken cancellationToken)
    {
        var workload = new Workload(Name("sync"), count, lab.Settings.Objects);
        var repository = await WorkloadRepository.CreateAsync(lab.NewDirectory("repository"), workload, Enumerable.Range(0, count), cancellationToken);
        await server.Raw.RunAsync(Requests(workload.AllNamespaces()), cancellationToken);
        var creations = Requests(Enumerable.Range(0, count).Select(application => workload.Application(application, repository.Url)));

        var before = await RawAsync(lab, server, workload with { Prefix = Name("raw-before") }, cancellationToken);
        var page = await running.MetricsAsync(cancellationToken);
        var usage = running.Usage;
        var serverBefore = ServerCpu(lab, server);
        var started = Stopwatch.GetTimestamp();
        await server.Raw.RunAsync(creations, cancellationToken);
        var ended = await applications.WaitAsync(
            "Applications that are synced", count,
            item => item.Name.StartsWith(workload.Prefix + "-", StringComparison.Ordinal) && ApplicationFacts.IsSynced(item), Limit, cancellationToken);
        var cpu = running.Usage.Cpu - usage.Cpu;
        var serverCpu = ServerCpu(lab, server) - serverBefore;
        var after = await running.MetricsAsync(cancellationToken);
        var rawAfter = await RawAsync(lab, server, workload with { Prefix = Name("raw-after") }, cancellationToken);
        var earlierSteps = page.StepSeconds();
        return new Round(
            number, workload.TotalObjects, Stopwatch.GetElapsedTime(started, ended).TotalSeconds, before, rawAfter, cpu, serverCpu, after.RequestsSince(page),
            after.StepSeconds().Select(pair => KeyValuePair.Create(pair.Key, pair.Value - earlierSteps.GetValueOrDefault(pair.Key))).ToList());

        string Name(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{number}");
    }

    /// <summary>Applies new sets of the same size until a second is full: a fast server takes one set in less than a clock can tell.</summary>
    private static async Task<Raw> RawAsync(Lab lab, ApiServer server, Workload workload, CancellationToken cancellationToken)
    {
        var (seconds, count, cpu) = (0.0, 0, (TimeSpan?)TimeSpan.Zero);
        for (var number = 0; seconds < 1; number++)
        {
            var batch = workload with { Prefix = string.Create(CultureInfo.InvariantCulture, $"{workload.Prefix}-{number}") };
            await server.Raw.RunAsync(Requests(batch.AllNamespaces()), cancellationToken);
            var objects = Requests(Enumerable.Range(0, batch.Applications)
                .SelectMany(application => Enumerable.Range(0, batch.Objects).Select(index => batch.MarkedObject(application, index))));
            var serverBefore = ServerCpu(lab, server);
            seconds += objects.Count / await server.Raw.RunAsync(objects, cancellationToken);
            cpu += ServerCpu(lab, server) - serverBefore;
            count += objects.Count;
        }

        return new(count / seconds, cpu?.TotalMilliseconds / count);
    }

    /// <summary>Null: the server's processes are not known.</summary>
    private static TimeSpan? ServerCpu(Lab lab, ApiServer server)
    {
        var processes = server.ProcessId is { } id ? [id] : lab.Settings.ServerProcesses;
        return processes.Count == 0 ? null : processes.Aggregate(TimeSpan.Zero, static (sum, process) => sum + ProcessUsage.Of(process).Cpu);
    }

    private static List<RawRequest> Requests(IEnumerable<KubernetesObject> items) => [.. items.Select(static item => RawLoop.Request(Kinds.Of(item), item))];

    /// <summary>The Applications take their objects along: the rows that follow work on the same cluster.</summary>
    private static async Task CleanUpAsync(ApiServer server, ObjectWatch applications, CancellationToken cancellationToken)
    {
        var all = await server.Client.ListAsync(Names.Application, Workload.ApplicationNamespace, new(), cancellationToken);
        await Parallel.ForEachAsync(all.Items, cancellationToken, async (item, token) =>
            await server.Client.DeleteAsync(Names.Application, item.Namespace, item.Name, new(), token));
        await applications.WaitUntilEmptyAsync(Limit, cancellationToken);
    }

    /// <param name="Rate">Requests per second.</param>
    /// <param name="ServerMs">Milliseconds of a processor that the server took for each; null: not known.</param>
    private sealed record Raw(double Rate, double? ServerMs);

    private sealed record Round(
        int Number, int Objects, double Seconds, Raw Before, Raw After, TimeSpan Cpu, TimeSpan? ServerCpu,
        IReadOnlyDictionary<string, double> Requests, IReadOnlyList<KeyValuePair<string, double>> Steps)
    {
        public double ObjectRate => Objects / Seconds;

        public double RawRate => (Before.Rate + After.Rate) / 2;

        public double RawServerMs => ((Before.ServerMs ?? 0) + (After.ServerMs ?? 0)) / 2;

        public double Percent => ObjectRate / RawRate * 100;

        public int RequestCount => (int)Requests.Values.Sum();

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"round {Number}: {Objects} objects in {Seconds:0.00} s, {ObjectRate:0}/s; raw {Before.Rate:0}/s before, {After.Rate:0}/s after; {Percent:0} %; {RequestCount} requests; {Cpu.TotalSeconds:0.0} CPU-seconds; server {ServerCpu?.TotalSeconds:0.0}, raw {RawServerMs * Objects / 1000:0.0} CPU-seconds");
    }
}
