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
internal sealed record HealthStatus(HealthCode Code, string? Message = null);
