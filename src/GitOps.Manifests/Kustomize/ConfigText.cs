using System.Text;
using System.Text.Json.Nodes;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Kustomize;

/// <summary>
/// Configuration, which kustomize reads as kubectl reads manifests (<c>yes</c> is true), unlike the objects that it works on.
/// </summary>
internal static class ConfigText
{
    /// <summary>The first document; null where there is none.</summary>
    /// <exception cref="KustomizeException">It is not YAML.</exception>
    public static JsonNode? Read(string text) => Read(Encoding.UTF8.GetBytes(text));

    /// <exception cref="KustomizeException">It is not YAML.</exception>
    public static JsonNode? Read(ReadOnlySpan<byte> content)
    {
        var file = YamlFile.Parse(content, YamlLimits.Default);
        var errors = file.Errors.ToList();
        var json = errors.Count == 0 && file.Documents is [var first, ..]
            ? YamlToJson.Convert(first.Root, YamlDialect.KustomizationFile, YamlLimits.Default, errors)
            : null;
        return errors is [var error, ..]
            ? throw new KustomizeException($"malformed YAML, line {error.Line}: {error.Message}", error)
            : json;
    }
}
