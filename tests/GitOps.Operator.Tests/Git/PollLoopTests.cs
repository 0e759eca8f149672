using GitOps.Operator.Git;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Git;

public sealed class PollLoopTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_poll_that_is_due_in_less_than_a_millisecond_is_waited_for()
    {
        var time = new ManualTimeProvider();
        var due = time.GetUtcNow() + TimeSpan.FromMicroseconds(1400);
        var polled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var loop = PollLoop.RunAsync(
            static () => (TimeSpan.FromSeconds(1), Task.Delay(Timeout.Infinite, CancellationToken.None)), _ => due,
            _ =>
            {
                due += TimeSpan.FromHours(1);
                polled.TrySetResult();
                return Task.CompletedTask;
            }, time, stop.Token);

        // A loop that looks again and again until it is due never gives the clock back to go on.
        await Task.Run(() => time.Advance(TimeSpan.FromMilliseconds(1)), stop.Token).WaitAsync(Deadline, stop.Token);
        polled.Task.IsCompleted.ShouldBeFalse();
        await Task.Run(() => time.Advance(TimeSpan.FromMilliseconds(1)), stop.Token).WaitAsync(Deadline, stop.Token);
        await polled.Task.WaitAsync(Deadline, stop.Token);

        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(loop);
    }
}
