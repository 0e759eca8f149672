using System.Runtime.CompilerServices;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;
using GitOps.Operator.Api;

namespace GitOps.Operator.Commands;

/// <summary>An Application whose row changed; <paramref name="Row"/> is null when it is gone.</summary>
internal readonly record struct RowChange(NamespacedName Key, ApplicationRow? Row);

/// <summary>Turns the watch on Applications into changes of what is shown; whatever does not show is left out.</summary>
internal sealed class ApplicationFeed
{
    private readonly IKubernetesClient _client;
    private readonly Dictionary<NamespacedName, ApplicationRow> _rows = [];
    private HashSet<NamespacedName>? _listed;

    public ApplicationFeed(IKubernetesClient client) => _client = client;

    public async IAsyncEnumerable<RowChange> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var change in _client.WatchAsync(Names.Application, string.Empty, new WatchOptions(), cancellationToken))
        {
            foreach (var row in Take(change))
            {
                yield return row;
            }
        }
    }

    internal IEnumerable<RowChange> Take(WatchEvent change)
    {
        switch (change.Type)
        {
            case WatchEventType.Restarted:
                _listed = [];
                return [];
            case WatchEventType.InitDone:
                NamespacedName[] gone = [.. _rows.Keys.Where(key => _listed?.Contains(key) != true)];
                _listed = null;
                return gone.SelectMany(Remove).ToList();
            case WatchEventType.InitItem or WatchEventType.Applied when change.Object is { } application:
                return Show(ApplicationRow.Of(application));
            case WatchEventType.Deleted when change.Object is { } application:
                return Remove(new NamespacedName(application.Namespace, application.Name));
            default:
                return [];
        }
    }

    private RowChange[] Show(ApplicationRow row)
    {
        _listed?.Add(row.Key);
        if (_rows.TryGetValue(row.Key, out var shown) && shown == row)
        {
            return [];
        }

        _rows[row.Key] = row;
        return [new(row.Key, row)];
    }

    private RowChange[] Remove(NamespacedName key) => _rows.Remove(key) ? [new(key, null)] : [];
}
