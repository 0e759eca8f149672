namespace GitOps.Benchmarks.Operators;

/// <summary>The most that this process, beyond what it had before, and its children had at once while something was done.</summary>
internal static class PeakMemory
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(25);

    /// <returns>In bytes; 0 without <c>/proc</c>.</returns>
    public static async Task<long> DuringAsync(Func<Task> work)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        var before = ProcessUsage.Of(Environment.ProcessId);
        var peak = 0L;
        using var stop = new CancellationTokenSource();
        var watching = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    var now = ProcessUsage.Of(Environment.ProcessId);
                    peak = Math.Max(peak, now.OwnBytes + now.ChildBytes - before.OwnBytes - before.ChildBytes);
                    await Task.Delay(Between, TimeProvider.System, CancellationToken.None);
                }
            },
            CancellationToken.None);
        try
        {
            await work();
        }
        finally
        {
            await stop.CancelAsync();
            await watching;
        }

        return peak;
    }
}
