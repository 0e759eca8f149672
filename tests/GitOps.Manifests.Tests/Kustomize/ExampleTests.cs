using System.Globalization;
using System.Runtime.CompilerServices;
using GitOps.Manifests.Kustomize;
using GitOps.Manifests.Tests.Support;
using GitOps.Manifests.Trees;
using GitOps.Testing;

namespace GitOps.Manifests.Tests.Kustomize;

/// <summary>The kustomizations that are shown as examples.</summary>
public sealed class ExampleTests
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../examples"));

    [Fact]
    public async Task Every_kustomization_of_the_examples_builds_to_what_kustomize_makes_of_it()
    {
        var kubectl = TestProgram.Require("GITOPS_TEST_KUBECTL");
        var directories = Directory.EnumerateFiles(Root, "*ustomization*", SearchOption.AllDirectories)
            .Where(static file => !File.ReadAllText(file).Contains("kind: Component", StringComparison.Ordinal))
            .Select(static file => Path.GetDirectoryName(file)!).ToList();
        directories.Count.ShouldBeGreaterThan(3);
        foreach (var directory in directories)
        {
            var result = await KustomizeRenderer.RenderAsync(
                new DirectorySourceTree(Root), new(Path.GetRelativePath(Root, directory)), TestContext.Current.CancellationToken);
            var text = new StringWriter(CultureInfo.InvariantCulture);
            ManifestWriter.WriteYaml(text, result.Objects.Select(static item => item.Object));

            BuildOutput.FirstDifference(await kubectl.RunAsync("kustomize", directory), text.ToString()).ShouldBeNull(directory);
            result.Warnings.ShouldBeEmpty(directory);
        }
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
