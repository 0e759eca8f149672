using System.Collections.Concurrent;
using System.Diagnostics;
using GitOps.EndToEnd.Tests.Fixture;

namespace GitOps.EndToEnd.Tests.Leading;

/// <summary>A request of one replica, in the order in which the requests of all arrived.</summary>
/// <param name="By">Whose.</param>
/// <param name="Request">As its proxy saw it.</param>
/// <param name="At">Ticks of the stopwatch.</param>
internal sealed record Seen(Replica By, ProxiedRequest Request, long At)
{
    /// <summary>Events count: a replica that does not lead has nothing to tell.</summary>
    public bool IsWrite => Request is { IsDryRun: false, Verb: "create" or "update" or "patch" or "apply" or "delete" or "deletecollection" };

    public bool IsLease => Request.Resource == "leases";
}

/// <summary>Two operators, the first of which leads; both are ready.</summary>
internal sealed class Replicas
{
    private readonly ConcurrentQueue<Seen> _seen = new();

    private Replicas(TestSpace space) => Space = space;

    public TestSpace Space { get; }

    public Replica First { get; private set; } = null!;

    public Replica Second { get; private set; } = null!;

    public IReadOnlyCollection<Seen> Seen => _seen;

    /// <summary>Called with each request before it goes on.</summary>
    public Func<Seen, Task>? Arrived { get; set; }

    public static async Task<Replicas> StartAsync(TestSpace space)
    {
        var all = new Replicas(space);
        all.First = await Replica.StartAsync(all, "the first");
        await all.First.UntilLeadsAsync();
        all.Second = await Replica.StartAsync(all, "the second");
        await all.First.Process.WaitUntilReadyAsync();
        await all.Second.Process.WaitUntilReadyAsync();
        return all;
    }

    public Task TakeAsync(Replica by, ProxiedRequest request)
    {
        var seen = new Seen(by, request, Stopwatch.GetTimestamp());
        _seen.Enqueue(seen);
        return Arrived?.Invoke(seen) ?? Task.CompletedTask;
    }

    /// <summary>What the first asked to be changed after the second had written anything but events; the lease does not count, which is not its own any more.</summary>
    public IEnumerable<string> LateWrites()
    {
        var order = _seen.ToList();
        var takeOver = order.FindIndex(item => item.By == Second && item.IsWrite);
        takeOver.ShouldBeGreaterThan(0, "the second has taken over");
        return order.Skip(takeOver).Where(item => item.By == First && item is { IsWrite: true, IsLease: false }).Select(static item => item.Request.ToString());
    }
}
