using System.Diagnostics;
using System.Globalization;
using System.Text;
using GitOps.Manifests.Kustomize;
using GitOps.Manifests.Tests.Support;
using GitOps.Manifests.Trees;

namespace GitOps.Manifests.Tests.Kustomize;

/// <summary>
/// Small repositories that ask for much: each ends with one error that names the file and the field, by counting what is done and
/// not by a clock.
/// </summary>
public sealed class AttackTests
{
    /// <summary>A tenth of what is allowed, so that the tests take a tenth of the time.</summary>
    private const long MaxSteps = 60_000_000;

    /// <summary>Far more than it takes: the count is what ends a build.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    private static readonly Dictionary<string, Func<Dictionary<string, string>>> Repositories = new(StringComparer.Ordinal)
    {
        ["JSON patch that copies what it copied"] = static () => App(
            JsonPatch(Enumerable.Range(0, 60).Select(static i => Invariant($"{{\"op\":\"copy\",\"from\":\"/data\",\"path\":\"/data/x{i}\"}}")))),
        ["JSON patch that copies a list into itself"] = static () => App(
            JsonPatch(Enumerable.Range(0, 60).Select(static _ => "{\"op\":\"copy\",\"from\":\"/list\",\"path\":\"/list/-\"}"))),
        ["JSON patch that nests"] = static () => App(
            JsonPatch(Enumerable.Range(0, 400).Select(static _ => "{\"op\":\"move\",\"from\":\"/data\",\"path\":\"/temp\"},{\"op\":\"add\",\"path\":\"/data\",\"value\":{}},{\"op\":\"move\",\"from\":\"/temp\",\"path\":\"/data/x\"}"))),
        ["JSON patches of a large object"] = static () => App(
            $"patches:\n{Lines(20_000, static _ => "- {path: patch.json, target: {kind: ConfigMap}}")}",
            ("patch.json", "[{\"op\":\"add\",\"path\":\"/data/x\",\"value\":\"y\"}]"), ("map.yaml", Map("large") + $"data:\n{Lines(5_000, static i => Invariant($"  k{i}: v"))}")),
        ["replacements that double a text"] = static () => App(
            $"replacements:\n{Lines(80, static _ => "- {source: {kind: ConfigMap, fieldPath: data.a}, targets: [{select: {kind: ConfigMap}, fieldPaths: [data.b], options: {delimiter: '|', index: 99999}}]}\n- {source: {kind: ConfigMap, fieldPath: data.b}, targets: [{select: {kind: ConfigMap}, fieldPaths: [data.a], options: {delimiter: '|', index: 99999}}]}")}",
            ("map.yaml", Map("map") + "data: {a: aaaaaaaaaa, b: bbbbbbbbbb}\n")),
        ["replacements that double a value"] = static () => App(
            $"replacements:\n{Lines(80, static i => Invariant($"- {{source: {{kind: ConfigMap, fieldPath: data}}, targets: [{{select: {{kind: ConfigMap}}, fieldPaths: [data.x{i}], options: {{create: true}}}}]}}"))}"),
        ["replacements that nest"] = static () => App(
            $"replacements:\n{Lines(600, static _ => "- {source: {kind: ConfigMap, fieldPath: data}, targets: [{select: {kind: ConfigMap}, fieldPaths: [temp], options: {create: true}}]}\n- {source: {kind: ConfigMap, fieldPath: temp}, targets: [{select: {kind: ConfigMap}, fieldPaths: [data.x], options: {create: true}}]}")}"),
        ["replacement with a deep path"] = static () => App(
            $"replacements: [{{source: {{kind: ConfigMap, fieldPath: metadata.name}}, targets: [{{select: {{kind: ConfigMap}}, fieldPaths: [{string.Join('.', Enumerable.Repeat("a", 200_000))}], options: {{create: true}}}}]}}]"),
        ["field of a configuration with a deep path"] = static () => App(
            "namePrefix: a-\nconfigurations: [config.yaml]\n", ("config.yaml", $"namePrefix: [{{create: true, path: {string.Join('/', Enumerable.Repeat("a", 200_000))}}}]\n")),
        ["variables that multiply"] = static () => App(
            "vars: [{name: V, objref: {apiVersion: v1, kind: ConfigMap, name: map}, fieldref: {fieldpath: data.v}}]\nconfigurations: [config.yaml]\n",
            ("config.yaml", "varReference: [{path: data/x, kind: ConfigMap}]\n"),
            ("map.yaml", Map("map") + $"data:\n  v: {new string('v', 100_000)}\n  x: {Repeat("$(V) ", 20_000)}\n")),
        ["long prefix of many objects"] = static () => App(
            $"namePrefix: {new string('a', 1_000_000)}\n", ("map.yaml", Maps(5_000))),
        ["many labels of many objects"] = static () => App(
            $"commonLabels:\n{Lines(2_000, static i => Invariant($"  l{i}: v"))}", ("map.yaml", Maps(5_000))),
        ["long annotation of many objects"] = static () => App(
            $"commonAnnotations: {{a: {new string('a', 1_000_000)}}}\n", ("map.yaml", Maps(5_000))),
        ["many patches of many objects"] = static () => App(
            $"patches:\n{Lines(50_000, static _ => "- {path: patch.json, target: {name: 'c[0-9]x'}}")}",
            ("patch.json", "[{\"op\":\"add\",\"path\":\"/data\",\"value\":{}}]"), ("map.yaml", Maps(5_000))),
        ["many replacements of many objects"] = static () => App(
            $"replacements:\n{Lines(20_000, static _ => "- {sourceValue: a, targets: [{select: {kind: ConfigMap}, fieldPaths: [metadata.name]}]}")}", ("map.yaml", Maps(5_000))),
        ["many images of many objects"] = static () => App(
            $"images:\n{Lines(20_000, static i => Invariant($"- {{name: i{i}, newTag: v1}}"))}", ("map.yaml", Maps(5_000))),
        ["strategic merge of long lists"] = static () => App(
            "patches: [{path: patch.yaml}]\n",
            ("map.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - name: c\n    env:\n" + Lines(50_000, static i => Invariant($"    - {{name: e{i}, value: v}}"))),
            ("patch.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, env: [{name: z, value: z}]}]}\n")),
        ["many configured fields"] = static () => App(
            "configurations: [config.yaml]\n", ("config.yaml", $"namePrefix:\n{Lines(60_000, static i => Invariant($"- {{path: a/b{i}, kind: K{i}}}"))}")),
        ["definitions that multiply"] = static () => App("crds: [crd.json]\n", ("crd.json", Definitions(60, 2))),
        ["definitions one below the other"] = static () => App("crds: [crd.json]\n", ("crd.json", Definitions(20_000, 1))),
        ["bases one below the other"] = Chain,
        ["overlays of a large file"] = static () =>
        {
            var files = App($"resources:\n{Lines(200, static i => Invariant($"- ../o{i}"))}", ("base/large.txt", new string('a', 8_000_000)));
            files["app/kustomization.yaml"] = $"resources:\n{Lines(200, static i => Invariant($"- o{i}"))}";
            for (var i = 0; i < 200; i++)
            {
                files[Invariant($"app/o{i}/kustomization.yaml")] = Invariant($"namePrefix: o{i}-\nresources: [../../base]\n");
            }

            files["base/large.txt"] = new string('a', 8_000_000);
            files["base/kustomization.yaml"] = "configMapGenerator: [{name: large, files: [large.txt]}]\n";
            return files;
        },
        ["origins of many transformers"] = static () => App(
            $"buildMetadata: [transformerAnnotations, originAnnotations]\npatches:\n{Lines(2_000, static _ => "- {path: patch.json, target: {name: none}}")}",
            ("patch.json", "[{\"op\":\"add\",\"path\":\"/data\",\"value\":{}}]"), ("map.yaml", Maps(5_000))),
        ["expression with repetitions in repetitions"] = static () => App(Targeted("(a{1000}){1000}")),
        ["expression with many repetitions"] = static () => App(Targeted(Repeat("a{1000}", 100))),
        ["expression with nested repetitions"] = static () => App(Targeted("((((a{9}){9}){9}){9}){9}")),
        ["expression that is long"] = static () => App(Targeted(Repeat("(a|b)?", 5_000))),
        ["image name with repetitions"] = static () => App("images: [{name: '(a{1000}){1000}', newTag: v1}]\n"),
        ["replacement path with repetitions"] = static () => App(
            "replacements: [{sourceValue: a, targets: [{select: {kind: ConfigMap}, fieldPaths: ['list.[name=(a{1000}){1000}]']}]}]\n"),
        ["expression over a long text"] = static () => App(
            "replacements: [{sourceValue: a, targets: [{select: {kind: ConfigMap}, fieldPaths: ['list.[name=(a|aa)+b].x']}]}]\n",
            ("map.yaml", Map("map") + $"list: [{{name: {new string('a', 100_000)}, x: y}}]\n")),
        ["document of very many values"] = static () => App(string.Empty, ("map.yaml", Map("map") + $"list: [{Repeat("1,", 1_100_000)}]\n")),
        ["documents of very many values"] = static () => App(
            $"resources: [{string.Join(", ", Enumerable.Range(0, 8).Select(static i => Invariant($"m{i}.yaml")))}]\n",
            [.. Enumerable.Range(0, 8).Select(static i => (Invariant($"m{i}.yaml"), Map(Invariant($"m{i}")) + $"list: [{Repeat("1,", 600_000)}]\n"))]),
        ["subjects of a role binding"] = static () => App(
            "namePrefix: a-\n", ("map.yaml", "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: r, namespace: n}\nroleRef: {kind: Role, name: x, apiGroup: rbac.authorization.k8s.io}\nsubjects:\n"
                + Lines(20_000, static _ => "- {kind: ServiceAccount, name: s, namespace: other}") + "---\n"
                + Lines(500, static i => Invariant($"apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: s, namespace: n{i}}}\n---")))),
    };

