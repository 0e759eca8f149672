using GitOps.Operator.Git.Signatures;

namespace GitOps.Operator.Tests.Git.Signatures;

public sealed class TagSignatureTests
{
    [Fact]
    public async Task A_signed_tag_vouches_for_its_commit()
    {
        using var bed = new SigningBed();
        var (jane, kim) = (bed.OpenPgp("jane"), bed.Signing.Ssh("kim"));
        var sha = bed.Source.Commit();
        bed.Tag(jane, "v1");
        bed.Tag(kim, "v2");

        (await CheckAsync(bed, sha, "refs/tags/v1", jane.Public)).ShouldSatisfyAllConditions(
            static found => found.Name.ShouldBe("refs/tags/v1"),
            static found => found.Problem.ShouldBeNull(),
            static found => found.Finding.Signer.ShouldBe("jane <jane@example.org>"));
        (await CheckAsync(bed, sha, "refs/tags/v2", kim.Public)).Finding.IsGood.ShouldBeTrue();
        (await CheckAsync(bed, sha, "refs/tags/v2", jane.Public)).Finding.State.ShouldBe(SignatureState.UnknownKey);
    }

    [Fact]
    public async Task A_tag_that_is_not_signed_says_why_it_does_not_count()
    {
        using var bed = new SigningBed();
        var kim = bed.Signing.Ssh("kim");
        var sha = bed.Source.Commit();
        bed.Source.Git("tag", "light");
        bed.Source.Git("tag", "--annotate", "--message", "x", "annotated");

        (await CheckAsync(bed, sha, "refs/tags/light", kim.Public)).Problem.ShouldNotBeNull().ShouldContain("lightweight");
        (await CheckAsync(bed, sha, "refs/tags/annotated", kim.Public)).Finding.State.ShouldBe(SignatureState.NotSigned);
    }

    [Fact]
    public async Task A_signed_tag_under_another_name_does_not_count()
    {
        using var bed = new SigningBed();
        var kim = bed.Signing.Ssh("kim");
        var sha = bed.Source.Commit();
        bed.Tag(kim, "v1");
        bed.Source.Git("update-ref", "refs/tags/v9", bed.Source.Git("rev-parse", "refs/tags/v1"));

        (await CheckAsync(bed, sha, "refs/tags/v9", kim.Public)).Problem.ShouldNotBeNull().ShouldContain("another name");
    }

    [Fact]
    public async Task A_tag_of_a_tag_does_not_count()
    {
        using var bed = new SigningBed();
        var kim = bed.Signing.Ssh("kim");
        var sha = bed.Source.Commit();
        bed.Tag(kim, "v1");
        bed.Tag(kim, "v2", "refs/tags/v1");

        (await CheckAsync(bed, sha, "refs/tags/v2", kim.Public)).Problem.ShouldNotBeNull().ShouldContain("another tag");
    }

    [Fact]
    public async Task A_commit_asked_for_by_its_id_counts_by_any_allowed_tag()
    {
        using var bed = new SigningBed();
        var kim = bed.Signing.Ssh("kim");
        var sha = bed.Source.Commit();
        bed.Source.Git("tag", "light");
        bed.Tag(kim, "v1");

        (await CheckAsync(bed, sha, null, kim.Public)).ShouldSatisfyAllConditions(
            static found => found.Name.ShouldBe("refs/tags/v1"), static found => found.Finding.IsGood.ShouldBeTrue());
        (await bed.Signed.CheckTagAsync(bed.Source.Url, sha, null, static name => name == "refs/tags/light", SigningBed.Keys(kim.Public), false, SigningBed.None))
            .Problem.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_tag_that_is_signed_later_counts_when_it_is_looked_at_again()
    {
        using var bed = new SigningBed();
        var kim = bed.Signing.Ssh("kim");
        var sha = bed.Source.Commit();
        bed.Source.Git("tag", "--annotate", "--message", "x", "v1");
        (await CheckAsync(bed, sha, "refs/tags/v1", kim.Public)).Finding.IsGood.ShouldBeFalse();

        bed.Source.Git("tag", "--delete", "v1");
        bed.Tag(kim, "v1");

        (await bed.Signed.CheckTagAsync(bed.Source.Url, sha, "refs/tags/v1", static _ => true, SigningBed.Keys(kim.Public), again: true, SigningBed.None))
            .Finding.IsGood.ShouldBeTrue();
    }

    private static Task<TagFinding> CheckAsync(SigningBed bed, string sha, string? tag, string keys) =>
        bed.Signed.CheckTagAsync(bed.Source.Url, sha, tag, static _ => true, SigningBed.Keys(keys), again: false, SigningBed.None);
}
