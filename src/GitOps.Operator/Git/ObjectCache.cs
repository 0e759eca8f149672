namespace GitOps.Operator.Git;

/// <summary>Parsed objects by mirror and object id, the least recently used dropped first. An object id never changes its meaning.</summary>
internal sealed class ObjectCache
{
    private readonly long _maxBytes;
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Mirror, string Id), LinkedListNode<Item>> _items = [];
    private readonly LinkedList<Item> _byUse = new();
    private long _bytes;

    public ObjectCache(long maxBytes) => _maxBytes = maxBytes;

    public long Bytes
    {
        get
        {
            lock (_lock)
            {
                return _bytes;
            }
        }
    }

    public T? Find<T>(string mirror, string id)
        where T : class
    {
        lock (_lock)
        {
            if (!_items.TryGetValue((mirror, id), out var node))
            {
                return null;
            }

            if (!ReferenceEquals(_byUse.First, node))
            {
                _byUse.Remove(node);
                _byUse.AddFirst(node);
            }

            return node.Value.Value as T;
        }
    }

    /// <remarks><paramref name="size"/>: About what it takes in memory, in bytes.</remarks>
    public void Add(string mirror, string id, object value, long size)
    {
        if (size > _maxBytes / 2)
        {
            return;
        }

        lock (_lock)
        {
            if (_items.ContainsKey((mirror, id)))
            {
                return;
            }

            _items[(mirror, id)] = _byUse.AddFirst(new Item(mirror, id, value, size));
            _bytes += size;
            while (_bytes > _maxBytes && _byUse.Last is { } last)
            {
                _byUse.RemoveLast();
                _items.Remove((last.Value.Mirror, last.Value.Id));
                _bytes -= last.Value.Size;
            }
        }
    }

    private sealed record Item(string Mirror, string Id, object Value, long Size);
}
