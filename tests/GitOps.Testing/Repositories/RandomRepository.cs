using System.Globalization;

namespace GitOps.Testing.Repositories;

/// <summary>
/// A repository as a seed makes it: plain directories, bases that are shared, overlays, components, links, and files that nobody
/// reads. Its files by path; directories are those that have files.
/// </summary>
public sealed class RandomRepository
{
    private const string Component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n";
    private const string Crd = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: widgets.example.org}
        spec: {group: example.org, names: {kind: Widget, plural: widgets}, scope: Namespaced, versions: [{name: v1, served: true, storage: true}]}

        """;

    private const string OpenApi = """
        {"definitions":{"org.example.v1.Widget":{"properties":{"items":{"type":"array","x-kubernetes-patch-merge-key":"name","x-kubernetes-patch-strategy":"merge","items":{"type":"object"}}},"x-kubernetes-group-version-kind":[{"group":"example.org","kind":"Widget","version":"v1"}]}}}
        """;

    private static readonly string[] KustomizationNames = ["kustomization.yaml", "kustomization.yaml", "kustomization.yml", "Kustomization"];

    private readonly Random _random;

    public RandomRepository(int seed)
    {
        _random = new Random(seed);
        Base("bases/a", []);
        Base("bases/b", []);
        Base("bases/c", [Pick("../a", "../b")]);
        Base("bases/d", Chance(2) ? ["../c"] : []);
        MakeComponent("parts/x");
        MakeComponent("parts/y");
        for (var i = 0; i < 4; i++)
        {
            Overlay(string.Create(CultureInfo.InvariantCulture, $"overlays/o{i}"));
        }

        Plain("plain/p");
        Plain("plain/q");
        Files["shared/map.yaml"] = RepositoryEntry.File(Map("shared"));
        Files["docs/readme.md"] = RepositoryEntry.File("text\n");
        Files["overlays/link"] = RepositoryEntry.Link("o0");
        Files["bases/link"] = RepositoryEntry.Link(Pick("a", "b"));
    }

    public SortedDictionary<string, RepositoryEntry> Files { get; } = new(StringComparer.Ordinal);

    public static string Map(string name) => $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{key: \"1\"}}\n";

    /// <summary>Applications over it, the same for every seed: some share bases, some have directories that never exist.</summary>
    public static IReadOnlyList<RepositoryApplication> Applications { get; } =
    [
        new("overlays/o0"),
        new("overlays/o1", NamePrefix: "pre-"),
        new("overlays/o2", Components: "../../parts/x"),
        new("overlays/o3", Components: "../../parts/later", PatchPath: "patch.yaml"),
        new("overlays/link"),
        new("bases/a"),
        new("bases/d"),
        new("plain/p"),
        new("plain/p", Recurse: true, Exclude: "skipped/*"),
        new("plain/q", Recurse: true, Include: "*.yaml"),
        new("plain"),
        new("missing"),
    ];

    private string Pick(params ReadOnlySpan<string> of) => of[_random.Next(of.Length)];

    private bool Chance(int of) => _random.Next(of) == 0;

    private void Put(string directory, string name, string text) => Files[$"{directory}/{name}"] = RepositoryEntry.File(text);

    private void Base(string path, string[] bases)
    {
        var name = path.Replace('/', '-');
        Put(path, KustomizationNames[_random.Next(4)], $"resources: [{string.Join(", ", bases.Append("map.yaml").Append("nested/more.yaml"))}]\nnamePrefix: {Pick("x", "y")}-\n");
        Put(path, "map.yaml", Map(name));
        Put(path, "nested/more.yaml", Map($"{name}-more"));
        Put(path, "nested/unused.yaml", Map("unused"));
        Put(path, "readme.md", "text\n");
    }

    private void MakeComponent(string path)
    {
        Put(path, "kustomization.yaml", $"{Component}resources: [map.yaml]\nnameSuffix: {Pick("-r", "-s")}\n");
        Put(path, "map.yaml", Map(path.Replace('/', '-')));
    }

    private void Overlay(string path)
    {
        var name = path.Replace('/', '-');
        var lines = new List<string> { $"resources: [{string.Join(", ", Resources())}]" };
        Put(path, "own.yaml", Map(name));
        Put(path, "patch.yaml", $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{patched: \"yes\"}}\n");
        Put(path, "data/settings.txt", "a=b\n");
        Put(path, "notes.md", "text\n");
        Add("patches: [{path: patch.yaml}]");
        Add("components: [../../parts/y]");
        Add("configMapGenerator: [{name: made, files: [data/settings.txt]}]");
        Add("configMapGenerator: [{name: made, envs: [data/settings.txt]}]");
        AddWith("openapi: {path: schema.json}", "schema.json", OpenApi);
        AddWith("crds: [crd.json]", "crd.json", OpenApi);
        AddWith("configurations: [config.yaml]", "config.yaml", "namePrefix: [{path: data/key, kind: ConfigMap}]\n");
        AddWith("transformers: [suffix.yaml]", "suffix.yaml", "apiVersion: builtin\nkind: SuffixTransformer\nmetadata: {name: s}\nsuffix: -t\nfieldSpecs: [{path: metadata/name}]\n");
        AddWith("generators: [made]", "made/kustomization.yaml", "resources: [generator.yaml]\n");
        Put(path, "made/generator.yaml", "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: other}\nliterals: [a=b]\n");
        AddWith("replacements: [{path: copy.yaml}]", "copy.yaml", $"source: {{kind: ConfigMap, name: {name}, fieldPath: data.key}}\ntargets: [{{select: {{kind: ConfigMap}}, fieldPaths: [data.copied], options: {{create: true}}}}]\n");
        AddWith("resources: [crd.yaml]", "crd.yaml", Crd);
        Put(path, "kustomization.yaml", string.Join('\n', lines.DistinctBy(static line => line[..line.IndexOf(':', StringComparison.Ordinal)], StringComparer.Ordinal)) + "\n");
        if (Chance(3))
        {
            Files[$"{path}/linked.yaml"] = RepositoryEntry.Link("own.yaml");
        }

        void Add(string line)
        {
            if (Chance(3))
            {
                lines.Add(line);
            }
        }

        void AddWith(string line, string file, string text)
        {
            if (Chance(5))
            {
                lines.Add(line);
                Put(path, file, text);
            }
        }

        IEnumerable<string> Resources() => new[] { "own.yaml", Pick("../../bases/a", "../../bases/link", "../../bases/link"), Pick("../../bases/b", "../../bases/d", "own.yaml") }.Distinct(StringComparer.Ordinal);
    }

    private void Plain(string path)
    {
        Put(path, "a.yaml", Map("a"));
        Put(path, "b.yml", Map("b"));
        Put(path, "notes.txt", "text\n");
        Put(path, "deep/c.yaml", Map("c"));
        Put(path, "deep/er/d.json", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"d"}}""");
        Put(path, "skipped/e.yaml", Map("e"));
        Files[$"{path}/linked.yaml"] = RepositoryEntry.Link("../../shared/map.yaml");
        if (Chance(3))
        {
            Files[$"{path}/later.yaml"] = RepositoryEntry.Link("../../shared/later.yaml");
        }
    }
}
