using GitOps.Manifests.Trees;

namespace GitOps.Operator.Charts.Packages;

/// <summary>Unpacked packages in memory, those used last; the last one stays whatever its size.</summary>
internal sealed class OpenCharts
{
    private readonly long _maxBytes;
    private readonly Lock _lock = new();
    private readonly LinkedList<(string Key, ISourceTree Tree, long Bytes)> _byUse = [];
    private readonly Dictionary<string, LinkedListNode<(string Key, ISourceTree Tree, long Bytes)>> _byKey = new(StringComparer.Ordinal);
    private long _bytes;

    public OpenCharts(long maxBytes) => _maxBytes = maxBytes;

    public ISourceTree? Find(string key)
    {
        lock (_lock)
        {
            if (!_byKey.TryGetValue(key, out var node))
            {
                return null;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Tree;
        }
    }

    public void Add(string key, ISourceTree tree, long bytes)
    {
        lock (_lock)
        {
            if (_byKey.Remove(key, out var old))
            {
                _byUse.Remove(old);
                _bytes -= old.Value.Bytes;
            }

            _byKey[key] = _byUse.AddFirst((key, tree, bytes));
            _bytes += bytes;
            while (_bytes > _maxBytes && _byUse.Count > 1)
            {
                var last = _byUse.Last!;
                _byUse.RemoveLast();
                _byKey.Remove(last.Value.Key);
                _bytes -= last.Value.Bytes;
            }
        }
    }
}
