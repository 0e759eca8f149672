using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Resources;

namespace GitOps.Kubernetes.Watching;

/// <summary>
/// Waits for a kind that is served no more, without asking for it: discovery is read now and then, once for all who wait, and
/// whoever else reads it ends the wait too.
/// </summary>
internal sealed class KindLookout
{
    private static readonly TimeSpan RediscoveryInterval = TimeSpan.FromSeconds(3);

    private readonly ClientCore _core;
    private readonly Backoff _backoff;

    public KindLookout(ClientCore core, Backoff backoff)
    {
        _core = core;
        _backoff = backoff;
    }

    /// <returns>The resource as it is served now, once there is a point in asking for it again.</returns>
    public async Task<ApiResource> WaitAsync(ApiResource resource, string @namespace, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await _core.Discovery.NextReading.WaitAsync(_backoff.Next(), _core.Options.TimeProvider, cancellationToken);
            }
            catch (TimeoutException)
            {
                // The wait is over.
            }

            if (await FindAsync(resource, @namespace, cancellationToken) is { } served)
            {
                return served;
            }
        }
    }

    /// <returns>Null: a complete and fresh discovery does not have it as it is wanted.</returns>
    private async Task<ApiResource?> FindAsync(ApiResource resource, string @namespace, CancellationToken cancellationToken)
    {
        var reading = await _core.Discovery.RefreshIfOlderAsync(RediscoveryInterval, cancellationToken);
        if (reading.Failure is not null || reading.Snapshot is not { } snapshot)
        {
            return resource;
        }

        var lookup = snapshot.Find(resource.GroupVersionKind);
        return lookup switch
        {
            { Outcome: LookupOutcome.Absent } => null,

            // It came back as a kind that lives in no namespace: what is asked for is not served.
            { Resource: { Namespaced: false } } when @namespace.Length > 0 => null,
            _ => lookup.Resource ?? resource,
        };
    }
}