    public static TheoryData<string> Names => [.. Repositories.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Each_is_one_error_that_names_the_file_and_the_field(string name)
    {
        var files = Repositories[name]();
        var before = GC.GetTotalAllocatedBytes();
        var clock = Stopwatch.StartNew();

        var error = await Should.ThrowAsync<ManifestException>(
            () => KustomizeRenderer.RenderAsync(MemorySourceTree.Of(files), new("app") { MaxSteps = MaxSteps }, TestContext.Current.CancellationToken));

        TestContext.Current.SendDiagnosticMessage("{0}", Invariant(
            $"{name}: {clock.ElapsedMilliseconds} ms, {(GC.GetTotalAllocatedBytes() - before) >> 20} MiB: {error.Message[..Math.Min(200, error.Message.Length)]}"));
        error.Errors.Length.ShouldBe(1);
        error.Errors[0].File.ShouldEndWith("kustomization.yaml");
        error.Message.Length.ShouldBeLessThan(2_000);
        clock.Elapsed.ShouldBeLessThan(Bound);
    }

    [Fact]
    public async Task A_large_application_takes_a_small_part_of_what_is_allowed()
    {
        var files = App(
            "namePrefix: a-\nnamespace: home\ncommonLabels: {a: b}\ncommonAnnotations: {c: d}\nimages: [{name: web, newTag: v2}]\n"
                + "patches: [{target: {kind: Deployment, name: 'd.*'}, patch: '[{\"op\":\"replace\",\"path\":\"/spec/replicas\",\"value\":3}]'}]\n"
                + "replacements: [{sourceValue: x, targets: [{select: {kind: Deployment}, fieldPaths: [spec.template.metadata.labels.app]}]}]\n",
            ("map.yaml", Lines(2_000, static i => Invariant($"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d{i}}}\nspec:\n  replicas: 1\n  selector: {{matchLabels: {{app: d{i}}}}}\n  template:\n    metadata: {{labels: {{app: d{i}}}}}\n    spec:\n      containers:\n      - name: web\n        image: web:v1\n        env: [{{name: A, value: b}}, {{name: B, valueFrom: {{configMapKeyRef: {{name: m, key: k}}}}}}]\n        ports: [{{containerPort: 80}}]\n---"))));

        (await KustomizeRenderer.RenderAsync(MemorySourceTree.Of(files), new("app") { MaxSteps = MaxSteps }, TestContext.Current.CancellationToken))
            .Objects.Length.ShouldBe(2_000);
    }

    private static Dictionary<string, string> Chain()
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal) { ["app/kustomization.yaml"] = "resources: [../b0]\n" };
        for (var i = 0; i < 4_900; i++)
        {
            files[Invariant($"b{i}/kustomization.yaml")] = i == 4_899 ? "namePrefix: a-\n" : Invariant($"resources: [../b{i + 1}]\n");
        }

