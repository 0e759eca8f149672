using System.Collections.Immutable;

namespace GitOps.Operator.Observability;

/// <summary>
/// What the process knows of its own loops. Alive: no loop has been at one piece of work for longer than its limit, none has
/// ended, and no probe complains. Ready: alive, and everything that had to happen first (watches in sync) has happened.
/// A dependency that is away (API server, repository) is neither: restarting the process would not bring it back.
/// </summary>
internal sealed class HealthRegistry
{
    private readonly Lock _lock = new();
    private readonly List<LoopHealth> _loops = [];
    private readonly List<ReadinessGate> _gates = [];
    private readonly List<(string Name, Func<string?> Problem)> _probes = [];
    private readonly TimeProvider _time;

    public HealthRegistry(TimeProvider time) => _time = time;

    /// <summary>A loop that works and waits in turn; disposing it takes it out (its end was wanted).</summary>
    /// <param name="name">What it is called in the answer.</param>
    /// <param name="limit">The longest that it may go without a sign of life while it is at work.</param>
    public LoopHealth AddLoop(string name, TimeSpan limit)
    {
        var loop = new LoopHealth(name, limit, _time, Remove);
        lock (_lock)
        {
            _loops.Add(loop);
        }

        return loop;
    }

    /// <summary>Something that can be asked for its problem: null while it has none. Asked at every request; must be quick.</summary>
    public void AddProbe(string name, Func<string?> problem)
    {
        lock (_lock)
        {
            _probes.Add((name, problem));
        }
    }

    /// <summary>Something that has to happen before the process is ready.</summary>
    public ReadinessGate AddGate(string name)
    {
        var gate = new ReadinessGate(name);
        lock (_lock)
        {
            _gates.Add(gate);
        }

        return gate;
    }

    /// <summary>Why the process should be restarted; empty: it should not.</summary>
    public ImmutableArray<string> LivenessProblems()
    {
        lock (_lock)
        {
            var loops = _loops.Select(static loop => loop.Problem());
            var probes = _probes.Select(static probe => probe.Problem() is { } problem ? $"{probe.Name}: {problem}" : null);
            return [.. loops.Concat(probes).OfType<string>()];
        }
    }

    /// <summary>Why the process is not ready; empty: it is.</summary>
    public ImmutableArray<string> ReadinessProblems()
    {
        var problems = LivenessProblems();
        lock (_lock)
        {
            return [.. problems, .. _gates.Where(static gate => !gate.IsOpen).Select(static gate => $"{gate.Name}: not yet")];
        }
    }

    private void Remove(LoopHealth loop)
    {
        lock (_lock)
        {
            _loops.Remove(loop);
        }
    }
}

/// <summary>The signs of life of one loop.</summary>
internal sealed class LoopHealth : IDisposable
{
    private const long Idle = -1;

    private readonly string _name;
    private readonly TimeSpan _limit;
    private readonly TimeProvider _time;
    private readonly Action<LoopHealth> _remove;
    private long _lastBeat = Idle;
    private string? _failure;

    public LoopHealth(string name, TimeSpan limit, TimeProvider time, Action<LoopHealth> remove)
    {
        _name = name;
        _limit = limit;
        _time = time;
        _remove = remove;
    }

    /// <summary>It begins, or is still at, its work.</summary>
    public void Beat() => Interlocked.Exchange(ref _lastBeat, _time.GetTimestamp());

    /// <summary>It waits for work, which may take for ever.</summary>
    public void Wait() => Interlocked.Exchange(ref _lastBeat, Idle);

    /// <summary>It has ended, and should not have.</summary>
    public void Failed(Exception exception) => Volatile.Write(ref _failure, exception.GetType().Name);

    public string? Problem()
    {
        if (Volatile.Read(ref _failure) is { } failure)
        {
            return $"{_name}: ended with {failure}";
        }

        var last = Interlocked.Read(ref _lastBeat);
        return last != Idle && _time.GetElapsedTime(last) is var silent && silent > _limit
            ? $"{_name}: no sign of life for {(long)silent.TotalSeconds} s"
            : null;
    }

    public void Dispose() => _remove(this);
}

/// <summary>Opens once and stays open.</summary>
internal sealed class ReadinessGate
{
    private bool _isOpen;

    public ReadinessGate(string name) => Name = name;

    public string Name { get; }

    public bool IsOpen => Volatile.Read(ref _isOpen);

    public void Open() => Volatile.Write(ref _isOpen, true);
}
