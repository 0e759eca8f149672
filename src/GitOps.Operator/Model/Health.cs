using System.Text.Json.Serialization;

namespace GitOps.Operator.Model;

/// <summary>Argo CD's health codes, from best to worst: the order is the severity.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HealthCode>))]
internal enum HealthCode
{
    Healthy,
    Suspended,
    Progressing,
    Missing,
    Degraded,
    Unknown,
}

/// <param name="Code">The verdict.</param>
/// <param name="Message">For people; null where there is nothing to say.</param>
internal sealed record HealthStatus(HealthCode Code, string? Message = null)
{
    /// <summary>While it is Progressing: how long that may last by the object's own word; null: it does not say.</summary>
    public ProgressDeadline? Deadline { get; init; }
}

/// <param name="Limit">How long it may take to the next progress.</param>
/// <param name="Field">Where the object says so.</param>
/// <param name="ProgressedAt">When it last made progress; null: not known.</param>
internal sealed record ProgressDeadline(TimeSpan Limit, string Field, DateTimeOffset? ProgressedAt);
