using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Auditing;

/// <summary>Tells of Kubernetes events that could not be written: a line a minute, however many they are. Thread-safe.</summary>
internal sealed class DroppedEvents
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private DateTimeOffset? _told;
    private int _count;

    public DroppedEvents(TimeProvider time, ILogger log) => (_time, _log) = (time, log);

    /// <param name="reason">Of this one; the line has that of the one it is written for.</param>
    public void Add(string reason)
    {
        int count;
        lock (_lock)
        {
            _count++;
            var now = _time.GetUtcNow();
            if (now - _told < Every)
            {
                return;
            }

            (_told, count, _count) = (now, _count, 0);
        }

        Log.EventsDropped(_log, count, reason);
    }
}
