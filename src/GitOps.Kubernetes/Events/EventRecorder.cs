using System.Threading.Channels;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;

namespace GitOps.Kubernetes.Events;

/// <summary>
/// Writes Kubernetes events. <see cref="Record(ObjectReference, string, string, string, string, ObjectReference)"/> only queues: it never waits
/// and never fails. <see cref="RunAsync"/> sends: the first of a kind as a new Event, repetitions within six minutes as the
/// count of its series.
/// </summary>
public sealed class EventRecorder
{
    private const int MaxAttempts = 12;
    private const int MaxSeries = 4096;

    private static readonly ApiResource Events = ApiResource.Of("events.k8s.io/v1", "Event", "events", namespaced: true);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SeriesEnd = TimeSpan.FromMinutes(6);
    private static readonly TimeSpan SeriesRefresh = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan LongestRetryDelay = TimeSpan.FromSeconds(10);

    private readonly IKubernetesClient _client;
    private readonly EventRecorderOptions _options;
    private readonly Channel<(EventKey Key, DateTimeOffset Time)> _queue;
    private readonly Dictionary<EventKey, EventSeries> _series = [];
    private long _number;
    private long _dropped;

    public EventRecorder(IKubernetesClient client, EventRecorderOptions options)
    {
        _client = client;
        _options = options;
        _queue = Channel.CreateBounded<(EventKey, DateTimeOffset)>(
            new BoundedChannelOptions(options.QueueSize) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    }

    /// <summary>Events given up so far.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Events that are queued.</summary>
    public int Waiting => _queue.Reader.Count;

    /// <inheritdoc cref="Record(ObjectReference, string, string, string, string, ObjectReference)"/>
    public void Record(KubernetesObject regarding, string type, string reason, string action, string note) =>
        Record(ObjectReference.To(regarding), type, reason, action, note);

    /// <param name="regarding">What it is about.</param>
    /// <param name="type"><c>Normal</c> or <c>Warning</c>.</param>
    /// <param name="reason">Why, in one CamelCase word; at most 128 bytes.</param>
    /// <param name="action">What was done or tried, in one CamelCase word; at most 128 bytes.</param>
    /// <param name="note">For people; cut at 1024 bytes.</param>
    /// <param name="related">A second object that has to do with it; null: none.</param>
    public void Record(
        ObjectReference regarding, string type, string reason, string action, string note, ObjectReference? related = null)
    {
        // The version moves with every write: with it nothing would ever be a repetition.
        var key = new EventKey(regarding with { ResourceVersion = null }, type, reason, action, note, related);
        if (!_queue.Writer.TryWrite((key, _options.TimeProvider.GetUtcNow())))
        {
            Drop($"{reason}: the queue is full");
        }
    }

    /// <summary>Nothing is recorded any more: <see cref="RunAsync"/> sends what is queued, and returns.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    /// <summary>Sends until cancelled, or until it is complete and all is sent.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var sweep = new PeriodicTimer(SweepInterval, _options.TimeProvider);
        var tick = sweep.WaitForNextTickAsync(cancellationToken).AsTask();
        var arrival = _queue.Reader.WaitToReadAsync(cancellationToken).AsTask();
        while (true)
        {
            await Task.WhenAny(tick, arrival);
            cancellationToken.ThrowIfCancellationRequested();
            if (arrival.IsCompleted)
            {
                while (_queue.Reader.TryRead(out var item))
                {
                    await TakeAsync(item.Key, item.Time, cancellationToken);
                }

                if (_queue.Reader.Completion.IsCompleted)
                {
                    return;
                }

                arrival = _queue.Reader.WaitToReadAsync(cancellationToken).AsTask();
            }

            if (tick.IsCompleted)
            {
                await SweepAsync(cancellationToken);
                tick = sweep.WaitForNextTickAsync(cancellationToken).AsTask();
            }
        }
    }

