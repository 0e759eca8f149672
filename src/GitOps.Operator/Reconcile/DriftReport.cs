using System.Collections.Immutable;
using System.Globalization;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Observability;
using GitOps.Operator.Reconcile.Fights;
using GitOps.Operator.Status;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Reconcile;

/// <summary>Tells of drift outside of the status: metrics, Kubernetes events, the log. Values are masked where the rows were made.</summary>
internal sealed class DriftReport
{
    private const int MaxNamed = 5;

    /// <summary>UTF-16 characters of a value within a sentence.</summary>
    private const int MaxValue = 48;

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

    /// <summary>Whether two rows tell the same, apart from when it was seen.</summary>
    public static bool IsSame(DriftRow left, DriftRow right) =>
        left.Change == right.Change && left.Fields.SequenceEqual(right.Fields);

    /// <summary><c>Deployment team-a/web: spec.replicas 2 → 7 by kubectl-edit at 03:14:07</c>, in UTC.</summary>
    public static string Describe(DriftRow row)
    {
        var name = new ObjectKey(row.Group ?? string.Empty, row.Kind, row.Namespace ?? string.Empty, row.Name);
        if (row.Change is not (DriftChange.Modified or DriftChange.Foreign) || row.Fields.IsEmpty)
        {
            return $"{name}: {row.Change.ToString().ToLowerInvariant()}";
        }

        var byManager = row.Fields.Take(MaxNamed).GroupBy(static field => field.Manager ?? string.Empty, StringComparer.Ordinal)
            .Select(static group => string.Join(", ", group.Select(Describe)) + By(group.Key, group.Max(static field => field.Time)));
        var more = row.Fields.Length > MaxNamed ? $" and {row.Fields.Length - MaxNamed} more" : string.Empty;
        return $"{name}: {string.Join("; ", byManager)}{more}";
    }

    public void Detected(ApplicationResource application, DriftRow row, Func<string> diff)
    {
        Count(row);
        _metrics.Each.DriftDetected(application.Key.Namespace, application.Key.Name);
        var text = Describe(row);
        Log.DriftDetected(_log, application.Key, text);
        if (_log.IsEnabled(LogLevel.Debug))
        {
            Log.DriftDiff(_log, application.Key, diff());
        }

        _events.Warning(application, "DriftDetected", "Observe", text);
    }

    public void Healed(ApplicationResource application, DriftRow row)
    {
        if (row.DetectedAt is { } since)
        {
            _metrics.DriftHealed(_time.GetUtcNow() - since);
        }

        _metrics.Each.DriftHealed(application.Key.Namespace, application.Key.Name);

        var text = Describe(row);
        Log.DriftHealed(_log, application.Key, text);
        _events.Normal(application, "DriftHealed", "Heal", text);
    }

    /// <summary>Others have set fields that no manifest asks for.</summary>
    public void Foreign(ApplicationResource application, DriftRow row)
    {
        Count(row);
        var text = Describe(row);
        Log.DriftDetected(_log, application.Key, text);
        _events.Warning(application, Conditions.ForeignFields, "Observe", text);
    }

    public void ForeignRemoved(ApplicationResource application, DriftRow row)
    {
        var text = Describe(row);
        Log.DriftHealed(_log, application.Key, text);
        _events.Normal(application, "ForeignFieldsRemoved", "Heal", text);
    }

    /// <summary>A field was set right so often that it is contested from now on.</summary>
    public void Contested(ApplicationResource application, ContestedRow row)
    {
        foreach (var manager in row.Managers.IsEmpty ? [string.Empty] : row.Managers)
        {
            _metrics.FightBegan(manager);
        }

        var text = FightBook.Describe(row);
        Log.Contested(_log, application.Key, text);
        _events.Warning(application, Conditions.Contested, "Heal", text);
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
        Count(row);
        var text = $"{Describe(row)} while it was being applied; the apply has overwritten the change";
        Log.DriftHealed(_log, application.Key, text);
        _events.Normal(application, "DriftHealed", "Heal", text);
    }

    private static string Describe(FieldRow field) => field.Change switch
    {
        FieldChange.Removed => $"{field.Path} removed",
        FieldChange.Added => $"{field.Path} added: {Shorten(field.Live)}",
        _ when field.Desired == field.Live => field.Path,
        _ => $"{field.Path} {Shorten(field.Desired)} → {Shorten(field.Live)}",
    };

    private static string By(string manager, DateTimeOffset? time) =>
        manager.Length == 0 ? string.Empty
        : time is { } at ? string.Create(CultureInfo.InvariantCulture, $" by {manager} at {at.UtcDateTime:HH:mm:ss}")
        : $" by {manager}";

    private static string Shorten(string? value)
    {
        if (value is null)
        {
            return "(none)";
        }

        return value.Length <= MaxValue ? value : $"{value.AsSpan(0, char.IsHighSurrogate(value[MaxValue - 2]) ? MaxValue - 2 : MaxValue - 1)}…";
    }

    private void Count(DriftRow row)
    {
        ImmutableArray<string> managers = [.. row.Fields.Select(static field => field.Manager ?? string.Empty).Distinct(StringComparer.Ordinal)];
        foreach (var manager in managers.IsEmpty ? [string.Empty] : managers)
        {
            _metrics.DriftDetected(manager, row.Change.ToString());
        }
    }
}
