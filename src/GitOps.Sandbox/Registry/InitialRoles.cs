using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Registry;

/// <summary>
/// The roles and bindings that a real server makes when it starts, as recorded from one. They are prepared once for all
/// sandboxes of a process; each sandbox gets them with its own identities and times.
/// </summary>
internal static class InitialRoles
{
    private const string Name = "initial-roles.json";

    /// <summary>Stands where each sandbox puts its own; as long as what it puts there.</summary>
    private const string AnyUid = "00000000-0000-0000-0000-000000000000";
    private const string AnyTime = "0000-00-00T00:00:00Z";

    private static readonly Lazy<ImmutableArray<(GroupResource Table, StoredObject Template)>> Templates = new(Read);

    public static void Create(Cluster cluster)
    {
        var time = cluster.Timestamp();
        foreach (var (table, template) in Templates.Value)
        {
            cluster.Store.TryCreate(cluster.Store.Table(table), template.Stamp(Guid.NewGuid().ToString(), AnyTime, time));
        }
    }

    private static ImmutableArray<(GroupResource Table, StoredObject Template)> Read()
    {
        using var stream = typeof(InitialRoles).Assembly.GetManifestResourceStream(Name)
            ?? throw new InvalidOperationException($"the program was built without {Name}");
        using var buffer = new MemoryStream();
        stream.CopyTo(buffer);
        return [.. KubernetesJson.Parse(buffer.ToArray())!.AsArray().Select(static item => Prepare((JsonObject)item!))];
    }

    private static (GroupResource Table, StoredObject Template) Prepare(JsonObject json)
    {
        var metadata = (JsonObject)json["metadata"]!;
        (metadata["uid"], metadata["creationTimestamp"]) = (AnyUid, AnyTime);
        metadata["managedFields"]![0]!["time"] = AnyTime;
        var resource = ResourceCatalog.BuiltIn.FindKind(new KubernetesObject(json).GroupVersionKind)!;
        return (resource.Storage, resource.Draft(json));
    }
}
