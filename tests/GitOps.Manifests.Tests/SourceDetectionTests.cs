using GitOps.Manifests.Tests.Support;

namespace GitOps.Manifests.Tests;

public sealed class SourceDetectionTests
{
    [Theory]
    [InlineData("app/a.yaml", SourceKind.Directory)]
    [InlineData("app/kustomization.yaml", SourceKind.Kustomize)]
    [InlineData("app/kustomization.yml", SourceKind.Kustomize)]
    [InlineData("app/Kustomization", SourceKind.Kustomize)]
    [InlineData("app/Chart.yaml", SourceKind.Helm)]
    [InlineData("app/Chart.yaml app/kustomization.yaml", SourceKind.Kustomize)]
    [InlineData("app/Chart.yaml app/kustomization.yml", SourceKind.Kustomize)]
    [InlineData("app/Chart.yaml app/Kustomization", SourceKind.Kustomize)]
    [InlineData("app/Kustomization.yaml", SourceKind.Directory)]
    [InlineData("app/kustomization", SourceKind.Directory)]
    [InlineData("app/kustomization.json", SourceKind.Directory)]
    [InlineData("app/kustomization.yaml/x", SourceKind.Directory)]
    [InlineData("app/base/kustomization.yaml app/a.yaml", SourceKind.Directory)]
    [InlineData("app/Chart.yml", SourceKind.Directory)]
    [InlineData("app/chart.yaml", SourceKind.Directory)]
    [InlineData("app/Chart.yaml/x", SourceKind.Directory)]
    [InlineData("Chart.yaml app/a.yaml", SourceKind.Directory)]
    public async Task The_files_of_a_directory_tell_its_renderer(string files, SourceKind kind)
    {
        var tree = Files.Tree(files.Split(' ').Select(file => (file, string.Empty)));

        (await SourceDetection.DetectAsync(tree, "./app", TestContext.Current.CancellationToken)).ShouldBe(kind);
    }
}
