using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;

namespace GitOps.Kubernetes.Caching;

/// <summary>
/// All objects at one moment, with their indexes. Immutable: a reader that asks twice gets the same answer, and two readers see
/// no half of a change. The objects are shared and must not be changed.
/// </summary>
public sealed class CacheSnapshot
{
    private readonly ImmutableDictionary<NamespacedName, KubernetesObject> _objects;
    private readonly ImmutableDictionary<string, CacheIndex> _indexes;

    private CacheSnapshot(ImmutableDictionary<NamespacedName, KubernetesObject> objects, ImmutableDictionary<string, CacheIndex> indexes) =>
        (_objects, _indexes) = (objects, indexes);

    public int Count => _objects.Count;

    /// <summary>In no particular order.</summary>
    public IEnumerable<KubernetesObject> All => _objects.Values;

    /// <summary>Null: there is none.</summary>
    public KubernetesObject? Find(string @namespace, string name) => Find(new(@namespace, name));

    /// <inheritdoc cref="Find(string, string)"/>
    public KubernetesObject? Find(NamespacedName name) => _objects.GetValueOrDefault(name);

    /// <summary>The objects under a value of an index, in no particular order.</summary>
    /// <exception cref="ArgumentException">There is no index of that name.</exception>
    public IEnumerable<KubernetesObject> FindBy(string index, string value) => _indexes.TryGetValue(index, out var found)
        ? found.Find(value).Values
        : throw new ArgumentException($"no index is named {index}", nameof(index));

    internal static CacheSnapshot Empty(InformerOptions options) => new(
        ImmutableDictionary<NamespacedName, KubernetesObject>.Empty,
        options.Indexes.ToImmutableDictionary(static index => index.Key, static index => new CacheIndex(index.Value), StringComparer.Ordinal));

    internal CacheSnapshot With(IReadOnlyList<CacheChange> changes)
    {
        var objects = _objects.ToBuilder();
        foreach (var change in changes)
        {
            var name = new NamespacedName(change.Object!.Namespace, change.Object.Name);
            if (change.After is { } after)
            {
                objects[name] = after;
            }
            else
            {
                objects.Remove(name);
            }
        }

        return new(
            objects.ToImmutable(),
            _indexes.IsEmpty ? _indexes : _indexes.ToImmutableDictionary(static index => index.Key, index => index.Value.With(changes), StringComparer.Ordinal));
    }
}
