using GitOps.Manifests;
using GitOps.Manifests.Helm;
using GitOps.Manifests.Kustomize;
using GitOps.Manifests.Plain;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;

namespace GitOps.Operator.Render;

/// <param name="Renderer">For charts.</param>
/// <param name="References">Trees of other sources, by their names.</param>
internal sealed record ChartTools(ChartRenderer Renderer, IReadOnlyDictionary<string, ISourceTree> References);

/// <summary>
/// Renders the directory of a source. What kind of directory it is, the source says with the options that it sets, else the
/// files do; parameter files beside the manifests are merged into the source before.
/// </summary>
internal static class DirectoryRenderer
{
    /// <summary>Changes whenever the same files may render to something else; recorded with what was rendered.</summary>
    public const string Version = "4";

    /// <summary>What is in the result of the inputs is what the renderer itself read; all of them are with <paramref name="recording"/>.</summary>
    /// <param name="recording">Of a <see cref="BuildTree"/>.</param>
    /// <param name="source">What to render, and how.</param>
    /// <param name="charts">For charts; null: they are refused.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ManifestException">The manifests have errors; all of them are in it.</exception>
    /// <exception cref="SourceTreeException">The directory is not there, or something in it cannot be read.</exception>
    /// <exception cref="HelmException">It is or has a chart, and helm cannot be run, or took too much.</exception>
    public static Task<RenderResult> RenderAsync(
        RecordingSourceTree recording, RenderedSource source, ChartTools? charts, CancellationToken cancellationToken) =>
        RenderAsync(recording, source, charts, static _ => { }, cancellationToken);

    /// <summary>The same, and tells of which kind it is as soon as that is known.</summary>
    public static async Task<RenderResult> RenderAsync(
        RecordingSourceTree recording, RenderedSource source, ChartTools? charts, Action<SourceKind> tell, CancellationToken cancellationToken)
    {
        source = await MergeAsync(recording, source, cancellationToken);
        var kind = source.Kind ?? await SourceDetection.DetectAsync(recording, source.Path, cancellationToken);
        tell(kind);
        return kind switch
        {
            SourceKind.Directory => await PlainRenderer.RenderAsync(
                recording, new(source.Path, source.Directory.Recurse, source.Directory.Include, source.Directory.Exclude), cancellationToken),
            SourceKind.Kustomize => await KustomizeRenderer.RenderAsync(
                recording,
                new(source.Path)
                {
                    Overrides = await KustomizeVariables.ExpandAsync(source.Kustomize, recording, cancellationToken),
                    Charts = charts?.Renderer.ForKustomization(recording, source),
                },
                cancellationToken),
            _ when charts is not null => await charts.Renderer.RenderAsync(recording, source, charts.References, cancellationToken),
            _ => throw new ManifestException(new ManifestError(
                source.Path.Length == 0 ? "." : source.Path, null, "this is a chart, since it has a Chart.yaml, and there is no helm here")),
        };
    }

    /// <summary>The same where there are no charts.</summary>
    /// <exception cref="ManifestException">The manifests have errors; all of them are in it.</exception>
    /// <exception cref="SourceTreeException">The directory is not there, or something in it cannot be read.</exception>
    public static Task<RenderResult> RenderAsync(RecordingSourceTree recording, RenderedSource source, CancellationToken cancellationToken) =>
        RenderAsync(recording, source, null, cancellationToken);

    private static async ValueTask<RenderedSource> MergeAsync(ISourceTree tree, RenderedSource source, CancellationToken cancellationToken)
    {
        if (await SourceParameterFiles.MergeAsync(tree, source.Path, source.Build.Application, source.Build.Source, cancellationToken) is not { } merged)
        {
            return source;
        }

        var errors = new SpecErrors();
        var found = SourceRules.CheckMerged(merged.Source, source, errors);
        return errors.IsEmpty
            ? found
            : throw new ManifestException([.. errors.ToSorted().Select(error => new ManifestError(merged.Files, null, error.ToString()))]);
    }
}
