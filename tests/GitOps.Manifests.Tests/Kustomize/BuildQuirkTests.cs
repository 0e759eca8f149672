using GitOps.Manifests.Kustomize;
using GitOps.Manifests.Tests.Support;

namespace GitOps.Manifests.Tests.Kustomize;

/// <summary>What the real program remembers and forgets in a build, and what it stumbles over, as generated kustomizations have shown.</summary>
public sealed class BuildQuirkTests
{
    private const string Pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: pod}\n";

    [Theory]
    [InlineData("metadata: {name: map, annotations: {a: b}}", true)]
    [InlineData("metadata: {name: map, annotations: null}", false)]
    [InlineData("metadata: {name: map, annotations: {$patch: replace, x: y}}", false)]
    [InlineData("metadata: {name: map, annotations: {$patch: delete}}", false)]
    [InlineData("metadata: {name: map, $patch: replace}", false)]
    public async Task A_patch_that_drops_the_annotations_makes_kustomize_forget_where_an_object_comes_from(string metadata, bool remembers)
    {
        foreach (var target in new[] { string.Empty, ", target: {kind: ConfigMap}" })
        {
            var item = await OneAsync(
                ("kustomization.yaml", $"resources: [base]\nbuildMetadata: [originAnnotations]\npatches: [{{patch: '{{apiVersion: v1, kind: ConfigMap, {metadata}}}'{target}}}]\n"),
                ("base/kustomization.yaml", "configMapGenerator: [{name: map, literals: [a=b]}]\n"));

            // A null does not delete where the patch has a target.
            var isKept = remembers || (target.Length > 0 && metadata.Contains("null", StringComparison.Ordinal));
            item.Object.Name.ShouldBe(isKept ? "map-4h2mbtbbt6" : "map");
            item.Object.Json["metadata"]!["annotations"]!["config.kubernetes.io/origin"]!.GetValue<string>()
                .ShouldContain(isKept ? "kind: ConfigMapGenerator" : "kind: PatchTransformer");
        }
    }

    [Theory]
    [InlineData("nameSuffix: [{path: metadata/name, kind: Service}]\n", "map-a web-a-a-b")]
    [InlineData("nameSuffix: [{path: metadata/labels/x, kind: Service}]\n", "map-a-b web-a-b")]
    public async Task A_field_of_one_kind_that_a_component_configures_takes_the_place_of_that_of_all_kinds_after_it(string config, string expected)
    {
        var result = await RenderAsync(
            ("kustomization.yaml", "resources: [all.yaml]\ncomponents: [component]\nnameSuffix: -b\n"),
            ("all.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n"),
            ("component/kustomization.yaml", "kind: Component\nconfigurations: [config.yaml]\nnameSuffix: -a\n"),
            ("component/config.yaml", config));

        string.Join(' ', result.Objects.Select(static item => item.Object.Name)).ShouldBe(expected);
    }

    [Theory]
    [InlineData("[{name: a}, text]", null)]
    [InlineData("[{name: a}, '']", null)]
    [InlineData("[[a]]", null)]
    [InlineData("[{name: a}, ~]", "[{\"name\":\"a\"}]")]
    [InlineData("[~, {name: a}]", "[]")]
    [InlineData("[{name: a}, ~, {name: b}]", "[{\"name\":\"a\"}]")]
    [InlineData("[~, ~]", "[]")]
    [InlineData("[{name: a}, {x: b}]", "[{\"x\":\"b\"}]")]
    [InlineData("[{x: b}, {name: a}]", "[{\"x\":\"b\"}]")]
    [InlineData("[{x: b}, {y: c}]", "[{\"y\":\"c\"}]")]
    [InlineData("[{name: a}, {}]", "[{\"name\":\"a\"}]")]
    public async Task The_items_of_a_list_that_is_merged_by_name_have_one(string containers, string? expected)
    {
        (string, string)[] files =
        [
            ("kustomization.yaml", "resources: [pod.yaml]\npatches: [{patch: '{apiVersion: v1, kind: Pod, metadata: {name: pod, labels: {a: b}}}'}]\n"),
            ("pod.yaml", $"{Pod}spec: {{containers: {containers}}}\n"),
        ];
        if (expected is null)
        {
            (await Should.ThrowAsync<ManifestException>(() => RenderAsync(files))).Message.ShouldContain("is no map");
        }
        else
        {
            (await OneAsync(files)).Object.Json["spec"]!["containers"]!.ToJsonString().ShouldBe(expected);
        }
    }

    [Theory]
    [InlineData("volumes: [text]")]
    [InlineData("volumes: text")]
    public async Task A_reference_is_looked_for_even_where_no_object_gets_another_name(string spec) =>
        (await Should.ThrowAsync<ManifestException>(() => RenderAsync(("kustomization.yaml", "resources: [pod.yaml]\n"), ("pod.yaml", $"{Pod}spec: {{{spec}}}\n"))))
            .Message.ShouldContain("expected sequence or mapping node");

    private static async Task<RenderedObject> OneAsync(params (string Path, string Text)[] files) => (await RenderAsync(files)).Objects.ShouldHaveSingleItem();

    private static Task<RenderResult> RenderAsync(params (string Path, string Text)[] files) =>
        KustomizeRenderer.RenderAsync(Files.Tree(files), new("."), TestContext.Current.CancellationToken);
}
