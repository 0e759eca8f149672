using System.Net;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;

namespace GitOps.Kubernetes.Watching;

/// <summary>
/// Follows one object that is known by its name, there or not. While it cannot be watched, what was told last stays: that it cannot be
/// seen does not mean that it is gone.
/// </summary>
public static class NamedObjectWatch
{
    /// <summary>Runs until cancelled.</summary>
    /// <param name="client">Watches; nothing else.</param>
    /// <param name="resource">Of the object.</param>
    /// <param name="namespace">Empty: it is in none.</param>
    /// <param name="name">Of the object.</param>
    /// <param name="changed">Told of the object as it is, or null: it is not there. The same may be told again.</param>
    /// <param name="lost">
    /// Told why it cannot be watched: once for as long as that lasts, and once more for each other kind of answer meanwhile.
    /// Null: the server said nothing. It is tried again by itself.
    /// </param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task FollowAsync(
        IKubernetesClient client, ApiResource resource, string @namespace, string name, Action<KubernetesObject?> changed, Action<Exception?> lost,
        CancellationToken cancellationToken)
    {
        var isThere = false;
        var told = new HashSet<HttpStatusCode>();
        await foreach (var item in client.WatchAsync(resource, @namespace, new WatchOptions(FieldSelector: $"metadata.name={name}"), cancellationToken))
        {
            switch (item.Type)
            {
                case WatchEventType.Restarted:
                    isThere = false;
                    break;
                case WatchEventType.InitItem or WatchEventType.Applied when item.Object!.Name == name:
                    isThere = true;
                    changed(item.Object);
                    break;
                case WatchEventType.InitDone when !isThere:
                case WatchEventType.Deleted when item.Object!.Name == name:
                    isThere = false;
                    changed(null);
                    break;
                case WatchEventType.Interrupted when told.Add((item.Error as ApiException)?.Code ?? default):
                    lost(item.Error);
                    break;
                default:
                    break;
            }

            if (item.Type is WatchEventType.InitDone or WatchEventType.Applied or WatchEventType.Deleted or WatchEventType.Resumed)
            {
                told.Clear();
            }
        }
    }
}
