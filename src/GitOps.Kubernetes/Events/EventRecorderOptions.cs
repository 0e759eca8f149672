namespace GitOps.Kubernetes.Events;

public sealed record EventRecorderOptions
{
    /// <summary>A qualified name: <c>gitops-operator.dev/operator</c>.</summary>
    public required string ReportingController { get; init; }

    /// <summary>Which of its instances: the pod's name. At most 128 bytes are sent.</summary>
    public required string ReportingInstance { get; init; }

    /// <summary>Events that wait to be sent; when it is full, new ones are dropped.</summary>
    public int QueueSize { get; init; } = 1000;

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Gives numbers in [0, 1), for jitter.</summary>
    public Func<double> Random { get; init; } = System.Random.Shared.NextDouble;

    /// <summary>Called for each event that is given up, with the reason: a full queue or the server's refusal.</summary>
    public Action<string>? OnDropped { get; init; }
}
