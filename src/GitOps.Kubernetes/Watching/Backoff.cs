namespace GitOps.Kubernetes.Watching;

/// <summary>
/// Waits of 0.8 s to 30 s, doubling, with full jitter; two calm minutes begin anew. After something that worked for a while the
/// wait is no longer than a tenth of that: a server that cuts every connection now and then is not one to be spared.
/// </summary>
internal sealed class Backoff
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.8);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Calm = TimeSpan.FromMinutes(2);

    private readonly TimeProvider _time;
    private readonly Func<double> _random;
    private int _failures;
    private long _lastFailure;
    private TimeSpan? _worked;

    public Backoff(TimeProvider time, Func<double> random)
    {
        _time = time;
        _random = random;
    }

    /// <summary>What fails next has worked for so long.</summary>
    public void Worked(TimeSpan time) => _worked = time;

    /// <summary>Counts a failure.</summary>
    /// <returns>How long to wait now.</returns>
    public TimeSpan Next()
    {
        if (_failures > 0 && _time.GetElapsedTime(_lastFailure) > Calm)
        {
            _failures = 0;
        }

        _lastFailure = _time.GetTimestamp();
        var limit = First * Math.Pow(2, Math.Min(_failures++, 10));
        if (_worked / 10 is { } share && limit > share)
        {
            limit = share > First ? share : First;
        }

        _worked = null;
        return (limit < Longest ? limit : Longest) * _random();
    }
}
