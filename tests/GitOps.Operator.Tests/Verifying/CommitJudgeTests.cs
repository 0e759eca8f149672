using System.Collections.Immutable;
using GitOps.Operator.Git;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Verifying;
using GitOps.Operator.Tests.Git.Signatures;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Verifying;

/// <summary>What of a real history may be deployed.</summary>
public sealed class CommitJudgeTests
{
    [Fact]
    public async Task Head_looks_at_the_newest_commit_alone()
    {
        using var bed = new SigningBed();
        var kim = bed.Signing.Ssh("kim");
        var first = bed.Source.Commit("one");
        bed.Source.Commit("unsigned");
        var last = bed.Commit(kim);

        (await JudgeAsync(bed, last, Policy(VerifyMode.Head), kim, first)).ShouldSatisfyAllConditions(
            static verdict => verdict.IsVerified.ShouldBe(true),
            verdict => verdict.Signature.ShouldBe($"Verified (ssh {kim.Fingerprint}, kim@example.org)"),
            verdict => verdict.Message.ShouldBe($"commit {last[..7]} (main): it is signed (ssh {kim.Fingerprint}, kim@example.org)"));
    }

    [Fact]
    public async Task First_parent_and_strict_look_at_what_came_with_it()
    {
        using var bed = new SigningBed();
        var kim = bed.Signing.Ssh("kim");
        var first = bed.Source.Commit("one");
        var unsigned = bed.Source.Commit("unsigned");
        var last = bed.Commit(kim);

        foreach (var mode in (VerifyMode[])[VerifyMode.FirstParent, VerifyMode.Strict])
        {
            var refused = await JudgeAsync(bed, last, Policy(mode), kim, first);
            refused.IsVerified.ShouldBe(false);
            refused.Reason.ShouldBe("NotSigned");
            refused.Message.ShouldContain($"commit {unsigned[..7]}, which came with it, is not signed");
            refused.Message.ShouldContain($"spec.source.verify.since to {last}");

            (await JudgeAsync(bed, last, Policy(mode), kim, unsigned)).IsVerified.ShouldBe(true, "what was synced is known");
            (await JudgeAsync(bed, last, Policy(mode) with { Since = unsigned }, kim, first)).IsVerified.ShouldBe(true, "a person vouches for it");
            (await JudgeAsync(bed, last, Policy(mode), kim)).IsVerified.ShouldBe(true, "of the first sync there is no before");
        }
    }

    [Fact]
    public async Task A_signed_merge_vouches_for_what_it_brings_in_unless_strict()
    {
        using var bed = new SigningBed();
        var kim = bed.Signing.Ssh("kim");
        var first = bed.Source.Commit("one");
        bed.Source.Git("checkout", "--quiet", "-b", "topic");
        bed.Source.Commit("unsigned");
        bed.Source.Git("checkout", "--quiet", "main");
        bed.Source.Git("merge", "--quiet", "--no-ff", "--no-commit", "topic");
        var merge = bed.Commit(kim, "merge");

        (await JudgeAsync(bed, merge, Policy(VerifyMode.FirstParent), kim, first)).IsVerified.ShouldBe(true);
        (await JudgeAsync(bed, merge, Policy(VerifyMode.Strict), kim, first)).IsVerified.ShouldBe(false);
    }

    [Fact]
    public async Task A_commit_that_was_gone_back_to_is_judged_by_itself()
    {
        using var bed = new SigningBed();
        var kim = bed.Signing.Ssh("kim");
        var unsigned = bed.Source.Commit("unsigned");
        var last = bed.Commit(kim);

        (await JudgeAsync(bed, unsigned, Policy(VerifyMode.Strict), kim, last)).IsVerified.ShouldBe(false);
    }

    [Fact]
    public async Task What_was_synced_and_is_gone_from_the_server_hides_nothing()
    {
        using var bed = new SigningBed();
        var kim = bed.Signing.Ssh("kim");
        bed.Source.Commit("unsigned");
        var last = bed.Commit(kim);

        (await JudgeAsync(bed, last, Policy(VerifyMode.Strict), kim, new string('d', 40))).IsVerified.ShouldBe(false);
        var unknown = await JudgeAsync(bed, last, Policy(VerifyMode.Strict) with { Since = new string('d', 40) }, kim);
        unknown.IsVerified.ShouldBeNull();
        unknown.Reason.ShouldBe("VerificationFailed");
        unknown.RetryAt.ShouldNotBeNull();
    }

    [Fact]
    public async Task Each_commit_of_the_line_has_to_show_a_review()
    {
        using var bed = new SigningBed();
        var first = bed.Source.Commit("one");
        var own = bed.Source.Commit("two\n\nSigned-off-by: Ada <Ada@Example.org>");
        var other = bed.Source.Commit("three\n\nSigned-off-by: Bob <bob@example.org>");
        bed.Source.Git("checkout", "--quiet", "-b", "topic");
        bed.Source.Commit("topic");
        bed.Source.Git("checkout", "--quiet", "main");
        bed.Source.Git("merge", "--quiet", "--no-ff", "--message", "merge", "topic");
        var merge = bed.Source.Head();

        (await JudgeAsync(bed, own, Review(ReviewSigns.SignedOffBy), null, first)).Reason.ShouldBe("NotReviewed", "one's own word is no review");
        (await JudgeAsync(bed, other, Review(ReviewSigns.SignedOffBy), null, own)).IsVerified.ShouldBe(true);
        (await JudgeAsync(bed, other, Review(ReviewSigns.MergeCommit), null, own)).Reason.ShouldBe("NotReviewed");
        (await JudgeAsync(bed, merge, Review(ReviewSigns.MergeCommit), null, other)).IsVerified.ShouldBe(true);
        (await JudgeAsync(bed, merge, Review(ReviewSigns.SignedOffBy), null, other)).Reason.ShouldBe("NotReviewed");
        (await JudgeAsync(bed, merge, Review(ReviewSigns.MergeCommit | ReviewSigns.SignedOffBy), null, own)).IsVerified.ShouldBe(true);
        (await JudgeAsync(bed, merge, Review(ReviewSigns.MergeCommit | ReviewSigns.SignedOffBy), null, first)).Message
            .ShouldContain($"commit {own[..7]} before it was pushed without a review");
    }

