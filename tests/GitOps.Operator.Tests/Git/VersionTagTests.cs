using GitOps.Operator.Git;
using GitOps.Operator.Model;

namespace GitOps.Operator.Tests.Git;

public sealed class VersionTagTests : IDisposable
{
    private readonly GitTestBed _bed = new();

    public void Dispose() => _bed.Dispose();

    [Theory]
    [InlineData("*", "", "v1.10.0")]
    [InlineData("^1.0", "", "v1.10.0")]
    [InlineData("1.2.x", "", "v1.2.9")]
    [InlineData("~1.2.3", "", "v1.2.9")]
    [InlineData(">=1.0 <1.2.9 || 0.x", "", "v1.2.3")]
    [InlineData(">=1-0", "", "v2.0.0-rc.1")]
    [InlineData("*", "app-", "app-3.1.0")]
    [InlineData("^3.0", "app-", "app-3.1.0")]
    [InlineData("3.0.0", "app-", "app-3.0.0")]
    [InlineData("v1.2.3", "", "v1.2.3")]
    [InlineData("1.2", "", "1.2")]
    public async Task A_range_means_the_newest_tag_in_it_and_a_version_means_its_tag(string revision, string prefix, string tag)
    {
        var source = _bed.Repository();
        source.CommitFile("a.yaml", "a: 1");
        Tag(source, "v1.2.3", "v1.2.9", "1.2", "v1.10.0", "v2.0.0-rc.1", "app-3.0.0", "app-3.1.0", "app-4.0.0-rc.1", "other-9.0.0", "main", "latest");

        var resolved = await _bed.Open().ResolveAsync(source.Url, new RevisionName(revision, prefix), GitTestBed.None);

        resolved.ShouldBe(new ResolvedRevision(source.Git("rev-parse", tag + "^{commit}"), "refs/tags/" + tag, _bed.Time.GetUtcNow(), null));
    }

    [Theory]
    [InlineData("^3", "", "no tag is in the range '^3'; the newest of its tags that are versions are 2.0.0-rc.1, v1.10.0, v1.9.0, v1.8.0, v1.7.0, …")]
    [InlineData("^2", "", "no tag is in the range '^2' (2.0.0-rc.1 is a prerelease: those count only where the range names one, as in >=1.2-0); the newest")]
    [InlineData("^1", "app-", "no tag is in the range '^1'; there are no tags 'app-' with a version, of 7 tags")]
    [InlineData("1.0.0", "web-", "there is no tag 'web-1.0.0'; the newest of its tags 'web-' with a version are web-0.1.0")]
    [InlineData("1.9.0", "", "there is no branch, tag or commit '1.9.0' (there is a tag 'v1.9.0'); its branches are main; it has 7 tags")]
    public async Task What_is_not_there_is_said_with_the_newest_tags(string revision, string prefix, string expected)
    {
        var source = _bed.Repository();
        source.CommitFile("a.yaml", "a: 1");
        Tag(source, "v1.10.0", "v1.9.0", "v1.8.0", "v1.7.0", "v1.6.0", "2.0.0-rc.1", "web-0.1.0");

        var failure = await Should.ThrowAsync<GitException>(
            async () => await _bed.Open().ResolveAsync(source.Url, new RevisionName(revision, prefix), GitTestBed.None));

        failure.Kind.ShouldBe(GitFailure.RevisionNotFound);
        failure.Message.ShouldContain(expected);
    }

    [Fact]
    public async Task A_new_tag_in_range_is_told_and_one_out_of_range_is_not()
    {
        var source = _bed.Repository();
        source.CommitFile("a.yaml", "a: 1");
        Tag(source, "v1.0.0");
        var repositories = _bed.Open();
        var told = 0;
        using var subscription = repositories.Subscribe(new(source.Url, "^1", TimeSpan.FromMinutes(1), () => told++));
        await repositories.RefreshAsync(source.Url, GitTestBed.None);

        var next = source.CommitFile("a.yaml", "a: 2");
        Tag(source, "v2.0.0");
        await repositories.RefreshAsync(source.Url, GitTestBed.None);
        told.ShouldBe(0);

        Tag(source, "v1.1.0");
        await repositories.RefreshAsync(source.Url, GitTestBed.None);
        told.ShouldBe(1);
        (await repositories.ResolveAsync(source.Url, "^1", GitTestBed.None)).Sha.ShouldBe(next);
        (await (await repositories.OpenAsync(source.Url, next, GitTestBed.None)).FindAsync("a.yaml", GitTestBed.None)).ShouldNotBeNull();
    }

