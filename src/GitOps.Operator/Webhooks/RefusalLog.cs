using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Webhooks;

/// <summary>One line a minute for each provider and reason, however many calls are refused.</summary>
internal sealed class RefusalLog
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Provider, string Result), (DateTimeOffset? Told, int Count)> _counts = [];

    public RefusalLog(TimeProvider time, ILogger logger)
    {
        _time = time;
        _logger = logger;
    }

    /// <param name="provider">One of ours.</param>
    /// <param name="result">What is counted together; one of a few.</param>
    /// <param name="reason">Of this call; the line has that of the one it is written for.</param>
    public void Add(string provider, string result, string reason)
    {
        int count;
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            var (told, before) = _counts.GetValueOrDefault((provider, result));
            count = before + 1;
            if (now - told < Every)
            {
                _counts[(provider, result)] = (told, count);
                return;
            }

            _counts[(provider, result)] = (now, 0);
        }

        Log.Refused(_logger, count, provider, reason);
    }
}
