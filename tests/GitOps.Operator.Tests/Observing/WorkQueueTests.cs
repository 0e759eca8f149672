using GitOps.Operator.Controllers;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Observing;

public sealed class WorkQueueTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task A_key_that_is_added_twice_is_taken_once()
    {
        using var queue = new WorkQueue<string>(_time);
        queue.Add("a");
        queue.Add("b");
        queue.Add("a");
        queue.Depth.ShouldBe(2);
        (await TakeAsync(queue)).ShouldBe("a");
        (await TakeAsync(queue)).ShouldBe("b");
        IsEmpty(queue).ShouldBeTrue();
        queue.Depth.ShouldBe(0);
    }

    [Fact]
    public async Task A_key_is_never_worked_on_twice_at_a_time_and_comes_back_when_it_was_added_meanwhile()
    {
        using var queue = new WorkQueue<string>(_time);
        queue.Add("a");
        await TakeAsync(queue);
        queue.Add("a");
        queue.Add("a");
        IsEmpty(queue).ShouldBeTrue();
        queue.Done("a");
        (await TakeAsync(queue)).ShouldBe("a");
        queue.Done("a");
        IsEmpty(queue).ShouldBeTrue();
    }

    [Fact]
    public async Task Many_workers_never_meet_over_a_key_and_no_addition_is_lost()
    {
        const int Keys = 5;
        const int Additions = 2000;
        using var queue = new WorkQueue<int>(TimeProvider.System);
        using var stopping = new CancellationTokenSource();
        var working = new int[Keys];
        var wanted = new int[Keys];
        var seen = new int[Keys];
        var met = 0;
        var workers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            try
            {
                while (true)
                {
                    var (key, _) = await queue.TakeAsync(stopping.Token);
                    met += Interlocked.Increment(ref working[key]) == 1 ? 0 : 1;
                    Volatile.Write(ref seen[key], Volatile.Read(ref wanted[key]));
                    await Task.Yield();
                    Interlocked.Decrement(ref working[key]);
                    queue.Done(key);
                }
            }
            catch (OperationCanceledException)
            {
                // Told to.
            }
        })).ToArray();
        for (var i = 1; i <= Additions; i++)
        {
            Volatile.Write(ref wanted[i % Keys], i);
            queue.Add(i % Keys);
        }

        var deadline = DateTime.UnixEpoch;
        while (Enumerable.Range(0, Keys).Any(key => Volatile.Read(ref seen[key]) != wanted[key]))
        {
            (deadline = deadline.AddMilliseconds(5)).ShouldBeLessThan(DateTime.UnixEpoch.AddSeconds(30), "the last addition of a key is lost");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }

        await stopping.CancelAsync();
        await Task.WhenAll(workers);
        met.ShouldBe(0);
    }

    [Fact]
    public async Task A_delayed_key_comes_when_it_is_due()
    {
        using var queue = new WorkQueue<string>(_time);
        queue.AddAfter("a", TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromSeconds(9.9));
        IsEmpty(queue).ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(0.1));
        (await TakeAsync(queue)).ShouldBe("a");
    }

    [Theory]
    [InlineData(10, 5, 5)]
    [InlineData(5, 10, 5)]
    [InlineData(5, 5, 5)]
    public async Task Of_two_delays_the_earlier_one_counts_and_the_key_comes_once(int first, int second, int due)
    {
        using var queue = new WorkQueue<string>(_time);
        queue.AddAfter("a", TimeSpan.FromSeconds(first));
        queue.AddAfter("a", TimeSpan.FromSeconds(second));
        _time.Advance(TimeSpan.FromSeconds(due - 0.1));
        IsEmpty(queue).ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(0.1));
        (await TakeAsync(queue)).ShouldBe("a");
        queue.Done("a");
        _time.Advance(TimeSpan.FromMinutes(1));
        IsEmpty(queue).ShouldBeTrue();
        _time.PendingTimers.ShouldBe(0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public async Task A_delay_that_is_over_is_none(int seconds)
    {
        using var queue = new WorkQueue<string>(_time);
        queue.AddAfter("a", TimeSpan.FromSeconds(seconds));
        (await TakeAsync(queue)).ShouldBe("a");
    }

    [Fact]
    public async Task A_key_added_now_waits_no_longer()
    {
        using var queue = new WorkQueue<string>(_time);
        queue.AddAfter("a", TimeSpan.FromSeconds(10));
        queue.Add("a");
        (await TakeAsync(queue)).ShouldBe("a");
        queue.Done("a");
        _time.Advance(TimeSpan.FromSeconds(20));
        IsEmpty(queue).ShouldBeTrue();
    }

    [Fact]
    public async Task A_delay_asked_for_by_a_worker_holds_after_it_is_done()
    {
        using var queue = new WorkQueue<string>(_time);
        queue.Add("a");
        await TakeAsync(queue);
        queue.AddAfter("a", TimeSpan.FromSeconds(2));
        queue.Done("a");
        IsEmpty(queue).ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(2));
        (await TakeAsync(queue)).ShouldBe("a");
    }

    [Fact]
    public async Task The_time_in_line_is_told()
    {
        using var queue = new WorkQueue<string>(_time);
        queue.Add("a");
        _time.Advance(TimeSpan.FromSeconds(3));
        (await queue.TakeAsync(TestContext.Current.CancellationToken)).Waited.ShouldBe(TimeSpan.FromSeconds(3));
    }

    private static async Task<T> TakeAsync<T>(WorkQueue<T> queue)
        where T : notnull => (await queue.TakeAsync(TestContext.Current.CancellationToken)).Key;

    // A key that is in line is handed out at once.
    private static bool IsEmpty(WorkQueue<string> queue)
    {
        using var cancelled = new CancellationTokenSource();
        var taking = queue.TakeAsync(cancelled.Token);
        if (taking.IsCompleted)
        {
            return false;
        }

        cancelled.Cancel();
        return true;
    }
}
