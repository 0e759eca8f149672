using GitOps.Operator.Git;

namespace GitOps.Operator.Tests.Git;

public sealed class RevisionTests : IDisposable
{
    private readonly GitTestBed _bed = new();

    public void Dispose() => _bed.Dispose();

    [Theory]
    [InlineData("", "refs/heads/main")]
    [InlineData("HEAD", "refs/heads/main")]
    [InlineData("main", "refs/heads/main")]
    [InlineData("refs/heads/main", "refs/heads/main")]
    [InlineData("heads/main", "refs/heads/main")]
    [InlineData("v1", "refs/tags/v1")]
    [InlineData("refs/tags/v1", "refs/tags/v1")]
    [InlineData("annotated", "refs/tags/annotated")]
    [InlineData("refs/pull/7/head", "refs/pull/7/head")]
    public async Task A_name_resolves_to_its_commit(string revision, string expectedRef)
    {
        var source = _bed.Repository();
        var sha = source.CommitFile("a.yaml", "a: 1");
        source.Git("tag", "v1");
        source.Git("tag", "--annotate", "annotated", "--message", "a tag");
        source.Git("update-ref", "refs/pull/7/head", sha);

        var resolved = await _bed.Open().ResolveAsync(source.Url, revision, GitTestBed.None);

        resolved.ShouldBe(new ResolvedRevision(sha, expectedRef, _bed.Time.GetUtcNow(), null));
    }

    [Theory]
    [InlineData(40)]
    [InlineData(12)]
    [InlineData(7)]
    public async Task A_commit_id_resolves_to_itself(int digits)
    {
        var source = _bed.Repository();
        var old = source.CommitFile("a.yaml", "a: 1");
        source.CommitFile("a.yaml", "a: 2");

        var resolved = await _bed.Open().ResolveAsync(source.Url, old[..digits], GitTestBed.None);

        resolved.ShouldBe(new ResolvedRevision(old, null, _bed.Time.GetUtcNow(), null));
    }

    [Fact]
    public async Task A_commit_on_no_branch_is_fetched_by_its_id()
    {
        var source = _bed.Repository();
        source.CommitFile("a.yaml", "a: 1");
        var lost = source.CommitFile("a.yaml", "a: 2");
        source.Git("reset", "--quiet", "--hard", "HEAD~1");
        var repositories = _bed.Open();

        (await repositories.ResolveAsync(source.Url, lost, GitTestBed.None)).Sha.ShouldBe(lost);
        var tree = await repositories.OpenAsync(source.Url, lost, GitTestBed.None);

        (await tree.ReadAsync("a.yaml", GitTestBed.None)).ToArray().ShouldBe("a: 2"u8.ToArray());
    }

    [Fact]
    public async Task A_name_that_is_both_a_branch_and_a_tag_is_the_branch_with_a_warning()
    {
        var source = _bed.Repository();
        source.CommitFile("a.yaml", "a: 1");
        source.Git("tag", "release");
        source.Git("checkout", "--quiet", "-b", "release");
        var onBranch = source.CommitFile("a.yaml", "a: 2");

        var resolved = await _bed.Open().ResolveAsync(source.Url, "release", GitTestBed.None);

        resolved.Sha.ShouldBe(onBranch);
        resolved.Warning.ShouldBe("'release' is a branch and a tag; the branch is used. Write refs/heads/release or refs/tags/release to say which.");
    }

    [Fact]
    public async Task A_detached_head_resolves_without_a_branch()
    {
        var source = _bed.Repository();
        var sha = source.CommitFile("a.yaml", "a: 1");
        source.Git("checkout", "--quiet", "--detach");

        var resolved = await _bed.Open().ResolveAsync(source.Url, "HEAD", GitTestBed.None);

        (resolved.Sha, resolved.Ref).ShouldBe((sha, "HEAD"));
    }

    [Theory]
    [InlineData("nope")]
    [InlineData("refs/heads/nope")]
    [InlineData("refs/pull/1/head")]
    [InlineData("abcdef1")]
    [InlineData("0123456789012345678901234567890123456789")]
    [InlineData("-u/tmp/x")]
    [InlineData("--upload-pack=touch x")]
    [InlineData("main~1")]
    [InlineData("main\nHEAD")]
    public async Task A_revision_that_is_not_there_is_named(string revision)
    {
        var source = _bed.Repository();
        source.CommitFile("a.yaml", "a: 1");
        source.Commit("second");

        var failure = await Should.ThrowAsync<GitException>(async () => await _bed.Open().ResolveAsync(source.Url, revision, GitTestBed.None));

        failure.Kind.ShouldBe(GitFailure.RevisionNotFound);
        failure.Message.ShouldContain(revision.Replace('\n', ' '));
        failure.Message.ShouldNotContain('\n');
    }

    [Theory]
    [InlineData("feature/ünï-🚀")]
    [InlineData("a'b\"c$(touch${IFS}x);d&e|f")]
    [InlineData("-dash")]
    [InlineData("deadbeef")]
    [InlineData("x{}y%00")]
    public async Task Branches_with_odd_names_resolve(string branch)
    {
        var source = _bed.Repository();
        var sha = source.CommitFile("a.yaml", "a: 1");
        source.Git("update-ref", "refs/heads/" + branch, sha);
        source.Commit("only on main");
        var repositories = _bed.Open();

        (await repositories.ResolveAsync(source.Url, branch, GitTestBed.None)).ShouldBe(
            new ResolvedRevision(sha, "refs/heads/" + branch, _bed.Time.GetUtcNow(), null));
        (await (await repositories.OpenAsync(source.Url, sha, GitTestBed.None)).FindAsync("a.yaml", GitTestBed.None)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_tag_of_something_else_than_a_commit_cannot_be_opened()
    {
        var source = _bed.Repository();
        source.CommitFile("a.yaml", "a: 1");
        source.Git("tag", "of-a-file", source.Blob("text"));
        var repositories = _bed.Open();
        var resolved = await repositories.ResolveAsync(source.Url, "of-a-file", GitTestBed.None);

        var failure = await Should.ThrowAsync<GitException>(() => repositories.OpenAsync(source.Url, resolved.Sha, GitTestBed.None));

        failure.Kind.ShouldBe(GitFailure.RevisionNotFound);
        failure.Message.ShouldContain("is not a commit");
    }

    [Fact]
    public async Task A_repository_of_sha256_objects_works_too()
    {
        var path = Path.Combine(_bed.Root, "sha256");
        Directory.CreateDirectory(path);
        var source = new TestRepository(path, create: false);
        source.Git("init", "--quiet", "--initial-branch=main", "--object-format=sha256");
        var sha = source.CommitFile("dir/a.yaml", "a: 1");
        var repositories = _bed.Open();

        (await repositories.ResolveAsync(source.Url, "main", GitTestBed.None)).Sha.ShouldBe(sha);
        var tree = await repositories.OpenAsync(source.Url, sha, GitTestBed.None);

        (await tree.ReadAsync("dir/a.yaml", GitTestBed.None)).ToArray().ShouldBe("a: 1"u8.ToArray());
    }
}
