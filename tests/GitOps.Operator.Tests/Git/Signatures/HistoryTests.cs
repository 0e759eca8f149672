namespace GitOps.Operator.Tests.Git.Signatures;

public sealed class HistoryTests
{
    [Fact]
    public async Task A_range_is_what_came_with_a_commit()
    {
        using var bed = new SigningBed();
        var source = bed.Source;
        var first = source.Commit("one");
        source.Git("checkout", "--quiet", "-b", "topic");
        var inside = source.Commit("inside\n\nSigned-off-by: Bob <bob@example.org>\nSigned-off-by: Ada <ADA@example.org>");
        source.Git("checkout", "--quiet", "main");
        source.Git("merge", "--quiet", "--no-ff", "--message", "merge", "topic");
        var merge = source.Head();
        var last = source.Commit("last");

        var line = await bed.Signed.RangeAsync(source.Url, last, [first], firstParentOnly: true, 10, SigningBed.None);
        line.Commits.Select(static commit => (commit.Sha, commit.Parents)).ShouldBe([(last, 1), (merge, 2)]);
        line.IsCut.ShouldBeFalse();

        var all = await bed.Signed.RangeAsync(source.Url, last, [first], firstParentOnly: false, 10, SigningBed.None);
        all.Commits.Select(static commit => commit.Sha).ShouldBe([last, merge, inside], ignoreOrder: true);
        var signed = all.Commits.Single(commit => commit.Sha == inside);
        signed.AuthorMail.ShouldBe("ada@example.org");
        signed.SignedOffBy.ShouldBe(["bob@example.org", "ADA@example.org"]);

        (await bed.Signed.RangeAsync(source.Url, last, [], firstParentOnly: false, 2, SigningBed.None)).IsCut.ShouldBeTrue();
    }

    [Fact]
    public async Task A_commit_that_is_older_than_what_is_left_out_is_looked_at_all_the_same()
    {
        using var bed = new SigningBed();
        var first = bed.Source.Commit("one");
        var second = bed.Source.Commit("two");

        (await bed.Signed.RangeAsync(bed.Source.Url, first, [second], firstParentOnly: false, 10, SigningBed.None)).Commits.Select(static commit => commit.Sha).ShouldBe([first]);
        (await bed.Signed.RangeAsync(bed.Source.Url, second, [second], firstParentOnly: true, 10, SigningBed.None)).Commits.Select(static commit => commit.Sha).ShouldBe([second]);
    }

    [Fact]
    public async Task What_a_message_says_cannot_be_taken_for_another_commit()
    {
        using var bed = new SigningBed();
        var first = bed.Source.Commit("one");
        var evil = bed.Source.Git("commit-tree", bed.Source.Git("write-tree"), "-p", first, "-m", "x\0y\n\nSigned-off-by: a\0b <c@d>".Replace('\0', '\x1'));
        bed.Source.Git("update-ref", "refs/heads/main", evil);

        (await bed.Signed.RangeAsync(bed.Source.Url, evil, [first], firstParentOnly: false, 10, SigningBed.None)).Commits.ShouldHaveSingleItem().Sha.ShouldBe(evil);
    }

    [Fact]
    public async Task The_names_of_a_commit_are_the_branches_that_have_it_and_the_tags_at_it()
    {
        using var bed = new SigningBed();
        var first = bed.Source.Commit("one");
        bed.Source.Git("tag", "v1");
        bed.Source.Git("branch", "old");
        var second = bed.Source.Commit("two");
        bed.Source.Git("tag", "v2");

        (await bed.Signed.NamesOfAsync(bed.Source.Url, first, SigningBed.None)).ShouldBe(["refs/heads/main", "refs/heads/old", "refs/tags/v1"]);
        (await bed.Signed.NamesOfAsync(bed.Source.Url, second, SigningBed.None)).ShouldBe(["refs/heads/main", "refs/tags/v2"]);
    }
}
