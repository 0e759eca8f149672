using System.Collections.Immutable;
using System.Globalization;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.State;

/// <summary>
/// Puts objects into a cluster that serves nobody yet. One with a uid is taken as it is, owners, status and resourceVersion
/// included: it comes from a saved state, or from a real cluster. One without was written by hand, and has to go through the
/// API like anybody's.
/// </summary>
internal sealed class StateReader
{
    private readonly Cluster _cluster;
    private readonly List<ManifestError> _errors = [];
    private long _newest;

    private StateReader(Cluster cluster) => _cluster = cluster;

    /// <summary>Reads a file of YAML or JSON documents and restores what has a uid.</summary>
    /// <returns>The others, in the file's order.</returns>
    /// <exception cref="ManifestException">Some objects cannot be read, or are of a kind that is not served.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<ImmutableArray<RenderedObject>> RestoreAsync(Cluster cluster, string path, CancellationToken cancellationToken)
    {
        var content = await File.ReadAllBytesAsync(path, cancellationToken);
        return new StateReader(cluster).Restore(ObjectFile.Read(path, content));
    }

    private ImmutableArray<RenderedObject> Restore(ImmutableArray<RenderedObject> objects)
    {
        var stored = objects.Where(static item => item.Object.Uid is { Length: > 0 }).ToLookup(static item => IsDefinition(item.Object));
        foreach (var definition in stored[true])
        {
            Restore(definition);
        }

        // The others may be of the kinds that these define.
        foreach (var definition in stored[true])
        {
            _cluster.Definitions.OnWritten(_cluster.Catalog.FindStored(Definitions.Resource)!, definition.Object.Name);
        }

        foreach (var item in stored[false])
        {
            Restore(item);
        }

        foreach (var name in stored[false].Select(static item => item.Object.Namespace).Where(static name => name.Length > 0).Distinct(StringComparer.Ordinal))
        {
            // An extract of a cluster need not have the namespaces themselves.
            InitialObjects.AddNamespace(_cluster, name);
        }

        if (_errors.Count > 0)
        {
            throw new ManifestException([.. _errors]);
        }

        _cluster.Store.BeginAfter(_newest);
        return [.. objects.Where(static item => string.IsNullOrEmpty(item.Object.Uid))];
    }

    private void Restore(RenderedObject item)
    {
        var source = item.Object;
        if (_cluster.Catalog.FindKind(source.GroupVersionKind) is not { } resource)
        {
            _errors.Add(new(item.Location, $"{source.GroupVersionKind} is not served here: add its CustomResourceDefinition to the file"));
            return;
        }

        if (resource.Namespaced != source.Namespace.Length > 0)
        {
            _errors.Add(new(item.Location, resource.Namespaced
                ? $"metadata.namespace is missing: a {source.Kind} lies in a namespace"
                : $"metadata.namespace is set, but a {source.Kind} lies in none"));
            return;
        }

        var type = _cluster.Schemas.Find(resource.GroupVersionKind) ?? TypeSchema.Untyped;
        if (DecodingCheck.FirstError(source.Json, type) is { } mistake)
        {
            _errors.Add(new(item.Location, $"not a {source.Kind}: {mistake}"));
            return;
        }

        var version = long.TryParse(source.ResourceVersion, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : 0;
        _newest = Math.Max(_newest, version);
        _cluster.Store.Restore(_cluster.Store.Table(resource.Storage), resource.Draft(source.Json), version);
    }

    private static bool IsDefinition(KubernetesObject item) =>
        item.GroupVersionKind.Group == Definitions.Resource.Group && item.Kind == "CustomResourceDefinition";
}
