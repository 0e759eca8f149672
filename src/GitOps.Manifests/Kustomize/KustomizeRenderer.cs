using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;
using GitOps.Manifests.Kustomize.Transformers;
using GitOps.Manifests.Trees;

namespace GitOps.Manifests.Kustomize;

/// <summary>
/// Renders a kustomization as kustomize 5.8 does, in this process and from the tree alone: nothing is fetched, and no program is
/// run. Objects come sorted by kind, unless the kustomization says otherwise.
/// </summary>
public static class KustomizeRenderer
{
    private const string OriginAnnotation = "config.kubernetes.io/origin";
    private const string TransformationsAnnotation = "alpha.config.kubernetes.io/transformations";

    /// <exception cref="ManifestException">The kustomization cannot be built, with the file and the reason.</exception>
    /// <exception cref="SourceTreeException">The tree refuses a path: a link that leaves it, a file that is too large.</exception>
    public static async Task<RenderResult> RenderAsync(ISourceTree tree, KustomizeOptions options, CancellationToken cancellationToken)
    {
        var recording = new RecordingSourceTree(tree);
        var path = TreePath.Normalize(options.Path);
        try
        {
            var root = new BuildRoot(recording, path, new(options.MaxTotalBytes, options.AllowFilesOutsideRoot));
            var state = new BuildState();
            var builder = await KustomizationBuilder.OpenAsync(root, state, options.Overrides, cancellationToken);
            var resources = await builder.BuildAsync(cancellationToken);
            if (builder.Kustomization.SortOptions is { } order)
            {
                new SortOrderTransformer(order).Transform(resources, state);
            }
            else if (!options.KeepOrder)
            {
                new SortOrderTransformer(new("legacy", null, null)).Transform(resources, state);
            }

            var location = new SourceLocation(path.Length == 0 ? "." : path, 1, 1);
            return new([.. resources.All.Select(resource => new RenderedObject(Finish(resource, builder.Kustomization.BuildMetadata), location))], recording.Inputs, []);
        }
        catch (KustomizeException exception)
        {
            throw new ManifestException(new ManifestError(exception.File ?? (path.Length == 0 ? "." : path), null, exception.Message));
        }
    }

    private static KubernetesObject Finish(Resource resource, List<string> metadata)
    {
        if (metadata.Contains("managedByLabel", StringComparer.Ordinal))
        {
            resource.Node.GetOrAdd("metadata", NodeKind.Map).GetOrAdd("labels", NodeKind.Map).Set("app.kubernetes.io/managed-by", Node.String("kustomize-v5.8.1"));
        }

        var annotations = resource.TextsOf("annotations");
        Put(OriginAnnotation, metadata.Contains("originAnnotations", StringComparer.Ordinal) ? resource.Origin?.ToYaml() : null);
        Put(TransformationsAnnotation, metadata.Contains("transformerAnnotations", StringComparer.Ordinal) && resource.Transformations.Count > 0
            ? Origin.ToYaml(resource.Transformations)
            : null);
        resource.SetTexts("annotations", annotations);
        return new((JsonObject)NodeJson.ToJson(resource.Node)!);

        void Put(string name, string? text)
        {
            if (text is null)
            {
                annotations.Remove(name);
            }
            else
            {
                annotations[name] = text;
            }
        }
    }
}
