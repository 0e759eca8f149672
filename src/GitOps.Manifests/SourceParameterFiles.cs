using System.Text.Json.Nodes;
using GitOps.Manifests.Trees;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests;

/// <summary>
/// Argo CD's files beside the manifests that change the parameters of their source, as image updaters write them:
/// <c>.argocd-source.yaml</c> for all Applications of a directory, then <c>.argocd-source-NAME.yaml</c> for one.
/// </summary>
public static class SourceParameterFiles
{
    /// <summary>
    /// Merges what the files say into a source (RFC 7386). Pass a <see cref="RecordingSourceTree"/> to have the look-ups among the
    /// recorded inputs.
    /// </summary>
    /// <param name="tree">The commit.</param>
    /// <param name="directory">The source's path, normalised.</param>
    /// <param name="application">The Application's name in Argo CD.</param>
    /// <param name="source">The source as it is written in the spec; it stays as it is.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The files that were found, and the source with what they say; null if there are none.</returns>
    /// <exception cref="ManifestException">A file is no YAML mapping.</exception>
    public static async ValueTask<(string Files, JsonObject Source)?> MergeAsync(
        ISourceTree tree, string directory, string application, JsonObject source, CancellationToken cancellationToken)
    {
        var files = new List<string>();
        var merged = source;
        foreach (var name in (string[])[".argocd-source.yaml", $".argocd-source-{application}.yaml"])
        {
            var path = TreePath.Combine(directory, name);
            if (await tree.FindAsync(path, cancellationToken) is { Kind: TreeEntryKind.File })
            {
                merged = (JsonObject)Merge(merged, Parse(path, (await tree.ReadAsync(path, cancellationToken)).Span))!;
                files.Add(path);
            }
        }

        return files.Count == 0 ? null : (string.Join(", ", files), merged);
    }

    private static JsonObject Parse(string path, ReadOnlySpan<byte> content)
    {
        var file = YamlFile.Parse(content, YamlLimits.Default);
        var errors = file.Errors.ToList();
        var json = errors.Count == 0 && file.Documents is [var first, ..]
            ? YamlToJson.Convert(first.Root, YamlDialect.Kubectl, YamlLimits.Default, errors)
            : null;
        if (errors is [var error, ..])
        {
            throw new ManifestException(new ManifestError(new SourceLocation(path, 1, error.Line), error.Message));
        }

        return json as JsonObject ?? throw new ManifestException(new ManifestError(
            path, null, "this is no mapping: give it parameters of the source, like kustomize.images, or remove the file"));
    }

    private static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
        {
            return patch?.DeepClone();
        }

        var merged = target is JsonObject fields ? (JsonObject)fields.DeepClone() : [];
        foreach (var (name, change) in changes)
        {
            if (change is null)
            {
                merged.Remove(name);
            }
            else
            {
                merged[name] = Merge(merged[name], change);
            }
        }

        return merged;
    }
}
