using GitOps.Manifests.Plain;
using GitOps.Manifests.Trees;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Tests.Support;

/// <summary>Short ways to make and render trees.</summary>
internal static class Files
{
    public static MemorySourceTree Tree(params IEnumerable<(string Path, string Text)> files) =>
        MemorySourceTree.Of(files.ToDictionary(static file => file.Path, static file => file.Text, StringComparer.Ordinal));

    public static string ConfigMap(string name, string? @namespace = null) =>
        $"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n{(@namespace is null ? string.Empty : $"  namespace: {@namespace}\n")}";

    public static Task<RenderResult> RenderAsync(this ISourceTree tree, PlainOptions? options = null) =>
        PlainRenderer.RenderAsync(tree, options ?? new("."), TestContext.Current.CancellationToken);

    public static async Task<ManifestException> RenderFailsAsync(this ISourceTree tree, PlainOptions? options = null) =>
        await Should.ThrowAsync<ManifestException>(() => tree.RenderAsync(options));

    /// <summary>The JSON texts of a stream's documents, and the errors as line and message.</summary>
    public static (IReadOnlyList<string> Documents, IReadOnlyList<string> Errors) ReadYaml(string text, YamlDialect? dialect = null)
    {
        var file = YamlFile.Parse(System.Text.Encoding.UTF8.GetBytes(text), YamlLimits.Default);
        var errors = file.Errors.ToList();
        var documents = new List<string>();
        foreach (var document in file.Documents)
        {
            documents.Add(Kubernetes.Objects.KubernetesJson.ToText(
                YamlToJson.Convert(document.Root, dialect ?? YamlDialect.Kubectl, YamlLimits.Default, errors)));
        }

        return (documents, [.. errors.Select(static error => $"{error.Line}: {error.Message}")]);
    }
}
