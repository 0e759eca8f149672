using System.Collections.Immutable;
using System.Net;
using GitOps.Sandbox.Watch;

namespace GitOps.Sandbox.Faults;

/// <summary>Scripts what goes wrong. Thread-safe; a fault holds from when it is added until it is used up, disposed of or cleared.</summary>
public sealed class FaultInjector
{
    private readonly Lock _lock = new();
    private readonly List<ArmedFault> _armed = [];
    private readonly WakeList _watches = new();
    private volatile bool _isEmpty = true;

    /// <summary>Adds a fault; disposing of the handle removes it.</summary>
    public IDisposable Add(Fault fault)
    {
        var armed = new ArmedFault(fault);
        lock (_lock)
        {
            _armed.Add(armed);
            _isEmpty = false;
        }

        _watches.Wake();
        return new Handle(this, armed);
    }

    /// <summary>Answers in place of the real answer.</summary>
    public IDisposable Respond(
        HttpStatusCode status, Func<RequestRecord, bool>? matches = null, TimeSpan? retryAfter = null, int? times = null) =>
        Add(new() { Status = status, Matches = matches, RetryAfter = retryAfter, Times = times });

    /// <summary>Watches that match, open ones included.</summary>
    public IDisposable Watches(WatchFault fault, Func<RequestRecord, bool>? matches = null, int? times = null) =>
        Add(new() { Watch = fault, Matches = matches, Times = times });

    /// <summary>New connections get no TLS.</summary>
    public IDisposable RefuseHandshakes(int? times = null) => Add(new() { RefuseHandshake = true, Times = times });

    /// <summary>Removes all faults.</summary>
    public void Clear() => Remove(static _ => true);

    /// <summary>The faults that meet a request, each counted as used once.</summary>
    internal IReadOnlyList<Fault> Take(RequestRecord request)
    {
        if (_isEmpty)
        {
            return [];
        }

        lock (_lock)
        {
            return [.. Take_NeedsLock(request, static armed => armed.Fault.IsForRequests).Select(static armed => armed.Fault)];
        }
    }

    /// <summary>Whether a new connection gets no TLS.</summary>
    internal bool TakeHandshake()
    {
        if (_isEmpty)
        {
            return false;
        }

        lock (_lock)
        {
            return Take_NeedsLock(request: null, static armed => armed.Fault.RefuseHandshake).Length > 0;
        }
    }

    /// <summary>The faults that meet a watch and have not been judged for it before; those are added to what has been judged.</summary>
    internal IReadOnlyList<ArmedFault> TakeForWatch(RequestRecord request, HashSet<ArmedFault> judged)
    {
        lock (_lock)
        {
            return _isEmpty ? [] : Take_NeedsLock(request, armed => armed.Fault.Watch != WatchFault.None && judged.Add(armed));
        }
    }

    /// <summary>Wakes the watch whenever a fault comes or goes.</summary>
    internal IDisposable Subscribe(WakeSignal signal) => _watches.Add(signal);

    private ImmutableArray<ArmedFault> Take_NeedsLock(RequestRecord? request, Func<ArmedFault, bool> isWanted)
    {
        // A fault's own condition may call back: to take something from a list that is not being walked along is no harm.
        ImmutableArray<ArmedFault> taken = [.. _armed.ToArray().Where(armed => isWanted(armed) && armed.Meets_NeedsLock(request))];
        _armed.RemoveAll(static armed => armed.IsUsedUp_NeedsLock);
        _isEmpty = _armed.Count == 0;
        return taken;
    }

    private void Remove(Predicate<ArmedFault> isMeant)
    {
        lock (_lock)
        {
            foreach (var armed in _armed.Where(armed => isMeant(armed)))
            {
                armed.IsRemoved = true;
            }

            _armed.RemoveAll(isMeant);
            _isEmpty = _armed.Count == 0;
        }

        _watches.Wake();
    }

    private sealed class Handle(FaultInjector owner, ArmedFault armed) : IDisposable
    {
        public void Dispose()
        {
            // Used up or not: a watch may still suffer from it.
            armed.IsRemoved = true;
            owner.Remove(other => other == armed);
        }
    }
}
