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
/// run; but charts, if the options have what renders them. Objects come sorted by kind, unless the kustomization says otherwise.
/// </summary>
public static class KustomizeRenderer
{
    private const int MaxMessage = 2000;
    private const string OriginAnnotation = "config.kubernetes.io/origin";
    private const string TransformationsAnnotation = "alpha.config.kubernetes.io/transformations";

    /// <exception cref="ManifestException">The kustomization cannot be built, with the file and the reason.</exception>
    /// <exception cref="SourceTreeException">The tree refuses a path: a link that leaves it, a file that is too large.</exception>
    /// <exception cref="Helm.HelmException">It names a chart, and helm cannot be run, or took too much.</exception>
    public static async Task<RenderResult> RenderAsync(ISourceTree tree, KustomizeOptions options, CancellationToken cancellationToken)
    {
        var recording = new RecordingSourceTree(tree);
        var path = TreePath.Normalize(options.Path);
        BuildWork.Begin(options.MaxSteps);
        try
        {
            var root = new BuildRoot(recording, path, new(options.MaxTotalBytes, options.AllowFilesOutsideRoot));
            var state = new BuildState { Charts = options.Charts };
            var builder = await KustomizationBuilder.OpenAsync(root, state, options.Overrides, cancellationToken);
            var resources = await builder.BuildAsync(cancellationToken);
            if (builder.Kustomization.SortOptions is { } order)
            {
                resources.Apply(new SortOrderTransformer(order), state);
            }
            else if (!options.KeepOrder)
            {
                resources.Apply(new SortOrderTransformer(new("legacy", null, null)), state);
            }

            BuildWork.For("the result");
            foreach (var resource in resources.All)
            {
                var (values, characters, depth) = resource.Node.Measure();
                BuildWork.Hold(values, characters);
                BuildWork.CheckDepth(depth);
            }

            var location = new SourceLocation(path.Length == 0 ? "." : path, 1, 1);
            return new([.. resources.All.Select(resource => new RenderedObject(Finish(resource, builder.Kustomization.BuildMetadata), location))], recording.Inputs, [.. state.Warnings]);
        }
        catch (KustomizeException exception)
        {
            throw new ManifestException(new ManifestError(exception.File ?? (path.Length == 0 ? "." : path), null, Shortened(exception.Message)));
        }
    }

    /// <summary>Errors name what the files say, which may be of any length: the begin tells what is wrong where, the end why.</summary>
    private static string Shortened(string message) => message.Length <= MaxMessage
        ? message
        : $"{message[..(MaxMessage / 2)]} … {message[^(MaxMessage / 2)..]}";

    private static KubernetesObject ToObject(Resource resource)
    {
        NodeCharacters.Check(resource.Node, resource);
        return new((JsonObject)NodeJson.ToJson(resource.Node)!);
    }

    private static KubernetesObject Finish(Resource resource, List<string> metadata)
    {
        if (metadata.Contains("managedByLabel", StringComparer.Ordinal))
        {
            resource.Node.GetOrAdd("metadata", NodeKind.Map).GetOrAdd("labels", NodeKind.Map).Set("app.kubernetes.io/managed-by", Node.String("kustomize-v5.8.1"));
        }

        if (metadata.Count == 0 && resource.Metadata is { } own && own.Get("annotations") is null)
        {
            return ToObject(resource);
        }

        var annotations = resource.TextsOf("annotations");
        BuildAnnotations.RemoveFrom(annotations);
        Put(OriginAnnotation, metadata.Contains("originAnnotations", StringComparer.Ordinal) ? resource.Origin?.ToYaml() : null);
        Put(TransformationsAnnotation, metadata.Contains("transformerAnnotations", StringComparer.Ordinal) && resource.Transformations.Count > 0
            ? Origin.ToYaml(resource.Transformations)
            : null);
        resource.SetTexts("annotations", annotations);
        return ToObject(resource);

        void Put(string name, string? text)
        {
            if (text is null)
            {
                annotations.Remove(name);
            }
            else
            {
                BuildWork.Spend(text.Length);
                annotations[name] = text;
            }
        }
    }
}