    [Theory]
    [InlineData("refs/heads/release/1.2", true, "release/*")]
    [InlineData("refs/heads/main", false, "release/*")]
    [InlineData("refs/tags/v1", true, "main", "v*")]
    [InlineData("refs/tags/v1", false, "refs/heads/*")]
    [InlineData("refs/heads/main", true, "refs/heads/*")]
    public async Task A_name_has_to_be_allowed(string name, bool isAllowed, params string[] patterns)
    {
        using var bed = new SigningBed();
        var sha = bed.Source.Commit("one");

        var verdict = await JudgeAtAsync(bed, new(sha, name, default, null), SourcePolicy.None with { AllowedRevisions = [.. patterns] }, null, []);

        verdict.IsVerified.ShouldBe(isAllowed);
        verdict.Reason.ShouldBe(isAllowed ? "Verified" : "RevisionNotAllowed");
    }

    [Fact]
    public async Task A_commit_asked_for_by_its_id_is_allowed_by_its_branches_and_tags()
    {
        using var bed = new SigningBed();
        var first = bed.Source.Commit("one");
        bed.Source.Git("checkout", "--quiet", "-b", "topic");
        var topic = bed.Source.Commit("topic");
        bed.Source.Git("checkout", "--quiet", "main");
        var policy = SourcePolicy.None with { AllowedRevisions = ["main", "v*"] };

        (await JudgeAtAsync(bed, new(first, null, default, null), policy, null, [])).IsVerified.ShouldBe(true);
        (await JudgeAtAsync(bed, new(topic, null, default, null), policy, null, [])).IsVerified.ShouldBe(false);
        (await JudgeAtAsync(bed, new(topic, null, default, null), policy with { AllowedRevisions = [topic] }, null, [])).IsVerified.ShouldBe(true);
    }

    [Fact]
    public async Task A_branch_is_no_tag()
    {
        using var bed = new SigningBed();
        var kim = bed.Signing.Ssh("kim");
        var sha = bed.Commit(kim);
        bed.Tag(kim, "v1");

        (await JudgeAsync(bed, sha, Policy(VerifyMode.Tag), kim)).Reason.ShouldBe("NotATag");
        (await JudgeAtAsync(bed, new(sha, "refs/tags/v1", default, null), Policy(VerifyMode.Tag), kim, [])).IsVerified.ShouldBe(true);
        (await JudgeAtAsync(bed, new(sha, null, default, null), Policy(VerifyMode.TagAndHead), kim, [])).IsVerified.ShouldBe(true);
    }

    [Fact]
    public async Task A_verdict_on_a_commit_is_found_once_for_the_same_keys()
    {
        using var bed = new SigningBed();
        var kim = bed.Signing.Ssh("kim");
        var sha = bed.Commit(kim);
        var runs = Path.Combine(bed.Cache, "..", "runs");
        var counting = Path.Combine(bed.Cache, "..", "counting");
        await File.WriteAllTextAsync(counting, $"#!/bin/sh\necho run >> {runs}\nexec ssh-keygen \"$@\"\n", SigningBed.None);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(counting, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        bed.Restart(options => options with { SshKeygenProgram = counting });

        (await JudgeAsync(bed, sha, Policy(VerifyMode.Head), kim)).IsVerified.ShouldBe(true);
        var once = (await File.ReadAllLinesAsync(runs, SigningBed.None)).Length;
        once.ShouldBeGreaterThan(0);
        (await JudgeAsync(bed, sha, Policy(VerifyMode.Head), kim)).IsVerified.ShouldBe(true);
        (await File.ReadAllLinesAsync(runs, SigningBed.None)).Length.ShouldBe(once);

        (await JudgeAsync(bed, sha, Policy(VerifyMode.Head), bed.Signing.Ssh("lee"))).IsVerified.ShouldBe(false);
        (await File.ReadAllLinesAsync(runs, SigningBed.None)).Length.ShouldBeGreaterThan(once);
    }

    private static SourcePolicy Policy(VerifyMode mode) => SourcePolicy.None with { Mode = mode, Keys = [new(IsSecret: false, "keys", null)] };

    private static SourcePolicy Review(ReviewSigns signs) => SourcePolicy.None with { Review = signs };

    private static Task<SourceVerdict> JudgeAsync(SigningBed bed, string sha, SourcePolicy policy, SshKey? key, params ImmutableArray<string> known) =>
        JudgeAtAsync(bed, new ResolvedRevision(sha, "refs/heads/main", default, null), policy, key, known);

    private static Task<SourceVerdict> JudgeAtAsync(
        SigningBed bed, ResolvedRevision revision, SourcePolicy policy, SshKey? key, ImmutableArray<string> known) =>
        new CommitJudge(bed.Repositories, TimeProvider.System).JudgeAsync(
            revision, new(bed.Source.Url, policy, key is null ? null : SigningBed.Keys(key.Public), known, Again: false), SigningBed.None);
}
