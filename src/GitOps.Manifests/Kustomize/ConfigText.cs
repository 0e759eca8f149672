using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
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

    /// <summary>Definitions, which have to be JSON if they begin like it: kustomize reads no YAML flow mapping there.</summary>
    /// <exception cref="KustomizeException">It is neither JSON nor YAML.</exception>
    public static JsonNode? ReadDefinitions(ReadOnlySpan<byte> content)
    {
        if (content is not [(byte)'{', ..])
        {
            return Read(content);
        }

        try
        {
            return KubernetesJson.Parse(Encoding.UTF8.GetString(content));
        }
        catch (JsonException exception)
        {
            throw new KustomizeException($"malformed JSON, which it has to be since it begins with a brace: {exception.Message}", exception);
        }
    }

    /// <exception cref="KustomizeException">It is not YAML.</exception>
    public static JsonNode? Read(ReadOnlySpan<byte> content)
    {
        BuildWork.Spend(content.Length * 10L);
        var file = YamlFile.ParseExactly(content, YamlLimits.Default);
        var errors = file.Errors.ToList();
        var json = errors.Count == 0 && file.Documents is [var first, ..]
            ? YamlToJson.Convert(first.Root, YamlDialect.KustomizationFile, YamlLimits.Default, errors)
            : null;
        return errors is [var error, ..]
            ? throw new KustomizeException($"malformed YAML, line {error.Line}: {error.Message}", error)
            : json;
    }
}
