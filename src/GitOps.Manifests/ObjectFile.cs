using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests;

/// <summary>
/// Reads a file of objects as a cluster has them, with what the server records in them: <c>kubectl get -o yaml</c>, or the saved
/// state of a sandbox. A manifest, which is to be applied, is read by a renderer, which refuses the server's records.
/// </summary>
public static class ObjectFile
{
    /// <summary>The objects of all documents; lists stand for their items.</summary>
    /// <param name="file">Its name, for errors.</param>
    /// <param name="content">UTF-8, or UTF-16 with a byte order mark: YAML documents, each of which may be JSON.</param>
    /// <exception cref="ManifestException">With every place that cannot be read, or holds no object.</exception>
    public static ImmutableArray<RenderedObject> Read(string file, ReadOnlySpan<byte> content)
    {
        var limits = new YamlLimits(KubernetesJson.MaxDepth, Math.Max(YamlLimits.Default.MaxExpansion, content.Length)) { MaxValues = int.MaxValue };
        var parsed = YamlFile.Parse(content, limits);
        var errors = parsed.Errors.Select(error => Error(file, document: 1, error)).ToList();
        var objects = ImmutableArray.CreateBuilder<RenderedObject>();
        foreach (var document in parsed.Documents)
        {
            var mistakes = new List<YamlErrorException>();
            var json = YamlToJson.Convert(document.Root, YamlDialect.Kubectl, limits, mistakes);
            errors.AddRange(mistakes.Select(error => Error(file, document.Number, error)));
            if (mistakes.Count == 0)
            {
                Add(json, document.Root, new(file, document.Number, document.Line), objects, errors);
            }
        }

        return errors.Count > 0 ? throw new ManifestException([.. errors]) : objects.DrainToImmutable();
    }

    private static void Add(
        JsonNode? json, YamlNode node, SourceLocation location, ImmutableArray<RenderedObject>.Builder objects, List<ManifestError> errors)
    {
        if (json is null)
        {
            return;
        }

        if (json is JsonObject list && ObjectLists.IsList(list))
        {
            foreach (var (item, itemNode) in ObjectLists.Items(list, node))
            {
                Add(item ?? new JsonArray(), itemNode, location with { Line = itemNode.Line }, objects, errors);
            }

            return;
        }

        var fields = json as JsonObject;
        foreach (var name in (ReadOnlySpan<string>)["apiVersion", "kind"])
        {
            if (string.IsNullOrEmpty(KubernetesObject.GetString(fields, name)))
            {
                errors.Add(new(location, $"not a Kubernetes object: {name} is missing or not a string"));
                return;
            }
        }

        if (string.IsNullOrEmpty(KubernetesObject.GetString(fields!["metadata"] as JsonObject, "name")))
        {
            errors.Add(new(location, "metadata.name is missing or not a string"));
            return;
        }

        objects.Add(new(new KubernetesObject(fields), location));
    }

    private static ManifestError Error(string file, int document, YamlErrorException error) =>
        new(new SourceLocation(file, document, error.Line), error.Message);
}
