using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Controllers;

/// <summary>
/// What controllers know: the store itself, and indexes of owners and of what nobody controls, which follow the history of
/// every resource. <see cref="CatchUp"/> brings them up to date, so that a controller sees what it wrote before. Thread-safe.
/// </summary>
internal sealed class ClusterView
{
    private static readonly HashSet<GroupResource> Adoptable = [Kinds.Pods, Kinds.ReplicaSets, Kinds.Revisions];

    private readonly Lock _lock = new();
    private readonly Dictionary<ResourceTable, Change> _positions = [];
    private readonly Dictionary<string, HashSet<WorkKey>> _dependents = new(StringComparer.Ordinal);
    private readonly Dictionary<string, WorkKey> _byUid = new(StringComparer.Ordinal);
    private readonly Dictionary<(GroupResource Resource, string Namespace), HashSet<string>> _uncontrolled = [];
    private readonly Dictionary<WorkKey, PodFacts> _pods = [];
    private readonly Action<GroupResource, Change> _onChange;
    private long _version;

    /// <param name="cluster">The cluster.</param>
    /// <param name="onChange">Told of every change, in the order of each resource, while the view is locked.</param>
    /// <param name="stopping">Ends what controllers have under way.</param>
    public ClusterView(Cluster cluster, Action<GroupResource, Change> onChange, CancellationToken stopping) =>
        (Cluster, _onChange, Stopping) = (cluster, onChange, stopping);

    public Cluster Cluster { get; }

    public CancellationToken Stopping { get; }

    /// <summary>Whole seconds, as timestamps of objects are written.</summary>
    public DateTimeOffset Now
    {
        get
        {
            var now = Cluster.Options.TimeProvider.GetUtcNow();
            return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond));
        }
    }

    private ObjectStore Store => Cluster.Store;

    /// <summary>Takes in all changes until now.</summary>
    /// <returns>The store's version before which nothing is missing.</returns>
    public long CatchUp()
    {
        lock (_lock)
        {
            var version = Store.Version;
            if (version == _version)
            {
                return version;
            }

            var tables = Store.Tables();
            foreach (var table in tables)
            {
                Follow_NeedsLock(table);
            }

            // A resource that is served no more is no more in the store, but its last deletions may not have been seen.
            if (_positions.Count > tables.Count)
            {
                foreach (var table in _positions.Keys.Where(static table => table.IsClosed).ToList())
                {
                    Follow_NeedsLock(table);
                }
            }

            _version = version;
            return version;
        }
    }

    public StoredObject? Find(WorkKey key) => Store.Table(key.Resource).Find(key.Namespace, key.Name);

    /// <summary>A copy of its own to work on; null if there is no such object.</summary>
    public KubernetesObject? Read(WorkKey key) => Find(key) is { } stored ? Read(key.Resource, stored) : null;

    public KubernetesObject? Read(GroupResource resource, StoredObject stored) =>
        ServedAs(resource) is { } served ? new(served.Read(stored)) : null;

    /// <returns>Null: it is not served any more.</returns>
    public ServedResource? ServedAs(GroupResource resource) => Cluster.Catalog.FindStored(resource);

    public IEnumerable<StoredObject> List(GroupResource resource, string? @namespace) =>
        Store.Take(Store.Table(resource)).Enumerate(@namespace);

    /// <summary>All that names an owner, its controller or not.</summary>
    public IReadOnlyList<WorkKey> DependentsOf(string uid)
    {
        lock (_lock)
        {
            return _dependents.TryGetValue(uid, out var members) ? [.. members] : [];
        }
    }

    /// <summary>Where an object with a uid is; null if there is none.</summary>
    public WorkKey? FindUid(string uid)
    {
        lock (_lock)
        {
            return _byUid.TryGetValue(uid, out var key) ? key : null;
        }
    }

    /// <summary>What an owner controls, of one resource, by name.</summary>
    public IReadOnlyList<StoredObject> ControlledBy(string uid, GroupResource resource) =>
        [.. DependentsOf(uid).Where(key => key.Resource == resource).Select(Find).OfType<StoredObject>()
            .Where(stored => stored.ControllerUid == uid).OrderBy(static stored => stored.Name, StringComparer.Ordinal)];

    /// <summary>What has no controller, of pods, replica sets and controller revisions.</summary>
    public IReadOnlyList<StoredObject> Uncontrolled(GroupResource resource, string @namespace)
    {
        lock (_lock)
        {
            return _uncontrolled.TryGetValue((resource, @namespace), out var names)
                ? [.. names.Order(StringComparer.Ordinal).Select(name => Find(new(resource, @namespace, name))).OfType<StoredObject>()]
                : [];
        }
    }

    /// <summary>What there is to know about a pod, read once for each of its states.</summary>
    public PodFacts Facts(StoredObject pod)
    {
        var key = WorkKey.Of(Kinds.Pods, pod);
        lock (_lock)
        {
            if (_pods.TryGetValue(key, out var known) && ReferenceEquals(known.Stored, pod))
            {
                return known;
            }
        }

        var facts = PodFacts.Of(pod, Read(Kinds.Pods, pod)!);
        lock (_lock)
        {
            if (ReferenceEquals(Find(key), pod))
            {
                _pods[key] = facts;
            }
        }

        return facts;
    }

    private void Follow_NeedsLock(ResourceTable table)
    {
        if (!_positions.TryGetValue(table, out var position))
        {
            var start = Store.StartWatch(table);
            position = start.Position;
            foreach (var stored in start.Snapshot.Enumerate(null))
            {
                Learn_NeedsLock(table.Resource, new(ChangeType.Added, null, stored, stored.ResourceVersion));
            }
        }

        while (position.Next is { } change)
        {
            position = change;
            Learn_NeedsLock(table.Resource, change);
        }

        if (table.IsClosed)
        {
            _positions.Remove(table);
        }
        else
        {
            _positions[table] = position;
        }
    }

    private void Learn_NeedsLock(GroupResource resource, Change change)
    {
        if (change.After is not { } after)
        {
            return;
        }

        var key = WorkKey.Of(resource, after);
        var isGone = change.Type == ChangeType.Deleted;
        foreach (var owner in change.Before?.OwnerUids ?? [])
        {
            if ((isGone || !after.OwnerUids.Contains(owner, StringComparer.Ordinal)) && _dependents.TryGetValue(owner, out var members)
                && members.Remove(key) && members.Count == 0)
            {
                _dependents.Remove(owner);
            }
        }

        if (isGone)
        {
            _byUid.Remove(after.Uid);
            _pods.Remove(key);
        }
        else
        {
            _byUid[after.Uid] = key;
            foreach (var owner in after.OwnerUids)
            {
                if (!_dependents.TryGetValue(owner, out var members))
                {
                    _dependents[owner] = members = [];
                }

                members.Add(key);
            }
        }

        if (Adoptable.Contains(resource))
        {
            Index_NeedsLock((resource, after.Namespace), after.Name, !isGone && after.ControllerUid is null);
        }

        _onChange(resource, change);
    }

    private void Index_NeedsLock((GroupResource, string) group, string name, bool isUncontrolled)
    {
        if (isUncontrolled)
        {
            if (!_uncontrolled.TryGetValue(group, out var names))
            {
                _uncontrolled[group] = names = new(StringComparer.Ordinal);
            }

            names.Add(name);
        }
        else if (_uncontrolled.TryGetValue(group, out var names) && names.Remove(name) && names.Count == 0)
        {
            _uncontrolled.Remove(group);
        }
    }
}
