using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Model;

/// <summary>
/// What <c>crds</c> tells: OpenAPI definitions of custom kinds whose fields are marked as annotations, label selectors, names, or
/// names of other objects.
/// </summary>
internal static class CrdConfig
{
    public static async ValueTask<TransformerConfig> ReadAsync(BuildRoot root, IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        var config = TransformerConfig.Empty;
        foreach (var path in paths)
        {
            var definitions = NodeJson.OfJson(ConfigText.ReadDefinitions((await root.ReadAsync(path, cancellationToken)).Span));
            foreach (var definition in definitions.Fields.Where(static definition => IsKind(definition.Value)))
            {
                var found = new TransformerConfig();
                var kind = definition.Name[(definition.Name.LastIndexOf('.') + 1)..];
                Collect(definitions, definition.Name, new(string.Empty, string.Empty, kind), string.Empty, found, []);
                config = config.Merge(found);
            }
        }

        return config;
    }

    private static Node? Properties(Node definition) => definition.Get("Schema")?.Get("properties") ?? definition.Get("schema")?.Get("properties");

    private static bool IsKind(Node definition) =>
        Properties(definition) is { } properties && properties.Get("kind") is not null && properties.Get("apiVersion") is not null && properties.Get("metadata") is not null;

    private static void Collect(Node definitions, string name, Gvk kind, string path, TransformerConfig config, HashSet<string> visited)
    {
        if (definitions.Get(name) is not { } definition || Properties(definition) is not { } properties || !visited.Add(name))
        {
            return;
        }

        BuildWork.CheckDepth(visited.Count);
        foreach (var property in properties.Fields)
        {
            BuildWork.Spend((path.Length + 10) * 4L);
            var below = path.Length == 0 ? property.Name : $"{path}/{property.Name}";
            var spec = new FieldSpec(kind, below, create: false);
            if (property.Value.Get("x-kubernetes-annotation") is not null)
            {
                config.CommonAnnotations.Add(spec);
            }

            if (property.Value.Get("x-kubernetes-label-selector") is not null)
            {
                config.CommonLabels.Add(spec);
            }

            if (property.Value.Get("x-kubernetes-identity") is not null)
            {
                config.NamePrefix.Add(spec);
            }

            if (property.Value.TextOf("x-kubernetes-object-ref-api-version") is { } version && property.Value.TextOf("x-kubernetes-object-ref-kind") is { } target)
            {
                var key = property.Value.TextOf("x-kubernetes-object-ref-name-key") ?? "name";
                config.NameReference.Add(new(new(string.Empty, version, target), [new(kind, $"{below}/{key}", create: false)]));
            }

            if (property.Value.TextOf("$ref") is { } reference)
            {
                Collect(definitions, reference, kind, below, config, visited);
            }
        }

        visited.Remove(name);
    }
}
