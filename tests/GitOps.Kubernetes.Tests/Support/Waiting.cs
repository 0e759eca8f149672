using System.Diagnostics;
using GitOps.Testing;

namespace GitOps.Kubernetes.Tests.Support;

/// <summary>Waits on conditions, never for a length of time; the deadline is for tests that hang.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Deadline);

    public static Task Soon(this Task task) => task.WaitAsync(Deadline);

    public static async Task UntilAsync(Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            watch.Elapsed.ShouldBeLessThan(Deadline);
            await Task.Delay(2);
        }
    }

    /// <summary>Moves the clock on, step by step, while the task waits for it.</summary>
    public static async Task<T> WithAsync<T>(this Task<T> task, ManualTimeProvider time, TimeSpan step)
    {
        var watch = Stopwatch.StartNew();
        while (!task.IsCompleted)
        {
            watch.Elapsed.ShouldBeLessThan(Deadline);
            time.Advance(step);
            await Task.Delay(2);
        }

        return await task;
    }
}
