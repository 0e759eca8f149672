using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Manifests.Kustomize;
using GitOps.Manifests.Trees;

namespace GitOps.Manifests.Tests.Kustomize;

/// <summary>What an Application adds to its kustomization.</summary>
public sealed class OverrideTests
{
    private const string Deployment = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 1
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec: {containers: [{name: app, image: "nginx:1.25"}]}
        """;

    private const string Component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncommonAnnotations: {component: 'yes'}\n";

    [Fact]
    public async Task Names_and_namespace_take_the_place_of_those_of_the_file()
    {
        var item = await OneAsync(
            new() { NamePrefix = "p-", NameSuffix = "-s", Namespace = "team" }, "namePrefix: file-\nnameSuffix: -file\nnamespace: file\n");

        Text(item, "metadata", "name").ShouldBe("p-web-s");
        Text(item, "metadata", "namespace").ShouldBe("team");
    }

    [Fact]
    public async Task Without_overrides_the_file_counts() =>
        Text(await OneAsync(new(), "namePrefix: file-\n"), "metadata", "name").ShouldBe("file-web");

    [Theory]
    [InlineData("nginx:2", "", "nginx:2")]
    [InlineData("nginx@sha256:abc", "", "nginx@sha256:abc")]
    [InlineData("nginx=mirror.example.org:5000/web", "", "mirror.example.org:5000/web:1.25")]
    [InlineData("nginx=mirror.example.org:5000/web:v3", "", "mirror.example.org:5000/web:v3")]
    [InlineData("nginx=web@sha256:abc", "", "web@sha256:abc")]
    [InlineData("nginx=web:v3@sha256:abc", "", "web:v3@sha256:abc")]
    [InlineData("other:2", "", "nginx:1.25")]
    [InlineData("nginx:2", "images: [{name: nginx, newTag: file}]\n", "nginx:2")]
    [InlineData("nginx:2", "images: [{name: nginx, newName: file, newTag: file}]\n", "nginx:2")]
    [InlineData("nginx=*:2", "images: [{name: nginx, newName: file, newTag: file}]\n", "file:2")]
    [InlineData("nginx=web:*", "images: [{name: nginx, newName: file, newTag: file}]\n", "web:file")]
    [InlineData("nginx=web:2@*", "images: [{name: nginx, digest: 'sha256:abc'}]\n", "web:2@sha256:abc")]
    [InlineData("nginx=*:*", "", "nginx:1.25")]
    [InlineData("nginx:*", "images: [{name: nginx, newName: file, newTag: file}]\n", "nginx:file")]
    [InlineData("nginx:2@sha256:abc", "", "nginx:2@sha256:abc")]
    [InlineData("nginx:2", "imageTags: [{name: nginx, newName: file, newTag: file}]\n", "nginx:2")]
    [InlineData("nginx:2", "images: [{name: nginx, tagSuffix: -file}]\n", "nginx:2")]
    [InlineData("other:2", "images: [{name: nginx, tagSuffix: -file}]\n", "nginx:1.25-file-file")]
    [InlineData("nginx@sha256:abc", "images: [{name: nginx, newTag: file}]\n", "nginx@sha256:abc")]
    [InlineData("nginx=web", "images: [{name: nginx, newTag: file}]\n", "web:1.25")]
    [InlineData("other:2", "images: [{name: nginx, newName: first}, {name: nginx, newName: second}]\n", "first:1.25")]
    public async Task Images_in_all_spellings(string image, string file, string expected) =>
        Text(await OneAsync(new() { Images = [image] }, file), "spec", "template", "spec", "containers", "0", "image").ShouldBe(expected);

    [Fact]
    public async Task Images_are_applied_in_the_order_of_their_names_so_that_one_may_lead_to_another()
    {
        var item = await OneAsync(new() { Images = ["nginx=next:2"] }, "images: [{name: next, newName: last}, {name: nginx, newTag: file}]\n");

        // `next` comes before `nginx`, and so does not see what becomes of it.
        Text(item, "spec", "template", "spec", "containers", "0", "image").ShouldBe("next:2");
        item = await OneAsync(new() { Images = ["nginx=zoo:2"] }, "images: [{name: zoo, newName: last}, {name: nginx, newTag: file}]\n");
        Text(item, "spec", "template", "spec", "containers", "0", "image").ShouldBe("last:2");
    }

    [Theory]
    [InlineData("nginx")]
    [InlineData("=web")]
    [InlineData("nginx=")]
    [InlineData("")]
    public async Task What_is_no_image_is_an_error_of_the_kustomization(string image)
    {
        var error = (await FailsAsync(new() { Images = [image] })).Errors.ShouldHaveSingleItem();

        error.File.ShouldBe("app/kustomization.yaml");
        error.Message.ShouldContain("is no image");
    }

    [Fact]
    public async Task Replicas_replace_those_of_the_file()
    {
        var item = await OneAsync(new() { Replicas = ImmutableSortedDictionary<string, long>.Empty.Add("web", 7) }, "replicas: [{name: web, count: 3}]\n");

        item["spec"]!["replicas"]!.GetValue<long>().ShouldBe(7);
    }

    [Fact]
    public async Task Replicas_of_what_is_not_there_are_an_error() =>
        (await FailsAsync(new() { Replicas = ImmutableSortedDictionary<string, long>.Empty.Add("none", 7) })).Message.ShouldContain("none");

    [Theory]
    [InlineData(false, false, true, true)]
    [InlineData(true, false, false, false)]
    [InlineData(true, true, false, true)]
    public async Task Labels_reach_selectors_and_templates_as_asked(bool withoutSelector, bool includeTemplates, bool inSelector, bool inTemplate)
    {
        var item = await OneAsync(new() { CommonLabels = Texts("team", "a"), LabelWithoutSelector = withoutSelector, LabelIncludeTemplates = includeTemplates });

        Text(item, "metadata", "labels", "team").ShouldBe("a");
        Text(item, "spec", "selector", "matchLabels", "team").ShouldBe(inSelector ? "a" : null);
        Text(item, "spec", "template", "metadata", "labels", "team").ShouldBe(inTemplate ? "a" : null);
    }

    [Theory]
    [InlineData("commonLabels: {team: file}\n", false)]
    [InlineData("labels: [{pairs: {team: file}}]\n", true)]
    [InlineData("labels: [{pairs: {other: file}, includeTemplates: true}, {pairs: {team: file}}]\n", true)]
    public async Task A_label_of_the_file_is_replaced_only_by_force(string file, bool withoutSelector)
    {
        var overrides = new KustomizeOverrides { CommonLabels = Texts("team", "a"), LabelWithoutSelector = withoutSelector };

        (await FailsAsync(overrides, file)).Message.ShouldContain("forceCommonLabels");
        Text(await OneAsync(overrides with { ForceCommonLabels = true }, file), "metadata", "labels", "team").ShouldBe("a");
    }

    [Theory]
    [InlineData("commonLabels: {team: file}\n", false, "file")]
    [InlineData("labels: [{pairs: {team: file}, includeSelectors: true}]\n", false, "a")]
    [InlineData("labels: [{pairs: {team: file}, includeTemplates: true}]\n", false, "a")]
    [InlineData("labels: [{pairs: {team: file}}]\n", true, "a")]
    public async Task A_label_of_the_file_that_goes_elsewhere_is_left_to_it(string file, bool includeTemplates, string expected)
    {
        var item = await OneAsync(
            new() { CommonLabels = Texts("team", "a"), LabelWithoutSelector = true, LabelIncludeTemplates = includeTemplates }, file);

        // The later one wins, and common labels come last.
        Text(item, "metadata", "labels", "team").ShouldBe(expected);
    }

    [Fact]
    public async Task Labels_join_the_first_entry_that_is_alike_and_its_fields()
    {
        var item = await OneAsync(
            new() { CommonLabels = Texts("team", "a"), LabelWithoutSelector = true },
            "labels: [{pairs: {own: b}, fields: [{path: spec/template/spec/nodeSelector, create: true}]}]\n");

        Text(item, "spec", "template", "spec", "nodeSelector", "team").ShouldBe("a");
        Text(item, "spec", "template", "spec", "nodeSelector", "own").ShouldBe("b");
    }

    [Fact]
    public async Task One_pair_of_quotes_around_a_value_is_lost()
    {
        var item = await OneAsync(new() { CommonLabels = Texts("team", "\"a\""), CommonAnnotations = Texts("note", "\"\"b\"\"") });

        Text(item, "metadata", "labels", "team").ShouldBe("a");
        Text(item, "metadata", "annotations", "note").ShouldBe("\"b\"");
    }

    [Fact]
    public async Task Empty_texts_leave_those_of_the_file() =>
        Text(await OneAsync(new() { NamePrefix = "", NameSuffix = "", Namespace = "" }, "namePrefix: file-\n"), "metadata", "name").ShouldBe("file-web");

    [Fact]
    public async Task An_annotation_of_the_file_is_replaced_only_by_force()
    {
        var overrides = new KustomizeOverrides { CommonAnnotations = Texts("note", "mine") };
        const string File = "commonAnnotations: {note: file, other: kept}\n";

        (await FailsAsync(overrides, File)).Message.ShouldContain("forceCommonAnnotations");
        var item = await OneAsync(overrides with { ForceCommonAnnotations = true }, File);
        Text(item, "metadata", "annotations", "note").ShouldBe("mine");
        Text(item, "metadata", "annotations", "other").ShouldBe("kept");
    }

    [Fact]
    public async Task Patches_come_after_those_of_the_file()
    {
        const string Own = "[{\"op\":\"replace\",\"path\":\"/spec/replicas\",\"value\":9}]";
        var target = new KustomizeTarget("apps", "v1", "Deploy.*", "w.b", "", "", "");
        var item = await OneAsync(
            new()
            {
                Patches =
                [
                    new(null, Own, target, false, false),
                    new("patch.yaml", null, null, false, false),
                    new(null, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: renamed}\n", target, AllowNameChange: true, AllowKindChange: false),
                ],
            },
            "patches: [{patch: '[{\"op\":\"replace\",\"path\":\"/spec/replicas\",\"value\":2}]', target: {kind: Deployment}}]\n");

        item["spec"]!["replicas"]!.GetValue<long>().ShouldBe(9);
        item["spec"]!["paused"]!.GetValue<bool>().ShouldBeTrue();
        Text(item, "metadata", "name").ShouldBe("renamed");
    }

    [Theory]
    [InlineData(null, null, "must specify one of patch and path")]
    [InlineData("patch.yaml", "a: b", "can't be set at the same time")]
    [InlineData("missing.yaml", null, "missing.yaml")]
    public async Task A_patch_that_cannot_be_is_an_error(string? path, string? patch, string expected) =>
        (await FailsAsync(new() { Patches = [new(path, patch, null, false, false)] })).Message.ShouldContain(expected);

    [Fact]
    public async Task Components_are_added_and_missing_ones_left_out_if_they_may_be()
    {
        var overrides = new KustomizeOverrides { Components = ["../component", "../missing"] };

        (await FailsAsync(overrides)).Message.ShouldContain("../missing");
        Text(await OneAsync(overrides with { IgnoreMissingComponents = true }), "metadata", "annotations", "component").ShouldBe("yes");
    }

    [Fact]
    public async Task A_component_that_is_none_is_an_error_even_if_missing_ones_are_left_out() =>
        (await FailsAsync(new() { Components = ["../base"], IgnoreMissingComponents = true })).Message.ShouldContain("expected kind 'Component'");

    [Theory]
    [InlineData("../comp*", "../component")]
    [InlineData("../[c]omponen?", "../component")]
    [InlineData("../*/sub", "../component/sub")]
    [InlineData("../component", "../component")]
    public async Task A_pattern_of_components_stands_for_all_that_match(string pattern, string expected)
    {
        var tree = Tree("");
        var recording = new RecordingSourceTree(tree);

        (await Directories(recording, pattern, ignoreMissing: false)).ShouldBe([expected]);
    }

    [Theory]
    [InlineData("../missing")]
    [InlineData("../../outside")]
    [InlineData("https://example.org/component")]
    [InlineData("../comp*")]
    public async Task What_may_be_missing_is_left_out(string path) =>
        (await Directories(Tree(""), path, ignoreMissing: true)).ShouldBeEmpty();

    [Fact]
    public async Task A_component_that_the_file_names_already_is_not_added_twice()
    {
        var item = await OneAsync(new() { Components = ["../prefix", "../prefix"] }, "components: [../prefix]\n");

        Text(item, "metadata", "name").ShouldBe("c-web");
    }

    [Fact]
    public async Task An_empty_kustomization_is_none_unless_something_is_added()
    {
        var tree = MemorySourceTree.Of(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["app/kustomization.yaml"] = "# nothing yet\n",
            ["component/kustomization.yaml"] = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nconfigMapGenerator: [{name: a, literals: [b=c]}]\n",
        });

        var refused = await Should.ThrowAsync<ManifestException>(() => KustomizeRenderer.RenderAsync(tree, new("app"), TestContext.Current.CancellationToken));
        refused.Message.ShouldContain("empty");
        var options = new KustomizeOptions("app") { Overrides = new() { Components = ["../component"] } };
        (await KustomizeRenderer.RenderAsync(tree, options, TestContext.Current.CancellationToken)).Objects.ShouldHaveSingleItem().Object.Name.ShouldStartWith("a-");
    }

    private static ValueTask<List<string>> Directories(ISourceTree tree, string path, bool ignoreMissing) => ComponentPaths.ResolveAsync(
        new(tree, "app", new(1000, allowFilesOutsideRoot: false)), new() { Components = [path], IgnoreMissingComponents = ignoreMissing },
        TestContext.Current.CancellationToken);

    private static MemorySourceTree Tree(string rest) => MemorySourceTree.Of(new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["app/kustomization.yaml"] = $"resources: [web.yaml]\n{rest}",
        ["app/web.yaml"] = Deployment,
        ["app/patch.yaml"] = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {paused: true}\n",
        ["component/kustomization.yaml"] = Component,
        ["component/sub/a.yaml"] = "",
        ["prefix/kustomization.yaml"] = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: c-\n",
        [".comp/kustomization.yaml"] = Component,
        ["base/kustomization.yaml"] = "namePrefix: a-\n",
    });

    private static ImmutableSortedDictionary<string, string> Texts(string name, string value) =>
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add(name, value);

    private static string? Text(JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var part in path)
        {
            node = node is JsonArray items ? items[int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)] : node?[part];
        }

        return (string?)node;
    }

    private static Task<RenderResult> RenderAsync(KustomizeOverrides overrides, string rest) =>
        KustomizeRenderer.RenderAsync(Tree(rest), new("app") { Overrides = overrides }, TestContext.Current.CancellationToken);

    private static async Task<JsonObject> OneAsync(KustomizeOverrides overrides, string rest = "") =>
        (await RenderAsync(overrides, rest)).Objects.ShouldHaveSingleItem().Object.Json;

    private static Task<ManifestException> FailsAsync(KustomizeOverrides overrides, string rest = "") =>
        Should.ThrowAsync<ManifestException>(() => RenderAsync(overrides, rest));
}
