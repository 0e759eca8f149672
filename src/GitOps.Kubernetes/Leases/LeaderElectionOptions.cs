using System.Collections.Immutable;

namespace GitOps.Kubernetes.Leases;

/// <summary>
/// Who contends for which lease, and how fast. Duration &gt; renew deadline &gt; retry period × 1.2: a leader stops its work at
/// the renew deadline, which the others cannot see as expired before the duration.
/// </summary>
public sealed record LeaderElectionOptions
{
    /// <summary>A renewal may be late by this much of a period without being in danger.</summary>
    internal const double JitterFactor = 1.2;

    private static readonly TimeSpan LongestDuration = TimeSpan.FromHours(24);

    public required string Namespace { get; init; }

    /// <summary>The Lease's name.</summary>
    public required string Name { get; init; }

    /// <summary>Unique among the contenders, or two of them lead at once; see <see cref="LeaseIdentity"/>.</summary>
    public required string Identity { get; init; }

    /// <summary>How long the others wait after the last renewal they saw; whole seconds.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long after the last renewal the work is told to stop.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two attempts; those who wait for the lease add up to 1.2 of it at random.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>All attempts to hand the lease back at the end; until it has expired nobody else can have it.</summary>
    public TimeSpan ReleaseTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>What stands at the lease for as long as this contender holds it; null: an annotation that is taken off.</summary>
    public ImmutableSortedDictionary<string, string?> Annotations { get; init; } = ImmutableSortedDictionary<string, string?>.Empty;

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Gives numbers in [0, 1), for jitter.</summary>
    public Func<double> Random { get; init; } = System.Random.Shared.NextDouble;

    /// <summary>Called inline for what is worth a log line: it must be quick and must not throw.</summary>
    public Action<LeaderElectionNotice>? OnNotice { get; init; }

    /// <summary>Called inline with how long each attempt took that got or renewed the lease: it must be quick and must not throw.</summary>
    public Action<TimeSpan>? OnHeld { get; init; }

    internal void Validate()
    {
        var problems = new List<string>();
        Demand(Namespace.Length > 0, "Namespace is empty");
        Demand(Name.Length > 0, "Name is empty");
        Demand(Identity.Length > 0, "Identity is empty");
        Demand(RetryPeriod > TimeSpan.Zero, "RetryPeriod is not positive");
        Demand(ReleaseTimeout > TimeSpan.Zero, "ReleaseTimeout is not positive");
        Demand(RenewDeadline > RetryPeriod * JitterFactor, "RenewDeadline is not longer than RetryPeriod × 1.2");
        Demand(LeaseDuration > RenewDeadline, "LeaseDuration is not longer than RenewDeadline");
        Demand(LeaseDuration.Ticks % TimeSpan.TicksPerSecond == 0, "LeaseDuration is not in whole seconds");
        Demand(LeaseDuration <= LongestDuration, "LeaseDuration is longer than a day");
        if (problems.Count > 0)
        {
            throw new InvalidOperationException($"leader election: {string.Join("; ", problems)}");
        }

        void Demand(bool isMet, string problem)
        {
            if (!isMet)
            {
                problems.Add(problem);
            }
        }
    }
}

public enum LeaderElectionNoticeKind
{
    /// <summary>This contender leads.</summary>
    Acquired,

    /// <summary>It leads no more; the work was told to stop.</summary>
    Lost,

    /// <summary>The lease was handed back.</summary>
    Released,

    /// <summary>Somebody else leads.</summary>
    OtherLeads,

    /// <summary>An attempt failed; the next follows.</summary>
    AttemptFailed,
}

/// <param name="Kind">What happened.</param>
/// <param name="Message">For people; names the lease.</param>
/// <param name="Error">What an attempt failed with.</param>
public readonly record struct LeaderElectionNotice(LeaderElectionNoticeKind Kind, string Message, Exception? Error = null);
