using System.Collections.Immutable;
using GitOps.Sandbox.Watch;

namespace GitOps.Sandbox.Storage;

/// <summary>A list's place in time: all objects of a resource, by namespace and name.</summary>
/// <param name="Objects">By namespace, then name, in the order of etcd's keys.</param>
/// <param name="ResourceVersion">The whole store's version when it was taken.</param>
internal readonly record struct Snapshot(
    ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, StoredObject>> Objects, long ResourceVersion)
{
    /// <summary>Everything, or one namespace's share, from after a key on.</summary>
    public IEnumerable<StoredObject> Enumerate(string? @namespace)
    {
        if (@namespace is not null)
        {
            return Objects.TryGetValue(@namespace, out var inNamespace) ? inNamespace.Values : [];
        }

        return Objects.Values.SelectMany(static inNamespace => inNamespace.Values);
    }
}

/// <summary>
/// The objects of one resource and its bounded history. Reads take an immutable snapshot; every change is made by
/// <see cref="ObjectStore"/> under its one lock.
/// </summary>
internal sealed class ResourceTable
{
    public static readonly ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, StoredObject>> NoObjects =
        ImmutableSortedDictionary.Create<string, ImmutableSortedDictionary<string, StoredObject>>(NamespaceOrder.Instance);

    private static readonly ImmutableSortedDictionary<string, StoredObject> NoNames =
        ImmutableSortedDictionary.Create<string, StoredObject>(StringComparer.Ordinal);

    private readonly int _historyLength;
    private Change _oldest;
    private int _historyCount;

    /// <param name="resource">Group and plural.</param>
    /// <param name="historyLength">How many changes are kept for watches and old lists.</param>
    /// <param name="resourceVersion">The store's present version: nothing of this resource is older.</param>
    public ResourceTable(GroupResource resource, int historyLength, long resourceVersion)
    {
        Resource = resource;
        _historyLength = historyLength;
        _oldest = Newest = new(ChangeType.Added, null, null, resourceVersion);
    }

    public GroupResource Resource { get; }

    public ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, StoredObject>> Objects { get; private set; } = NoObjects;

    public Change Newest { get; private set; }

    /// <summary>Woken after every change, and when the table is closed.</summary>
    public WakeList Watches { get; } = new();

    /// <summary>The resource is served no more: its watches end.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>A watch can begin at this version or later.</summary>
    public long OldestVersion_NeedsLock => _oldest.ResourceVersion;

    public StoredObject? Find(string @namespace, string name) =>
        Objects.TryGetValue(@namespace, out var names) && names.TryGetValue(name, out var found) ? found : null;

    /// <summary>The link after which everything is newer than a version, or null if the history does not reach back to it.</summary>
    public Change? Seek_NeedsLock(long resourceVersion)
    {
        var change = Newest;
        while (change.ResourceVersion > resourceVersion)
        {
            if (change.Previous is null)
            {
                return null;
            }

            change = change.Previous;
        }

        return change;
    }

    /// <summary>The objects as they were at a version, or null if the history does not reach back to it.</summary>
    public ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, StoredObject>>? ObjectsAt_NeedsLock(long resourceVersion)
    {
        var objects = Objects;
        var change = Newest;
        while (change.ResourceVersion > resourceVersion)
        {
            if (change.Previous is null)
            {
                return null;
            }

            objects = With(objects, change.After!, change.Before);
            change = change.Previous;
        }

        return objects;
    }

    /// <summary>
    /// Whether a watch at a link has been left behind by the whole history. To let it go on would keep all that was trimmed
    /// since in memory, for as long as its reader takes.
    /// </summary>
    public bool IsLeftBehind_NeedsLock(Change change) => Newest.Ordinal - change.Ordinal > _historyLength;

    public void Append_NeedsLock(Change change)
    {
        Objects = With(Objects, change.After!, change.Type == ChangeType.Deleted ? null : change.After);
        Newest.Append_NeedsLock(change);
        Newest = change;
        if (_historyCount < _historyLength)
        {
            _historyCount++;
        }
        else
        {
            _oldest = _oldest.Next!;
            _oldest.CutOff_NeedsLock();
        }
    }

    /// <summary>Changes an object behind the back of history, which has to be dropped before anybody reads it.</summary>
    public void Restore_NeedsLock(StoredObject restored) => Objects = With(Objects, restored, restored);

    /// <summary>Drops the whole history: an older watch or continuation is expired.</summary>
    public void Compact_NeedsLock(long resourceVersion)
    {
        var mark = new Change(ChangeType.Added, null, null, resourceVersion);
        Newest.Append_NeedsLock(mark);
        mark.CutOff_NeedsLock();
        (Newest, _oldest, _historyCount) = (mark, mark, 0);
    }

    public void Close_NeedsLock() => IsClosed = true;

    private static ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, StoredObject>> With(
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, StoredObject>> objects, StoredObject which, StoredObject? value)
    {
        var names = objects.TryGetValue(which.Namespace, out var found) ? found : NoNames;
        names = value is null ? names.Remove(which.Name) : names.SetItem(which.Name, value);
        return names.IsEmpty ? objects.Remove(which.Namespace) : objects.SetItem(which.Namespace, names);
    }
}
