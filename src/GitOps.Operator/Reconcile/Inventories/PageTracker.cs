using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Reconcile.Inventories;

/// <summary>
/// Tells our own writes to inventory pages from anybody else's, by the resourceVersions of the answers: while a write is on its
/// way events wait, afterwards they are ours until the answer's version has been seen. Thread-safe.
/// </summary>
internal sealed class PageTracker
{
    private readonly Lock _lock = new();
    private readonly Dictionary<NamespacedName, Page> _pages = [];

    /// <summary>A page was read in this version.</summary>
    public void Seen(NamespacedName name, string? version)
    {
        lock (_lock)
        {
            var page = Find(name);
            page.Version = version;
            page.Awaited = null;
        }
    }

    public void BeginWrite(NamespacedName name)
    {
        lock (_lock)
        {
            var page = Find(name);
            page.InFlight = true;
            page.SeenInFlight = null;
        }
    }

    /// <param name="name">The page.</param>
    /// <param name="version">Of the answer; null: there was none.</param>
    public void EndWrite(NamespacedName name, string? version)
    {
        lock (_lock)
        {
            var page = Find(name);
            page.InFlight = false;
            if (version is not null)
            {
                page.Awaited = page.SeenInFlight == version || page.Version == version ? null : version;
                page.Version = version;
            }
        }
    }

    /// <summary>An event of the watch on pages.</summary>
    /// <returns>Whether somebody else wrote to the page, or deleted it.</returns>
    public bool IsForeign(NamespacedName name, string? version, bool deleted, bool listed)
    {
        lock (_lock)
        {
            if (!_pages.TryGetValue(name, out var page))
            {
                return !deleted;
            }

            if (deleted)
            {
                _pages.Remove(name);
                return !page.InFlight;
            }

            if (page.InFlight)
            {
                page.SeenInFlight = version;
                return false;
            }

            if (page.Awaited is { } awaited && !listed)
            {
                page.Awaited = awaited == version ? null : awaited;
                return false;
            }

            page.Awaited = null;
            return page.Version != version;
        }
    }

    private Page Find(NamespacedName name)
    {
        if (!_pages.TryGetValue(name, out var page))
        {
            _pages[name] = page = new();
        }

        return page;
    }

    private sealed class Page
    {
        public string? Version { get; set; }

        public string? Awaited { get; set; }

        public bool InFlight { get; set; }

        public string? SeenInFlight { get; set; }
    }
}
