using System.Diagnostics.Metrics;
using static GitOps.Operator.Observability.MetricLabels;
using Tag = System.Collections.Generic.KeyValuePair<string, object?>;

namespace GitOps.Operator.Observability;

/// <summary>
/// The series that each Application has for itself. Where there are more Applications than may have them, none has: their values
/// are added up, or the worst of them stands for all, in series without the labels <c>namespace</c> and <c>application</c>.
/// </summary>
internal sealed class ApplicationMetrics
{
    /// <summary>For the rows that all share: by two statuses, a condition or a result.</summary>
    private const int MaxRestSeries = 50;

    private readonly int _limit;
    private readonly Counter<long> _syncs;
    private readonly Counter<long> _detected;
    private readonly Counter<long> _healed;
    private readonly Lock _lock = new();
    private readonly HashSet<(string Namespace, string Name)> _counted = [];
    private volatile List<ApplicationReading>? _rows;
    private bool _isDropped;

    /// <param name="meter">Where the instruments are made.</param>
    /// <param name="limit">How many Applications may have series of their own.</param>
    public ApplicationMetrics(Meter meter, int limit)
    {
        _limit = limit;
        meter.CreateObservableGauge(
            "gitops_operator_application_info", ReadInfo, null, "1 for each Application, labelled with where it comes from and how it stands.");
        meter.CreateObservableGauge(
            "gitops_operator_drifted_objects", () => Sums(static row => row.Drifted), null, "Managed objects that differ from what was applied, by Application.");
        meter.CreateObservableGauge(
            "gitops_operator_drift_oldest_timestamp", () => Oldest(static row => row.DriftSince), "s",
            "When the oldest drift was seen that is not set right yet, by Application, since the Unix epoch. No row: nothing drifts.");
        meter.CreateObservableGauge(
            "gitops_operator_contested_objects", () => Sums(static row => row.Contested), null, "Managed objects that others change again and again, by Application.");
        meter.CreateObservableGauge("gitops_operator_health_age", ReadHealthAges, "s", "How long each Application has had the health status that it has.");
        meter.CreateObservableGauge(
            "gitops_operator_application_condition_timestamp", ReadConditions, "s",
            "Since when something is wrong with an Application or holds it back, by condition, since the Unix epoch. No row: it is not so.");
        meter.CreateObservableGauge(
            "gitops_operator_application_labels_dropped", () => IsDropped() ? 1L : 0L, null,
            "1 while there are more Applications than --metrics-application-limit allows to have series of their own.");
        _syncs = meter.CreateCounter<long>("gitops_operator_application_syncs", null, "Syncs of an Application that ended, by result.");
        _detected = meter.CreateCounter<long>("gitops_operator_application_drift_detected", null, "Times that an object of an Application was found to be changed by somebody else.");
        _healed = meter.CreateCounter<long>("gitops_operator_application_drift_healed", null, "Times that an object of an Application was set right.");
    }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>All Applications.</summary>
    public Func<IEnumerable<ApplicationReading>>? Source { get; set; }

    /// <summary>Is told when there are too many, or not any more, with their number.</summary>
    public Action<bool, int>? LimitCrossed { get; set; }

    /// <summary>The most series of an instrument; null: it is not by Application.</summary>
    public int? MaximumOf(string instrument) => instrument switch
    {
        "gitops_operator_application_info" or "gitops_operator_drifted_objects" or "gitops_operator_drift_oldest_timestamp"
            or "gitops_operator_contested_objects" or "gitops_operator_health_age" or "gitops_operator_application_drift_detected"
            or "gitops_operator_application_drift_healed" => _limit + MaxRestSeries,
        "gitops_operator_application_condition_timestamp" or "gitops_operator_application_syncs" => (4 * _limit) + MaxRestSeries,
        _ => null,
    };

    /// <summary>The counters of an Application begin when it is first seen, so that their first increase counts.</summary>
    public void Saw(string @namespace, string name)
    {
        lock (_lock)
        {
            if (_counted.Contains((@namespace, name)))
            {
                return;
            }
        }

        if (LabelsOf(@namespace, name) is { Length: > 0 } labels)
        {
            Array.ForEach(SyncResult.All, result => _syncs.Add(0, [.. labels, new("result", result)]));
            _detected.Add(0, labels);
            _healed.Add(0, labels);
        }
    }

