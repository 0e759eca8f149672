using System.Collections.Immutable;
using System.Globalization;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Observability;
using GitOps.Operator.Status;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Reconcile;

/// <summary>Tells of drift outside of the status: metrics, Kubernetes events, the log. Never a value, only paths and names.</summary>
internal sealed class DriftReport
{
    private const int MaxNamed = 5;

    private readonly OperatorMetrics _metrics;
    private readonly OperatorEvents _events;
    private readonly TimeProvider _time;
    private readonly ILogger<DriftReport> _log;

    public DriftReport(OperatorMetrics metrics, OperatorEvents events, TimeProvider time, ILogger<DriftReport> log)
    {
        _metrics = metrics;
        _events = events;
        _time = time;
        _log = log;
    }

    public static DriftField Field(DriftedField field) => new()
    {
        Path = field.Path,
        Manager = field.Manager.Length == 0 ? null : field.Manager,
        Operation = field.Operation.Length == 0 ? null : field.Operation,
        Time = DateTimeOffset.TryParse(field.Time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null,
    };

    /// <summary>Whether two rows tell the same, apart from when it was seen.</summary>
    public static bool IsSame(DriftRow left, DriftRow right) =>
        left.Change == right.Change && left.Fields.SequenceEqual(right.Fields);

    /// <summary><c>Deployment team-a/web: spec.replicas by kubectl</c>.</summary>
    public static string Describe(DriftRow row)
    {
        var name = new ObjectKey(row.Group ?? string.Empty, row.Kind, row.Namespace ?? string.Empty, row.Name);
        if (row.Change != DriftChange.Modified || row.Fields.IsEmpty)
        {
            return $"{name}: {row.Change.ToString().ToLowerInvariant()}";
        }

        var byManager = row.Fields.Take(MaxNamed).GroupBy(static field => field.Manager ?? string.Empty, StringComparer.Ordinal)
            .Select(static group => string.Join(", ", group.Select(static field => field.Path)) + (group.Key.Length == 0 ? string.Empty : $" by {group.Key}"));
        var more = row.Fields.Length > MaxNamed ? $" and {row.Fields.Length - MaxNamed} more" : string.Empty;
        return $"{name}: {string.Join("; ", byManager)}{more}";
    }

    public void Detected(ApplicationResource application, DriftRow row)
    {
        foreach (var manager in Managers(row))
        {
            _metrics.DriftDetected(manager, row.Change.ToString());
        }

        var text = Describe(row);
        Log.DriftDetected(_log, application.Key, text);
        _events.Warning(application, "DriftDetected", "Observe", text);
    }

    public void Healed(ApplicationResource application, DriftRow row)
    {
        if (row.DetectedAt is { } since)
        {
            _metrics.DriftHealed(_time.GetUtcNow() - since);
        }

        var text = Describe(row);
        Log.DriftHealed(_log, application.Key, text);
        _events.Normal(application, "DriftHealed", "Heal", text);
    }

    /// <summary>An object was deleted because the server refuses to change it, and the manifest's options say so.</summary>
    public void Remade(ApplicationResource application, ObjectKey key)
    {
        var text = $"{key} was deleted to be made anew: the server refuses to change a field of it (sync option Force=true)";
        Log.Remade(_log, application.Key, text);
        _events.Normal(application, "Recreated", "Sync", text);
    }

    /// <summary>Somebody changed an object while a sync was writing it: the sync has overwritten the change.</summary>
    public void Overwritten(ApplicationResource application, DriftRow row)
    {
        foreach (var manager in Managers(row))
        {
            _metrics.DriftDetected(manager, row.Change.ToString());
        }

        var text = $"{Describe(row)} while it was being applied; the apply has overwritten the change";
        Log.DriftHealed(_log, application.Key, text);
        _events.Normal(application, "DriftHealed", "Heal", text);
    }

    private static ImmutableArray<string> Managers(DriftRow row)
    {
        var managers = row.Fields.Select(static field => field.Manager ?? string.Empty).Distinct(StringComparer.Ordinal).ToImmutableArray();
        return managers.IsEmpty ? [string.Empty] : managers;
    }
}
