using System.Diagnostics;
using GitOps.Benchmarks.Operators;

namespace GitOps.Benchmarks.Rows;

/// <summary>Waits for what is left of something else to end: events that are written late, passes that are still queued.</summary>
internal static class Quiet
{
    private static readonly TimeSpan For = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Returns when the operator has made no request and no pass for three seconds.</summary>
    public static async Task WaitAsync(Func<CancellationToken, Task<MetricsPage>> read, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var last = await read(cancellationToken);
        while (true)
        {
            await Task.Delay(For, cancellationToken);
            var page = await read(cancellationToken);
            var requests = page.RequestsSince(last);
            if (requests.Count == 0 && page.Passes - last.Passes == 0 && page.QueueDepth == 0)
            {
                return;
            }

            if (Stopwatch.GetElapsedTime(started) > Limit)
            {
                throw new TimeoutException($"the operator does not come to rest: {string.Join(", ", requests.Keys)}; {page.Passes - last.Passes} passes");
            }

            last = page;
        }
    }
}
