namespace GitOps.Sandbox.Tests.Replay;

/// <summary>
/// A wall clock that stands still while timers run: entries of managedFields written within one second are ordered by manager,
/// as they were when the traces were recorded.
/// </summary>
public sealed class FixedClock : TimeProvider
{
    private readonly DateTimeOffset _now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => _now;
}
