using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Watching;

namespace GitOps.Kubernetes.Caching;

/// <summary>
/// Turns a watch's events into snapshots and the steps between them. While a list is being read the snapshot stays what it was:
/// it is replaced as a whole when the list is complete, and what the list lacks is deleted then. One caller at a time.
/// </summary>
internal sealed class ObjectCache
{
    private static readonly IReadOnlyList<CacheChange> Nothing = [];

    private readonly InformerOptions _options;
    private Dictionary<NamespacedName, KubernetesObject>? _listed;
    private volatile CacheSnapshot _snapshot;

    public ObjectCache(InformerOptions options) => (_options, _snapshot) = (options, CacheSnapshot.Empty(options));

    public CacheSnapshot Snapshot => _snapshot;

    /// <returns>The steps that the event made, in order.</returns>
    public IReadOnlyList<CacheChange> Apply(in WatchEvent item)
    {
        switch (item.Type)
        {
            case WatchEventType.Restarted:
                _listed = [];
                return Nothing;
            case WatchEventType.InitItem:
                List(item.Object!);
                return Nothing;
            case WatchEventType.InitDone:
                var listed = _listed ?? throw new InvalidOperationException("a list is complete that never began");
                _listed = null;
                return Commit([.. Vanished(listed), .. Listed(listed)]);
            case WatchEventType.Applied:
                var name = NameOf(item.Object!);
                return Commit([.. CacheChange.Between(_snapshot.Find(name), Keep(name, item.Object!))]);
            case WatchEventType.Deleted:
                return Commit([.. CacheChange.Between(_snapshot.Find(NameOf(item.Object!)), after: null)]);
            default:
                return Nothing;
        }
    }

    private static NamespacedName NameOf(KubernetesObject item) => new(item.Namespace, item.Name);

    private void List(KubernetesObject item)
    {
        var name = NameOf(item);
        if (Keep(name, item) is { } kept)
        {
            _listed![name] = kept;
        }
        else
        {
            _listed!.Remove(name);
        }
    }

    /// <summary>What is kept of an object: nothing new if it is known in that very state, so that a list of the known costs no memory.</summary>
    private KubernetesObject? Keep(NamespacedName name, KubernetesObject item)
    {
        if (_snapshot.Find(name) is { ResourceVersion: not null } known && known.Uid == item.Uid && known.ResourceVersion == item.ResourceVersion)
        {
            return known;
        }

        if (_options.Transform is not { } transform)
        {
            return item;
        }

        // Written and read anew: else what the transform took away would stay in memory, as the text that the rest points into.
        return transform(item) is { } kept ? KubernetesObject.Parse(kept.ToUtf8()) : null;
    }

    private IEnumerable<CacheChange> Vanished(Dictionary<NamespacedName, KubernetesObject> listed) =>
        _snapshot.All.Where(known => !listed.ContainsKey(NameOf(known))).SelectMany(static known => CacheChange.Between(known, after: null));

    private IEnumerable<CacheChange> Listed(Dictionary<NamespacedName, KubernetesObject> listed) =>
        listed.SelectMany(item => CacheChange.Between(_snapshot.Find(item.Key), item.Value));

    private List<CacheChange> Commit(List<CacheChange> changes)
    {
        if (changes.Count > 0)
        {
            _snapshot = _snapshot.With(changes);
        }

        return changes;
    }
}
