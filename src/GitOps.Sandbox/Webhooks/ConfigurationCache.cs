using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Webhooks;

/// <summary>What the objects of one resource configure, read again only after one of them has changed.</summary>
internal sealed class ConfigurationCache<T>
{
    private readonly Cluster _cluster;
    private readonly GroupResource _resource;
    private readonly Func<JsonObject, IEnumerable<T>> _read;
    private volatile State _state = new(ResourceTable.NoObjects, []);

    /// <param name="cluster">Whose objects.</param>
    /// <param name="plural">The resource, of admissionregistration.k8s.io.</param>
    /// <param name="read">What one object configures.</param>
    public ConfigurationCache(Cluster cluster, string plural, Func<JsonObject, IEnumerable<T>> read) =>
        (_cluster, _resource, _read) = (cluster, new("admissionregistration.k8s.io", plural), read);

    /// <summary>By the names of the objects.</summary>
    public ImmutableArray<T> Current
    {
        get
        {
            var objects = _cluster.Store.Table(_resource).Objects;
            var state = _state;
            return ReferenceEquals(state.Objects, objects) ? state.Items : Read(objects);
        }
    }

    private ImmutableArray<T> Read(ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, StoredObject>> objects)
    {
        var served = _cluster.Catalog.FindStored(_resource)!;
        ImmutableArray<T> items = [.. objects.Values.SelectMany(static names => names.Values).SelectMany(stored => _read(served.Read(stored)))];
        _state = new(objects, items);
        return items;
    }

    private sealed record State(
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, StoredObject>> Objects, ImmutableArray<T> Items);
}
