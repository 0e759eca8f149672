using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Kustomize.Generators;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Helm;

/// <summary>A dependency as Chart.yaml has it.</summary>
internal sealed record WrittenDependency(string Name, string Version, string Repository, JsonObject Json);

/// <summary>What Chart.yaml says that concerns us; the rest is between the chart and helm.</summary>
internal sealed record ChartYaml(string Name, string Version, string ApiVersion, string KubeVersion, ImmutableArray<WrittenDependency> Dependencies)
{
    /// <param name="path">For messages.</param>
    /// <param name="content">Of the file.</param>
    /// <exception cref="ManifestException">It is no YAML mapping, or a dependency in it has no name.</exception>
    public static ChartYaml Parse(string path, ReadOnlySpan<byte> content)
    {
        var json = ReadMapping(path, content);
        return new(Text(json, "name"), Text(json, "version"), Text(json, "apiVersion"), Text(json, "kubeVersion"), DependenciesOf(path, json));
    }

    /// <exception cref="ManifestException">A dependency has no name.</exception>
    public static ImmutableArray<WrittenDependency> DependenciesOf(string path, JsonObject json)
    {
        var found = ImmutableArray.CreateBuilder<WrittenDependency>();
        foreach (var item in json["dependencies"] as JsonArray ?? [])
        {
            if (item is not JsonObject fields || KubernetesObject.GetString(fields, "name") is not { Length: > 0 } name)
            {
                throw new ManifestException(new ManifestError(path, null, "a dependency has no name: give it one, or remove it"));
            }

            found.Add(new(name, Text(fields, "version"), Text(fields, "repository"), fields));
        }

        return found.ToImmutable();
    }

    /// <exception cref="ManifestException">It is no YAML mapping.</exception>
    public static JsonObject ReadMapping(string path, ReadOnlySpan<byte> content)
    {
        var file = YamlFile.Parse(content, YamlLimits.Default);
        var errors = file.Errors.ToList();
        var json = errors.Count == 0 && file.Documents is [var first, ..]
            ? YamlToJson.Convert(first.Root, YamlDialect.Kubectl, YamlLimits.Default, errors)
            : null;
        if (errors is [var error, ..])
        {
            throw new ManifestException(new ManifestError(new SourceLocation(path, 1, error.Line), error.Message));
        }

        return json as JsonObject ?? throw new ManifestException(new ManifestError(path, null, "this is no YAML mapping"));
    }

    /// <summary>What Helm writes into Chart.lock, to tell later whether it still belongs to Chart.yaml.</summary>
    public static string DigestOf(ImmutableArray<WrittenDependency> required, ImmutableArray<WrittenDependency> locked) =>
        DigestOf($"[{ListText(required)},{ListText(locked)}]");

    /// <summary>The same as Helm 2 wrote it into requirements.lock.</summary>
    public static string OldDigestOf(ImmutableArray<WrittenDependency> required) => DigestOf($"{{\"dependencies\":{ListText(required)}}}");

    private static string DigestOf(string text) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string ListText(ImmutableArray<WrittenDependency> dependencies) => $"[{string.Join(',', dependencies.Select(Line))}]";

    private static string Line(WrittenDependency dependency)
    {
        var parts = new List<string> { "\"name\":" + Quoted(dependency.Name) };
        if (dependency.Version.Length > 0)
        {
            parts.Add("\"version\":" + Quoted(dependency.Version));
        }

        parts.Add("\"repository\":" + Quoted(dependency.Repository));
        foreach (var name in (ReadOnlySpan<string>)["condition", "tags", "enabled", "import-values", "alias"])
        {
            var value = dependency.Json[name];
            var isEmpty = value is null or JsonArray { Count: 0 }
                || (value is JsonValue scalar && ((scalar.TryGetValue(out string? text) && text.Length == 0) || (scalar.TryGetValue(out bool flag) && !flag)));
            if (!isEmpty)
            {
                parts.Add($"\"{name}\":{GoJson.Write(value)}");
            }
        }

        return "{" + string.Join(',', parts) + "}";
    }

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder();
        GoJson.WriteString(quoted, text);
        return quoted.ToString();
    }

    private static string Text(JsonObject fields, string name) => KubernetesObject.GetString(fields, name) ?? string.Empty;
}
