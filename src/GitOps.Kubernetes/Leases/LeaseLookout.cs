using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;

namespace GitOps.Kubernetes.Leases;

/// <summary>
/// Tells a contender of a lease that was handed back, so that nobody is without a leader until its next look. A help alone: a
/// contender whose watch is refused, or late, looks by itself.
/// </summary>
public static class LeaseLookout
{
    /// <summary>Watches until cancelled, whoever holds the lease.</summary>
    /// <param name="client">Another one than the elector's; it only reads.</param>
    /// <param name="elector">Is told.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    public static async Task RunAsync(IKubernetesClient client, LeaderElector elector, CancellationToken cancellationToken)
    {
        var (home, name) = (elector.Options.Namespace, elector.Options.Name);
        var options = new WatchOptions(FieldSelector: $"metadata.name={name}");
        await foreach (var item in client.WatchAsync(LeaseRecord.Resource, home, options, cancellationToken))
        {
            if (item is { Type: WatchEventType.InitItem or WatchEventType.Applied, Object: { } lease }
                && lease.Name == name && LeaseRecord.Holder(lease).Length == 0)
            {
                elector.Hurry();
            }
        }
    }
}
