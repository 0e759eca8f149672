using System.Text;
using GitOps.Manifests.Trees;
using GitOps.Operator.Git;

namespace GitOps.Operator.Tests.Git;

public sealed class SourceTreeTests : IDisposable
{
    private readonly GitTestBed _bed = new();
    private readonly TestRepository _source;

    public SourceTreeTests() => _source = _bed.Repository();

    public void Dispose() => _bed.Dispose();

    [Fact]
    public async Task Directories_are_listed_in_ordinal_order_with_object_ids()
    {
        _source.Write("apps/a/deploy.yaml", "x");
        _source.Write("apps/a.yaml", "y");
        _source.Write("apps/B.yaml", "z");
        var tree = await OpenAsync(_source.Commit());

        var entries = await tree.ListAsync("apps", GitTestBed.None);

        entries.Select(static entry => (entry.Path, entry.Kind)).ShouldBe(
        [
            ("apps/B.yaml", TreeEntryKind.File), ("apps/a", TreeEntryKind.Directory), ("apps/a.yaml", TreeEntryKind.File),
        ]);
        entries[2].ObjectId.ShouldBe(_source.Git("rev-parse", "HEAD:apps/a.yaml"));
        (await tree.FindAsync(string.Empty, GitTestBed.None))!.ObjectId.ShouldBe(_source.Git("rev-parse", "HEAD^{tree}"));
        (await tree.ListAsync(string.Empty, GitTestBed.None)).ShouldHaveSingleItem().Path.ShouldBe("apps");
    }

    [Theory]
    [InlineData("nope")]
    [InlineData("apps/nope.yaml")]
    [InlineData("apps/a.yaml/b")]
    [InlineData("/apps")]
    [InlineData("apps/")]
    [InlineData("apps//a.yaml")]
    [InlineData("./apps")]
    [InlineData("apps/../apps")]
    [InlineData("..")]
    public async Task A_path_that_names_nothing_finds_nothing(string path)
    {
        var tree = await OpenAsync(_source.CommitFile("apps/a.yaml", "x"));

        (await tree.FindAsync(path, GitTestBed.None)).ShouldBeNull();
        (await Should.ThrowAsync<SourceTreeException>(async () => await tree.ReadAsync(path, GitTestBed.None))).Path.ShouldBe(path);
        (await Should.ThrowAsync<SourceTreeException>(async () => await tree.ListAsync(path, GitTestBed.None))).Path.ShouldBe(path);
    }

    [Fact]
    public async Task Reading_a_directory_or_listing_a_file_is_an_error()
    {
        var tree = await OpenAsync(_source.CommitFile("apps/a.yaml", "x"));

        (await Should.ThrowAsync<SourceTreeException>(async () => await tree.ReadAsync("apps", GitTestBed.None))).Message.ShouldContain("is a directory");
        (await Should.ThrowAsync<SourceTreeException>(async () => await tree.ListAsync("apps/a.yaml", GitTestBed.None)))
            .Message.ShouldContain("is not a directory");
    }

    [Fact]
    public async Task Symbolic_links_are_followed_inside_the_tree()
    {
        _source.Write("base/a.yaml", "a");
        Link("overlay/link.yaml", "../base/a.yaml");
        Link("overlay/dir", "../base");
        Link("chain", "overlay/dir/./../base/a.yaml");
        var tree = await OpenAsync(_source.Commit());

        var listed = await tree.ListAsync("overlay", GitTestBed.None);

        listed.Select(static entry => (entry.Name, entry.Kind)).ShouldBe([("dir", TreeEntryKind.Directory), ("link.yaml", TreeEntryKind.File)]);
        listed[1].ObjectId.ShouldBe(_source.Git("rev-parse", "HEAD:base/a.yaml"));
        listed.Select(static entry => entry.LinkTarget).ShouldBe(["base", "base/a.yaml"]);
        foreach (var (path, target) in new[] { ("overlay/link.yaml", "base/a.yaml"), ("overlay/dir/a.yaml", "base/a.yaml"), ("chain", "base/a.yaml"), ("overlay/dir", "base"), ("base/a.yaml", null) })
        {
            (await tree.FindAsync(path, GitTestBed.None))!.LinkTarget.ShouldBe(target, path);
        }

        (await tree.ReadAsync("overlay/link.yaml", GitTestBed.None)).ToArray().ShouldBe("a"u8.ToArray());
        (await tree.ReadAsync("overlay/dir/a.yaml", GitTestBed.None)).ToArray().ShouldBe("a"u8.ToArray());
        (await tree.ReadAsync("chain", GitTestBed.None)).ToArray().ShouldBe("a"u8.ToArray());
        (await tree.ListAsync("overlay/dir", GitTestBed.None)).ShouldHaveSingleItem().Path.ShouldBe("overlay/dir/a.yaml");
    }

    [Theory]
    [InlineData("/etc/passwd", "leaves the repository")]
    [InlineData("../outside", "leaves the repository")]
    [InlineData("dir/../../outside", "leaves the repository")]
    [InlineData("link", "symbolic links")]
    public async Task A_symbolic_link_that_leads_out_or_nowhere_is_refused_when_used_and_listed_as_a_link(string target, string message)
    {
        _source.Write("dir/a.yaml", "a");
        Link("link", target);
        var tree = await OpenAsync(_source.Commit());

        (await Should.ThrowAsync<SourceTreeException>(async () => await tree.FindAsync("link", GitTestBed.None))).Message.ShouldContain(message);
        (await Should.ThrowAsync<SourceTreeException>(async () => await tree.ReadAsync("link", GitTestBed.None))).Path.ShouldBe("link");
        (await tree.ListAsync(string.Empty, GitTestBed.None)).Single(static entry => entry.Name == "link").Kind.ShouldBe(TreeEntryKind.Symlink);
    }

