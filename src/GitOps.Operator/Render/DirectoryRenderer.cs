using GitOps.Manifests;
using GitOps.Manifests.Plain;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;

namespace GitOps.Operator.Render;

/// <summary>Renders the directory of a spec; what kind of directory it is, its files say.</summary>
internal static class DirectoryRenderer
{
    /// <summary>Changes whenever the same files may render to something else; recorded with what was rendered.</summary>
    public const string Version = "1";

    /// <exception cref="ManifestException">The manifests have errors; all of them are in it.</exception>
    /// <exception cref="SourceTreeException">The directory is not there, or something in it cannot be read.</exception>
    public static async Task<RenderResult> RenderAsync(ISourceTree tree, ValidatedSpec spec, CancellationToken cancellationToken)
    {
        var recording = new RecordingSourceTree(tree);
        var kind = await SourceDetection.DetectAsync(recording, spec.Path, cancellationToken);
        if (kind != SourceKind.Directory)
        {
            throw new ManifestException(new ManifestError(
                spec.Path.Length == 0 ? "." : spec.Path, null, $"this is a {kind} source, which is not supported yet; name a directory of plain manifests"));
        }

        var options = new PlainOptions(spec.Path, spec.Directory.Recurse, spec.Directory.Include, spec.Directory.Exclude);
        var rendered = await PlainRenderer.RenderAsync(recording, options, cancellationToken);
        return rendered with { Inputs = recording.Inputs };
    }

    /// <summary>Everything of a spec that changes what is rendered, as text to be hashed.</summary>
    public static string OptionsText(ValidatedSpec spec) => string.Join(
        '\n',
        Version, spec.RepoUrl, spec.Path, spec.Directory.Recurse, spec.Directory.Include, spec.Directory.Exclude, spec.DestinationNamespace);
}
