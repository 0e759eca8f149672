using System.Diagnostics.Metrics;
using GitOps.Kubernetes.Watching;
using Tag = System.Collections.Generic.KeyValuePair<string, object?>;

namespace GitOps.Operator.Observability;

/// <summary>
/// How often watches begin anew and why, and which kinds are not watched now. Counted by reason alone: which kind it is, is told only
/// while it lasts, so that a cluster with many kinds costs no series. Where the operator is not allowed to watch, nothing is down:
/// Applications that need it say so themselves, and narrower watches take its place.
/// </summary>
internal sealed class WatchMetrics
{
    private readonly TimeProvider _time;
    private readonly Counter<long> _restarts;
    private readonly Lock _lock = new();
    private readonly Dictionary<object, Standing> _watches = new(ReferenceEqualityComparer.Instance);

    public WatchMetrics(Meter meter, TimeProvider time)
    {
        _time = time;
        _restarts = meter.CreateCounter<long>(
            "gitops_operator_watch_restarts", null, "Times that a watch on the Kubernetes API began anew, by reason, and whether everything was listed again.");
        meter.CreateObservableGauge(
            "gitops_operator_watch_down", () => Down().Select(static row => new Measurement<double>(row.Since, new("group", row.Group), new("resource", row.Resource))),
            "s", "How long a kind has not been watched, so that what happens to it is not seen, by group and resource. No row: it is, or may not be.");
    }

    /// <summary>To be called once somebody reads: what is counted before is lost.</summary>
    public void StartAtZero()
    {
        foreach (var reason in MetricLabels.WatchEnd.All)
        {
            _restarts.Add(0, new("reason", reason), new("relists", "true"));
            _restarts.Add(0, new("reason", reason), new("relists", "false"));
        }
    }

    public void Changed(in WatchChange change)
    {
        if (change.End != WatchEnd.None)
        {
            _restarts.Add(1, new Tag("reason", change.End.ToString().ToLowerInvariant()), new Tag("relists", change.Relists ? "true" : "false"));
        }

        lock (_lock)
        {
            var known = _watches.GetValueOrDefault(change.Watch);
            switch (change.Phase)
            {
                case WatchPhase.Closed:
                    _watches.Remove(change.Watch);
                    break;
                case WatchPhase.Opening or WatchPhase.Broken:
                    _watches[change.Watch] = new(change.Group, change.Resource, known?.DownAt ?? _time.GetTimestamp());
                    break;
                case WatchPhase.Open or WatchPhase.Refused:
                    _watches[change.Watch] = new(change.Group, change.Resource, null);
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>Kinds that are not watched, each with the seconds of its worst watch.</summary>
    private List<(string Group, string Resource, double Since)> Down()
    {
        lock (_lock)
        {
            return
            [
                .. _watches.Values.Where(static watch => watch.DownAt is not null).GroupBy(static watch => (watch.Group, watch.Resource))
                    .Select(watches => (watches.Key.Group, watches.Key.Resource, watches.Max(watch => _time.GetElapsedTime(watch.DownAt!.Value).TotalSeconds))),
            ];
        }
    }

    /// <param name="Group">Of what is watched.</param>
    /// <param name="Resource">Of what is watched.</param>
    /// <param name="DownAt">A timestamp; null: it is watched, or may not be.</param>
    private sealed record Standing(string Group, string Resource, long? DownAt);
}
