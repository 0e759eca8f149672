namespace GitOps.Sandbox.Storage;

/// <summary>Group and plural: what is stored together, whatever version it is served in.</summary>
internal readonly record struct GroupResource(string Group, string Resource)
{
    /// <summary><c>configmaps</c>, <c>deployments.apps</c>.</summary>
    public override string ToString() => Group.Length == 0 ? Resource : $"{Resource}.{Group}";
}

/// <summary>Where a watch stands: it reads on from link to link.</summary>
internal readonly record struct WatchStart(Change Position, Snapshot Snapshot);

/// <summary>
/// All tables under one resourceVersion counter. A write is prepared without any lock from a state that was read before, and
/// committed only if that state still is the present one: the lock is held for a few pointer changes.
/// </summary>
internal sealed class ObjectStore
{
    /// <summary>The first version of anything is greater, so that a watch from version 1 sees all there is.</summary>
    public const long FirstVersion = 1;

    private readonly Lock _lock = new();
    private readonly Dictionary<GroupResource, ResourceTable> _tables = [];
    private readonly Dictionary<GroupResource, long> _dropped = [];
    private readonly int _historyLength;
    private long _version = FirstVersion;
    private long _compacted = FirstVersion;
    private TaskCompletionSource? _anyWaiters;

    /// <param name="historyLength">Changes kept per resource.</param>
    public ObjectStore(int historyLength) => _historyLength = Math.Max(1, historyLength);

    public long Version
    {
        get
        {
            lock (_lock)
            {
                return _version;
            }
        }
    }

    public ResourceTable Table(GroupResource resource)
    {
        lock (_lock)
        {
            if (!_tables.TryGetValue(resource, out var table))
            {
                // What became of the objects of a resource that is served again is not in the new table's history.
                _tables[resource] = table = new(resource, _historyLength, Math.Max(_compacted, _dropped.GetValueOrDefault(resource)));
            }

            return table;
        }
    }

    public IReadOnlyList<ResourceTable> Tables()
    {
        lock (_lock)
        {
            return [.. _tables.Values];
        }
    }

    /// <returns>Null if there is such an object already, or the resource is served no more.</returns>
    public StoredObject? TryCreate(ResourceTable table, StoredObject draft)
    {
        TaskCompletionSource? waiters;
        StoredObject created;
        lock (_lock)
        {
            if (table.IsClosed || table.Find(draft.Namespace, draft.Name) is not null)
            {
                return null;
            }

            created = draft.At(++_version);
            table.Append_NeedsLock(new(ChangeType.Added, null, created, _version));
            waiters = TakeAnyWaiters_NeedsLock();
        }

        table.Watches.Wake();
        waiters?.TrySetResult();
        return created;
    }

    /// <returns>Null if <paramref name="expected"/> is not the present state any more.</returns>
    public StoredObject? TryReplace(ResourceTable table, StoredObject expected, StoredObject draft)
    {
        TaskCompletionSource? waiters;
        StoredObject replaced;
        lock (_lock)
        {
            if (!ReferenceEquals(table.Find(expected.Namespace, expected.Name), expected))
            {
                return null;
            }

            replaced = draft.At(++_version);
            table.Append_NeedsLock(new(ChangeType.Modified, expected, replaced, _version));
            waiters = TakeAnyWaiters_NeedsLock();
        }

        table.Watches.Wake();
        waiters?.TrySetResult();
        return replaced;
    }

    /// <returns>The last state at the version of the deletion, or null if <paramref name="expected"/> is not the present state.</returns>
    public StoredObject? TryDelete(ResourceTable table, StoredObject expected)
    {
        TaskCompletionSource? waiters;
        StoredObject deleted;
        lock (_lock)
        {
            if (!ReferenceEquals(table.Find(expected.Namespace, expected.Name), expected))
            {
                return null;
            }

            deleted = expected.At(++_version);
            table.Append_NeedsLock(new(ChangeType.Deleted, expected, deleted, _version));
            waiters = TakeAnyWaiters_NeedsLock();
        }

        table.Watches.Wake();
        waiters?.TrySetResult();
        return deleted;
    }