    private async Task TakeAsync(EventKey key, DateTimeOffset time, CancellationToken cancellationToken)
    {
        if (_series.TryGetValue(key, out var series) && time - series.LastTime < SeriesEnd)
        {
            series.Repeat(time);

            // The second makes it a series, which everybody should see; further ones are told in batches.
            if (series.SentCount <= 1)
            {
                await SendAsync(series, cancellationToken);
            }

            return;
        }

        if (_series.Count >= MaxSeries)
        {
            _series.Remove(_series.MinBy(static item => item.Value.LastTime).Key);
        }

        series = new EventSeries(key, time, _number++ % 1000);
        _series[key] = series;
        await SendAsync(series, cancellationToken);
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        var now = _options.TimeProvider.GetUtcNow();
        foreach (var series in _series.Values.ToArray())
        {
            var isEnded = now - series.LastTime >= SeriesEnd;
            if (series.Count > series.SentCount && (isEnded || now - series.SentAt >= SeriesRefresh))
            {
                await SendAsync(series, cancellationToken);
            }

            if (isEnded)
            {
                _series.Remove(series.Key);
            }
        }
    }

    private async Task SendAsync(EventSeries series, CancellationToken cancellationToken)
    {
        var mayHaveArrived = false;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await SendOnceAsync(series, cancellationToken);
                series.SentCount = series.Count;
                series.SentAt = _options.TimeProvider.GetUtcNow();
                return;
            }
            catch (Exception exception) when (exception is ApiException or ApiConnectionException or ArgumentException)
            {
                if (IsLasting(series, exception) || attempt == MaxAttempts)
                {
                    _series.Remove(series.Key);
                    Drop($"{series.Key.Reason}: {exception.Message}");
                    return;
                }

                if (exception is ApiException { IsAlreadyExists: true } && mayHaveArrived)
                {
                    // Its own, of an attempt whose answer was lost; a count that grew since is told by the next patch.
                    series.SentCount = 1;
                    series.SentAt = _options.TimeProvider.GetUtcNow();
                    return;
                }

                mayHaveArrived |= exception is ApiConnectionException or ApiException { IsTransient: true };
                await RecoverAsync(series, exception, attempt, cancellationToken);
            }
        }
    }

    /// <summary>A 404 for an event that the server had means that it forgot it; for a new one, that its namespace is gone.</summary>
    private static bool IsLasting(EventSeries series, Exception exception) => exception switch
    {
        ApiException { IsNotFound: true } => series.SentCount == 0,
        ApiException refusal => !refusal.IsTransient && !refusal.IsAlreadyExists,
        _ => exception is ArgumentException,
    };

    private Task RecoverAsync(EventSeries series, Exception exception, int attempt, CancellationToken cancellationToken)
    {
        if (exception is ApiException { IsAlreadyExists: true })
        {
            series.Number = _number++;
            return Task.CompletedTask;
        }

        if (exception is ApiException { IsNotFound: true })
        {
            // The server forgets events after an hour: it starts again as a new one.
            series.SentCount = 0;
            return Task.CompletedTask;
        }

        var delay = TimeSpan.FromSeconds(Math.Pow(2, attempt - 1));
        return Task.Delay((delay < LongestRetryDelay ? delay : LongestRetryDelay) * (0.5 + (_options.Random() / 2)), _options.TimeProvider,
            cancellationToken);
    }

    private Task<WriteResult> SendOnceAsync(EventSeries series, CancellationToken cancellationToken) => series.SentCount == 0
        ? _client.CreateAsync(Events, new KubernetesObject(series.ToJson(_options)), new WriteOptions(), cancellationToken)
        : _client.PatchAsync(Events, series.Namespace, series.Name, PatchType.Merge, series.ToPatch(), new WriteOptions(), cancellationToken);

    private void Drop(string why)
    {
        Interlocked.Increment(ref _dropped);
        _options.OnDropped?.Invoke(why);
    }
}
