namespace GitOps.Kubernetes.Http;

/// <summary>When a cluster counts as out of reach, and for how long it is left alone.</summary>
public sealed record CircuitOptions
{
    /// <summary>Requests without an answer, and none with one in between.</summary>
    public int Failures { get; init; } = 5;

    /// <summary>Until one request is let through as a probe; doubles with each probe that fails.</summary>
    public TimeSpan Break { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan LongestBreak { get; init; } = TimeSpan.FromMinutes(2);
}
