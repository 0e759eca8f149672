using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;

namespace GitOps.EndToEnd.Tests.Syncing;

/// <summary>What tests of sync options have in common.</summary>
internal static class SyncOptionBed
{
    /// <param name="name">Of the ConfigMap.</param>
    /// <param name="annotations">As <see cref="Workloads.Argo"/> takes them.</param>
    /// <param name="value">Of its only key.</param>
    /// <param name="rest">More of the object, a YAML line.</param>
    public static string ConfigMap(string name, string annotations, string value = "one", string rest = "") => $$"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: "{{name}}", annotations: {{Workloads.Argo(annotations)}} }
        data: {key: "{{value}}"}
        {{rest}}

        """;

    public static Action<JsonObject> Options(params string[] options) => json =>
        json["spec"]!["syncPolicy"]!["syncOptions"] = new JsonArray([.. options.Select(static option => (JsonNode)option)]);

    public static Task<KubernetesObject> UntilValueAsync(this TestSpace space, string configMap, string value) => space.UntilObjectAsync(
        Kinds.ConfigMap, space.Target, configMap, $"has {value}", found => found.At("data", "key")?.GetValue<string>() == value);

    public static async Task<KubernetesObject> ConfigMapAsync(this TestSpace space, string name) =>
        (await space.Cluster.GetAsync(Kinds.ConfigMap, space.Target, name))!;

    public static Task PatchAsync(this TestSpace space, NamespacedName application, string patch) =>
        space.Cluster.MergeAsync(Kinds.Application, application.Namespace, application.Name, patch);
}
