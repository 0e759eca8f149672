namespace GitOps.Operator.Observability;

/// <summary>
/// Whether what is sent arrives, by signal. The SDK is silent about it: it drops what it could not send. Told is the first failure
/// and that it works again, a failure at most once a minute; the rest is counted.
/// </summary>
internal sealed class TelemetryDelivery
{
    public const string Sent = "sent";
    public const string Failed = "failed";

    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, State> _states = Signals.ToDictionary(static signal => signal, static _ => new State(), StringComparer.Ordinal);
    private Action<string, string?>? _changed;

    public TelemetryDelivery(TimeProvider time) => _time = time;

    /// <summary>As they are told.</summary>
    public static IReadOnlyList<string> Signals { get; } = ["metrics", "traces", "logs"];

    /// <summary>Requests so far, by signal and result.</summary>
    public IReadOnlyList<(string Signal, string Result, long Count)> Counts
    {
        get
        {
            lock (_lock)
            {
                return [.. _states.SelectMany(static pair => new[] { (pair.Key, Sent, pair.Value.Sent), (pair.Key, Failed, pair.Value.Failed) })];
            }
        }
    }

    /// <summary>
    /// Is told of a signal why it does not arrive, or with null that it does again; at once, if one has failed already: the first
    /// lines of a log are sent before there is anybody to tell.
    /// </summary>
    public void Tell(Action<string, string?> changed)
    {
        List<(string Signal, string? Problem)> before;
        lock (_lock)
        {
            _changed = changed;
            before = [.. _states.Where(static pair => pair.Value.Problem is not null).Select(static pair => (pair.Key, pair.Value.Problem))];
        }

        before.ForEach(item => changed(item.Signal, item.Problem));
    }

    /// <param name="signal">One of <see cref="Signals"/>.</param>
    /// <param name="problem">Null: it has arrived.</param>
    public void Report(string signal, string? problem)
    {
        Action<string, string?>? tell;
        lock (_lock)
        {
            var state = _states[signal];
            _ = problem is null ? state.Sent++ : state.Failed++;
            tell = (problem is null) != (state.Problem is null) && IsDue_NeedsLock(state, problem) ? _changed : null;
        }

        tell?.Invoke(signal, problem);
    }

    private bool IsDue_NeedsLock(State state, string? problem)
    {
        if (problem is not null && state.ToldAt is { } told && _time.GetElapsedTime(told) < Quiet)
        {
            return false;
        }

        state.Problem = problem;
        state.ToldAt = problem is null ? state.ToldAt : _time.GetTimestamp();
        return true;
    }

    private sealed class State
    {
        public long Sent { get; set; }

        public long Failed { get; set; }

        /// <summary>What was told last; null: that it arrives, or nothing.</summary>
        public string? Problem { get; set; }

        public long? ToldAt { get; set; }
    }
}
