using System.Collections.Immutable;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Observability;
using GitOps.Operator.Reconcile;
using GitOps.Operator.Reconcile.Reports;

namespace GitOps.Operator.Controllers;

/// <summary>Reads for the metrics how an Application stands.</summary>
internal static class ApplicationReadings
{
    private static readonly ImmutableHashSet<string> Shown = [.. MetricLabels.Condition.All];

    /// <param name="application">As the watch shows it.</param>
    /// <param name="runtime">Null: no pass has been made over it.</param>
    public static ApplicationReading Of(ApplicationResource application, ApplicationRuntime? runtime)
    {
        var status = runtime?.Status ?? application.Status;
        var spec = runtime?.Validation?.Spec;
        return new(application.Key.Namespace, application.Key.Name)
        {
            Project = application.Spec.Project ?? string.Empty,
            Repository = ApplicationReading.Public(spec?.RepoUrl ?? string.Empty),
            SyncStatus = (status.Sync?.Status ?? SyncCode.Unknown).ToString(),
            HealthStatus = (status.Health?.Status ?? HealthCode.Unknown).ToString(),
            HealthSince = status.Health?.LastTransitionTime,
            IsAutomated = spec?.Automated == true,
            Heals = spec?.Heal == true,
            Drifted = status.DriftCount ?? 0,
            DriftSince = status.Drift.Where(static row => row.Change != DriftChange.Adopted).Min(static row => row.DetectedAt),
            Contested = status.Contested.Select(static row => (row.Group, row.Kind, row.Namespace, row.Name)).Distinct().Count(),
            Conditions = [.. status.Conditions.Select(static condition => (Name: NameOf(condition), condition.LastTransitionTime))
                .Where(static item => item.Name is not null).Select(static item => (item.Name!, item.LastTransitionTime))],
        };
    }

    private static string? NameOf(Condition condition) => condition switch
    {
        { Type: StatusConditions.SourceReady } => condition.IsTrue ? null : MetricLabels.Condition.SourceNotReady,
        { Type: Conditions.SourceVerified } => condition.IsTrue ? null : MetricLabels.Condition.SourceNotVerified,
        { Type: StatusConditions.DriftWatch } => condition.IsTrue ? null : MetricLabels.Condition.DriftNotWatched,
        { IsTrue: true } when Shown.Contains(condition.Type) => condition.Type,
        _ => null,
    };
}
