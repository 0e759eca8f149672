using System.Diagnostics;
using System.Text;
using GitOps.Manifests.Kustomize;
using GitOps.Manifests.Tests.Support;
using GitOps.Manifests.Trees;

namespace GitOps.Manifests.Tests.Kustomize;

/// <summary>Repositories that mean harm, or are broken: each costs one clear error and little time.</summary>
public sealed class HostileTests
{
    private const string Good = "resources: [map.yaml]\n";

    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("resources: [../../outside.yaml]", "outside.yaml")]
    [InlineData("resources: [../../../etc]", "etc")]
    [InlineData("resources: [/etc/passwd]", "cannot be absolute")]
    [InlineData("resources: [/]", "cannot be absolute")]
    [InlineData("resources: ['']", "empty")]
    [InlineData("resources: [missing.yaml]", "missing.yaml")]
    [InlineData("resources: [../secret.yaml]", "is not in or below")]
    [InlineData("resources: [\"map\\0.yaml\"]", "NUL")]
    [InlineData("resources: ['..\\..\\etc\\passwd']", "no such file")]
    [InlineData("resources: ['file:///etc/passwd']", "remote resources are not fetched")]
    [InlineData("resources: ['C:/windows']", "no such file")]
    [InlineData("resources: [a/../../../../etc/passwd]", "leads out")]
    [InlineData("resources: [map.yaml]\npatches: [{path: ../../../etc/passwd}]", "leads out")]
    [InlineData("resources: [map.yaml]\ncomponents: [..]", "cycle")]
    [InlineData("resources: [map.yaml]\ntransformers: [../../../etc]", "leads out")]
    [InlineData("resources: [map.yaml]\ngenerators: [/etc/passwd]", "cannot be absolute")]
    [InlineData("resources: [.]", "cycle")]
    [InlineData("resources: [..]", "cycle")]
    [InlineData("resources: [map.yaml, map.yaml]", "is there already")]
    [InlineData("resources: [https://example.org/a.yaml]", "remote resources are not fetched")]
    [InlineData("resources: [github.com/org/repo//dir?ref=main]", "remote resources are not fetched")]
    [InlineData("resources: ['git@example.org:org/repo.git']", "remote resources are not fetched")]
    [InlineData("components: ['ssh://git@example.org/repo']", "remote resources are not fetched")]
    [InlineData("resources: [map.yaml]\npatches: [{path: 'https://example.org/p.yaml'}]", "remote resources are not fetched")]
    [InlineData("resources: [map.yaml]\nconfigMapGenerator: [{name: a, files: [/etc/passwd]}]", "cannot be absolute")]
    [InlineData("resources: [map.yaml]\nconfigMapGenerator: [{name: a, files: [../../../etc/passwd]}]", "etc/passwd")]
    [InlineData("resources: [map.yaml]\nconfigMapGenerator: [{name: a, envs: [../secret.yaml]}]", "is not in or below")]
    [InlineData("resources: [map.yaml]\nopenapi: {path: ../secret.yaml}", "is not in or below")]
    [InlineData("resources: [map.yaml]\ncrds: [../secret.yaml]", "is not in or below")]
    [InlineData("resources: [map.yaml]\nreplacements: [{path: ../secret.yaml}]", "is not in or below")]
    [InlineData("resources: [map.yaml]\nconfigurations: [../secret.yaml]", "is not in or below")]
    [InlineData("helmCharts: [{name: a, repo: 'https://example.org'}]", "there is no helm here")]
    [InlineData("resources: [map.yaml]\ntransformers: [exec.yaml]", "programs and containers are not")]
    [InlineData("resources: [map.yaml]\ngenerators: [exec.yaml]", "programs and containers are not")]
    [InlineData("resources: [map.yaml]\nvalidators: [exec.yaml]", "programs and containers are not")]
    [InlineData("resources: [map.yaml]\npatches: [{patch: '[{op: add, path: /a, value: 1}]', target: {name: '('}}]", "no regular expression")]
    [InlineData("resources: [map.yaml]\npatches: [{patch: '[{op: add, path: /a, value: 1}]', target: {name: '(?=a)b'}}]", "no regular expression")]
    [InlineData("resources: [map.yaml]\nimages: [{name: '((', newTag: a}]", "cannot be matched")]
    [InlineData("resources: [map.yaml]\nunknown: 1", "unknown field")]
    [InlineData("resources: {a: b}", "must be a list")]
    [InlineData("resources: [1]", "list of strings")]
    [InlineData("- a", "mapping")]
    [InlineData("just text", "mapping")]
    [InlineData("", "empty")]
    [InlineData("resources: [", "malformed YAML")]
    [InlineData("resources: [broken.yaml]", "broken.yaml")]
    [InlineData("resources: [bomb.yaml]", "aliases")]
    [InlineData("resources: [deep.yaml]", "nested deeper")]
    [InlineData("resources: [text.yaml]", "not an object")]
    public async Task Each_is_one_error_that_names_the_file(string kustomization, string expected)
    {
        var error = await FailsAsync(Tree(kustomization));

        error.Errors.Length.ShouldBe(1);
        error.Errors[0].File.ShouldBe("app/kustomization.yaml");
        error.Errors[0].Message.ShouldContain(expected, Case.Insensitive);
    }

    [Fact]
    public async Task What_is_very_long_is_not_said_again_in_full()
    {
        var error = await FailsAsync(Tree($"resources: [{string.Concat(Enumerable.Repeat("a/", 500_000))}b]"));

        error.Message.ShouldContain("is longer than 4096 characters");
        error.Message.Length.ShouldBeLessThan(3_000);
    }

    [Fact]
    public async Task A_cycle_through_components_is_an_error()
    {
        const string Component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n";
        var tree = Files.Tree(
            ("app/kustomization.yaml", "components: [../one]\n"), ("one/kustomization.yaml", Component + "components: [../two]\n"),
            ("two/kustomization.yaml", Component + "components: [../one]\n"));

        (await FailsAsync(tree)).Errors[0].ShouldSatisfyAllConditions(
            static error => error.File.ShouldBe("two/kustomization.yaml"), static error => error.Message.ShouldContain("cycle detected"));
    }

    [Fact]
    public async Task A_cycle_through_links_is_an_error()
    {
        var tree = MemorySourceTree.Of(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["app/kustomization.yaml"] = "resources: [link]\n" },
            new Dictionary<string, string>(StringComparer.Ordinal) { ["app/link"] = "../app" });

        (await FailsAsync(tree)).Message.ShouldContain("cycle detected");
    }

    [Fact]
    public async Task A_file_behind_a_link_of_a_directory_is_refused_as_one_outside()
    {
        var tree = MemorySourceTree.Of(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["app/kustomization.yaml"] = "resources: [link/secret.yaml]\n", ["other/secret.yaml"] = Files.ConfigMap("a") },
            new Dictionary<string, string>(StringComparer.Ordinal) { ["app/link"] = "../other" });

        (await FailsAsync(tree)).Message.ShouldContain("is not in or below");
    }

    [Fact]
    public async Task A_cycle_of_bases_is_an_error()
    {
        var tree = Files.Tree(
            ("app/kustomization.yaml", "resources: [../one]\n"), ("one/kustomization.yaml", "resources: [../two]\n"), ("two/kustomization.yaml", "resources: [../one]\n"));

        (await FailsAsync(tree)).Errors[0].ShouldSatisfyAllConditions(
            static error => error.File.ShouldBe("two/kustomization.yaml"), static error => error.Message.ShouldContain("cycle detected"));
    }

    [Theory]
    [InlineData("loop", "loop")]
    [InlineData("/etc/passwd", "leads out")]
    [InlineData("../../../etc/passwd", "leads out")]
    public async Task A_link_in_a_circle_or_out_of_the_tree_is_refused(string target, string expected)
    {
        var tree = MemorySourceTree.Of(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["app/kustomization.yaml"] = "resources: [loop]\n" },
            new Dictionary<string, string>(StringComparer.Ordinal) { ["app/loop"] = target });

        var error = await Should.ThrowAsync<Exception>(() => RenderAsync(tree));
        (error is ManifestException or SourceTreeException).ShouldBeTrue(error.ToString());
        error.Message.ShouldContain(expected);
    }

    [Fact]
    public async Task A_link_to_a_file_outside_the_kustomization_is_refused()
    {
        var tree = MemorySourceTree.Of(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["app/kustomization.yaml"] = "resources: [link.yaml]\n", ["secret.yaml"] = Files.ConfigMap("a") },
            new Dictionary<string, string>(StringComparer.Ordinal) { ["app/link.yaml"] = "../secret.yaml" });

        (await FailsAsync(tree)).Message.ShouldContain("is not in or below");
    }

    [Fact]
    public async Task Bases_that_multiply_reach_a_limit()
    {
        const int Levels = 20;
        var files = new List<(string, string)> { ("app/kustomization.yaml", "resources: [../level0]\n") };
        for (var i = 0; i < Levels; i++)
        {
            files.Add(($"level{i}/kustomization.yaml", i == Levels - 1 ? "namePrefix: a-\n" : $"resources: [a, b]\n"));
            foreach (var side in (string[])["a", "b"])
            {
                files.Add(($"level{i}/{side}/kustomization.yaml", $"namePrefix: {side}-\nresources: [../../level{i + 1}]\n"));
            }
        }

        (await FailsAsync(Files.Tree(files))).Message.ShouldContain("kustomizations are built");
    }

    [Fact]
    public async Task Too_many_objects_are_refused()
    {
        var text = new StringBuilder();
        for (var i = 0; i < 50_001; i++)
        {
            text.Append("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c").Append(i).Append("}\n---\n");
        }

        (await FailsAsync(Files.Tree(("app/kustomization.yaml", Good), ("app/map.yaml", text.ToString())))).Message.ShouldContain("more than 50000 objects");
    }

    [Fact]
    public async Task Too_many_bytes_are_refused()
    {
        var tree = Files.Tree(("app/kustomization.yaml", Good), ("app/map.yaml", Files.ConfigMap("a") + new string('\n', 5000)));

        (await Should.ThrowAsync<ManifestException>(() => RenderAsync(tree, new("app") { MaxTotalBytes = 4000 }))).Message.ShouldContain("exceed 4000 bytes");
    }

    [Theory]
    [InlineData("(a+)+$")]
    [InlineData("(a|a)*b")]
    [InlineData("(.*)*(.*)*(.*)*c")]
    public async Task Expressions_that_explode_elsewhere_take_no_time(string pattern)
    {
        var tree = Files.Tree(
            ("app/kustomization.yaml", $"resources: [map.yaml]\npatches: [{{patch: '[{{\"op\":\"add\",\"path\":\"/x\",\"value\":1}}]', target: {{name: '{pattern}'}}}}]\nimages: [{{name: '{pattern}', newTag: v1}}]\n"),
            ("app/map.yaml", Files.ConfigMap(new string('a', 5000) + "!")));
        var clock = Stopwatch.StartNew();

        (await RenderAsync(tree)).Objects.Length.ShouldBe(1);
        clock.Elapsed.ShouldBeLessThan(Bound);
    }

    [Fact]
    public async Task Mutated_kustomizations_are_built_or_refused_but_nothing_else()
    {
        var (built, refused) = (0, 0);
        for (var seed = 1; seed <= 400; seed++)
        {
            var random = new Random(seed);
            var files = new Dictionary<string, string>(GeneratedKustomization.Make(1 + (seed % 60)), StringComparer.Ordinal);
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                var path = files.Keys.Order(StringComparer.Ordinal).ElementAt(random.Next(files.Count));
                files[path] = Mutate(files[path], random);
            }

            try
            {
                await KustomizeRenderer.RenderAsync(MemorySourceTree.Of(files), new(GeneratedKustomization.Entry), TestContext.Current.CancellationToken);
                built++;
            }
            catch (Exception exception) when (exception is ManifestException or SourceTreeException)
            {
                refused++;
            }
            catch (Exception exception)
            {
                Assert.Fail($"seed {seed}: {exception}");
            }
        }

        built.ShouldBeGreaterThan(20);
        refused.ShouldBeGreaterThan(100);
    }

    private static string Mutate(string text, Random random)
    {
        string[] pieces = ["null", "[]", "{}", "[[]]", "- ", ": ", "\"", "'", "&a ", "*a", "<<: ", "1e999", "-1", "\0", "\n", "é", "$patch: delete", "!!binary x", "[{}]", "..", "/", "99999999999999999999"];
        if (text.Length < 2)
        {
            return pieces[random.Next(pieces.Length)];
        }

        var at = random.Next(text.Length);
        switch (random.Next(5))
        {
            case 0:
                return text.Insert(at, pieces[random.Next(pieces.Length)]);
            case 1:
                return text.Remove(at, Math.Min(random.Next(1, 12), text.Length - at));
            case 2:
                // The value after some colon becomes something else.
                var colon = text.IndexOf(':', at);
                var end = colon < 0 ? -1 : text.IndexOfAny([',', '\n', '}', ']'], colon);
                return end < 0 ? text : string.Concat(text.AsSpan(0, colon + 1), " ", pieces[random.Next(pieces.Length)], text.AsSpan(end));
            case 3:
                var lines = text.Split('\n').ToList();
                lines.Insert(random.Next(lines.Count), lines[random.Next(lines.Count)]);
                return string.Join('\n', lines);
            default:
                return text[..at];
        }
    }

    private static MemorySourceTree Tree(string kustomization)
    {
        var bomb = new StringBuilder("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\na0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 12; i++)
        {
            bomb.Append($"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 9))}]\n");
        }

        return Files.Tree(
            ("kustomization.yaml", "resources: [app]\n"), ("secret.yaml", Files.ConfigMap("secret")), ("app/kustomization.yaml", kustomization), ("app/map.yaml", Files.ConfigMap("map")),
            ("app/exec.yaml", "apiVersion: example.org/v1\nkind: Anything\nmetadata:\n  name: x\n  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: ./run.sh}\n"),
            ("app/broken.yaml", "kind: [\n"), ("app/bomb.yaml", bomb.ToString()), ("app/text.yaml", "only text\n"),
            ("app/deep.yaml", $"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {new string('[', 20_000)}{new string(']', 20_000)}\n"));
    }

    private static Task<RenderResult> RenderAsync(ISourceTree tree, KustomizeOptions? options = null) =>
        KustomizeRenderer.RenderAsync(tree, options ?? new("app"), TestContext.Current.CancellationToken);

    private static async Task<ManifestException> FailsAsync(ISourceTree tree)
    {
        var clock = Stopwatch.StartNew();
        var exception = await Should.ThrowAsync<ManifestException>(() => RenderAsync(tree));
        clock.Elapsed.ShouldBeLessThan(Bound);
        return exception;
    }
}