        return files;
    }

    private static string Definitions(int levels, int references)
    {
        var text = new StringBuilder("{\"org.example.Kind\":{\"Schema\":{\"properties\":{\"apiVersion\":{},\"kind\":{},\"metadata\":{},\"x\":{\"$ref\":\"d0\"}}}}");
        for (var i = 0; i < levels; i++)
        {
            var fields = Enumerable.Range(0, references).Select(field => Invariant($"\"f{field}\":{{\"$ref\":\"d{i + 1}\"}}"));
            text.Append(CultureInfo.InvariantCulture, $",\"d{i}\":{{\"Schema\":{{\"properties\":{{{string.Join(',', fields)}}}}}}}");
        }

        return text.Append('}').ToString();
    }

    private static Dictionary<string, string> App(string kustomization, params (string Path, string Text)[] files)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["app/kustomization.yaml"] = kustomization.StartsWith("resources", StringComparison.Ordinal) ? kustomization : "resources: [map.yaml]\n" + kustomization,
            ["app/map.yaml"] = Map("map") + "data: {a: aaaaaaaaaaaaaaaaaaaa}\nlist: [{name: n, x: y}]\n",
        };
        foreach (var (path, text) in files)
        {
            all[$"app/{path}"] = text;
        }

        return all;
    }

    private static string JsonPatch(IEnumerable<string> operations) => $"patches: [{{target: {{kind: ConfigMap}}, patch: '[{string.Join(',', operations)}]'}}]\n";

    private static string Targeted(string pattern) => $"patches: [{{target: {{name: '{pattern}'}}, patch: '[{{\"op\":\"add\",\"path\":\"/data\",\"value\":{{}}}}]'}}]\n";

    private static string Map(string name) => Files.ConfigMap(name);

    private static string Maps(int count) => Lines(count, static i => Map(Invariant($"c{i}")) + "---");

    private static string Lines(int count, Func<int, string> line) => string.Concat(Enumerable.Range(0, count).Select(i => line(i) + "\n"));

    private static string Repeat(string text, int count) => new StringBuilder(text.Length * count).Insert(0, text, count).ToString();

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
