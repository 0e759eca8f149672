using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GitOps.Manifests;
using GitOps.Manifests.Kustomize;
using GitOps.Manifests.Plain;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;

namespace GitOps.Operator.Render;

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
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ManifestException">The manifests have errors; all of them are in it.</exception>
    /// <exception cref="SourceTreeException">The directory is not there, or something in it cannot be read.</exception>
    public static async Task<RenderResult> RenderAsync(RecordingSourceTree recording, RenderedSource source, CancellationToken cancellationToken)
    {
        source = await MergeAsync(recording, source, cancellationToken);
        var kind = source.Kind ?? await SourceDetection.DetectAsync(recording, source.Path, cancellationToken);
        return kind switch
        {
            SourceKind.Directory => await PlainRenderer.RenderAsync(
                recording, new(source.Path, source.Directory.Recurse, source.Directory.Include, source.Directory.Exclude), cancellationToken),
            SourceKind.Kustomize => await KustomizeRenderer.RenderAsync(
                recording,
                new(source.Path) { Overrides = await KustomizeVariables.ExpandAsync(source.Kustomize, recording, cancellationToken) },
                cancellationToken),
            _ => throw new ManifestException(new ManifestError(
                source.Path.Length == 0 ? "." : source.Path, null,
                "this is a chart, since it has a Chart.yaml, and Helm is not supported yet; commit the output of helm template")),
        };
    }

    /// <summary>Everything of a spec that changes what is rendered, as text to be hashed.</summary>
    public static string OptionsText(ValidatedSpec spec) =>
        Joined(Version, SourceText(spec), Text(spec.ManagedNamespace?.Labels), Text(spec.ManagedNamespace?.Annotations));

    /// <summary>Names the settings of a source, whatever renders it; 16 hexadecimal digits.</summary>
    public static string SourceHash(ValidatedSpec spec) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(SourceText(spec))))[..16];

    private static string SourceText(ValidatedSpec spec) => Joined(
        spec.RepoUrl, spec.Path, spec.Directory.Recurse ? "recurse" : null, spec.Directory.Include, spec.Directory.Exclude, spec.DestinationNamespace,
        spec.Kustomize.Text, spec.Kustomize.HasVariables ? spec.Build.Source.ToJsonString() : null);

    /// <summary>The lengths keep the parts apart.</summary>
    private static string Joined(params IEnumerable<string?> parts) =>
        string.Concat(parts.Select(static part => string.Create(CultureInfo.InvariantCulture, $"{part?.Length ?? -1}:{part}")));

    // Absent and empty differ: the namespace is ours to keep, or it is not.
    private static string? Text(IReadOnlyDictionary<string, string>? items) =>
        items is null ? null : Joined(items.OrderBy(static item => item.Key, StringComparer.Ordinal).SelectMany(static item => (string?[])[item.Key, item.Value]));

    private static async ValueTask<RenderedSource> MergeAsync(ISourceTree tree, RenderedSource source, CancellationToken cancellationToken)
    {
        if (await SourceParameterFiles.MergeAsync(tree, source.Path, source.Build.Application, source.Build.Source, cancellationToken) is not { } merged)
        {
            return source;
        }

        var errors = new SpecErrors();
        var found = SourceRules.CheckMerged(merged.Source, source.Build.Source, errors);
        return errors.IsEmpty
            ? source with { Kind = found.Kind, Directory = found.Directory, Kustomize = found.Kustomize }
            : throw new ManifestException([.. errors.ToSorted().Select(error => new ManifestError(merged.Files, null, error.ToString()))]);
    }
}
