using GitOps.Manifests.Kustomize;
using GitOps.Manifests.Trees;

namespace GitOps.Manifests.Tests.Kustomize;

/// <summary>What kustomize prints to its error output while it builds.</summary>
public sealed class WarningTests
{
    private const string ConfigMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: n, annotations: {note: $(USED)}}\n";

    [Theory]
    [InlineData("commonLabels: {team: a}", "app/kustomization.yaml: 'commonLabels' is deprecated; use 'labels' instead")]
    [InlineData("bases: [../base]", "app/kustomization.yaml: 'bases' is deprecated; use 'resources' instead")]
    [InlineData("bases: []", "app/kustomization.yaml: 'bases' is deprecated; use 'resources' instead")]
    [InlineData("imageTags: [{name: nginx, newTag: a}]", "app/kustomization.yaml: 'imageTags' is deprecated; use 'images' instead")]
    [InlineData("patchesStrategicMerge: [a.yaml]", "app/kustomization.yaml: 'patchesStrategicMerge' is deprecated; use 'patches' instead")]
    [InlineData("patchesJson6902: [{target: {version: v1, kind: ConfigMap, name: a}, path: a.json}]", "app/kustomization.yaml: 'patchesJson6902' is deprecated; use 'patches' instead")]
    [InlineData("vars: [{name: USED, objref: {apiVersion: v1, kind: ConfigMap, name: a}}]", "app/kustomization.yaml: 'vars' is deprecated; use 'replacements' instead")]
    [InlineData("commonLabels: null", null)]
    [InlineData("labels: [{pairs: {team: a}}]", null)]
    public async Task Deprecated_fields_are_named_with_their_file(string field, string? expected) =>
        (await WarningsAsync($"resources: [a.yaml]\n{field}\n")).ShouldBe(expected is null ? [] : [expected]);

    [Fact]
    public async Task A_base_that_many_use_is_named_once() =>
        (await WarningsAsync("resources: [../one, ../two]\n")).ShouldBe(["old/kustomization.yaml: 'commonLabels' is deprecated; use 'labels' instead"]);

    [Fact]
    public async Task A_variable_that_nothing_uses_is_named() =>
        (await WarningsAsync("resources: [a.yaml]\nvars: [{name: OTHER, objref: {apiVersion: v1, kind: ConfigMap, name: a}}]\n"))
            .ShouldBe(["app/kustomization.yaml: 'vars' is deprecated; use 'replacements' instead", "the variable 'OTHER' is defined, and used nowhere"]);

    private static async Task<IReadOnlyList<string>> WarningsAsync(string kustomization)
    {
        var tree = MemorySourceTree.Of(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["app/kustomization.yaml"] = kustomization,
            ["app/a.yaml"] = ConfigMap,
            ["app/a.json"] = "[{\"op\": \"add\", \"path\": \"/data\", \"value\": {}}]",
            ["base/kustomization.yaml"] = "configMapGenerator: [{name: b}]\n",
            ["one/kustomization.yaml"] = "resources: [../old]\nnamePrefix: one-\n",
            ["two/kustomization.yaml"] = "resources: [../old]\nnamePrefix: two-\n",
            ["old/kustomization.yaml"] = "configMapGenerator: [{name: b}]\ncommonLabels: {team: a}\n",
        });
        return (await KustomizeRenderer.RenderAsync(tree, new("app"), TestContext.Current.CancellationToken)).Warnings;
    }
}
