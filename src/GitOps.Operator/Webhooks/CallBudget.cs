namespace GitOps.Operator.Webhooks;

/// <summary>How many calls are looked at: a steady rate with room for a burst, and only so many at a time.</summary>
internal sealed class CallBudget
{
    private readonly TimeProvider _time;
    private readonly double _perSecond;
    private readonly double _burst;
    private readonly int _atATime;
    private readonly Lock _lock = new();
    private double _left;
    private long _asOf;
    private int _running;

    public CallBudget(TimeProvider time, double perSecond, double burst, int atATime)
    {
        _time = time;
        _perSecond = perSecond;
        _burst = burst;
        _atATime = atATime;
        _left = burst;
        _asOf = time.GetTimestamp();
    }

    /// <returns>Whether one more may begin; then <see cref="End"/> has to follow.</returns>
    public bool TryBegin()
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            _left = Math.Min(_burst, _left + (_time.GetElapsedTime(_asOf, now).TotalSeconds * _perSecond));
            _asOf = now;
            if (_left < 1 || _running >= _atATime)
            {
                return false;
            }

            _left--;
            _running++;
            return true;
        }
    }

    public void End()
    {
        lock (_lock)
        {
            _running--;
        }
    }
}
