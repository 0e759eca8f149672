using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Plugins;

namespace GitOps.Sandbox.Registry;

/// <summary>What every cluster begins with.</summary>
internal static class InitialObjects
{
    public static void Create(Cluster cluster)
    {
        foreach (var json in Priorities.SystemClasses(cluster))
        {
            Add(cluster, json);
        }

        foreach (var name in (ReadOnlySpan<string>)["default", "kube-system", "kube-public", "kube-node-lease"])
        {
            AddNamespace(cluster, name);
        }

        InitialRoles.Create(cluster);
    }

    /// <summary>Adds a namespace, if there is none of that name.</summary>
    public static void AddNamespace(Cluster cluster, string name)
    {
        var json = new JsonObject
        {
            ["kind"] = "Namespace",
            ["apiVersion"] = "v1",
            ["metadata"] = Metadata(cluster, name),
            ["spec"] = new JsonObject { ["finalizers"] = new JsonArray("kubernetes") },
            ["status"] = new JsonObject { ["phase"] = "Active" },
        };
        NamespaceRules.Complete(json);
        Add(cluster, json);
    }

    private static JsonObject Metadata(Cluster cluster, string name) => new()
    {
        ["name"] = name,
        ["uid"] = Guid.NewGuid().ToString(),
        ["creationTimestamp"] = cluster.Timestamp(),
    };

    private static void Add(Cluster cluster, JsonObject json)
    {
        var resource = cluster.Catalog.FindKind(new KubernetesObject(json).GroupVersionKind)!;
        cluster.Store.TryCreate(cluster.Store.Table(resource.Storage), resource.Draft(json));
    }
}
