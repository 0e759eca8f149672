using System.Net;

namespace GitOps.Sandbox.Faults;

/// <summary>Scripts what goes wrong. Thread-safe; a fault holds from when it is added until it is used up, disposed of or cleared.</summary>
public sealed class FaultInjector
{
    private readonly Lock _lock = new();
    private readonly List<Armed> _armed = [];
    private volatile bool _isEmpty = true;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Adds a fault; disposing of the handle removes it.</summary>
    public IDisposable Add(Fault fault)
    {
        var armed = new Armed(this, fault);
        Change(() => _armed.Add(armed));
        return armed;
    }

    /// <summary>Answers in place of the real answer.</summary>
    public IDisposable Respond(
        HttpStatusCode status, Func<RequestRecord, bool>? matches = null, TimeSpan? retryAfter = null, int? times = null) =>
        Add(new() { Status = status, Matches = matches, RetryAfter = retryAfter, Times = times });

    /// <summary>Watches that match, open ones included.</summary>
    public IDisposable Watches(WatchFault fault, Func<RequestRecord, bool>? matches = null, int? times = null) =>
        Add(new() { Watch = fault, Matches = matches, Times = times });

    /// <summary>Removes all faults.</summary>
    public void Clear() => Change(_armed.Clear);

    /// <summary>The faults that meet a request, each counted as used once.</summary>
    internal IReadOnlyList<Fault> Take(RequestRecord request)
    {
        if (_isEmpty)
        {
            return [];
        }

        lock (_lock)
        {
            return TakeWhere_NeedsLock(request, static fault => fault.Watch == WatchFault.None);
        }
    }

    /// <summary>The fault that meets an open watch now, or none; and a task that ends when that may be another.</summary>
    internal (WatchFault Fault, Task Changed) TakeWatch(RequestRecord request)
    {
        lock (_lock)
        {
            var taken = _isEmpty ? [] : TakeWhere_NeedsLock(request, static fault => fault.Watch != WatchFault.None);
            return (taken.Count > 0 ? taken[0].Watch : WatchFault.None, _changed.Task);
        }
    }

    private List<Fault> TakeWhere_NeedsLock(RequestRecord request, Func<Fault, bool> isWanted)
    {
        var taken = new List<Fault>();
        foreach (var armed in _armed.ToArray())
        {
            if (isWanted(armed.Fault) && (armed.Fault.Matches?.Invoke(request) ?? true))
            {
                taken.Add(armed.Fault);
                if (armed.IsUsedUp())
                {
                    _armed.Remove(armed);
                    _isEmpty = _armed.Count == 0;
                }
            }
        }

        return taken;
    }

    private void Change(Action change)
    {
        TaskCompletionSource before;
        lock (_lock)
        {
            change();
            _isEmpty = _armed.Count == 0;
            before = _changed;
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        before.TrySetResult();
    }

    private sealed class Armed : IDisposable
    {
        private readonly FaultInjector _owner;
        private int _used;

        public Armed(FaultInjector owner, Fault fault) => (_owner, Fault) = (owner, fault);

        public Fault Fault { get; }

        public bool IsUsedUp() => ++_used >= Fault.Times;

        public void Dispose() => _owner.Change(() => _owner._armed.Remove(this));
    }
}
