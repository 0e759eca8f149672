using System.Diagnostics.CodeAnalysis;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Inventories;

/// <summary>
/// An Application's inventory in memory, and which page each entry is stored on. An entry keeps its page, so that a change of
/// one object rewrites one page. Belongs to whoever works on the Application; not thread-safe.
/// </summary>
internal sealed class ApplicationInventory
{
    private readonly Dictionary<ObjectKey, InventoryEntry> _entries = [];
    private readonly Dictionary<ObjectKey, InventoryPage> _pageOf = [];
    private readonly List<InventoryPage> _pages = [];
    private long _changesAfter;

    public IReadOnlyDictionary<ObjectKey, InventoryEntry> Entries => _entries;

    public IReadOnlyList<InventoryPage> Pages => _pages;

    public InventoryHeader? Header { get; private set; }

    /// <summary>
    /// Why what is here may not be all there is; null if it is. Nothing is pruned from an inventory that is not whole.
    /// </summary>
    public string? Unknown { get; set; }

    /// <summary>What was deleted since the last sync that succeeded.</summary>
    public IEnumerable<ObjectKey> Deleted => _pages.SelectMany(static page => page.Deleted);

    /// <summary>Pages that were taken out of use and have to be deleted.</summary>
    public List<InventoryPage> Surplus { get; } = [];

    public bool IsDirty => Surplus.Count > 0 || _pages.Any(static page => page.Dirty || page.Terminating);

    /// <summary>Puts the pages together that the server has. A page that is missing leaves the inventory unknown.</summary>
    /// <param name="stored">The pages.</param>
    /// <param name="keyId">Of the key that hashes are made with now. Those of another key say nothing: what it manages is
    /// known all the same, and each object is compared once.</param>
    public static ApplicationInventory From(IReadOnlyCollection<ResourceInventory> stored, string keyId)
    {
        var isOfThisKey = stored.FirstOrDefault(static page => page.Page == 0)?.Header?.KeyId is not { } id || id == keyId;
        return isOfThisKey ? From(stored) : From([.. stored.Select(WithoutHashes)]);
    }

    /// <inheritdoc cref="From(IReadOnlyCollection{ResourceInventory}, string)"/>
    public static ApplicationInventory From(IReadOnlyCollection<ResourceInventory> stored)
    {
        var inventory = new ApplicationInventory();
        var ordered = stored.OrderBy(static page => page.Page).ToList();
        var first = ordered.FirstOrDefault(static page => page.Page == 0);
        var pages = first?.Pages ?? 0;
        inventory._changesAfter = first?.Header?.Syncs ?? 0;
        foreach (var page in ordered)
        {
            inventory.Take(page, isSurplus: page.Page >= pages);
        }

        inventory.Header = first?.Header;
        var missing = Enumerable.Range(0, Math.Max(pages, 1)).Where(index => ordered.TrueForAll(page => page.Page != index)).ToList();
        if (ordered.Count > 0 && missing.Count > 0)
        {
            inventory.Unknown = $"page {string.Join(", ", missing)} of {Math.Max(pages, ordered.Count)} is missing";
        }

        return inventory;
    }

    public bool TryGet(ObjectKey key, [NotNullWhen(true)] out InventoryEntry? entry) => _entries.TryGetValue(key, out entry);

    /// <summary>Adds or replaces an entry.</summary>
    public void Set(InventoryEntry entry)
    {
        if (_entries.TryGetValue(entry.Key, out var before) && before == entry)
        {
            return;
        }

        _entries[entry.Key] = entry;
        if (!_pageOf.TryGetValue(entry.Key, out var page))
        {
            page = PageWithRoom();
            page.Keys.Add(entry.Key);
            _pageOf[entry.Key] = page;
        }

        page.Dirty = true;
    }

    /// <param name="key">What is not managed any more.</param>
    /// <param name="isDeleted">It was deleted by a sync, which counts it when it has succeeded.</param>
    public void Remove(ObjectKey key, bool isDeleted = false)
    {
        if (_entries.Remove(key) && _pageOf.Remove(key, out var page))
        {
            page.Keys.Remove(key);
            page.Dirty = true;
            if (isDeleted)
            {
                page.Deleted.Add(key);
            }
        }
    }

    /// <summary>
    /// A sync has succeeded, has counted what was done, and the header that says so is stored: with it, all that is stored of
    /// changes is of the past, and need not be rewritten.
    /// </summary>
    public void ForgetChanges()
    {
        foreach (var changed in _entries.Values.Where(static entry => entry.Change is not null || entry.PruneWave is not null).ToList())
        {
            _entries[changed.Key] = changed with { Change = null, PruneWave = null };
        }

        foreach (var page in _pages)
        {
            page.Deleted.Clear();
        }

        _changesAfter = Header?.Syncs ?? 0;
    }

    public void SetHeader(InventoryHeader header)
    {
        if (header != Header || _pages.Count == 0)
        {
            Header = header;
            First().Dirty = true;
        }
    }

