using System.Globalization;
using GitOps.Benchmarks.Operators;

namespace GitOps.Benchmarks.Rows;

/// <summary>
/// What a pod needs. The operator runs under the limit of memory of a container, with its children, on plain directories,
/// kustomizations and charts: a first sync, rest, commits, and a start with an empty disk. A limit that is too low is a figure
/// too: the operator does not live.
/// </summary>
internal static class SizingRow
{
    private static readonly int[] Sizes = [100, 1000];

    public static async Task RunAsync(Lab lab, CancellationToken cancellationToken)
    {
        foreach (var applications in lab.Settings.Applications is { } one ? [one] : Sizes)
        {
            foreach (var limit in lab.Settings.MemoryLimits)
            {
                await RunAsync(lab, applications, limit, cancellationToken);
            }
        }
    }

    private static async Task RunAsync(Lab lab, int applications, int limit, CancellationToken cancellationToken)
    {
        var title = string.Create(CultureInfo.InvariantCulture, $"{applications} in {limit} MiB");
        await using var cage = MemoryCage.Create((long)limit << 20);
        await using var run = await SizingRun.StartAsync(lab, title, applications, cage, cancellationToken);
        var died = string.Empty;
        foreach (var (name, work) in run.Phases)
        {
            try
            {
                await work(cancellationToken);
            }
            catch (Exception exception) when (exception is InvalidOperationException or TimeoutException && !cancellationToken.IsCancellationRequested)
            {
                died = name;
                lab.Report.Note($"{title}, {name}: {exception.Message.Split('\n')[0]}");
                break;
            }
        }

        lab.Report.Add($"{title}: lived" + (died.Length == 0 ? string.Empty : $" until {died}"), died.Length == 0 ? 1 : 0, "");
        lab.Report.Add($"{title}: processes that the kernel ended", cage.Kills, "");
    }
}
