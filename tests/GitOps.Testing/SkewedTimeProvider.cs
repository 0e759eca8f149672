namespace GitOps.Testing;

/// <summary>A machine whose wall clock says what it likes, while timers and timestamps go on steadily.</summary>
public sealed class SkewedTimeProvider : TimeProvider
{
    private readonly TimeProvider _steady;
    private readonly Func<DateTimeOffset> _wall;

    public SkewedTimeProvider(TimeProvider steady, Func<DateTimeOffset> wall)
    {
        _steady = steady;
        _wall = wall;
    }

    public override long TimestampFrequency => _steady.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => _wall();

    public override long GetTimestamp() => _steady.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        _steady.CreateTimer(callback, state, dueTime, period);
}