    /// <summary>Moves the entries together when most pages have become empty.</summary>
    public void Compact()
    {
        var needed = Math.Max(1, (_entries.Count + ResourceInventory.MaxEntries - 1) / ResourceInventory.MaxEntries);
        if (_pages.Count <= needed * 2)
        {
            return;
        }

        var deleted = Deleted.ToList();
        foreach (var page in _pages)
        {
            page.Keys.Clear();
            page.Deleted.Clear();
            page.Dirty = true;
        }

        First().Deleted.UnionWith(deleted);

        Surplus.AddRange(_pages.Skip(needed));
        _pages.RemoveRange(needed, _pages.Count - needed);
        _pageOf.Clear();
        foreach (var key in _entries.Keys.Order())
        {
            var page = PageWithRoom();
            page.Keys.Add(key);
            _pageOf[key] = page;
        }

        First().Dirty = true;
    }

    /// <summary>The page as it is to be stored.</summary>
    public ResourceInventory ToStore(InventoryPage page, NamespacedName application, string applicationUid)
    {
        // With a header that makes them a matter of the past, changes need not be stored; before that one is, the other pages are.
        var isPast = page.Index == 0 && (Header?.Syncs ?? 0) != _changesAfter;
        return ToStore(page, application, applicationUid, isPast);
    }

    private ResourceInventory ToStore(InventoryPage page, NamespacedName application, string applicationUid, bool isPast) => new()
    {
        Namespace = application.Namespace,
        Name = page.Name(application),
        Application = application.Name,
        ApplicationUid = applicationUid,
        Page = page.Index,
        Pages = _pages.Count,
        Header = page.Index == 0 ? Header : null,
        Entries = [.. page.Keys.Order().Select(key => isPast ? _entries[key] with { Change = null, PruneWave = null } : _entries[key])],
        ChangesAfter = isPast ? Header?.Syncs ?? 0 : _changesAfter,
        Deleted = isPast ? [] : [.. page.Deleted.Order()],
        ResourceVersion = page.ResourceVersion,
    };

    private void Take(ResourceInventory stored, bool isSurplus)
    {
        var page = new InventoryPage(stored.Page)
        {
            StoredName = stored.Name,
            Uid = stored.Uid,
            ResourceVersion = stored.ResourceVersion,
            Terminating = stored.DeletionTimestamp is not null,
        };
        if (isSurplus)
        {
            Surplus.Add(page);
        }
        else
        {
            _pages.Add(page);
        }

        if (stored.Deleted.Length > 0 && stored.ChangesAfter == _changesAfter)
        {
            (isSurplus ? First() : page).Deleted.UnionWith(stored.Deleted);
        }

        foreach (var entry in stored.Entries.Select(entry => stored.ChangesAfter == _changesAfter ? entry : entry with { Change = null, PruneWave = null }))
        {
            // A page that was going out of use may still hold what the others have, in an older state.
            if (_entries.TryGetValue(entry.Key, out var known) && (isSurplus || known.Fingerprint is not null))
            {
                continue;
            }

            _entries[entry.Key] = entry;
            if (!_pageOf.ContainsKey(entry.Key))
            {
                var home = isSurplus ? PageWithRoom() : page;
                home.Keys.Add(entry.Key);
                home.Dirty |= isSurplus;
                _pageOf[entry.Key] = home;
            }
        }
    }

    private static ResourceInventory WithoutHashes(ResourceInventory page) => page with
    {
        Header = page.Header is null ? null : page.Header with { Pending = true },
        Entries = [.. page.Entries.Select(static entry => entry with { DesiredHash = string.Empty, Fingerprint = null })],
    };

    private InventoryPage First()
    {
        if (_pages.Count == 0)
        {
            _pages.Add(new InventoryPage(0) { Dirty = true });
        }

        return _pages[0];
    }

    private InventoryPage PageWithRoom()
    {
        foreach (var page in _pages)
        {
            if (page.Keys.Count < ResourceInventory.MaxEntries)
            {
                return page;
            }
        }

        // One that was stored before the first page said so is in use again: were it left out of use, it would be deleted under
        // the name that it is stored by now.
        var added = Surplus.Find(page => page.Index == _pages.Count) ?? new InventoryPage(_pages.Count);
        Surplus.Remove(added);
        added.Dirty = true;
        _pages.Add(added);

        // The first page says how many there are.
        _pages[0].Dirty = true;
        return added;
    }
}

/// <summary>One page: what is on it, and how it is stored.</summary>
internal sealed class InventoryPage
{
    public InventoryPage(int index) => Index = index;

    /// <summary>Counted from 0.</summary>
    public int Index { get; }

    public HashSet<ObjectKey> Keys { get; } = [];

    /// <summary>What stood here and was deleted since the last sync that succeeded.</summary>
    public HashSet<ObjectKey> Deleted { get; } = [];

    /// <summary>Null before it was stored.</summary>
    public string? StoredName { get; set; }

    public string? Uid { get; set; }

    public string? ResourceVersion { get; set; }

    /// <summary>Somebody deleted it; our finalizer holds it.</summary>
    public bool Terminating { get; set; }

    /// <summary>Not stored as it is here.</summary>
    public bool Dirty { get; set; }

    public string Name(NamespacedName application) => StoredName ?? $"{application.Name}.{Index}";
}
