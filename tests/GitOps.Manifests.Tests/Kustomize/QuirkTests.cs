using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Kustomize;
using GitOps.Manifests.Tests.Support;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Tests.Kustomize;

/// <summary>What the real program does though its documentation does not say so.</summary>
public sealed class QuirkTests
{
    private const string Service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n";

    [Theory]
    [InlineData("data: {}\ntext: |\n  one\n  two", "one\ntwo")]
    [InlineData("data: {}\ntext: |\n  one\n  two\n", "one\ntwo\n")]
    [InlineData("data: {}\ntext: >-\n  one\n  two", "one two")]
    [InlineData("data: {}\ntext: |\n  one\n---\n# nothing", "one\n")]
    public async Task A_block_at_the_end_of_a_file_ends_as_the_file_does(string end, string expected)
    {
        var item = await OneAsync("resources: [map.yaml]\n", ("map.yaml", $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: map}}\n{end}"));

        Text(item, "text").ShouldBe(expected);
    }

    [Theory]
    [InlineData("a\nb\n", "a\nb\n")]
    [InlineData("a\n  b", "a\n\n  b")]
    [InlineData("a\n  b\nc\n", "a\n\n  b\nc\n")]
    [InlineData("a\n  b\n  c\nd\n  e\n", "a\n\n  b\n  c\nd\n\n  e\n")]
    [InlineData("  a\nb", "  a\nb")]
    [InlineData("  a\nb\nc", "  a\nb c")]
    [InlineData("a\n\n\n", "a\n\n\n\n")]
    [InlineData("a \n  b", "a \n  b")]
    [InlineData("a\n  b ", "a\n  b ")]
    [InlineData("a\u0001\n  b", "a\u0001\n  b")]
    [InlineData("a\n  \U0001F600", "a\n  \U0001F600")]
    [InlineData("a\n\tb", "a\n\n\tb")]
    [InlineData("\n", "\n")]
    [InlineData("one line", "one line")]
    [InlineData("", "")]
    public void A_folded_text_is_what_remains_of_it_when_it_is_written_again(string text, string expected) =>
        FoldedText.Rewrite(text).ShouldBe(expected);

    [Theory]
    [InlineData("", "all(x,\n\n  x > 1\n)\n")]
    [InlineData("patches: [{target: {name: map}, patch: '- {op: add, path: /data/b, value: c}'}]\n", "all(x,\n\n  x > 1\n)\n")]
    public async Task A_folded_block_is_rewritten_once(string more, string expected)
    {
        const string Map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\ndata:\n  a: >\n    all(x,\n      x > 1\n    )\n";

        Text(await OneAsync("resources: [map.yaml]\n" + more, ("map.yaml", Map)), "data", "a").ShouldBe(expected);
    }

    [Theory]
    [InlineData("  a: \"x\n  y\"\n", "x y")]
    [InlineData("  a: \"x\n\n y \\\"\n  \\\n  z\"\n", "x\ny \" z")]
    [InlineData("  a: \"x\ny\"\n  b: \"x\ny\"\n", "x y")]
    public async Task The_lines_of_a_text_in_double_quotes_may_be_indented_anyhow(string data, string expected)
    {
        var item = await OneAsync("resources: [map.yaml]\n", ("map.yaml", $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: map}}\ndata:\n{data}"));

        Text(item, "data", "a").ShouldBe(expected);
    }

    [Fact]
    public async Task A_manifest_may_ask_for_a_suffix_itself()
    {
        const string Map = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map\n  annotations: {internal.config.kubernetes.io/needsHashSuffix: enabled}\ndata: {a: b}\n";
        const string Pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: pod}\nspec: {containers: [{name: a, envFrom: [{configMapRef: {name: map}}]}]}\n";

        var objects = (await RenderAsync(("kustomization.yaml", "resources: [map.yaml, pod.yaml]\n"), ("map.yaml", Map), ("pod.yaml", Pod))).Objects;