    /// <param name="namespace">Of the Application.</param>
    /// <param name="name">Of the Application.</param>
    /// <param name="result">One of <see cref="SyncResult"/>.</param>
    public void SyncEnded(string @namespace, string name, string result) => _syncs.Add(1, [.. LabelsOf(@namespace, name), new("result", result)]);

    public void DriftDetected(string @namespace, string name) => _detected.Add(1, LabelsOf(@namespace, name));

    public void DriftHealed(string @namespace, string name) => _healed.Add(1, LabelsOf(@namespace, name));

    private Tag[] LabelsOf(string @namespace, string name)
    {
        lock (_lock)
        {
            return _counted.Contains((@namespace, name)) || (_counted.Count < _limit && _counted.Add((@namespace, name)))
                ? [new("namespace", @namespace), new("application", name)]
                : [];
        }
    }

    // Gauges are read in the order in which they were made: the first one looks, the others see the same.
    private (List<ApplicationReading> Rows, bool IsDropped) Look()
    {
        _rows = Source?.Invoke().ToList() ?? [];
        return Read();
    }

    private (List<ApplicationReading> Rows, bool IsDropped) Read() => _rows is { } rows ? (rows, rows.Count > _limit) : ([], false);

    private bool IsDropped()
    {
        var (rows, isDropped) = Read();
        if (isDropped != _isDropped)
        {
            _isDropped = isDropped;
            LimitCrossed?.Invoke(isDropped, rows.Count);
        }

        return isDropped;
    }

    private IEnumerable<Measurement<long>> ReadInfo()
    {
        var (rows, isDropped) = Look();
        return isDropped
            ? rows.GroupBy(static row => (row.SyncStatus, row.HealthStatus)).Select(static group => new Measurement<long>(
                group.Count(), new Tag("sync_status", group.Key.SyncStatus), new Tag("health_status", group.Key.HealthStatus)))
            : rows.Select(static row => new Measurement<long>(
                1, new Tag("namespace", row.Namespace), new Tag("application", row.Name), new Tag("project", row.Project),
                new Tag("repository", row.Repository), new Tag("sync_status", row.SyncStatus), new Tag("health_status", row.HealthStatus),
                new Tag("automated", row.IsAutomated ? "true" : "false"), new Tag("heals", row.Heals ? "true" : "false")));
    }

    private IEnumerable<Measurement<long>> Sums(Func<ApplicationReading, long> value)
    {
        var (rows, isDropped) = Read();
        return isDropped ? [new(rows.Sum(value))] : rows.Select(row => new Measurement<long>(value(row), Own(row)));
    }

    private IEnumerable<Measurement<double>> Oldest(Func<ApplicationReading, DateTimeOffset?> since)
    {
        var (rows, isDropped) = Read();
        var known = rows.Where(row => since(row) is not null).ToList();
        return isDropped
            ? known.Count == 0 ? [] : [new(known.Min(row => UnixSeconds(since(row)!.Value)))]
            : known.Select(row => new Measurement<double>(UnixSeconds(since(row)!.Value), Own(row)));
    }

    private IEnumerable<Measurement<double>> ReadHealthAges()
    {
        var (rows, isDropped) = Read();
        var now = Time.GetUtcNow();
        var known = rows.Where(static row => row.HealthSince is not null).Select(row => (Row: row, Age: Math.Max(0, (now - row.HealthSince!.Value).TotalSeconds)));
        return isDropped
            ? known.GroupBy(static item => item.Row.HealthStatus, StringComparer.Ordinal)
                .Select(static group => new Measurement<double>(group.Max(static item => item.Age), new Tag("health_status", group.Key)))
            : known.Select(static item => new Measurement<double>(item.Age, [.. Own(item.Row), new("health_status", item.Row.HealthStatus)]));
    }

    private IEnumerable<Measurement<double>> ReadConditions()
    {
        var (rows, isDropped) = Read();
        return isDropped
            ? rows.SelectMany(static row => row.Conditions).GroupBy(static item => item.Condition, StringComparer.Ordinal)
                .Select(static group => new Measurement<double>(group.Min(static item => UnixSeconds(item.Since)), new Tag("condition", group.Key)))
            : rows.SelectMany(static row => row.Conditions.Select(item => new Measurement<double>(
                UnixSeconds(item.Since), [.. Own(row), new("condition", item.Condition)])));
    }

    private static double UnixSeconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds() / 1000.0;

    private static Tag[] Own(ApplicationReading row) => [new("namespace", row.Namespace), new("application", row.Name)];
}
