using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Reports;
using GitOps.Operator.Status;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Reconcile;

/// <summary>Tells of objects that others had made and that are an Application's now: events, the log, rows of the status.</summary>
internal sealed class AdoptionReport
{
    private const int MaxNamed = 5;

    private readonly OperatorEvents _events;
    private readonly ILogger<AdoptionReport> _log;

    public AdoptionReport(OperatorEvents events, ILogger<AdoptionReport> log)
    {
        _events = events;
        _log = log;
    }

    public static DriftRow Row(Adoption adoption, DateTimeOffset now) => new()
    {
        Group = adoption.Key.Group.NullIfEmpty(),
        Kind = adoption.Key.Kind,
        Namespace = adoption.Key.Namespace.NullIfEmpty(),
        Name = adoption.Key.Name,
        Change = DriftChange.Adopted,
        DetectedAt = now,
        Fields = [.. adoption.Fields.Select(FieldRows.OfPlan)],
    };

    /// <summary>One event for all that one batch of writes has adopted.</summary>
    public void Adopted(ApplicationResource application, IReadOnlyCollection<Adoption> adoptions)
    {
        var text = $"adopted {Listed(adoptions.Select(Describe))}";
        Log.Adopted(_log, application.Key, text);
        _events.Normal(application, "Adopted", "Sync", text);
        var shared = adoptions.Where(static item => !item.Sharing.IsEmpty).ToList();
        if (shared.Count > 0)
        {
            _events.Normal(application, "SharedFields", "Sync",
                $"others keep shares in fields of {Listed(shared.Select(static item => $"{item.Key} ({string.Join(", ", item.Sharing)})"))}: what they share stays in the "
                + "cluster when it is removed from Git. If they have made way for this Application, name them in --former-managers or in the annotation "
                + $"{Annotations.Prefix}{Annotations.MigrationManager} before the first sync");
        }
    }

    /// <summary>The object is applied, and former tools still have shares in it.</summary>
    public void SharesLeft(ApplicationResource application, ObjectKey key, string problem)
    {
        var text = $"the shares of former tools in {key} could not be ended, and are tried again when it is written next: {problem}";
        Log.SharesLeft(_log, application.Key, text);
        _events.Warning(application, "SharesLeft", "Sync", text);
    }

    private static string Describe(Adoption adoption)
    {
        var from = adoption.Former.IsEmpty ? string.Empty : $" from {string.Join(", ", adoption.Former)}";
        var changed = adoption.Fields.IsEmpty
            ? string.Empty
            : $", changing {Listed(adoption.Fields.Select(static field => field.Manager.Length == 0 ? field.Path : $"{field.Path} ({field.Manager})"))}";
        var orphaned = adoption.Orphaned == 0 ? string.Empty : $", leaving {adoption.Orphaned} field(s) that are not in Git";
        return $"{adoption.Key}{from}{changed}{orphaned}";
    }

    private static string Listed(IEnumerable<string> items)
    {
        var all = items.ToList();
        return string.Join("; ", all.Take(MaxNamed)) + (all.Count > MaxNamed ? $"; and {all.Count - MaxNamed} more" : string.Empty);
    }
}
