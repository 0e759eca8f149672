using GitOps.Manifests;
using GitOps.Manifests.Kustomize;
using GitOps.Manifests.Plain;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;

namespace GitOps.Operator.Render;

/// <summary>Renders the directory of a spec; what kind of directory it is, its files say.</summary>
internal static class DirectoryRenderer
{
    /// <summary>Changes whenever the same files may render to something else; recorded with what was rendered.</summary>
    public const string Version = "2";

    /// <exception cref="ManifestException">The manifests have errors; all of them are in it.</exception>
    /// <exception cref="SourceTreeException">The directory is not there, or something in it cannot be read.</exception>
    public static async Task<RenderResult> RenderAsync(ISourceTree tree, ValidatedSpec spec, CancellationToken cancellationToken)
    {
        var recording = new RecordingSourceTree(tree);
        var kind = await SourceDetection.DetectAsync(recording, spec.Path, cancellationToken);
        var rendered = kind switch
        {
            SourceKind.Directory => await PlainRenderer.RenderAsync(
                recording, new(spec.Path, spec.Directory.Recurse, spec.Directory.Include, spec.Directory.Exclude), cancellationToken),
            SourceKind.Kustomize => await KustomizeRenderer.RenderAsync(recording, new(spec.Path) { Overrides = spec.Kustomize.Overrides }, cancellationToken),
            _ => throw new ManifestException(new ManifestError(
                spec.Path.Length == 0 ? "." : spec.Path, null, $"this is a {kind} source, which is not supported yet; commit what it renders to")),
        };
        return rendered with { Inputs = recording.Inputs };
    }

    /// <summary>Everything of a spec that changes what is rendered, as text to be hashed.</summary>
    public static string OptionsText(ValidatedSpec spec) => string.Join(
        '\n',
        Version, spec.RepoUrl, spec.Path, spec.Directory.Recurse, spec.Directory.Include, spec.Directory.Exclude, spec.DestinationNamespace, spec.Kustomize.Text);
}
