using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;

namespace GitOps.Kubernetes.Caching;

using Bucket = ImmutableDictionary<NamespacedName, KubernetesObject>;

/// <summary>Objects by a value that a function finds in them. Immutable.</summary>
internal sealed class CacheIndex
{
    private readonly Func<KubernetesObject, IEnumerable<string>> _valuesOf;
    private readonly ImmutableDictionary<string, Bucket> _buckets;

    public CacheIndex(Func<KubernetesObject, IEnumerable<string>> valuesOf)
        : this(valuesOf, ImmutableDictionary.Create<string, Bucket>(StringComparer.Ordinal))
    {
    }

    private CacheIndex(Func<KubernetesObject, IEnumerable<string>> valuesOf, ImmutableDictionary<string, Bucket> buckets) =>
        (_valuesOf, _buckets) = (valuesOf, buckets);

    public Bucket Find(string value) => _buckets.GetValueOrDefault(value, Bucket.Empty);

    public CacheIndex With(IReadOnlyList<CacheChange> changes)
    {
        var buckets = _buckets.ToBuilder();
        foreach (var change in changes)
        {
            Remove(buckets, change.Before);
            Add(buckets, change.After);
        }

        return new(_valuesOf, buckets.ToImmutable());
    }

    private void Remove(ImmutableDictionary<string, Bucket>.Builder buckets, KubernetesObject? item)
    {
        foreach (var value in Values(item))
        {
            if (buckets.TryGetValue(value, out var bucket))
            {
                var rest = bucket.Remove(new(item!.Namespace, item.Name));
                if (rest.IsEmpty)
                {
                    buckets.Remove(value);
                }
                else
                {
                    buckets[value] = rest;
                }
            }
        }
    }

    private void Add(ImmutableDictionary<string, Bucket>.Builder buckets, KubernetesObject? item)
    {
        foreach (var value in Values(item))
        {
            buckets[value] = buckets.GetValueOrDefault(value, Bucket.Empty).SetItem(new(item!.Namespace, item.Name), item);
        }
    }

    private IEnumerable<string> Values(KubernetesObject? item) => item is null ? [] : _valuesOf(item);
}
