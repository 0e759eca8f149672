using System.Threading.Tasks.Sources;

namespace GitOps.Sandbox.Watch;

/// <summary>
/// Wakes one waiter. Any number of calls of <see cref="Set"/> before a wait are one: what there is to do is to be looked up, not
/// counted. Waiting allocates nothing.
/// </summary>
internal sealed class WakeSignal : IValueTaskSource
{
    private const int Idle = 0;
    private const int IsSet = 1;
    private const int IsWaiting = 2;

    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private int _state;

    public void Set()
    {
        while (true)
        {
            var state = Volatile.Read(ref _state);
            if (state == IsSet || (state == Idle && Interlocked.CompareExchange(ref _state, IsSet, Idle) == Idle))
            {
                return;
            }

            if (state == IsWaiting && Interlocked.CompareExchange(ref _state, Idle, IsWaiting) == IsWaiting)
            {
                _core.SetResult(true);
                return;
            }
        }
    }

    /// <summary>By one caller at a time, who awaits what it got before the next call.</summary>
    public ValueTask WaitAsync()
    {
        if (Interlocked.CompareExchange(ref _state, Idle, IsSet) == IsSet)
        {
            return ValueTask.CompletedTask;
        }

        _core.Reset();
        if (Interlocked.CompareExchange(ref _state, IsWaiting, Idle) != Idle)
        {
            Volatile.Write(ref _state, Idle);
            return ValueTask.CompletedTask;
        }

        return new(this, _core.Version);
    }

    public void GetResult(short token) => _core.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
