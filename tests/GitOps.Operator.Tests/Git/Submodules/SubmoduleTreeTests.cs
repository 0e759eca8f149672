using System.Text;
using GitOps.Manifests.Trees;
using GitOps.Operator.Git;

namespace GitOps.Operator.Tests.Git.Submodules;

public sealed class SubmoduleTreeTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly GitTestBed _bed = new();
    private readonly TestRepository _library;
    private readonly TestRepository _source;

    public SubmoduleTreeTests()
    {
        _library = _bed.Repository("library");
        _library.Write("base/settings.yaml", "a: 1");
        _library.CommitFile("readme", "text");
        _source = _bed.Repository();
        _source.CommitFile("own.yaml", "own: 1");
    }

    public void Dispose() => _bed.Dispose();

    [Fact]
    public async Task Files_of_a_submodule_are_read_at_its_commit()
    {
        var commit = Include(_source, "vendor/lib", "../library", _library.Head());
        _library.CommitFile("base/settings.yaml", "a: 2");
        var tree = await OpenAsync();

        (await ReadAsync(tree, "vendor/lib/base/settings.yaml")).ShouldBe("a: 1");
        (await ReadAsync(tree, "own.yaml")).ShouldBe("own: 1");
        (await tree.FindAsync("vendor/lib", None)).ShouldBe(new TreeEntry("vendor/lib", TreeEntryKind.Directory, commit));
        (await tree.FindAsync("vendor/lib/base", None))!.Kind.ShouldBe(TreeEntryKind.Directory);
        (await tree.FindAsync("vendor/lib/nope", None)).ShouldBeNull();
        (await tree.ListAsync("vendor", None)).ShouldBe([new TreeEntry("vendor/lib", TreeEntryKind.Directory, commit)]);
        (await tree.ListAsync("vendor/lib", None)).Select(static entry => entry.Path).ShouldBe(["vendor/lib/base", "vendor/lib/readme"]);
        (await tree.ListAsync("vendor/lib/base", None)).ShouldHaveSingleItem().Path.ShouldBe("vendor/lib/base/settings.yaml");
    }

    [Fact]
    public async Task All_files_are_fetched_in_one_request_for_each_repository()
    {
        for (var i = 0; i < 20; i++)
        {
            _library.Write($"many/{i}.yaml", $"a: {i}");
        }

        Include(_source, "lib", "../library", _library.Commit());
        var tree = await OpenAsync();
        var files = await tree.ListAsync("lib/many", None);
        var before = _bed.Observer.Count("fetch-objects");

        await tree.PrefetchAsync([.. files, (await tree.FindAsync("own.yaml", None))!], None);
        foreach (var file in files)
        {
            (await ReadAsync(tree, file.Path)).ShouldStartWith("a: ");
        }

        (_bed.Observer.Count("fetch-objects") - before).ShouldBe(2);
    }

    [Fact]
    public async Task Recorded_inputs_hold_until_the_submodule_is_at_another_commit()
    {
        Include(_source, "lib", "../library", _library.Head());
        var repositories = _bed.Open();
        var recording = new RecordingSourceTree(await OpenAsync(repositories));
        await recording.FindAsync("lib/base", None);
        await recording.ReadAsync("lib/base/settings.yaml", None);
        var inputs = recording.Inputs;

        _source.CommitFile("other.yaml", "other: 1");
        (await inputs.HoldAsync(await OpenAsync(repositories), None)).ShouldBeTrue();

        Include(_source, "lib", "../library", _library.CommitFile("elsewhere", "x"));
        (await inputs.HoldAsync(await OpenAsync(repositories), None)).ShouldBeTrue();

        Include(_source, "lib", "../library", _library.CommitFile("base/settings.yaml", "a: 2"));
        (await inputs.HoldAsync(await OpenAsync(repositories), None)).ShouldBeFalse();
    }

    [Fact]
    public async Task Submodules_of_submodules_are_read_and_their_urls_are_relative_to_each()
    {
        var inner = _bed.Repository("group/inner");
        var innerCommit = inner.CommitFile("deep.yaml", "deep: 1");
        var outer = _bed.Repository("group/outer");
        outer.CommitFile("x", "x");
        Include(outer, "in", "../inner", innerCommit);
        Include(_source, "out", "../group/outer", outer.Head());
        var tree = await OpenAsync();

        (await ReadAsync(tree, "out/in/deep.yaml")).ShouldBe("deep: 1");
        (await tree.FindAsync("out/in", None))!.ObjectId.ShouldBe(innerCommit);
    }

    [Fact]
    public async Task A_link_leads_into_a_submodule_and_one_of_it_not_out()
    {
        File.CreateSymbolicLink(Path.Combine(_library.Path, "alias"), "base");
        File.CreateSymbolicLink(Path.Combine(_library.Path, "out"), "../../own.yaml");
        var commit = _library.Commit();
        File.CreateSymbolicLink(Path.Combine(_source.Path, "settings"), "vendor/lib/base");
        File.CreateSymbolicLink(Path.Combine(_source.Path, "whole"), "vendor/lib");
        Include(_source, "vendor/lib", "../library", commit);
        var tree = await OpenAsync();

        (await ReadAsync(tree, "settings/settings.yaml")).ShouldBe("a: 1");
        (await tree.FindAsync("settings", None))!.LinkTarget.ShouldBe("vendor/lib/base");
        (await tree.FindAsync("whole", None)).ShouldBe(new TreeEntry("whole", TreeEntryKind.Directory, commit) { LinkTarget = "vendor/lib" });
        (await ReadAsync(tree, "whole/readme")).ShouldBe("text");
        (await tree.FindAsync("vendor/lib/alias/settings.yaml", None))!.LinkTarget.ShouldBe("vendor/lib/base/settings.yaml");
        (await tree.ListAsync("", None)).Single(static entry => entry.Path == "settings").Kind.ShouldBe(TreeEntryKind.Directory);
        (await tree.ListAsync("settings", None)).ShouldHaveSingleItem().Path.ShouldBe("settings/settings.yaml");
        (await Should.ThrowAsync<SourceTreeException>(async () => await tree.ReadAsync("vendor/lib/out", None)))
            .Message.ShouldBe("in the submodule 'vendor/lib': 'out' is, or leads through, a symbolic link that leaves the repository");
    }

    [Theory]
    [InlineData("http://example.org/x.git", "the repository URL's protocol 'http' is not allowed: use https or ssh")]
    [InlineData("ext::sh -c touch% /tmp/x", "the repository URL contains white space")]
    [InlineData("ext::touch", "names a remote helper")]
    [InlineData("--upload-pack=x", "begins with '-'")]
    [InlineData("https://user:secret@example.org/x", "contains a password")]
    [InlineData("../../../../../../../../../../x", "leads above")]
    [InlineData("", ".gitmodules gives no url for it")]
    public async Task What_is_not_allowed_is_refused_with_the_name_of_the_submodule(string url, string why)
    {
        Include(_source, "vendor/lib", url, _library.Head());
        var tree = await OpenAsync();

        // Only who looks into it is hurt.
        (await ReadAsync(tree, "own.yaml")).ShouldBe("own: 1");
        (await tree.FindAsync("vendor/lib", None))!.Kind.ShouldBe(TreeEntryKind.Directory);
        var refused = await Should.ThrowAsync<SourceTreeException>(async () => await tree.ReadAsync("vendor/lib/readme", None));
        refused.Message.ShouldStartWith("the submodule 'vendor/lib' cannot be read: ");
        refused.Message.ShouldContain(why);
        refused.Message.ShouldNotContain("secret");
    }

    [Fact]
    public async Task A_submodule_that_cannot_be_fetched_is_named()
    {
        Include(_source, "lib", "../nowhere", _library.Head());
        var tree = await OpenAsync();

        var failure = await Should.ThrowAsync<GitException>(async () => await tree.ReadAsync("lib/readme", None));
        failure.Kind.ShouldBe(GitFailure.NotFound);
        failure.Message.ShouldContain($"the submodule 'lib' of {_source.Url} at {_library.Head()[..7]}: ");
    }

    [Fact]
    public async Task A_commit_that_is_pushed_later_is_found_then()
    {
        _library.Git("checkout", "--quiet", "-b", "hidden");
        var commit = _library.CommitFile("base/settings.yaml", "a: 3");
        _library.Git("bundle", "create", "../kept", "hidden");
        _library.Git("checkout", "--quiet", "main");
        _library.Git("branch", "--delete", "--force", "hidden");
        _library.Git("reflog", "expire", "--expire=now", "--all");
        _library.Git("gc", "--quiet", "--prune=now");
        Include(_source, "lib", "../library", commit);
        var tree = await OpenAsync();

        var failure = await Should.ThrowAsync<GitException>(async () => await tree.ReadAsync("lib/base/settings.yaml", None));
        failure.Kind.ShouldBe(GitFailure.RevisionNotFound);
        failure.Message.ShouldContain($"the submodule 'lib' of {_source.Url} at {commit[..7]}: ");

        _library.Git("fetch", "--quiet", "../kept", "hidden:hidden");
        (await ReadAsync(tree, "lib/base/settings.yaml")).ShouldBe("a: 3");
    }

    [Fact]
    public async Task A_repository_that_includes_itself_without_an_end_is_refused()
    {
        // Each commit has the one before it as a submodule.
        for (var i = 0; i < 5; i++)
        {
            Include(_source, "self", "./", _source.Head());
        }

        var tree = await OpenAsync();

        (await ReadAsync(tree, "self/own.yaml")).ShouldBe("own: 1");
        (await Should.ThrowAsync<SourceTreeException>(async () => await tree.ReadAsync("self/self/own.yaml", None)))
            .Message.ShouldContain("repositories lie within each other without an end: ");
    }

    [Fact]
    public async Task Ten_repositories_in_each_other_are_too_many()
    {
        var last = _bed.Repository("chain-0");
        last.CommitFile("end.yaml", "end: 1");
        for (var i = 1; i <= 10; i++)
        {
            var next = _bed.Repository($"chain-{i}");
            next.CommitFile("x", "x");
            Include(next, "in", $"../chain-{i - 1}", last.Head());
            last = next;
        }

        var tree = await _bed.Open().OpenAsync(last.Url, last.Head(), None);

        (await ReadAsync(tree, "in/in/in/in/in/in/in/in/x")).ShouldBe("x");
        (await Should.ThrowAsync<SourceTreeException>(async () => await tree.ReadAsync("in/in/in/in/in/in/in/in/in/x", None)))
            .Message.ShouldContain("without an end");
    }

    [Fact]
    public async Task A_submodule_that_gitmodules_does_not_name_stays_one()
    {
        Include(_source, "lib", "../library", _library.Head());
        _source.CommitFile(".gitmodules", "[submodule \"lib\"\n");
        var repositories = _bed.Open();
        var tree = await OpenAsync(repositories);

        (await tree.FindAsync("lib", None))!.Kind.ShouldBe(TreeEntryKind.Submodule);
        (await Should.ThrowAsync<SourceTreeException>(async () => await tree.ReadAsync("lib/readme", None)))
            .Message.ShouldBe("'lib/readme' lies in the submodule 'lib', which cannot be read: .gitmodules, line 1: a section's ] is missing");

        _source.Git("rm", "--quiet", ".gitmodules");
        _source.Commit();
        await repositories.RefreshAsync(_source.Url, None);
        (await Should.ThrowAsync<SourceTreeException>(async () => await (await OpenAsync(repositories)).ReadAsync("lib/readme", None)))
            .Message.ShouldBe("'lib/readme' lies in the submodule 'lib', which cannot be read: .gitmodules does not name it");
    }

    /// <summary>What <c>git submodule add</c> commits.</summary>
    private static string Include(TestRepository source, string path, string url, string commit)
    {
        source.Write(".gitmodules", $"[submodule \"{path}\"]\n\tpath = {path}\n" + (url.Length == 0 ? string.Empty : $"\turl = {url}\n"));
        Directory.CreateDirectory(Path.Combine(source.Path, path));
        source.Git("add", "--all");
        source.Git("update-index", "--add", "--cacheinfo", $"160000,{commit},{path}");
        source.Git("commit", "--quiet", "--message", "include");
        return commit;
    }

    private static async Task<string> ReadAsync(ISourceTree tree, string path) => Encoding.UTF8.GetString((await tree.ReadAsync(path, None)).Span);

    private Task<ISourceTree> OpenAsync(GitRepositories? repositories = null) => (repositories ?? _bed.Open()).OpenAsync(_source.Url, _source.Head(), None);
}
