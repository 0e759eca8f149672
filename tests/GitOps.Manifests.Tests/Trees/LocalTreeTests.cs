using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;
using GitOps.Manifests.Trees;

namespace GitOps.Manifests.Tests.Trees;

[UnsupportedOSPlatform("windows")]
public sealed class LocalTreeTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("tree-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Object_ids_are_those_that_Git_gives()
    {
        Write("a.yaml", "a: 1\n");
        Write("a/b.yaml", "b: 1\n");
        Write("a-b/c.yaml", "c: 1\n");
        Write("a/empty", string.Empty);
        Write("run.sh", "#!/bin/sh\n");
        File.SetUnixFileMode(Path.Combine(_root, "run.sh"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.CreateSymbolicLink(Path.Combine(_root, "link"), "a/b.yaml");
        Directory.CreateDirectory(Path.Combine(_root, "nothing/in/here"));
        await GitAsync("init", "-q");
        await GitAsync("-c", "core.autocrlf=false", "add", ".");
        var tree = new DirectorySourceTree(_root);

        (await FindIdAsync(tree, "")).ShouldBe(await GitAsync("write-tree"));
        (await FindIdAsync(tree, "a")).ShouldBe(await GitAsync("write-tree", "--prefix=a/"));
        (await FindIdAsync(tree, "a.yaml")).ShouldBe(await GitAsync("hash-object", "a.yaml"));
        (await FindIdAsync(tree, "a/empty")).ShouldBe("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    }

    [Fact]
    public async Task A_tree_in_memory_has_the_ids_of_the_same_files_on_disk()
    {
        Write("b/x.yaml", "x: 1\n");
        Write("b.yaml", "é\n");
        File.CreateSymbolicLink(Path.Combine(_root, "l"), "b");
        var memory = MemorySourceTree.Of(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["b/x.yaml"] = "x: 1\n", ["b.yaml"] = "é\n" },
            new Dictionary<string, string>(StringComparer.Ordinal) { ["l"] = "b" });
        var disk = new DirectorySourceTree(_root);

        (await memory.FindAsync("", Cancellation)).ShouldBe(await disk.FindAsync("", Cancellation));
        (await memory.ListAsync("", Cancellation)).ShouldBe(await disk.ListAsync("", Cancellation));
        (await memory.ReadAsync("l/x.yaml", Cancellation)).ToArray().ShouldBe(Encoding.UTF8.GetBytes("x: 1\n"));
    }

    [Fact]
    public async Task The_git_directory_is_not_part_of_the_tree()
    {
        Write(".git/config", "secret");
        Write("sub/.git/config", "secret");
        Write("sub/a.yaml", "a: 1\n");
        var tree = new DirectorySourceTree(_root);

        (await tree.ListAsync("", Cancellation)).Select(entry => entry.Path).ShouldBe(["sub"]);
        (await tree.ListAsync("sub", Cancellation)).Select(entry => entry.Path).ShouldBe(["sub/a.yaml"]);
        (await tree.FindAsync(".git/config", Cancellation)).ShouldBeNull();
        await Should.ThrowAsync<SourceTreeException>(async () => await tree.ReadAsync("sub/.git/config", Cancellation));
    }

    [Fact]
    public async Task A_file_over_the_limit_is_refused()
    {
        Write("big.yaml", new string('x', 101));
        var tree = new DirectorySourceTree(_root, maxFileBytes: 100);

        (await Should.ThrowAsync<SourceTreeException>(async () => await tree.ReadAsync("big.yaml", Cancellation))).Message.ShouldContain("limit is 100");
    }

    [Fact]
    public void A_folder_that_is_not_there_is_told() =>
        Should.Throw<SourceTreeException>(() => new DirectorySourceTree(Path.Combine(_root, "absent"))).Message.ShouldContain("absent");

    [Theory]
    [InlineData("a/../b.yaml", "b.yaml")]
    [InlineData("./a//b/", "a/b")]
    [InlineData(".", "")]
    [InlineData("a/./..", "")]
    [InlineData("a/b.yaml", "a/b.yaml")]
    public void Paths_are_normalised(string path, string normal) => TreePath.Normalize(path).ShouldBe(normal);

    [Theory]
    [InlineData("..")]
    [InlineData("a/../../b")]
    [InlineData("/etc/passwd")]
    [InlineData("a\0b")]
    public void Paths_out_of_the_tree_are_refused(string path) => Should.Throw<SourceTreeException>(() => TreePath.Normalize(path));

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../outside")]
    [InlineData("d/../../outside")]
    [InlineData("d/up/outside")]
    public async Task A_link_out_of_the_tree_is_refused(string target)
    {
        Write("d/a.yaml", "a: 1\n");
        File.CreateSymbolicLink(Path.Combine(_root, "d/up"), "../..");
        File.CreateSymbolicLink(Path.Combine(_root, "link"), target);
        var tree = new DirectorySourceTree(_root);

        (await Should.ThrowAsync<SourceTreeException>(async () => await tree.FindAsync("link", Cancellation))).Path.ShouldBe("link");
        await Should.ThrowAsync<SourceTreeException>(async () => await tree.ReadAsync("link", Cancellation));
        (await tree.ListAsync("", Cancellation)).Single(entry => entry.Name == "link").Kind.ShouldBe(TreeEntryKind.Symlink);
    }

    [Fact]
    public async Task Links_are_resolved_inside_the_tree()
    {
        var tree = MemorySourceTree.Of(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["base/x/a.yaml"] = "a: 1\n" },
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["app/x"] = "../base/./x",
                ["app/y"] = "x/a.yaml",
                ["loop"] = "pool",
                ["pool"] = "loop",
                ["gone"] = "absent",
            });

        (await tree.ReadAsync("app/x/a.yaml", Cancellation)).Length.ShouldBe(5);
        var y = (await tree.FindAsync("app/y", Cancellation)).ShouldNotBeNull();
        (y.Kind, y.LinkTarget).ShouldBe((TreeEntryKind.File, "base/x/a.yaml"));
        (await tree.ListAsync("app", Cancellation)).Select(entry => (entry.Path, entry.Kind))
            .ShouldBe([("app/x", TreeEntryKind.Directory), ("app/y", TreeEntryKind.File)]);
        (await tree.FindAsync("gone", Cancellation)).ShouldBeNull();
        (await Should.ThrowAsync<SourceTreeException>(async () => await tree.FindAsync("loop", Cancellation))).Message.ShouldContain("too many");
    }

    [Fact]
    public async Task What_is_not_there_is_told_by_name()
    {
        var tree = MemorySourceTree.Of(new Dictionary<string, string>(StringComparer.Ordinal) { ["a/b"] = "" });

        (await tree.FindAsync("c", Cancellation)).ShouldBeNull();
        (await Should.ThrowAsync<SourceTreeException>(async () => await tree.ListAsync("c", Cancellation))).Message.ShouldContain("'c'");
        (await Should.ThrowAsync<SourceTreeException>(async () => await tree.ReadAsync("a", Cancellation))).Message.ShouldContain("'a'");
    }

    private static async Task<string?> FindIdAsync(DirectorySourceTree tree, string path) => (await tree.FindAsync(path, Cancellation))?.ObjectId;

    private void Write(string path, string text)
    {
        var full = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    private async Task<string> GitAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = _root, UseShellExecute = false, RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        process.ExitCode.ShouldBe(0);
        return output.Trim();
    }
}
