using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Leases;
using GitOps.Testing;

namespace GitOps.Sandbox.Tests.Client;

/// <summary>A process that wants to lead: with a clock of its own that runs a little fast or slow, a wall clock that lies, a bad network.</summary>
internal sealed class Contender : IAsyncDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly ManualTimeProvider _network;
    private readonly KubernetesClient _client;
    private readonly UnreliableClient _unreliable;
    private readonly LeaderElector _elector;
    private readonly CancellationTokenSource _stop = new();
    private readonly Random _random;
    private readonly double _rate;
    private readonly Task _run;
    private TimeSpan _owed;
    private volatile bool _isOffline;

    public Contender(string name, ClusterConfig cluster, ManualTimeProvider network, int seed, Action<Contender> began)
    {
        Name = name;
        _network = network;
        _random = new Random(seed);
        _rate = 0.93 + (_random.NextDouble() * 0.14);
        var lie = TimeSpan.FromHours(_random.Next(-1000, 1000));
        var stands = _random.Next(2) == 0;
        var wall = new SkewedTimeProvider(_clock, () => (stands ? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) : _clock.GetUtcNow()) + lie);
        _client = new KubernetesClient(cluster, new KubernetesClientOptions { UserAgent = name, RetryBudget = TimeSpan.Zero });
        _unreliable = new UnreliableClient(_client, Route, network, _clock);
        _elector = new LeaderElector(_unreliable, new LeaderElectionOptions
        {
            Namespace = "default",
            Name = "contended",
            Identity = name,

            // Little room between the two, but enough for clocks that differ by this much.
            LeaseDuration = TimeSpan.FromSeconds(12),
            RenewDeadline = TimeSpan.FromSeconds(10),
            TimeProvider = wall,
            Random = () => Draw(static random => random.NextDouble()),
        });
        _run = _elector.RunAsync(
            async term =>
            {
                Terms++;
                began(this);
                var told = new TaskCompletionSource();
                await using var registration = term.Token.Register(told.SetResult);
                await told.Task;
            },
            _stop.Token);
    }

    public string Name { get; }

    public int Terms { get; private set; }

    /// <summary>Stopped as by SIGSTOP: does nothing, and its timers run when it goes on.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>Whether work goes on under a token that nobody has cancelled.</summary>
    public bool IsWorking => !IsPaused && _elector.Current is { } term && !term.Token.IsCancellationRequested;

    /// <summary>Waits for a clock, its own or the network's.</summary>
    public bool IsSettled => IsPaused || (_unreliable.AtServer == 0 && _clock.PendingTimers > 0);

    public void Pass(TimeSpan time)
    {
        _owed += time * _rate;
        if (!IsPaused)
        {
            var owed = _owed;
            _owed = TimeSpan.Zero;
            _clock.Advance(owed);
        }
    }

    public void Pause() => IsPaused = true;

    public void Resume()
    {
        // The clock went on; the timers that were due run before anything else does.
        _clock.Advance(_owed);
        _owed = TimeSpan.Zero;
        IsPaused = false;
    }

    public void Disconnect() => _isOffline = true;

    public void Connect() => _isOffline = false;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        while (!_run.IsCompleted)
        {
            _network.Advance(TimeSpan.FromMilliseconds(200));
            _clock.Advance(TimeSpan.FromMilliseconds(200));
            await Task.Yield();
        }

        await _run;
        await _elector.DisposeAsync();
        await _client.DisposeAsync();
        _stop.Dispose();
    }

    private UnreliableClient.Route Route() => _isOffline
        ? new(TimeSpan.FromSeconds(1), IsRequestLost: true, TimeSpan.Zero, IsAnswerLost: false)
        : Draw(static random => random.Next(10) switch
        {
            0 => new UnreliableClient.Route(Delay(random, 20), IsRequestLost: false, TimeSpan.Zero, IsAnswerLost: false),
            1 => new(TimeSpan.Zero, IsRequestLost: false, Delay(random, 12), IsAnswerLost: false),
            2 => new(Delay(random, 4), IsRequestLost: false, Delay(random, 4), IsAnswerLost: true),
            3 => new(Delay(random, 2), IsRequestLost: true, TimeSpan.Zero, IsAnswerLost: false),
            _ => new(TimeSpan.Zero, IsRequestLost: false, TimeSpan.Zero, IsAnswerLost: false),
        });

    private static TimeSpan Delay(Random random, double most) => TimeSpan.FromSeconds(random.NextDouble() * most);

    private T Draw<T>(Func<Random, T> draw)
    {
        lock (_random)
        {
            return draw(_random);
        }
    }
}
