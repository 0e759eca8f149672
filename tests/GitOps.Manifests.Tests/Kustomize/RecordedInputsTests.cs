using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Kustomize;
using GitOps.Manifests.Tests.Support;
using GitOps.Manifests.Trees;

namespace GitOps.Manifests.Tests.Kustomize;

/// <summary>What a build says it read decides whether the next commit has to be built: it must never leave out what counts.</summary>
public sealed class RecordedInputsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Commits_that_answer_alike_build_to_the_same()
    {
        var (held, changed) = (0, 0);
        for (var seed = 1; seed <= 60; seed++)
        {
            var random = new Random(seed);
            var files = new Dictionary<string, string>(GeneratedKustomization.Make(seed), StringComparer.Ordinal)
            {
                ["docs/readme.md"] = "text",
                ["base0/notes.txt"] = "text",
                ["overlay/unused.yaml"] = "text",
            };
            if (await TryRenderAsync(files) is not { } before)
            {
                continue;
            }

            for (var commit = 0; commit < 8; commit++)
            {
                var next = Commit(files, random);
                if (await before.Inputs.HoldAsync(MemorySourceTree.Of(next), Cancellation))
                {
                    held++;
                    var after = await TryRenderAsync(next);
                    after.ShouldNotBeNull($"seed {seed}, commit {commit}");
                    Texts(after).ShouldBe(Texts(before), $"seed {seed}, commit {commit}");
                }
                else
                {
                    changed++;
                }
            }
        }

        held.ShouldBeGreaterThan(20);
        changed.ShouldBeGreaterThan(20);
    }

    [Theory]
    [InlineData("app/kustomization.yaml")]
    [InlineData("app/map.yaml")]
    [InlineData("app/patch.yaml")]
    [InlineData("app/data.txt")]
    [InlineData("base/kustomization.yml")]
    [InlineData("base/map.yaml")]
    [InlineData("part/Kustomization")]
    public async Task A_change_of_a_file_that_was_read_is_noticed(string path)
    {
        var files = Sample();
        var inputs = (await RenderAsync(files)).Inputs;
        (await inputs.HoldAsync(MemorySourceTree.Of(files), Cancellation)).ShouldBeTrue();

        var changed = new Dictionary<string, string>(files, StringComparer.Ordinal) { [path] = files[path] + "# changed\n" };
        (await inputs.HoldAsync(MemorySourceTree.Of(changed), Cancellation)).ShouldBeFalse();
        var removed = new Dictionary<string, string>(files, StringComparer.Ordinal);
        removed.Remove(path);
        (await inputs.HoldAsync(MemorySourceTree.Of(removed), Cancellation)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("app/kustomization.yml")]
    [InlineData("app/Kustomization")]
    [InlineData("base/kustomization.yaml")]
    [InlineData("part/kustomization.yaml")]
    public async Task A_second_kustomization_file_is_noticed(string path)
    {
        var files = Sample();
        var inputs = (await RenderAsync(files)).Inputs;

        files[path] = "resources: []\n";
        (await inputs.HoldAsync(MemorySourceTree.Of(files), Cancellation)).ShouldBeFalse();
        (await TryRenderAsync(files, "app")).ShouldBeNull();
    }

    [Theory]
    [InlineData("readme.md")]
    [InlineData("other/kustomization.yaml")]
    [InlineData("app.yaml")]
    public async Task Unrelated_files_do_not_matter(string path)
    {
        var files = Sample();
        var inputs = (await RenderAsync(files)).Inputs;

        files[path] = "text";
        (await inputs.HoldAsync(MemorySourceTree.Of(files), Cancellation)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_missing_component_that_appears_is_noticed()
    {
        var files = Sample();
        var options = new KustomizeOptions("app") { Overrides = new() { Components = ["../later"], IgnoreMissingComponents = true } };
        var inputs = (await KustomizeRenderer.RenderAsync(MemorySourceTree.Of(files), options, Cancellation)).Inputs;

        files["later/kustomization.yaml"] = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: later-\n";
        (await inputs.HoldAsync(MemorySourceTree.Of(files), Cancellation)).ShouldBeFalse();
    }

    private static Dictionary<string, string> Sample() => new(StringComparer.Ordinal)
    {
        ["app/kustomization.yaml"] = "resources: [map.yaml, ../base]\ncomponents: [../part]\npatches: [{path: patch.yaml}]\nconfigMapGenerator: [{name: data, files: [data.txt]}]\n",
        ["app/map.yaml"] = Files.ConfigMap("map"),
        ["app/patch.yaml"] = Files.ConfigMap("map") + "data: {a: b}\n",
        ["app/data.txt"] = "data\n",
        ["base/kustomization.yml"] = "resources: [map.yaml]\n",
        ["base/map.yaml"] = Files.ConfigMap("base"),
        ["part/Kustomization"] = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: part-\n",
    };

    private static Dictionary<string, string> Commit(Dictionary<string, string> files, Random random)
    {
        var next = new Dictionary<string, string>(files, StringComparer.Ordinal);
        var paths = files.Keys.Order(StringComparer.Ordinal).ToList();
        var path = paths[random.Next(paths.Count)];
        switch (random.Next(4))
        {
            case 0:
                next.Remove(path);
                break;
            case 1:
                next[path] += "\n";
                break;
            case 2:
                next[path] = files[paths[random.Next(paths.Count)]];
                break;
            default:
                string[] added = ["overlay/kustomization.yml", "base0/Kustomization", "component/kustomization.yml", "docs/more.md", "new/kustomization.yaml", "base0/new.yaml"];
                next[added[random.Next(added.Length)]] = "resources: []\n";
                break;
        }

        return next;
    }

    private static string Texts(RenderResult result) => string.Join('\n', result.Objects.Select(static item => KubernetesJson.ToText(item.Object.Json)));

    private static Task<RenderResult> RenderAsync(Dictionary<string, string> files, string path = "app") =>
        KustomizeRenderer.RenderAsync(MemorySourceTree.Of(files), new(path), Cancellation);

    private static async Task<RenderResult?> TryRenderAsync(Dictionary<string, string> files, string path = GeneratedKustomization.Entry)
    {
        try
        {
            return await RenderAsync(files, path);
        }
        catch (ManifestException)
        {
            return null;
        }
    }
}
