using Microsoft.Extensions.Hosting;

namespace GitOps.Operator.Controllers;

/// <summary>
/// Gives memory back after work. A runtime that allocates nothing collects nothing either: without this, a process that has
/// listed ten thousand objects once holds on to what that took for as long as it rests.
/// </summary>
internal sealed class MemoryTrimmer : BackgroundService
{
    private const long Work = 32 * 1024 * 1024;
    private const long Rest = 8 * 1024 * 1024;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time;

    public MemoryTrimmer(TimeProvider time) => _time = time;

    /// <summary>Whether there was work since the last trim, and has been next to none since the last look.</summary>
    /// <remarks>All in bytes allocated since the start of the process.</remarks>
    internal static bool IsDue(long now, long lastLook, long lastTrim) => now - lastLook < Rest && now - lastTrim >= Work;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, _time);
        var (lastLook, lastTrim) = (0L, 0L);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var now = GC.GetTotalAllocatedBytes();
            if (IsDue(now, lastLook, lastTrim))
            {
                // Blocking, and back to the system: a pause of some tens of milliseconds while nothing is to be done.
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                lastTrim = now;
            }

            lastLook = now;
        }
    }
}
