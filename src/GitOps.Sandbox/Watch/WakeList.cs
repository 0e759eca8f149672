namespace GitOps.Sandbox.Watch;

/// <summary>
/// The signals of all who want to know of something. Waking them is left to another thread, and wakes that come in quick
/// succession are joined, so that whoever writes does not pay for who watches.
/// </summary>
internal sealed class WakeList : IThreadPoolWorkItem
{
    private readonly Lock _lock = new();
    private readonly HashSet<WakeSignal> _signals = [];
    private WakeSignal[]? _all = [];
    private int _isPending;

    /// <summary>Wakes the signal from now on, until it is disposed of. Whoever adds one looks up what there is afterwards.</summary>
    public IDisposable Add(WakeSignal signal)
    {
        lock (_lock)
        {
            _signals.Add(signal);
            _all = null;
        }

        return new Membership(this, signal);
    }

    public void Wake()
    {
        if (Interlocked.Exchange(ref _isPending, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        // From here on a wake is a new one: who is woken by this one sees at least what was there before.
        Interlocked.Exchange(ref _isPending, 0);
        foreach (var signal in All())
        {
            signal.Set();
        }
    }

    private WakeSignal[] All()
    {
        lock (_lock)
        {
            return _all ??= [.. _signals];
        }
    }

    private void Remove(WakeSignal signal)
    {
        lock (_lock)
        {
            _signals.Remove(signal);
            _all = null;
        }
    }

    private sealed class Membership(WakeList owner, WakeSignal signal) : IDisposable
    {
        public void Dispose() => owner.Remove(signal);
    }
}
