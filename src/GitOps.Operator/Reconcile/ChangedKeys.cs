using System.Collections.Concurrent;
using GitOps.Kubernetes.Objects;

namespace GitOps.Operator.Reconcile;

/// <summary>Objects that have changed, from watches to the worker that looks into it. For any number of threads.</summary>
internal sealed class ChangedKeys
{
    private readonly ConcurrentDictionary<ObjectKey, bool> _keys = new();

    public bool IsEmpty => _keys.IsEmpty;

    public void Add(ObjectKey key) => _keys[key] = true;

    /// <summary>All of them; what comes afterwards is kept for the next time.</summary>
    public HashSet<ObjectKey> Take()
    {
        var taken = _keys.Keys.ToHashSet();
        foreach (var key in taken)
        {
            _keys.TryRemove(key, out _);
        }

        return taken;
    }
}