    [Fact]
    public async Task The_best_tag_deleted_leaves_the_next_with_a_warning()
    {
        var source = _bed.Repository();
        var old = source.CommitFile("a.yaml", "a: 1");
        Tag(source, "v1.0.0");
        source.CommitFile("a.yaml", "a: 2");
        Tag(source, "v1.1.0");
        var repositories = _bed.Open();
        (await repositories.ResolveAsync(source.Url, "^1", GitTestBed.None)).Warning.ShouldBeNull();

        source.Git("tag", "--delete", "v1.1.0");
        await repositories.RefreshAsync(source.Url, GitTestBed.None);
        var left = await repositories.ResolveAsync(source.Url, "^1", GitTestBed.None);

        (left.Sha, left.Ref).ShouldBe((old, "refs/tags/v1.0.0"));
        left.Warning.ShouldBe("the tag v1.1.0, which '^1' meant before, is gone from the repository; the newest left is v1.0.0");

        source.Git("tag", "--delete", "v1.0.0");
        await repositories.RefreshAsync(source.Url, GitTestBed.None);
        var failure = await Should.ThrowAsync<GitException>(async () => await repositories.ResolveAsync(source.Url, "^1", GitTestBed.None));
        failure.Message.ShouldContain("no tag is in the range '^1' any more: v1.1.0 is gone; there are no tags that are versions, of 0 tags");

        Tag(source, "v1.2.0");
        await repositories.RefreshAsync(source.Url, GitTestBed.None);
        (await repositories.ResolveAsync(source.Url, "^1", GitTestBed.None)).Warning.ShouldBeNull();
    }

    [Theory]
    [InlineData("^1")]
    [InlineData("v1.0.0")]
    [InlineData("refs/tags/v1.0.0")]
    public async Task A_moved_version_is_followed_with_a_warning(string revision)
    {
        var source = _bed.Repository();
        var old = source.CommitFile("a.yaml", "a: 1");
        Tag(source, "v1.0.0", "production");
        var repositories = _bed.Open();
        await repositories.ResolveAsync(source.Url, revision, GitTestBed.None);

        var next = source.CommitFile("a.yaml", "a: 2");
        source.Git("tag", "--force", "v1.0.0");
        source.Git("tag", "--force", "production");
        await repositories.RefreshAsync(source.Url, GitTestBed.None);
        var moved = await repositories.ResolveAsync(source.Url, revision, GitTestBed.None);

        moved.Sha.ShouldBe(next);
        moved.Warning.ShouldBe($"the tag v1.0.0 was moved: it was {old[..7]} before; what a version means is not expected to change");
        (await repositories.ResolveAsync(source.Url, "production", GitTestBed.None)).ShouldBe(
            new ResolvedRevision(next, "refs/tags/production", _bed.Time.GetUtcNow(), null));
    }

    [Fact]
    public async Task A_range_that_is_also_a_branch_is_the_range_as_soon_as_a_tag_is_in_it()
    {
        var source = _bed.Repository();
        var first = source.CommitFile("a.yaml", "a: 1");
        source.Git("branch", "1.x");
        var repositories = _bed.Open();

        var branch = await repositories.ResolveAsync(source.Url, "1.x", GitTestBed.None);
        (branch.Sha, branch.Ref).ShouldBe((first, "refs/heads/1.x"));
        branch.Warning.ShouldBe(
            "'1.x' is a range of versions that no tag is in, and refs/heads/1.x, which is used until one is; write refs/heads/1.x to mean just that");

        var next = source.CommitFile("a.yaml", "a: 2");
        Tag(source, "1.0.0");
        await repositories.RefreshAsync(source.Url, GitTestBed.None);
        var tag = await repositories.ResolveAsync(source.Url, "1.x", GitTestBed.None);
        (tag.Sha, tag.Ref).ShouldBe((next, "refs/tags/1.0.0"));
        tag.Warning.ShouldBe("'1.x' is a range of versions, of which 1.0.0 is used, and also refs/heads/1.x; write refs/heads/1.x to mean that");
        (await repositories.ResolveAsync(source.Url, "refs/heads/1.x", GitTestBed.None)).Warning.ShouldBeNull();
    }

    [Fact]
    public async Task A_commit_is_itself_whatever_the_prefix()
    {
        var source = _bed.Repository();
        var sha = source.CommitFile("a.yaml", "a: 1");

        (await _bed.Open().ResolveAsync(source.Url, new RevisionName(sha, "app-"), GitTestBed.None)).Sha.ShouldBe(sha);
    }

    private static void Tag(TestRepository source, params string[] names)
    {
        foreach (var name in names)
        {
            source.Git("tag", "--annotate", name, "--message", name);
        }
    }
}
