using System.Globalization;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Reports;

/// <summary>
/// How long objects are what they are, and which of them are Progressing for longer than they may. What there was is read from
/// the former status, so that it outlives the process; a time in it moves only when the health does.
/// </summary>
internal sealed class HealthAges
{
    private readonly Dictionary<ObjectKey, ResourceHealth> _before = [];
    private readonly TimeSpan _standard;
    private readonly DateTimeOffset _now;

    /// <param name="before">The rows of the former status.</param>
    /// <param name="standard">For what says no deadline of its own.</param>
    /// <param name="now">Of the report.</param>
    public HealthAges(IEnumerable<ResourceRow> before, TimeSpan standard, DateTimeOffset now)
    {
        _standard = standard;
        _now = now;
        foreach (var row in before)
        {
            if (row.Health is { } health)
            {
                _before[KeyOf(row)] = health;
            }
        }
    }

    /// <summary>When the next object is late, if nothing happens; null: none will be.</summary>
    public DateTimeOffset? NextDue { get; private set; }

    public static ObjectKey KeyOf(ResourceRow row) => new(row.Group ?? string.Empty, row.Kind, row.Namespace ?? string.Empty, row.Name);

    /// <param name="key">Of the object.</param>
    /// <param name="health">As it is now.</param>
    /// <param name="counts">Whether anybody waits for it to become healthy.</param>
    /// <returns>What is reported, and in words that it is late; null: it is not.</returns>
    public (ResourceHealth Row, string? Late) Of(ObjectKey key, HealthStatus health, bool counts)
    {
        if (health.Code == HealthCode.Healthy)
        {
            return (new() { Status = health.Code, Message = health.Message }, null);
        }

        var since = _before.TryGetValue(key, out var former) && former.Status == health.Code && former.Since is { } known
            ? known
            : _now.AddTicks(-(_now.Ticks % TimeSpan.TicksPerSecond));
        var row = new ResourceHealth { Status = health.Code, Message = health.Message, Since = since };
        if (!counts || health.Code != HealthCode.Progressing)
        {
            return (row, null);
        }

        var limit = health.Deadline?.Limit ?? _standard;
        var from = health.Deadline?.ProgressedAt is { } progressed && progressed > since ? progressed : since;
        row = row with { Deadline = GoDuration.Format(limit) };
        if (DateTimeOffset.MaxValue - from <= limit)
        {
            return (row, null);
        }

        var due = from + limit;
        if (due > _now)
        {
            NextDue = NextDue is { } next && next < due ? next : due;
            return (row, null);
        }

        var late = string.Create(CultureInfo.InvariantCulture,
            $"Progressing since {since:yyyy-MM-dd HH:mm:ss} UTC, longer than its deadline of {row.Deadline} ({health.Deadline?.Field ?? "spec.deadlines.wave"})");
        return (row with { Overdue = true }, late);
    }
}
