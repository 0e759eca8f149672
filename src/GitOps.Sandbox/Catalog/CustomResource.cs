using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Tables;

namespace GitOps.Sandbox.Catalog;

/// <summary>What a CustomResourceDefinition says about one served version of its resource.</summary>
/// <param name="DefinitionName">The definition's own name: <c>widgets.example.com</c>.</param>
/// <param name="DefinitionUid">Changes when the definition is made anew.</param>
/// <param name="Schema"><c>openAPIV3Schema</c>, or null.</param>
/// <param name="HasStatus">Whether <c>status</c> is a subresource.</param>
/// <param name="Scale">The paths of the scale subresource, or null.</param>
/// <param name="SelectableFields">Paths that field selectors may name, without their leading dot.</param>
/// <param name="Table">What tables show.</param>
internal sealed record CustomResource(
    string DefinitionName,
    string DefinitionUid,
    JsonObject? Schema,
    bool HasStatus,
    ScalePaths? Scale,
    ImmutableArray<string> SelectableFields,
    KindTable Table)
{
    public static CustomResource Of(KubernetesObject definition, JsonObject version)
    {
        var subresources = version["subresources"] as JsonObject;
        return new(
            definition.Name,
            definition.Uid ?? string.Empty,
            version["schema"]?["openAPIV3Schema"] as JsonObject,
            subresources?["status"] is JsonObject,
            subresources?["scale"] is JsonObject scale ? ScalePaths.Of(scale) : null,
            version["selectableFields"] is JsonArray fields
                ? [.. fields.OfType<JsonObject>().Select(static field => (KubernetesObject.GetString(field, "jsonPath") ?? string.Empty).TrimStart('.'))]
                : [],
            CustomTable.Of(version));
    }
}

/// <summary>Where a kind keeps what its scale subresource shows.</summary>
/// <param name="SpecReplicas">Plain field names.</param>
/// <param name="StatusReplicas">Plain field names.</param>
/// <param name="Selector">Plain field names of a selector's text or of a label selector object; empty if there is none.</param>
internal sealed record ScalePaths(ImmutableArray<string> SpecReplicas, ImmutableArray<string> StatusReplicas, ImmutableArray<string> Selector)
{
    public static readonly ScalePaths BuiltIn = new(["spec", "replicas"], ["status", "replicas"], ["spec", "selector"]);

    public static ScalePaths Of(JsonObject scale) => new(
        Split(KubernetesObject.GetString(scale, "specReplicasPath")),
        Split(KubernetesObject.GetString(scale, "statusReplicasPath")),
        Split(KubernetesObject.GetString(scale, "labelSelectorPath")));

    private static ImmutableArray<string> Split(string? path) =>
        string.IsNullOrEmpty(path) ? [] : [.. path.TrimStart('.').Split('.')];
}
