namespace GitOps.Sandbox.Controllers;

/// <summary>
/// Keys to look at, each at most once at a time: a key that is added while it is being looked at comes again afterwards.
/// Thread-safe. Waiting is a matter of the clock alone, so that a clock that stands still costs nothing.
/// </summary>
internal sealed class WorkQueue : IDisposable
{
    private const int ConflictsAtOnce = 20;

    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(16);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly Queue<WorkKey> _ready = new();
    private readonly HashSet<WorkKey> _dirty = [];
    private readonly HashSet<WorkKey> _working = [];
    private readonly Dictionary<WorkKey, (DateTimeOffset Due, ITimer Timer)> _later = [];
    private readonly Dictionary<WorkKey, int> _failures = [];
    private TaskCompletionSource _changed = NewSignal();
    private bool _isDisposed;

    public WorkQueue(TimeProvider time) => _time = time;

    /// <summary>Nothing to do, but for what waits for its time.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock)
            {
                return _dirty.Count == 0 && _working.Count == 0;
            }
        }
    }

    public void Add(WorkKey key)
    {
        lock (_lock)
        {
            Add_NeedsLock(key);
        }
    }

    /// <summary>Adds a key once a time has passed, unless it is due earlier already.</summary>
    public void AddAfter(WorkKey key, TimeSpan delay)
    {
        lock (_lock)
        {
            if (delay <= TimeSpan.Zero)
            {
                Add_NeedsLock(key);
                return;
            }

            var due = _time.GetUtcNow() + delay;
            if (_isDisposed || (_later.TryGetValue(key, out var present) && present.Due <= due))
            {
                return;
            }

            present.Timer?.Dispose();
            _later[key] = (due, _time.CreateTimer(_ => OnDue(key), null, delay, Timeout.InfiniteTimeSpan));
        }
    }

    /// <summary>Adds a key that failed: later each time, until <see cref="Forget"/>.</summary>
    /// <param name="key">The key.</param>
    /// <param name="isConflict">It failed because somebody else was faster: the first few times it comes again at once.</param>
    public void AddFailed(WorkKey key, bool isConflict)
    {
        int failures;
        lock (_lock)
        {
            failures = _failures[key] = _failures.GetValueOrDefault(key) + 1;
            if (isConflict && failures <= ConflictsAtOnce)
            {
                Add_NeedsLock(key);
                return;
            }
        }

        var delay = FirstBackoff * Math.Pow(2, Math.Min(failures - 1, 20));
        AddAfter(key, delay < LongestBackoff ? delay : LongestBackoff);
    }

    /// <summary>It did not fail: the next failure is the first.</summary>
    public void Forget(WorkKey key)
    {
        lock (_lock)
        {
            _failures.Remove(key);
        }
    }

    /// <summary>The next key; to be followed by <see cref="Done"/>.</summary>
    public async Task<WorkKey> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_ready.TryDequeue(out var key))
                {
                    _dirty.Remove(key);
                    _working.Add(key);
                    return key;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    public void Done(WorkKey key)
    {
        lock (_lock)
        {
            _working.Remove(key);
            if (_dirty.Contains(key))
            {
                _ready.Enqueue(key);
            }

            Signal_NeedsLock();
        }
    }

    /// <summary>Ends when <see cref="IsIdle"/>.</summary>
    public async Task WhenIdleAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_dirty.Count == 0 && _working.Count == 0)
                {
                    return;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            foreach (var (_, timer) in _later.Values)
            {
                timer.Dispose();
            }

            _later.Clear();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void OnDue(WorkKey key)
    {
        lock (_lock)
        {
            if (_later.Remove(key, out var entry))
            {
                entry.Timer.Dispose();
                Add_NeedsLock(key);
            }
        }
    }

    private void Add_NeedsLock(WorkKey key)
    {
        if (_isDisposed || !_dirty.Add(key) || _working.Contains(key))
        {
            return;
        }

        _ready.Enqueue(key);
        Signal_NeedsLock();
    }

    private void Signal_NeedsLock()
    {
        var changed = _changed;
        _changed = NewSignal();
        changed.TrySetResult();
    }
}
