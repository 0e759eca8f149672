using System.Text;
using System.Text.Json.Nodes;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Tests.Support;

/// <summary>What two builds printed, compared object by object, in order, value by value.</summary>
internal static class BuildOutput
{
    /// <returns>Null: they are the same.</returns>
    public static string? FirstDifference(string expected, string actual)
    {
        var (wanted, found) = (Read(expected), Read(actual));
        for (var i = 0; i < Math.Min(wanted.Count, found.Count); i++)
        {
            if (JsonDifference.First(wanted[i], found[i]) is { } difference)
            {
                return $"object {i}: {difference}";
            }
        }

        return wanted.Count == found.Count ? null : $"{found.Count} objects instead of {wanted.Count}";
    }

    private static List<JsonNode?> Read(string text) => [.. YamlFile.Parse(Encoding.UTF8.GetBytes(text), YamlLimits.Default)
        .Documents.Select(static document => YamlToJson.Convert(document.Root, YamlDialect.Kustomize, YamlLimits.Default, []))];
}