        objects[0].Object.Name.ShouldBe("map-4h2mbtbbt6");
        objects[0].Object.Json["metadata"]!.AsObject().ContainsKey("annotations").ShouldBeFalse();
        objects[1].Object.Json["spec"]!["containers"]![0]!["envFrom"]![0]!["configMapRef"]!["name"]!.GetValue<string>().ShouldBe("map-4h2mbtbbt6");
    }

    [Theory]
    [InlineData("data: {2: x}", true)]
    [InlineData("data: {true: x}", true)]
    [InlineData("data: {1.5: x}", true)]
    [InlineData("items: [{2: x}]", true)]
    [InlineData("data: {'2': x}", false)]
    [InlineData("data: {on: x}", false)]
    [InlineData("2: x", false)]
    [InlineData("metadata: {name: map, annotations: {'2': x}}", true)]
    [InlineData("metadata: {name: map, labels: {'2': x}}", false)]
    public async Task A_key_within_an_object_has_to_be_a_text(string more, bool isError)
    {
        (string, string)[] files = [("kustomization.yaml", "resources: [map.yaml]\n"), ("map.yaml", $"apiVersion: v1\nkind: ConfigMap\n{(more.StartsWith("metadata", StringComparison.Ordinal) ? string.Empty : "metadata: {name: map}\n")}{more}\n")];

        if (isError)
        {
            (await FailsAsync(files)).Message.ShouldContain("is no text");
        }
        else
        {
            (await RenderAsync(files)).Objects.ShouldHaveSingleItem();
        }
    }

    [Theory]
    [InlineData("{a: , b: {c: }, d: [{e: }]}", "{\"a\":\"\",\"b\":{\"c\":\"\"},\"d\":[{\"e\":\"\"}]}")]
    [InlineData("{a: ~, b: null}", "{\"a\":null,\"b\":null}")]
    [InlineData("\n  a:\n  b: {}", "{\"a\":null,\"b\":{}}")]
    public async Task What_is_missing_within_braces_becomes_an_empty_text(string spec, string expected)
    {
        var item = await OneAsync("resources: [any.yaml]\n", ("any.yaml", $"apiVersion: example.org/v1\nkind: Any\nmetadata: {{name: any}}\nspec: {spec}\n"));

        item.Json["spec"]!.ToJsonString().ShouldBe(expected);
    }

    [Theory]
    [InlineData("annotations: {a: one, a: two}", "two")]
    [InlineData("labels: {a: one, a: two}", null)]
    public async Task An_annotation_may_be_there_twice(string metadata, string? expected)
    {
        (string, string)[] files = [("kustomization.yaml", "resources: [web.yaml]\n"), ("web.yaml", $"apiVersion: v1\nkind: Service\nmetadata: {{name: web, {metadata}}}\n")];

        if (expected is null)
        {
            (await FailsAsync(files)).Message.ShouldContain("duplicate key");
        }
        else
        {
            Text((await RenderAsync(files)).Objects[0].Object, "metadata", "annotations", "a").ShouldBe(expected);
        }
    }

    [Theory]
    [InlineData("5")]
    [InlineData("abc")]
    public async Task A_replacement_cannot_take_the_place_of_a_null(string value)
    {
        const string Replacements = "replacements: [{source: {kind: Service, fieldPath: spec.a}, targets: [{select: {kind: Any}, fieldPaths: [spec.b]}]}]\n";

        (await FailsAsync(
            ("kustomization.yaml", "resources: [web.yaml, any.yaml]\n" + Replacements),
            ("web.yaml", $"{Service}spec: {{a: '{value}'}}\n"),
            ("any.yaml", "apiVersion: example.org/v1\nkind: Any\nmetadata: {name: any}\nspec: {b: null}\n"))).Message.ShouldContain("put where there is a value of type Null");
    }

    [Theory]
    [InlineData("", "{b: null}", "spec.b.c", "{\"b\":null}")]
    [InlineData("", "{b: {}}", "spec.b.c", "{\"b\":{\"c\":\"\"}}")]
    [InlineData("", "\n  b:\n    d: e", "spec.b.c", "{\"b\":{\"d\":\"e\",\"c\":null}}")]
    [InlineData("patches: [{target: {kind: Any}, patch: '- {op: add, path: /spec/f, value: {}}'}]\n", "{b: c}", "spec.f.g", "{\"b\":\"c\",\"f\":{\"g\":\"\"}}")]
    public async Task An_empty_replacement_is_text_or_null_by_where_it_is_made(string more, string spec, string path, string expected)
    {
        var replacements = $"replacements: [{{source: {{kind: Service, fieldPath: spec.a}}, targets: [{{select: {{kind: Any}}, fieldPaths: [{path}], options: {{create: true}}}}]}}]\n";

        var objects = (await RenderAsync(
            ("kustomization.yaml", "resources: [web.yaml, any.yaml]\n" + more + replacements),
            ("web.yaml", Service + "spec: {a: ''}\n"),
            ("any.yaml", $"apiVersion: example.org/v1\nkind: Any\nmetadata: {{name: any}}\nspec: {spec}\n"))).Objects;

        objects.Single(static item => item.Object.Kind == "Any").Object.Json["spec"]!.ToJsonString().ShouldBe(expected);
    }

    [Theory]
    [InlineData("config.kubernetes.io/index", false)]
    [InlineData("config.kubernetes.io/path", false)]
    [InlineData("config.k8s.io/id", false)]
    [InlineData("internal.config.kubernetes.io/index", false)]
    [InlineData("internal.config.kubernetes.io/seqindent", false)]
    [InlineData("internal.config.kubernetes.io/containedBy", true)]
    [InlineData("config.kubernetes.io/other", true)]
    public async Task Annotations_of_kustomize_s_own_do_not_come_out(string name, bool stays)
    {
        var item = await OneAsync("resources: [web.yaml]\n", ("web.yaml", $"apiVersion: v1\nkind: Service\nmetadata: {{name: web, annotations: {{{name}: '1'}}}}\n"));

        Text(item, "metadata", "annotations", name).ShouldBe(stays ? "1" : null);
    }

    [Theory]
    [InlineData("", "a,\n  b\n")]
    [InlineData("patches: [{target: {name: map}, patch: '- {op: add, path: /data, value: {}}'}]\n", "a,\n\n  b\n")]
    public async Task The_folded_blocks_of_annotations_are_rewritten_by_patches_only(string more, string expected)
    {
        const string Map = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map\n  annotations:\n    a: >\n      a,\n        b\n";

        Text(await OneAsync("resources: [map.yaml]\n" + more, ("map.yaml", Map)), "metadata", "annotations", "a").ShouldBe(expected);
    }

    [Theory]
    [InlineData("resources: []\n")]
    [InlineData("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\npatches: []\n")]
    [InlineData("images: []\n")]
    [InlineData("commonLabels: {}\n")]
    [InlineData("generatorOptions: {}\n")]
    public async Task A_kustomization_with_an_empty_field_renders_nothing(string kustomization) =>
        (await RenderAsync(("kustomization.yaml", kustomization))).Objects.ShouldBeEmpty();

    [Theory]
    [InlineData("")]
    [InlineData("kind: Kustomization\n")]
    [InlineData("resources:\n")]
    [InlineData("namePrefix: ''\n")]
    [InlineData("bases: []\n")]
    [InlineData("imageTags: []\n")]
    public async Task A_kustomization_without_any_field_is_an_error(string kustomization) =>
        (await FailsAsync(("kustomization.yaml", kustomization))).Message.ShouldContain("empty");

    [Theory]
    [InlineData("patches: [{target: {name: web}, patch: '- {op: add, path: /metadata/annotations/a, value: b}'}]\n", "b")]
    [InlineData("patches: [{target: {name: web}, patch: '- {op: remove, path: /metadata/annotations}'}]\n", null)]
    [InlineData("patchesJson6902: [{target: {version: v1, kind: Service, name: web}, patch: '- {op: add, path: /metadata/annotations/a, value: b}'}]\n", "error")]
    public async Task A_patch_with_a_target_finds_the_map_of_annotations(string patches, string? expected)
    {
        (string, string)[] files = [("kustomization.yaml", "resources: [web.yaml]\n" + patches), ("web.yaml", Service)];
        if (expected == "error")
        {
            (await FailsAsync(files)).Message.ShouldContain("nothing to add");
            return;
        }

        var item = (await RenderAsync(files)).Objects.ShouldHaveSingleItem().Object;
        Text(item, "metadata", "annotations", "a").ShouldBe(expected);
        item.Json["metadata"]!.AsObject().ContainsKey("annotations").ShouldBe(expected is not null);
    }

    [Theory]
    [InlineData("namespace: shop\n")]
    [InlineData("namePrefix: shop-\n")]
    public async Task What_a_base_has_renamed_has_annotations_for_every_patch(string change)
    {
        const string Patch = "patchesJson6902: [{target: {version: v1, kind: Service, name: web}, patch: '- {op: add, path: /metadata/annotations/a, value: b}'}]\n";

        var item = await OneAsync("resources: [base]\n" + Patch, ("base/kustomization.yaml", "resources: [web.yaml]\n" + change), ("base/web.yaml", Service));

        Text(item, "metadata", "annotations", "a").ShouldBe("b");
    }

    [Theory]
    [InlineData("name: web\n  namespace:", "no text")]
    [InlineData("name: web\n  namespace: 1", "no text")]
    [InlineData("name: web\n  namespace: ''", null)]
    [InlineData("name: web", null)]
    public async Task The_namespace_of_a_bound_account_is_a_text(string account, string? expected)
    {
        const string Binding = "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: web}\nsubjects:\n- kind: ServiceAccount\n  ";
        (string, string)[] files = [("kustomization.yaml", "resources: [binding.yaml]\n"), ("binding.yaml", $"{Binding}{account}\n")];

        if (expected is null)
        {
            (await RenderAsync(files)).Objects.ShouldHaveSingleItem();
        }
        else
        {
            (await FailsAsync(files)).Message.ShouldContain(expected);
        }
    }

    [Theory]
    [InlineData("unsetOnly: true\n", "spec/ports", "wrong node kind")]
    [InlineData("unsetOnly: false\n", "spec/ports", "wrong node kind")]
    [InlineData("", "spec/*", "wildcard")]
    public async Task A_field_that_cannot_hold_a_namespace_is_an_error(string mode, string path, string expected)
    {
        var transformer = $"apiVersion: builtin\nkind: NamespaceTransformer\nmetadata: {{name: any, namespace: shop}}\n{mode}fieldSpecs: [{{path: '{path}'}}]\n";

        (await FailsAsync(
            ("kustomization.yaml", "resources: [web.yaml]\ntransformers: [any.yaml]\n"),
            ("web.yaml", Service + "spec: {ports: [{port: 80}]}\n"),
            ("any.yaml", transformer))).Message.ShouldContain(expected);
    }

    [Theory]
    [InlineData("{not: [closed", "malformed")]
    [InlineData(null, "no such file")]
    public async Task A_broken_schema_is_an_error_of_the_base_that_names_it(string? schema, string expected)
    {
        var files = new List<(string, string)>
        {
            ("kustomization.yaml", "resources: [base]\n"),
            ("base/kustomization.yaml", "resources: [web.yaml]\nopenapi: {path: schema.json}\n"),
            ("base/web.yaml", Service),
        };
        files.AddRange(schema is null ? [] : [("base/schema.json", schema)]);

        var error = (await FailsAsync([.. files])).Errors.ShouldHaveSingleItem();
        error.File.ShouldBe("base/kustomization.yaml");
        error.Message.ShouldContain(expected);
    }

    private static async Task<KubernetesObject> OneAsync(string kustomization, params (string Path, string Text)[] files) =>
        (await RenderAsync([("kustomization.yaml", kustomization), .. files])).Objects.ShouldHaveSingleItem().Object;

    private static Task<RenderResult> RenderAsync(params (string Path, string Text)[] files) =>
        KustomizeRenderer.RenderAsync(Files.Tree(files), new("."), TestContext.Current.CancellationToken);

    private static async Task<ManifestException> FailsAsync(params (string Path, string Text)[] files) =>
        await Should.ThrowAsync<ManifestException>(() => RenderAsync(files));

    private static string? Text(KubernetesObject item, params string[] path)
    {
        var node = (System.Text.Json.Nodes.JsonNode?)item.Json;
        foreach (var part in path)
        {
            node = node?[part];
        }

        return node?.GetValue<string>();
    }
}
