using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Kustomize;
using GitOps.Manifests.Tests.Support;
using GitOps.Manifests.Trees;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Tests.Kustomize;

/// <summary>
/// Kustomizations of kustomize's own tests and of other people's repositories, with what the real program makes of them. All of
/// them: there is no list of exceptions.
/// </summary>
public sealed class CorpusTests
{
    [Theory]
    [InlineData("kustomize-tests", 250)]
    [InlineData("kustomize-real", 60)]
    public async Task Every_kustomization_builds_to_what_kustomize_makes_of_it(string folder, int atLeast)
    {
        var cases = Directory.GetDirectories(Path.Combine(TestInputs.RequireCorpus(), folder)).Order(StringComparer.Ordinal).ToList();
        cases.Count.ShouldBeGreaterThan(atLeast);
        var differences = new List<string>();
        foreach (var path in cases)
        {
            if (await CompareAsync(path) is { } difference)
            {
                differences.Add($"{Path.GetFileName(path)}: {difference}");
            }
        }

        differences.ShouldBeEmpty($"{differences.Count} of {cases.Count}:\n{string.Join('\n', differences)}");
    }

    /// <returns>Null: it is as it should be.</returns>
    private static async Task<string?> CompareAsync(string path)
    {
        var meta = KubernetesJson.ParseObject(await File.ReadAllTextAsync(Path.Combine(path, "meta.json"), TestContext.Current.CancellationToken));
        var arguments = meta["args"] is JsonArray given ? given.Select(static argument => argument!.GetValue<string>()).ToList() : [];
        var options = new KustomizeOptions(KubernetesObject.GetString(meta, "path") ?? ".")
        {
            AllowFilesOutsideRoot = arguments.Contains("LoadRestrictionsNone"),
            KeepOrder = arguments.Contains("none"),
        };
        RenderResult result;
        try
        {
            result = await KustomizeRenderer.RenderAsync(new DirectorySourceTree(Path.Combine(path, "input")), options, TestContext.Current.CancellationToken);
        }
        catch (ManifestException exception)
        {
            return KubernetesObject.GetString(meta, "expect") == "error" ? null : exception.Message;
        }

        if (KubernetesObject.GetString(meta, "expect") == "error")
        {
            return "builds, but should be refused: " + await File.ReadAllTextAsync(Path.Combine(path, "expected_error.txt"), TestContext.Current.CancellationToken);
        }

        var expected = YamlFile.Parse(await File.ReadAllBytesAsync(Path.Combine(path, "expected.yaml"), TestContext.Current.CancellationToken), YamlLimits.Default)
            .Documents.Select(static document => YamlToJson.Convert(document.Root, YamlDialect.Kustomize, YamlLimits.Default, [])).ToList();
        for (var i = 0; i < Math.Min(expected.Count, result.Objects.Length); i++)
        {
            if (JsonDifference.First(expected[i], result.Objects[i].Object.Json) is { } difference)
            {
                return $"object {i} ({result.Objects[i].Object}): {difference}";
            }
        }

        return expected.Count == result.Objects.Length ? null : $"{result.Objects.Length} objects instead of {expected.Count}";
    }
}
