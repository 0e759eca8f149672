using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>One object that an Application is to have.</summary>
/// <param name="Key">Which.</param>
/// <param name="Exists">Whether it is in the cluster.</param>
/// <param name="Health">Null: it says nothing about its health.</param>
/// <param name="Ignored">It says <c>ignore-healthcheck</c>: its existence counts, its health does not.</param>
/// <param name="Late">Says that it is Progressing for too long; null: it is not.</param>
internal readonly record struct AssessedObject(ObjectKey Key, bool Exists, HealthStatus? Health, bool Ignored = false, string? Late = null);

/// <summary>
/// An Application's health: the worst of its objects. One that is missing does not count, for the sync status tells of it;
/// only where all are missing is the Application Missing. Hooks and the Application itself are not to be handed in.
/// </summary>
internal static class HealthAggregation
{
    private const int CausesShown = 3;

    public static HealthStatus Worst(IEnumerable<AssessedObject> objects)
    {
        var worst = HealthCode.Healthy;
        var causes = new List<AssessedObject>();
        var (expected, existing) = (0, 0);
        foreach (var item in objects)
        {
            expected++;
            if (!item.Exists)
            {
                continue;
            }

            existing++;
            if (item.Ignored || item.Health is not { Code: not HealthCode.Healthy } health || health.Code < worst)
            {
                continue;
            }

            if (health.Code > worst)
            {
                worst = health.Code;
                causes.Clear();
            }

            causes.Add(item);
        }

        return expected > 0 && existing == 0
            ? new(HealthCode.Missing, "None of the objects is in the cluster")
            : new(worst, Describe(causes));
    }

    /// <summary>The same objects give the same text, in whatever order they come.</summary>
    private static string? Describe(List<AssessedObject> causes)
    {
        if (causes.Count == 0)
        {
            return null;
        }

        var shown = causes.OrderBy(static item => item.Key).Take(CausesShown).Select(static item =>
            (item.Health is { Message.Length: > 0 } health ? $"{item.Key}: {health.Message}" : item.Key.ToString())
            + (item.Late is null ? string.Empty : $", {item.Late}"));
        var more = causes.Count > CausesShown ? $" and {causes.Count - CausesShown} more" : string.Empty;
        return string.Join("; ", shown) + more;
    }
}
