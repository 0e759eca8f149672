using GitOps.Manifests.Tests.Support;
using GitOps.Manifests.Trees;

namespace GitOps.Manifests.Tests.Plain;

public sealed class PlainRendererTests
{
    [Fact]
    public async Task Files_are_read_by_ordinal_order_of_their_paths_and_documents_keep_theirs()
    {
        var tree = Files.Tree(
            ("b.yaml", Files.ConfigMap("b")),
            ("a/z.yaml", $"{Files.ConfigMap("z")}---\n{Files.ConfigMap("x")}"),
            ("B.yml", Files.ConfigMap("upper")));

        var result = await tree.RenderAsync(new(".", Recurse: true));

        result.Objects.Select(item => item.Object.Name).ShouldBe(["upper", "z", "x", "b"]);
        result.Objects[2].Location.ShouldBe(new SourceLocation("a/z.yaml", 2, 6));
    }

    [Theory]
    [InlineData(false, null, null, "a.yaml b.yml c.json")]
    [InlineData(true, null, null, "a.yaml b.yml c.json d/e.yaml d/f/g.yaml")]
    [InlineData(true, "*.yaml", null, "a.yaml d/e.yaml d/f/g.yaml")]
    [InlineData(true, null, "d/f/*", "a.yaml b.yml c.json d/e.yaml")]
    [InlineData(true, "*.yaml", "{a.yaml,d/f/*}", "d/e.yaml")]
    [InlineData(true, "", "", "a.yaml b.yml c.json d/e.yaml d/f/g.yaml")]
    public async Task Options_choose_files_as_in_Argo_CD(bool recurse, string? include, string? exclude, string files)
    {
        string[] paths = ["a.yaml", "b.yml", "d/e.yaml", "d/f/g.yaml"];
        var tree = Files.Tree(
        [
            .. paths.Select((path, i) => ($"app/{path}", Files.ConfigMap($"cm{i}"))),
            ("app/c.json", """{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "json"}}"""),
            ("app/README.md", "# kind: apiVersion: metadata:"),
            ("app/x.yaml.bak", "broken: ["),
            ("other/z.yaml", Files.ConfigMap("z")),
        ]);

        var result = await tree.RenderAsync(new("./app/", recurse, include, exclude));

        result.Objects.Select(item => item.Location.File).ShouldBe(files.Split(' ').Select(file => $"app/{file}"));
        result.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public async Task All_files_are_prefetched_at_once_before_the_first_is_read()
    {
        var tree = new ObservedTree(Files.Tree(("a.yaml", Files.ConfigMap("a")), ("b/b.yaml", Files.ConfigMap("b")), ("c.txt", "")));

        await tree.RenderAsync(new(".", Recurse: true));

        tree.Calls.ShouldBe(["prefetch a.yaml b/b.yaml", "read a.yaml", "read b/b.yaml"]);
    }

    [Fact]
    public async Task Links_to_files_are_read_and_links_to_directories_are_not_entered()
    {
        var tree = MemorySourceTree.Of(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["shared/b.yaml"] = Files.ConfigMap("b"), ["app/a.yaml"] = Files.ConfigMap("a") },
            new Dictionary<string, string>(StringComparer.Ordinal) { ["app/b.yaml"] = "../shared/b.yaml", ["app/loop"] = "..", ["app/gone.yaml"] = "nothing", ["app/x"] = "/etc" });

        var result = await tree.RenderAsync(new("app", Recurse: true));

        result.Objects.Select(item => item.Object.Name).ShouldBe(["a", "b"]);
        result.Warnings.ShouldBe(["app/gone.yaml: passed over, since the link points to nothing", "app/loop: passed over, since links to directories are not followed"]);
    }

    [Fact]
    public async Task A_manifest_that_is_a_link_out_of_the_tree_fails_the_rendering()
    {
        var tree = MemorySourceTree.Of(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["app/a.yaml"] = Files.ConfigMap("a") },
            new Dictionary<string, string>(StringComparer.Ordinal) { ["app/b.yaml"] = "../../secret.yaml" });

        (await Should.ThrowAsync<SourceTreeException>(() => tree.RenderAsync(new("app")))).Path.ShouldBe("app/b.yaml");
    }

    [Theory]
    [InlineData("absent", "there is no such directory")]
    [InlineData("a.yaml", "has to be a directory")]
    public async Task A_path_that_is_no_directory_is_told(string path, string error) =>
        (await Files.Tree(("a.yaml", Files.ConfigMap("a"))).RenderFailsAsync(new(path))).Message.ShouldContain(error);

    [Fact]
    public async Task Manifests_beyond_the_limit_together_are_refused()
    {
        var tree = Files.Tree(("a.yaml", Files.ConfigMap("a")), ("b.yaml", Files.ConfigMap("b")), ("c.yaml", "# +argocd:skip-file-rendering" + new string('x', 100)));
        var size = Files.ConfigMap("a").Length;

        (await tree.RenderAsync(new(".") { MaxTotalBytes = 2 * size })).Objects.Length.ShouldBe(2);
        (await tree.RenderFailsAsync(new(".") { MaxTotalBytes = (2 * size) - 1 })).Message.ShouldStartWith("b.yaml: with this file");
    }

    [Fact]
    public async Task Both_globs_are_checked_before_anything_is_read()
    {
        var errors = (await Files.Tree(("a.yaml", "")).RenderFailsAsync(new(".", Include: "{a", Exclude: "[z-a]"))).Errors;

        errors.Select(error => error.Message[..17]).ShouldBe(["directory.include", "directory.exclude"]);
    }

    private sealed class ObservedTree(ISourceTree inner) : ISourceTree
    {
        public List<string> Calls { get; } = [];

        public string Revision => inner.Revision;

        public ValueTask<TreeEntry?> FindAsync(string path, CancellationToken cancellationToken) => inner.FindAsync(path, cancellationToken);

        public ValueTask<IReadOnlyList<TreeEntry>> ListAsync(string path, CancellationToken cancellationToken) => inner.ListAsync(path, cancellationToken);

        public ValueTask<ReadOnlyMemory<byte>> ReadAsync(string path, CancellationToken cancellationToken)
        {
            Calls.Add($"read {path}");
            return inner.ReadAsync(path, cancellationToken);
        }

        public ValueTask PrefetchAsync(IReadOnlyCollection<TreeEntry> files, CancellationToken cancellationToken)
        {
            Calls.Add($"prefetch {string.Join(' ', files.Select(file => file.Path))}");
            return ValueTask.CompletedTask;
        }
    }
}
