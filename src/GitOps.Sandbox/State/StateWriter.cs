using System.Text;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests;
using GitOps.Sandbox.Registry;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.State;

/// <summary>
/// Writes all objects of a cluster as they are stored, with uid, resourceVersion and managedFields: definitions first, then
/// namespaces, then the rest by group, kind, namespace and name, so that two states can be compared by their text.
/// </summary>
internal static class StateWriter
{
    private static readonly GroupResource Namespaces = new(string.Empty, "namespaces");

    /// <summary>All objects at one moment.</summary>
    public static IReadOnlyList<KubernetesObject> Read(Cluster cluster)
    {
        var catalog = cluster.Catalog;
        var objects = new List<KubernetesObject>();
        foreach (var (resource, snapshot) in cluster.Store.TakeAll().OrderBy(static table => Rank(table.Resource))
            .ThenBy(static table => table.Resource.Group, StringComparer.Ordinal).ThenBy(static table => table.Resource.Resource, StringComparer.Ordinal))
        {
            if (catalog.FindStored(resource) is { } served)
            {
                objects.AddRange(snapshot.Enumerate(null).Select(stored => new KubernetesObject(served.Read(stored))));
            }
        }

        return objects;
    }

    /// <summary>Replaces a file by the state, all or nothing; only this user can read it, since there may be Secrets in it.</summary>
    public static async Task WriteAsync(Cluster cluster, string path, CancellationToken cancellationToken)
    {
        var text = new StringWriter();
        ManifestWriter.WriteYaml(text, Read(cluster));
        var full = Path.GetFullPath(path);
        var draft = $"{full}.{Guid.NewGuid():N}";
        try
        {
            await using (var stream = new FileStream(draft, PrivateFile.Options(FileMode.CreateNew)))
            {
                await stream.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), cancellationToken);
            }

            File.Move(draft, full, overwrite: true);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    private static int Rank(GroupResource resource) => resource == Definitions.Resource ? 0 : resource == Namespaces ? 1 : 2;
}