    [Fact]
    public async Task A_dangling_link_is_absent()
    {
        Link("link", "missing");
        var tree = await OpenAsync(_source.Commit());

        (await tree.FindAsync("link", GitTestBed.None)).ShouldBeNull();
        (await tree.ListAsync(string.Empty, GitTestBed.None)).ShouldHaveSingleItem().Kind.ShouldBe(TreeEntryKind.Symlink);
    }

    [Fact]
    public async Task A_submodule_without_an_address_is_listed_and_cannot_be_read()
    {
        _source.CommitFile("a.yaml", "a");
        _source.Git("update-index", "--add", "--cacheinfo", $"160000,{_source.Head()},vendor/sub");
        _source.Git("commit", "--quiet", "--message", "submodule");
        var tree = await OpenAsync(_source.Head());

        (await tree.ListAsync("vendor", GitTestBed.None)).ShouldHaveSingleItem().Kind.ShouldBe(TreeEntryKind.Submodule);
        (await Should.ThrowAsync<SourceTreeException>(async () => await tree.ReadAsync("vendor/sub", GitTestBed.None)))
            .Message.ShouldBe("'vendor/sub' is a submodule, not a file");
        (await Should.ThrowAsync<SourceTreeException>(async () => await tree.FindAsync("vendor/sub/x.yaml", GitTestBed.None)))
            .Message.ShouldBe("'vendor/sub/x.yaml' lies in the submodule 'vendor/sub', which cannot be read: .gitmodules does not name it");
    }

    [Fact]
    public async Task A_file_above_the_limit_is_refused_and_the_next_one_is_read()
    {
        _source.Write("big.yaml", new string('x', 100_001));
        _source.Write("small.yaml", new string('y', 100_000));
        var sha = _source.Commit();
        var tree = await OpenAsync(sha, static options => options with { MaxFileBytes = 100_000 });

        var failure = await Should.ThrowAsync<SourceTreeException>(async () => await tree.ReadAsync("big.yaml", GitTestBed.None));

        failure.Message.ShouldBe("the file 'big.yaml' is larger than the limit of 100000 bytes");
        (await tree.ReadAsync("small.yaml", GitTestBed.None)).Length.ShouldBe(100_000);
    }

    [Theory]
    [InlineData("with\nnewline.yaml")]
    [InlineData("with space.yaml")]
    [InlineData("ünï-🚀.yaml")]
    [InlineData("-rf.yaml")]
    [InlineData("quote\"'.yaml")]
    public async Task Files_with_odd_names_are_read(string name)
    {
        var tree = await OpenAsync(_source.CommitFile(name, "content"));

        (await tree.ListAsync(string.Empty, GitTestBed.None)).ShouldHaveSingleItem().Path.ShouldBe(name);
        (await tree.ReadAsync(name, GitTestBed.None)).ToArray().ShouldBe("content"u8.ToArray());
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("a/b")]
    public async Task A_directory_with_a_name_that_leads_elsewhere_is_not_listed(string name)
    {
        var sha = _source.CommitTree(("100644", Encoding.UTF8.GetBytes(name), _source.Blob("evil")), ("100644", "z"u8.ToArray(), _source.Blob("good")));
        var tree = await OpenAsync(sha);

        var failure = await Should.ThrowAsync<SourceTreeException>(async () => await tree.ListAsync(string.Empty, GitTestBed.None));

        failure.Message.ShouldContain($"'{name}', which is not allowed");
        (await tree.FindAsync(name, GitTestBed.None)).ShouldBeNull();
    }

    [Fact]
    public async Task Names_that_are_no_utf8_survive()
    {
        var sha = _source.CommitTree(("100644", [0xE9, (byte)'.', (byte)'y'], _source.Blob("latin")));
        var tree = await OpenAsync(sha);

        var entry = (await tree.ListAsync(string.Empty, GitTestBed.None)).ShouldHaveSingleItem();

        (await tree.ReadAsync(entry.Path, GitTestBed.None)).ToArray().ShouldBe("latin"u8.ToArray());
    }

    [Fact]
    public async Task An_empty_file_and_bytes_of_all_kinds_are_read_exactly()
    {
        var bytes = Enumerable.Range(0, 70_000).Select(static i => (byte)(i * 7)).ToArray();
        File.WriteAllBytes(Path.Combine(_source.Path, "bytes"), bytes);
        _source.Write("empty", string.Empty);
        var tree = await OpenAsync(_source.Commit());

        (await tree.ReadAsync("empty", GitTestBed.None)).Length.ShouldBe(0);
        (await tree.ReadAsync("bytes", GitTestBed.None)).ToArray().ShouldBe(bytes);
    }

    [Fact]
    public async Task Looking_up_what_is_known_takes_no_git()
    {
        for (var i = 0; i < 50; i++)
        {
            _source.Write($"apps/app-{i}/deploy.yaml", $"n: {i}");
        }

        var tree = await OpenAsync(_source.Commit());
        for (var i = 0; i < 50; i++)
        {
            await tree.FindAsync($"apps/app-{i}/deploy.yaml", GitTestBed.None);
        }

        for (var i = 0; i < 50; i++)
        {
            tree.FindAsync($"apps/app-{i}/deploy.yaml", GitTestBed.None).AsTask().IsCompletedSuccessfully.ShouldBeTrue();
        }
    }

    private async Task<ISourceTree> OpenAsync(string sha, Func<GitOptions, GitOptions>? change = null) =>
        await _bed.Open(change).OpenAsync(_source.Url, sha, GitTestBed.None);

    private void Link(string path, string target)
    {
        var full = Path.Combine(_source.Path, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.CreateSymbolicLink(full, target);
    }
}
