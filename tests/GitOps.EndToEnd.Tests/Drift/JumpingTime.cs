using System.Diagnostics;
using GitOps.Testing;

namespace GitOps.EndToEnd.Tests.Drift;

/// <summary>A clock that goes as fast as any other, and jumps when told: what waits for minutes is tested in seconds.</summary>
internal sealed class JumpingTime : TimeProvider, IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);

    private readonly ManualTimeProvider _clock = new(DateTimeOffset.UtcNow);
    private readonly Lock _advancing = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _going;

    public JumpingTime() => _going = Task.Run(GoAsync);

    public override long TimestampFrequency => _clock.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => _clock.GetUtcNow();

    public override long GetTimestamp() => _clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        _clock.CreateTimer(callback, state, dueTime, period);

    public void Jump(TimeSpan by)
    {
        lock (_advancing)
        {
            _clock.Advance(by);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _going;
        _stopping.Dispose();
    }

    private async Task GoAsync()
    {
        var last = Stopwatch.GetTimestamp();
        while (!_stopping.IsCancellationRequested)
        {
            await Task.Delay(Tick, CancellationToken.None);
            var now = Stopwatch.GetTimestamp();
            Jump(Stopwatch.GetElapsedTime(last, now));
            last = now;
        }
    }
}
