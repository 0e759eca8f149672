using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Charts;

/// <summary>Who follows which charts of one repository, how often they want it asked, and what was asked for beside that.</summary>
internal sealed class ChartSubscriptions
{
    private readonly string _repository;
    private readonly TimeProvider _time;
    private readonly TimeSpan _unusedAge;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly List<ChartSubscription> _all = [];
    private readonly Dictionary<ChartQuestion, DateTimeOffset> _asked = [];
    private TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ChartSubscriptions(string repository, TimeSpan unusedAge, TimeProvider time, ILogger logger)
    {
        (_repository, _unusedAge, _time, _logger) = (repository, unusedAge, time, logger);
    }

    /// <summary>As they are now.</summary>
    public IReadOnlyList<ChartSubscription> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _all];
            }
        }
    }

    public static ChartQuestion QuestionOf(ChartReference chart) => new(chart.Name, chart.Version);

    public void Add(ChartSubscription subscription)
    {
        lock (_lock)
        {
            _all.Add(subscription);
            _wake.TrySetResult();
        }
    }

    public void Remove(ChartSubscription subscription)
    {
        lock (_lock)
        {
            _all.RemoveAll(one => ReferenceEquals(one, subscription));
            _wake.TrySetResult();
        }
    }

    public void Ask(ChartQuestion question)
    {
        lock (_lock)
        {
            _asked[question] = _time.GetUtcNow();
        }
    }

    /// <summary>What the next poll has to find: all that is followed, and what was asked for not long ago.</summary>
    public IReadOnlyCollection<ChartQuestion> Questions()
    {
        lock (_lock)
        {
            var old = _time.GetUtcNow() - _unusedAge;
            foreach (var question in _asked.Where(pair => pair.Value < old).Select(static pair => pair.Key).ToList())
            {
                _asked.Remove(question);
            }

            return [.. _all.Select(static one => QuestionOf(one.Chart)).Concat(_asked.Keys).Distinct()];
        }
    }

    /// <summary>Lets whoever waits for <see cref="Next"/>'s task look again.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            _wake.TrySetResult();
        }
    }

    /// <returns>The smallest interval, infinite without subscriptions; and a task that ends when the answer may have changed.</returns>
    public (TimeSpan Interval, Task Changed) Next()
    {
        lock (_lock)
        {
            if (_wake.Task.IsCompleted)
            {
                _wake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return (_all.Count == 0 ? Timeout.InfiniteTimeSpan : _all.Min(static subscription => subscription.Interval), _wake.Task);
        }
    }

    public void Notify(IReadOnlyList<ChartSubscription> subscriptions)
    {
        foreach (var subscription in subscriptions)
        {
            try
            {
                subscription.Changed();
            }
            catch (Exception exception)
            {
                ChartLog.SubscriberFailed(_logger, exception, _repository);
            }
        }
    }
}
