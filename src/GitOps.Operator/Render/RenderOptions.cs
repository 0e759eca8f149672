using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GitOps.Operator.Api;

namespace GitOps.Operator.Render;

/// <summary>Everything of a spec that changes what is rendered, as text to be hashed.</summary>
internal static class RenderOptions
{
    /// <summary>Of the whole spec.</summary>
    public static string TextOf(ValidatedSpec spec)
    {
        var sources = spec.HasSeveralSources
            ? [string.Create(CultureInfo.InvariantCulture, $"{spec.Sources.Length} sources"), .. spec.Sources.Select(source => TextOf(spec, source))]
            : (string[])[TextOf(spec, spec.Sources[0])];
        return Joined([DirectoryRenderer.Version, .. sources, Text(spec.ManagedNamespace?.Labels), Text(spec.ManagedNamespace?.Annotations)]);
    }

    /// <summary>Names the settings of one source, whatever renders it; 16 hexadecimal digits.</summary>
    public static string HashOf(ValidatedSpec spec, CheckedSource source) => Hash(TextOf(spec, source));

    /// <summary>The same of all sources.</summary>
    public static string HashOf(ValidatedSpec spec) =>
        spec.HasSeveralSources ? Hash(Joined(spec.Sources.Select(source => TextOf(spec, source)))) : HashOf(spec, spec.Sources[0]);

    /// <summary>Everything beside files that says what one source is rendered to: its settings, and which other sources its names mean.</summary>
    public static string PartOf(ValidatedSpec spec, CheckedSource source) => Hash(Joined(
        [DirectoryRenderer.Version, TextOf(spec, source), .. spec.Sources.SelectMany(static item => (string?[])[item.Ref, item.RepoUrl, item.Chart])]));

    private static string TextOf(ValidatedSpec spec, CheckedSource source)
    {
        var text = Joined(
            source.RepoUrl, source.Path, source.Directory.Recurse ? "recurse" : null, source.Directory.Include, source.Directory.Exclude,
            spec.DestinationNamespace, source.Kustomize.Text,
            source.Kustomize.HasVariables || source.Helm.HasVariables ? source.Build.Source.ToJsonString() : null);

        // The text of a plain directory stays what it was: another one would have everything rendered again.
        return source is { Chart: null, Ref: null, Helm.Text: "" }
            ? text
            : Joined(text, source.Chart, source.Ref, source.IsRendered ? null : "reference", source.Helm.Text);
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];

    /// <summary>The lengths keep the parts apart.</summary>
    private static string Joined(params IEnumerable<string?> parts) =>
        string.Concat(parts.Select(static part => string.Create(CultureInfo.InvariantCulture, $"{part?.Length ?? -1}:{part}")));

    // Absent and empty differ: the namespace is ours to keep, or it is not.
    private static string? Text(IReadOnlyDictionary<string, string>? items) =>
        items is null ? null : Joined(items.OrderBy(static item => item.Key, StringComparer.Ordinal).SelectMany(static item => (string?[])[item.Key, item.Value]));
}
