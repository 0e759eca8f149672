using System.Threading.Channels;

namespace GitOps.Operator.Controllers;

/// <summary>
/// Keys that wait for a worker. A key is queued at most once and never handed to two workers at a time: one that is added
/// while it is being worked on comes back when the worker says <see cref="Done"/>. Delayed keys keep their earliest time.
/// </summary>
internal sealed class WorkQueue<TKey> : IDisposable
    where TKey : notnull
{
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Channel<TKey> _ready = Channel.CreateUnbounded<TKey>();
    private readonly Dictionary<TKey, long> _queuedAt = [];
    private readonly HashSet<TKey> _working = [];
    private readonly Dictionary<TKey, Delayed> _delayed = [];

    public WorkQueue(TimeProvider time) => _time = time;

    /// <summary>Keys that are ready and not yet taken.</summary>
    public int Depth
    {
        get
        {
            lock (_lock)
            {
                return _queuedAt.Count - _working.Count(_queuedAt.ContainsKey);
            }
        }
    }

    /// <summary>How long the key has waited that came first of those that are ready.</summary>
    public TimeSpan Oldest
    {
        get
        {
            lock (_lock)
            {
                var waiting = _queuedAt.Where(pair => !_working.Contains(pair.Key)).Select(static pair => pair.Value).DefaultIfEmpty(_time.GetTimestamp()).Min();
                return _time.GetElapsedTime(waiting);
            }
        }
    }

    /// <summary>Puts a key in line now; a delay it was waiting for is over.</summary>
    public void Add(TKey key)
    {
        lock (_lock)
        {
            CancelDelay_NeedsLock(key);
            if (_queuedAt.TryAdd(key, _time.GetTimestamp()) && !_working.Contains(key))
            {
                _ready.Writer.TryWrite(key);
            }
        }
    }

    /// <summary>Puts a key in line after a delay, unless it is due earlier anyhow.</summary>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
        {
            Add(key);
            return;
        }

        lock (_lock)
        {
            var due = _time.GetTimestamp() + (long)(delay.TotalSeconds * _time.TimestampFrequency);
            if (_queuedAt.ContainsKey(key) || (_delayed.TryGetValue(key, out var waiting) && waiting.Due <= due))
            {
                return;
            }

            CancelDelay_NeedsLock(key);
            _delayed[key] = new(due, _time.CreateTimer(static state => ((Action)state!)(), () => Add(key), delay, Timeout.InfiniteTimeSpan));
        }
    }

    /// <summary>The next key, and how long it stood in line. The caller must say <see cref="Done"/>.</summary>
    public async ValueTask<(TKey Key, TimeSpan Waited)> TakeAsync(CancellationToken cancellationToken)
    {
        var key = await _ready.Reader.ReadAsync(cancellationToken);
        lock (_lock)
        {
            _working.Add(key);
            _queuedAt.Remove(key, out var since);
            return (key, _time.GetElapsedTime(since));
        }
    }

    /// <summary>The worker is finished; if the key was added meanwhile, it is in line again.</summary>
    public void Done(TKey key)
    {
        lock (_lock)
        {
            _working.Remove(key);
            if (_queuedAt.ContainsKey(key))
            {
                _ready.Writer.TryWrite(key);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var delayed in _delayed.Values)
            {
                delayed.Timer.Dispose();
            }

            _delayed.Clear();
        }
    }

    private void CancelDelay_NeedsLock(TKey key)
    {
        if (_delayed.Remove(key, out var delayed))
        {
            delayed.Timer.Dispose();
        }
    }

    private readonly record struct Delayed(long Due, ITimer Timer);
}
