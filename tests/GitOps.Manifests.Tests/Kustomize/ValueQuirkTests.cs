using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Kustomize;
using GitOps.Manifests.Tests.Support;

namespace GitOps.Manifests.Tests.Kustomize;

/// <summary>What becomes of values on their way through the real program, as generated kustomizations have shown.</summary>
public sealed class ValueQuirkTests
{
    private const string Map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map, annotations: {a: b}}\n";
    private const string Merge = "{apiVersion: v1, kind: ConfigMap, metadata: {name: map}, ";

    [Theory]
    [InlineData("size: \"1Gi\"\n", "size: 0}", "\"0\"")]
    [InlineData("size: 1Gi\n", "size: 0}", "0")]
    [InlineData("size: 'on'\n", "size: true}", "\"true\"")]
    [InlineData("size: x\n", "$patch: replace, size: y}", "\"x\"")]
    public async Task A_merged_value_takes_on_quotes_and_replacing_the_whole_object_does_nothing(string rest, string patch, string expected) =>
        Json(await OneAsync($"resources: [map.yaml]\npatches: [{{patch: \"{(Merge + patch).Replace("\"", "\\\"", StringComparison.Ordinal)}\"}}]\n", Map + rest), "size").ShouldBe(expected);

    [Theory]
    [InlineData("size: yes\n", "x: 1}", "\"0\"")]
    [InlineData("size: yes\n", "size: yes}", "0")]
    [InlineData("x: 2\n", "size: yes}", "\"0\"")]
    [InlineData("x: 2\n", "x: 1}", "0")]
    public async Task A_word_that_YAML_once_took_for_a_flag_is_quoted_by_a_merge_that_leaves_or_adds_it(string rest, string patch, string expected) =>
        Json(await OneAsync($"resources: [map.yaml]\npatches: [{{patch: '{Merge}{patch}'}}, {{patch: '{Merge}size: 0}}'}}]\n", Map + rest), "size").ShouldBe(expected);

    [Theory]
    [InlineData("1E3", "1000")]
    [InlineData("1.50", "1.5")]
    [InlineData("1e21", "1e\\u002B21")]
    [InlineData("0x10", "16")]
    [InlineData("1000000.0", "1000000")]
    [InlineData("12345678901234567890", "12345678901234567890")]
    [InlineData("2024-01-01", "2024-01-01T00:00:00Z")]
    [InlineData("yes", "yes")]
    public async Task The_items_of_a_List_go_through_JSON(string note, string expected)
    {
        var list = $"apiVersion: v1\nkind: List\nitems: [{{apiVersion: v1, kind: ConfigMap, metadata: {{name: map, annotations: {{note: {note}}}}}}}]\n";

        Json(await OneAsync("resources: [map.yaml]\n", list), "metadata", "annotations", "note").ShouldBe($"\"{expected}\"");
    }

    [Theory]
    [InlineData("1Gi", false)]
    [InlineData("a:b", false)]
    [InlineData("a#b", false)]
    [InlineData("-x", false)]
    [InlineData("?x", false)]
    [InlineData(":x", false)]
    [InlineData("x,y", false)]
    [InlineData("a]", false)]
    [InlineData("<<", false)]
    [InlineData("=", false)]
    [InlineData("\u65E5", false)]
    [InlineData("\u00A0x", false)]
    [InlineData("", true)]
    [InlineData("yes", true)]
    [InlineData("y", true)]
    [InlineData("null", true)]
    [InlineData("~", true)]
    [InlineData("1_000", true)]
    [InlineData("0x1F", true)]
    [InlineData("2024-01-01", true)]
    [InlineData("12:30", true)]
    [InlineData("a: b", true)]
    [InlineData("a:", true)]
    [InlineData("a #b", true)]
    [InlineData("- x", true)]
    [InlineData("-", true)]
    [InlineData("? x", true)]
    [InlineData(": x", true)]
    [InlineData("--- a", true)]
    [InlineData("...", true)]
    [InlineData("[a", true)]
    [InlineData("%x", true)]
    [InlineData("|", true)]
    [InlineData(" x", true)]
    [InlineData("a\tb", true)]
    [InlineData("a\nb", true)]
    [InlineData("\u2028x", true)]
    [InlineData("\uD83D\uDE00", true)]
    public async Task A_JSON_patch_leaves_quotes_only_where_they_are_needed(string text, bool isQuoted)
    {
        const string Patches = "resources: [map.yaml]\npatches: [{target: {name: map}, patch: '- {op: add, path: /x, value: 1}'}, {patch: '" + Merge + "size: 0}'}]\n";

        Json(await OneAsync(Patches, $"{Map}size: {JsonValue.Create(text).ToJsonString()}\n"), "size").ShouldBe(isQuoted ? "\"0\"" : "0");
    }

    [Theory]
    [InlineData("2024-01-01", "2024-01-01T00:00:00Z")]
    [InlineData("2024-1-2", "2024-01-02T00:00:00Z")]
    [InlineData("2024-01-01T01:02:03Z", "2024-01-01T01:02:03Z")]
    [InlineData("2024-01-01t1:2:3.1200Z", "2024-01-01T01:02:03.12Z")]
    [InlineData("2024-01-01  01:02:03,5", "2024-01-01T01:02:03.5Z")]
    [InlineData("2024-01-01T01:02:03+02:00", "2024-01-01T01:02:03+02:00")]
    [InlineData("2024-01-01T01:02:03-00:00", "2024-01-01T01:02:03Z")]
    [InlineData("2024-01-01T01:02:03.1234567891Z", "2024-01-01T01:02:03.123456789Z")]
    [InlineData("0000-02-29", "0000-02-29T00:00:00Z")]
    [InlineData("!!timestamp 2024-01-01", "2024-01-01T00:00:00Z")]
    [InlineData("!!str 2024-01-01", "2024-01-01")]
    [InlineData("'2024-01-01'", "2024-01-01")]
    [InlineData("2024-13-01", "2024-13-01")]
    [InlineData("2023-02-29", "2023-02-29")]
    [InlineData("2024-01-00", "2024-01-00")]
    [InlineData("2024-001-1", "2024-001-1")]
    [InlineData("2024-01-01T01:02:03", "2024-01-01T01:02:03")]
    [InlineData("2024-01-01T24:00:00Z", "2024-01-01T24:00:00Z")]
    [InlineData("2024-01-01T01:02:60Z", "2024-01-01T01:02:60Z")]
    [InlineData("24-01-01", "24-01-01")]
    public async Task A_date_without_quotes_becomes_a_time(string value, string expected) =>
        (await OneAsync("resources: [map.yaml]\n", $"{Map}size: {value}\n")).Json["size"]!.GetValue<string>().ShouldBe(expected);

    [Theory]
    [InlineData("[metadata.annotations.new]", "metadata/annotations/new", "2024-01-01")]
    [InlineData("[metadata.labels.new]", "metadata/labels/new", "2024-01-01T00:00:00Z")]
    [InlineData("[plain]", "plain", "2024-01-01")]
    [InlineData("[date]", "date", "2024-01-01T00:00:00Z")]
    [InlineData("[quoted]", "quoted", "2024-01-01")]
    public async Task A_date_that_a_replacement_writes_becomes_a_time_where_nothing_says_that_it_is_a_text(string paths, string at, string expected)
    {
        var kustomization = $"resources: [map.yaml]\nreplacements: [{{sourceValue: '2024-01-01', targets: [{{select: {{kind: ConfigMap}}, fieldPaths: {paths}, options: {{create: true}}}}]}}]\n";

        Json(await OneAsync(kustomization, Map + "plain: a\ndate: 2001-01-01\nquoted: '1'\n"), at.Split('/')).ShouldBe($"\"{expected}\"");
    }

    [Theory]
    [InlineData("{name: map}", "{name: map}", "10")]
    [InlineData("{name: 'map'}", "{name: map}", "\"012\"")]
    [InlineData("{name: map, namespace: '7'}", "{name: map, namespace: '7'}", "10")]
    public async Task The_name_of_an_object_that_was_patched_means_what_it_looks_like(string metadata, string patched, string expected)
    {
        var kustomization = $"resources: [map.yaml]\npatches: [{{patch: \"{{apiVersion: v1, kind: ConfigMap, metadata: {patched}, x: y}}\"}}]\n"
            + "replacements: [{sourceValue: '012', targets: [{select: {kind: ConfigMap}, fieldPaths: [metadata.name]}]}]\n";

        var item = await OneAsync(kustomization, $"apiVersion: v1\nkind: ConfigMap\nmetadata: {metadata}\n");

        Json(item, "metadata", "name").ShouldBe(expected);
        Json(item, "metadata", "namespace").ShouldBe(metadata.Contains('7', StringComparison.Ordinal) ? "\"7\"" : "null");
    }

    [Theory]
    [InlineData("9007199254740993", "9007199254740992")]
    [InlineData("1000000", "1000000")]
    [InlineData("1.50", "1.5")]
    [InlineData("-7", "-7")]
    public async Task A_JSON_patch_makes_floats_of_all_numbers(string number, string expected) =>
        Json(await OneAsync("resources: [map.yaml]\npatches: [{target: {name: map}, patch: '- {op: add, path: /x, value: 1}'}]\n", $"{Map}size: {number}\n"), "size").ShouldBe(expected);

    [Fact]
    public async Task A_number_that_a_JSON_patch_has_written_is_copied_as_it_was_written()
    {
        const string Kustomization = """
            resources: [map.yaml]
            patches: [{target: {name: map}, patch: '- {op: add, path: /size, value: 1000000}'}]
            replacements: [{source: {kind: ConfigMap, fieldPath: size}, targets: [{select: {kind: ConfigMap}, fieldPaths: [metadata.annotations.a]}]}]
            """;

        Json(await OneAsync(Kustomization, Map), "metadata", "annotations", "a").ShouldBe("\"1e\\u002B06\"");
    }

    [Theory]
    [InlineData("", "null")]
    [InlineData("x: 1", "\"~\"")]
    public async Task A_word_that_a_replacement_wrote_is_quoted_once_the_object_is_merged(string patch, string expected)
    {
        const string Base = "resources: [map.yaml]\nreplacements: [{sourceValue: '~', targets: [{select: {kind: ConfigMap}, fieldPaths: [size], options: {create: true}}]}]\n";
        var patches = patch.Length == 0 ? string.Empty : $"patches: [{{patch: '{Merge}{patch}}}'}}]\n";
        var result = await RenderAsync(("kustomization.yaml", $"resources: [base]\n{patches}"), ("base/kustomization.yaml", Base), ("base/map.yaml", Map));

        Json(result.Objects.ShouldHaveSingleItem().Object, "size").ShouldBe(expected);
    }

    [Fact]
    public async Task An_annotation_that_YAML_would_read_otherwise_is_quoted_and_so_is_what_replaces_it()
    {
        const string Deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n";
        const string Patch = "patches: [{patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {template: {metadata: {annotations: {note: 0}}}}}'}]\n";
        var result = await RenderAsync(
            ("kustomization.yaml", "resources: [base]\n" + Patch),
            ("base/kustomization.yaml", "resources: [web.yaml]\ncommonAnnotations: {note: '+1'}\n"),
            ("base/web.yaml", Deployment));

        Json(result.Objects.ShouldHaveSingleItem().Object, "spec", "template", "metadata", "annotations", "note").ShouldBe("\"0\"");
    }

    [Fact]
    public async Task An_expression_for_items_is_held_against_the_YAML_of_maps()
    {
        const string Kustomization = "resources: [map.yaml]\nreplacements: [{sourceValue: new, targets: [{select: {kind: ConfigMap}, fieldPaths: ['list.[=a]']}]}]\n";

        Json(await OneAsync(Kustomization, Map + "list: [a, b, {value: x}, {key: b}]\n"), "list").ShouldBe("[\"new\",\"b\",\"new\",{\"key\":\"b\"}]");
    }

    [Fact]
    public async Task Names_of_variables_are_taken_as_they_are_and_lines_without_are_passed_over()
    {
        var result = await RenderAsync(
            ("kustomization.yaml", "secretGenerator: [{name: s, envs: [a.env]}]\n"), ("a.env", "M =a\n=b\n1x=c\nexport K=d\n"));

        ((JsonObject)result.Objects.ShouldHaveSingleItem().Object.Json["data"]!).Select(static field => field.Key).ShouldBe(["1x", "M ", "export K"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("resources: [map.yaml]\ncrds: [other.yaml]\n", "{a: b}\n", "malformed JSON")]
    [InlineData("resources: [map.yaml]\nopenapi: {path: other.yaml}\n", "{definitions: {}}\n", "malformed JSON")]
    [InlineData("configMapGenerator: [{name: m, files: [other.yaml]}]\n", "x\u007f", "U+007F")]
    [InlineData("resources: [map.yaml]\nreplacements: [{source: {kind: ConfigMap, fieldPath: metadata}, targets: [{select: {kind: ConfigMap}}]}]\n", "", "missing metadata.name")]
    [InlineData("resources: [map.yaml, other.yaml]\nreplacements: [{sourceValue: same, targets: [{select: {kind: ConfigMap}}]}]\n", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n", "is there already")]
    [InlineData("resources: [map.yaml]\nvalidators: [other.yaml]\n", "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: v}\nprefix: ''\nfieldSpecs: [{path: metadata/name}]\n", "shouldn't modify")]
    public async Task What_the_real_program_refuses_is_refused(string kustomization, string other, string expected) =>
        (await Should.ThrowAsync<ManifestException>(() => RenderAsync(("kustomization.yaml", kustomization), ("map.yaml", Map), ("other.yaml", other)))).Message.ShouldContain(expected);

    [Fact]
    public async Task A_JSON_patch_that_replaces_annotations_forgets_what_was_done_before()
    {
        const string Kustomization = "resources: [base]\nbuildMetadata: [transformerAnnotations]\n";
        const string Base = """
            resources: [map.yaml]
            commonAnnotations: {b: c}
            patchesJson6902: [{target: {version: v1, kind: ConfigMap, name: map}, patch: '[{"op": "add", "path": "/metadata/annotations", "value": {}}]'}]
            """;
        var result = await RenderAsync(("kustomization.yaml", Kustomization), ("base/kustomization.yaml", Base), ("base/map.yaml", Map));

        Json(result.Objects.ShouldHaveSingleItem().Object, "metadata", "annotations").ShouldNotContain("AnnotationsTransformer");
    }

    private static async Task<KubernetesObject> OneAsync(string kustomization, string map) =>
        (await RenderAsync(("kustomization.yaml", kustomization), ("map.yaml", map))).Objects.ShouldHaveSingleItem().Object;

    private static Task<RenderResult> RenderAsync(params (string Path, string Text)[] files) =>
        KustomizeRenderer.RenderAsync(Files.Tree(files), new("."), TestContext.Current.CancellationToken);

    private static string Json(KubernetesObject item, params string[] path)
    {
        JsonNode? node = item.Json;
        foreach (var part in path)
        {
            node = node?[part];
        }

        return node?.ToJsonString() ?? "null";
    }
}
