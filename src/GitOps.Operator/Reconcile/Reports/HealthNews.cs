using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Reports;

/// <summary>An event about the health of an Application.</summary>
internal sealed record HealthEvent(bool IsWarning, string Reason, string Note);

/// <summary>What two statuses that follow each other say of health, as events. Pure: told once, because stored once.</summary>
internal static class HealthNews
{
    public const string Changed = "HealthChanged";
    public const string Overdue = "ProgressingTooLong";

    private const int MaxNamed = 3;

    public static IEnumerable<HealthEvent> Between(ApplicationStatus before, ApplicationStatus after)
    {
        if (before.Health is { Status: var from } && after.Health is { Status: var to } now && from != to)
        {
            var cause = string.IsNullOrEmpty(now.Message) ? string.Empty : $" (Caused by {now.Message})";
            yield return new(to is HealthCode.Degraded, Changed, $"Updated health status: {from} -> {to}{cause}");
        }

        var known = Late(before).Select(HealthAges.KeyOf).ToHashSet();
        var news = Late(after).Where(row => !known.Contains(HealthAges.KeyOf(row))).OrderBy(HealthAges.KeyOf).ToList();
        if (news.Count > 0)
        {
            var more = news.Count > MaxNamed ? $" and {news.Count - MaxNamed} more" : string.Empty;
            yield return new(true, Overdue, string.Join("; ", news.Take(MaxNamed).Select(Describe)) + more);
        }
    }

    private static IEnumerable<ResourceRow> Late(ApplicationStatus status) => status.Resources.Where(static row => row.Health?.Overdue == true);

    private static string Describe(ResourceRow row) =>
        $"{HealthAges.KeyOf(row)} is Progressing for longer than its deadline of {row.Health!.Deadline}"
        + (string.IsNullOrEmpty(row.Health.Message) ? string.Empty : $": {row.Health.Message}");
}
