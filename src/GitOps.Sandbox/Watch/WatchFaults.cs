using GitOps.Sandbox.Faults;
using GitOps.Sandbox.Http;

namespace GitOps.Sandbox.Watch;

/// <summary>The scripted faults that one watch suffers from, from when they meet it until they are taken back.</summary>
internal sealed class WatchFaults : IDisposable
{
    private readonly FaultInjector _injector;
    private readonly RequestRecord _request;
    private readonly IDisposable _subscription;
    private readonly HashSet<ArmedFault> _judged = [];
    private readonly List<ArmedFault> _held = [];

    public WatchFaults(FaultInjector injector, RequestRecord request, WakeSignal wake)
    {
        (_injector, _request) = (injector, request);
        _subscription = injector.Subscribe(wake);
    }

    /// <summary>What ends the stream now; null: nothing.</summary>
    public Fault? Ending => _held.Select(static held => held.Fault).FirstOrDefault(static fault =>
        fault.Watch is WatchFault.Drop or WatchFault.Abort or WatchFault.Expire or WatchFault.Silence);

    public bool IsStalled => Holds(WatchFault.Stall);

    public bool HoldsBookmarks => Holds(WatchFault.SlowBookmarks);

    public bool DropsBookmarks => Holds(WatchFault.NoBookmarks);

    /// <summary>What breaks the next event off; null: nothing.</summary>
    public Fault? HalfLine => _held.Find(static held => held.Fault.Watch == WatchFault.HalfLine)?.Fault;

    /// <summary>Looks up what has come and what has been taken back.</summary>
    public async ValueTask UpdateAsync(ApiContext context)
    {
        _held.RemoveAll(static held => held.IsRemoved);
        foreach (var armed in _injector.TakeForWatch(_request, _judged))
        {
            if (armed.Fault.OnMet is { } onMet)
            {
                await onMet(_request);
            }

            if (armed.Fault.Latency > TimeSpan.Zero)
            {
                await Task.Delay(armed.Fault.Latency, context.Cluster.Options.TimeProvider, context.Aborted);
            }

            _held.Add(armed);
        }
    }

    public void Dispose() => _subscription.Dispose();

    private bool Holds(WatchFault fault) => _held.Exists(held => held.Fault.Watch == fault);
}