    /// <summary>Ends when anything is written after a version.</summary>
    public Task WaitForVersionAfter(long version)
    {
        lock (_lock)
        {
            if (_version > version)
            {
                return Task.CompletedTask;
            }

            _anyWaiters ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _anyWaiters.Task;
        }
    }

    /// <summary>All objects of all resources at one moment.</summary>
    public IReadOnlyList<(GroupResource Resource, Snapshot Snapshot)> TakeAll()
    {
        lock (_lock)
        {
            return [.. _tables.Values.Select(table => (table.Resource, new Snapshot(table.Objects, _version)))];
        }
    }

    /// <summary>Puts an object in place without a trace in history, instead of any of that name; before anybody is served. Version 0: a new one.</summary>
    public void Restore(ResourceTable table, StoredObject draft, long resourceVersion)
    {
        lock (_lock)
        {
            table.Restore_NeedsLock(draft.At(resourceVersion > 0 ? resourceVersion : ++_version));
        }
    }

    /// <summary>Every later version is greater than this one, and history begins here.</summary>
    public void BeginAfter(long resourceVersion)
    {
        lock (_lock)
        {
            _version = Math.Max(_version, resourceVersion);
        }

        Compact();
    }

    public Snapshot Take(ResourceTable table)
    {
        lock (_lock)
        {
            return new(table.Objects, _version);
        }
    }

    /// <returns>Null if the history does not reach back that far.</returns>
    public Snapshot? TakeAt(ResourceTable table, long resourceVersion)
    {
        lock (_lock)
        {
            return table.ObjectsAt_NeedsLock(resourceVersion) is { } objects ? new(objects, resourceVersion) : null;
        }
    }

    /// <summary>The present state and the place in history that follows it.</summary>
    public WatchStart StartWatch(ResourceTable table)
    {
        lock (_lock)
        {
            return new(table.Newest, new(table.Objects, _version));
        }
    }

    /// <returns>Null if the history does not reach back that far.</returns>
    public Change? SeekWatch(ResourceTable table, long resourceVersion)
    {
        lock (_lock)
        {
            return table.Seek_NeedsLock(resourceVersion);
        }
    }

    /// <summary>The oldest version from which a watch of this resource can begin.</summary>
    public long OldestVersion(ResourceTable table)
    {
        lock (_lock)
        {
            return table.OldestVersion_NeedsLock;
        }
    }

    /// <inheritdoc cref="ResourceTable.IsLeftBehind_NeedsLock"/>
    public bool IsLeftBehind(ResourceTable table, Change change)
    {
        lock (_lock)
        {
            return table.IsLeftBehind_NeedsLock(change);
        }
    }

    /// <summary>The store's version, if a watch that stands at a link has seen everything up to it; else null.</summary>
    public long? VersionIfLast(Change change)
    {
        lock (_lock)
        {
            return change.Next is null ? _version : null;
        }
    }

    /// <summary>Forgets all history, as etcd's compaction does: watches and continuations from before are expired.</summary>
    public void Compact()
    {
        lock (_lock)
        {
            _compacted = _version;
            foreach (var table in _tables.Values)
            {
                table.Compact_NeedsLock(_version);
            }
        }
    }

    /// <summary>Ends all watches of a resource and forgets it; its objects have been deleted before.</summary>
    public void Drop(GroupResource resource)
    {
        ResourceTable? table;
        lock (_lock)
        {
            if (_tables.Remove(resource, out table))
            {
                table.Close_NeedsLock();
                _dropped[resource] = _version;
            }
        }

        table?.Watches.Wake();
    }

    private TaskCompletionSource? TakeAnyWaiters_NeedsLock()
    {
        var waiters = _anyWaiters;
        _anyWaiters = null;
        return waiters;
    }
}
