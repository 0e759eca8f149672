namespace GitOps.Operator.Options;

/// <summary>What the options of leader election have to be to each other; as <see cref="Kubernetes.Leases.LeaderElectionOptions"/> demands it.</summary>
internal static class LeaderElectionRules
{
    /// <summary>A renewal may be late by this much of a period without being in danger.</summary>
    private const double JitterFactor = 1.2;

    public static IEnumerable<string> Check(OperatorOptions options, Func<string, bool> isName)
    {
        if (options.Lease.Length > 253 || !options.Lease.Split('.').All(isName))
        {
            yield return $"--leader-election-lease: '{options.Lease}' is not the name of a Lease (it is a name, without a namespace)";
        }

        var (duration, deadline, period) =
            (options.LeaseDuration.TotalSeconds, options.LeaseRenewDeadline.TotalSeconds, options.LeaseRetryPeriod.TotalSeconds);
        if (period < 1)
        {
            yield return $"--leader-election-retry-period: {period} is not at least 1";
        }

        if (deadline <= period * JitterFactor)
        {
            yield return $"--leader-election-renew-deadline: {deadline} is not longer than 1.2 times --leader-election-retry-period ({period})";
        }

        if (duration <= deadline || duration > 3600)
        {
            yield return $"--leader-election-lease-duration: {duration} is not longer than --leader-election-renew-deadline ({deadline}), or longer than 3600";
        }
    }
}
