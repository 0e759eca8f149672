using GitOps.Benchmarks.Cluster;
using GitOps.Benchmarks.Figures;
using GitOps.Benchmarks.Operators;
using GitOps.Soak;

namespace GitOps.Benchmarks.Rows;

/// <summary>Whatever the dice say happens to objects, repository and network, and an independent referee counts what was drift.</summary>
internal static class SoakRow
{
    private const int DefaultApplications = 200;

    public static async Task RunAsync(Lab lab, CancellationToken cancellationToken)
    {
        await using var server = await ApiServer.StartAsync(lab.NewDirectory("soak-server"), cancellationToken);
        var settings = new SoakSettings
        {
            Seed = lab.Settings.Seed ?? Random.Shared.Next(),
            Prefix = $"soak{Convert.ToHexStringLower(Guid.NewGuid().ToByteArray()[..3])}",
            ApplicationNamespace = Workload.ApplicationNamespace,
            Applications = lab.Settings.Applications ?? DefaultApplications,
            Duration = lab.Settings.SoakTime,
        };
        lab.Report.Note($"seed {settings.Seed}");
        var result = await SoakRun.RunAsync(
            settings, server.Kubeconfig, lab.NewDirectory("soak"),
            async kubeconfig =>
            {
                var running = await OperatorProcess.StartAsync(lab.Settings, kubeconfig, lab.NewDirectory("cache"), cancellationToken);
                await running.WaitUntilReadyAsync(cancellationToken);
                return running;
            },
            lab.Report.Note, cancellationToken);
        lab.Report.Add("seed", settings.Seed, "");
        lab.Report.Add("actions", result.Actions, "");
        lab.Report.Add("commits", result.Commits, "");
        lab.Report.Add("troubles", result.Troubles, "");
        lab.Report.Add("drift", result.Reckoning.Required, "");
        lab.Report.Add("told by an event alone", result.Reckoning.ToldByEvent, "");
        lab.Report.Add("over at once, and not told", result.Reckoning.Excused, "");
        lab.Report.Add("overwritten while events were lost, and not told", result.Reckoning.Forgotten, "");
        lab.Report.Add("missed", result.Reckoning.Missed.Count, "", Target.AtMost(0));
        lab.Report.Add("false", result.Reckoning.False.Count, "", Target.AtMost(0));
        lab.Report.Add("wrong culprit", result.Reckoning.WrongCulprit.Count, "", Target.AtMost(0));
        Latency("detected", result.Detection);
        Latency("first heal of an object", result.Healing);
        lab.Report.Add("requests for each drift", (double)result.Requests.Count / Math.Max(1, result.Reckoning.Required), "");
        lab.Report.Note("requests: " + string.Join(", ", result.Requests.GroupBy(static request => request, StringComparer.Ordinal)
            .OrderByDescending(static group => group.Count()).Take(12).Select(static group => $"{group.Count()} {group.Key}")));
        if (!result.IsFlawless)
        {
            throw new InvalidOperationException(result.Describe());
        }

        void Latency(string what, IReadOnlyList<double> times)
        {
            lab.Report.Add($"{what}, median", SoakResult.Percentile(times, 50), "ms");
            lab.Report.Add($"{what}, 99 of 100", SoakResult.Percentile(times, 99), "ms");
        }
    }
}
