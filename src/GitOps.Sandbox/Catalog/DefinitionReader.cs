using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Catalog;

/// <summary>One served version of a definition, ready to be served.</summary>
internal sealed record DefinedResource(ServedResource Resource, TypeSchema Type);

/// <summary>Reads what a CustomResourceDefinition serves.</summary>
internal static class DefinitionReader
{
    private static readonly ImmutableArray<string> Verbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
    private static readonly ImmutableArray<string> TerminatingVerbs = ["delete", "deletecollection", "get", "list", "watch"];
    private static readonly ImmutableArray<string> SubresourceVerbs = ["get", "patch", "update"];

    /// <summary>Its served versions.</summary>
    public static ImmutableArray<DefinedResource> Read(KubernetesObject definition)
    {
        var names = definition.At("spec", "names") as JsonObject ?? [];
        var group = KubernetesObject.GetString(definition.At("spec") as JsonObject, "group") ?? string.Empty;
        var versions = (definition.At("spec", "versions") as JsonArray ?? []).OfType<JsonObject>();
        return
        [
            .. versions.Where(static version => IsSet(version, "served"))
                .Select(version => Read(definition, group, names, version)),
        ];
    }

    private static DefinedResource Read(KubernetesObject definition, string group, JsonObject names, JsonObject version)
    {
        var kind = KubernetesObject.GetString(names, "kind") ?? string.Empty;
        var custom = CustomResource.Of(definition, version);
        var resource = new ServedResource(
            new(group, KubernetesObject.GetString(version, "name") ?? string.Empty, kind), KubernetesObject.GetString(names, "plural") ?? string.Empty)
        {
            ListKind = KubernetesObject.GetString(names, "listKind") ?? kind + "List",
            Singular = KubernetesObject.GetString(names, "singular") ?? kind.ToLowerInvariant(),
            Namespaced = KubernetesObject.GetString(definition.At("spec") as JsonObject, "scope") != "Cluster",
            ShortNames = Strings(names, "shortNames"),
            Categories = Strings(names, "categories"),
            Verbs = definition.IsTerminating ? TerminatingVerbs : Verbs,
            Subresources = [.. Subresources(custom, kind)],
            Custom = custom,
            Warning = Warning(definition, version, group, kind),
        };
        return new(resource, custom.Schema is null ? CrdSchema.Schemaless : CrdSchema.Parse(custom.Schema, "schema").Type);
    }

    /// <summary>A deprecated version's own warning, or one that names the best version to use instead.</summary>
    private static string? Warning(KubernetesObject definition, JsonObject version, string group, string kind)
    {
        if (!IsSet(version, "deprecated"))
        {
            return null;
        }

        if (KubernetesObject.GetString(version, "deprecationWarning") is { Length: > 0 } own)
        {
            return own;
        }

        var name = KubernetesObject.GetString(version, "name") ?? string.Empty;
        var better = (definition.At("spec", "versions") as JsonArray ?? []).OfType<JsonObject>()
            .Where(static other => IsSet(other, "served") && !IsSet(other, "deprecated"))
            .Select(static other => KubernetesObject.GetString(other, "name") ?? string.Empty)
            .Where(other => VersionOrder.Instance.Compare(other, name) < 0)
            .Order(VersionOrder.Instance).FirstOrDefault();
        var text = $"{group}/{name} {kind} is deprecated";
        return better is null ? text : $"{text}; use {group}/{better} {kind}";
    }

    private static bool IsSet(JsonObject version, string name) => version[name] is JsonValue value && value.TryGetValue(out bool isSet) && isSet;

    private static IEnumerable<ServedSubresource> Subresources(CustomResource custom, string kind)
    {
        if (custom.HasStatus)
        {
            yield return new("status", new(string.Empty, string.Empty, kind), SubresourceVerbs);
        }

        if (custom.Scale is not null)
        {
            yield return new("scale", new("autoscaling", "v1", "Scale"), SubresourceVerbs);
        }
    }

    private static ImmutableArray<string> Strings(JsonObject parent, string name) =>
        parent[name] is JsonArray items ? [.. items.Select(static item => item?.ToString() ?? string.Empty)] : [];
}
