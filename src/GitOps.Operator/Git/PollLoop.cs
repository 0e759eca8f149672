using GitOps.Operator.Model;

namespace GitOps.Operator.Git;

/// <summary>One poller: polls when the shortest interval of its subscribers is over, sooner when it is woken and that is due.</summary>
internal static class PollLoop
{
    /// <summary>Runs until cancelled. Ends with an exception only if we are broken: a poll that fails is in the state, and the subscribers know.</summary>
    /// <param name="next">The shortest interval, infinite without subscribers; and a task that ends when that may have changed.</param>
    /// <param name="dueAt">When to poll next, by that interval.</param>
    /// <param name="poll">Polls once.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task RunAsync(
        Func<(TimeSpan Interval, Task Changed)> next, Func<TimeSpan, DateTimeOffset> dueAt, Func<CancellationToken, Task> poll, TimeProvider time,
        CancellationToken cancellationToken)
    {
        // Whatever has made the loop begin: what follows from it does not follow from that.
        Triggers.Begin(Triggers.Poll);
        while (true)
        {
            var (interval, woken) = next();
            if (interval == Timeout.InfiniteTimeSpan)
            {
                await woken.WaitAsync(cancellationToken);
                continue;
            }

            var wait = dueAt(interval) - time.GetUtcNow();
            if (wait > TimeSpan.Zero)
            {
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                await Task.WhenAny(woken, Task.Delay(Whole(wait), time, stop.Token));
                await stop.CancelAsync();
                cancellationToken.ThrowIfCancellationRequested();
                continue;
            }

            try
            {
                await poll(cancellationToken);
            }
            catch (GitException)
            {
                // Told already.
            }
        }
    }

    /// <summary>A delay drops what is less than a millisecond, and would end before it is due, at once at last, again and again.</summary>
    private static TimeSpan Whole(TimeSpan wait) => TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
}
