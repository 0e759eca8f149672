using GitOps.Operator.Git.Signatures;

namespace GitOps.Operator.Tests.Git.Signatures;

/// <summary>By the real git, gpg and ssh-keygen.</summary>
public sealed class CommitSignatureTests
{
    [Fact]
    public async Task A_commit_signed_with_OpenPGP_is_good_and_says_by_whom()
    {
        using var bed = new SigningBed();
        var jane = bed.OpenPgp("jane", expire: "2y");
        var sha = bed.Commit(jane);

        var found = await bed.CheckAsync(sha, SigningBed.Keys(jane.Public));

        found.State.ShouldBe(SignatureState.Good);
        found.Format.ShouldBe("openpgp");
        found.Fingerprint.ShouldBe(jane.Fingerprint);
        found.Signer.ShouldBe("jane <jane@example.org>");
        found.GoodUntil.ShouldNotBeNull().ShouldBeInRange(TimeProvider.System.GetUtcNow().AddDays(700), TimeProvider.System.GetUtcNow().AddDays(740));
    }

    [Fact]
    public async Task A_commit_signed_with_SSH_is_good_and_says_by_whom()
    {
        using var bed = new SigningBed();
        var kim = bed.Signing.Ssh("kim");
        var sha = bed.Commit(kim);

        (await bed.CheckAsync(sha, SigningBed.Keys(kim.Public))).ShouldBe(new(SignatureState.Good, "ssh", kim.Fingerprint, "kim@example.org"));
        (await bed.CheckAsync(sha, SigningBed.Keys($"release@example.org namespaces=\"git\" {kim.Bare}"))).Signer.ShouldBe("release@example.org");
        (await bed.CheckAsync(sha, SigningBed.Keys(kim.Bare))).IsGood.ShouldBeTrue();
    }

    [Fact]
    public async Task One_set_of_keys_may_hold_keys_of_both_kinds()
    {
        using var bed = new SigningBed();
        var jane = bed.OpenPgp("jane");
        var joe = bed.OpenPgp("joe");
        var kim = bed.Signing.Ssh("kim");
        var first = bed.Commit(jane);
        var second = bed.Commit(kim);
        var third = bed.Commit(joe);
        var keys = SigningBed.Keys($"# people\n{jane.Public}\n{kim.Public}\n", joe.Public);

        var found = await bed.Signed.CheckCommitsAsync(bed.Source.Url, [first, second, third], keys, SigningBed.None);

        found.Values.ShouldAllBe(static one => one.IsGood);
        found[third].Signer.ShouldBe("joe <joe@example.org>");
    }

    [Fact]
    public async Task An_unsigned_commit_is_not_signed()
    {
        using var bed = new SigningBed();
        var kim = bed.Signing.Ssh("kim");

        (await bed.CheckAsync(bed.Source.Commit(), SigningBed.Keys(kim.Public))).State.ShouldBe(SignatureState.NotSigned);
    }

    [Fact]
    public async Task A_key_that_was_not_given_is_unknown()
    {
        using var bed = new SigningBed();
        var (jane, joe) = (bed.OpenPgp("jane"), bed.OpenPgp("joe"));
        var (kim, lee) = (bed.Signing.Ssh("kim"), bed.Signing.Ssh("lee"));
        var byJane = bed.Commit(jane);
        var byKim = bed.Commit(kim);

        (await bed.CheckAsync(byJane, SigningBed.Keys(joe.Public))).State.ShouldBe(SignatureState.UnknownKey);
        (await bed.CheckAsync(byJane, SigningBed.Keys(joe.Public))).Fingerprint.ShouldBe(jane.Fingerprint);
        (await bed.CheckAsync(byJane, SigningBed.Keys(lee.Public))).State.ShouldBe(SignatureState.UnknownKey);
        (await bed.CheckAsync(byKim, SigningBed.Keys(lee.Public))).ShouldBe(new(SignatureState.UnknownKey, "ssh", kim.Fingerprint));
        (await bed.CheckAsync(byKim, SigningBed.Keys(joe.Public))).State.ShouldBe(SignatureState.UnknownKey);
    }

    [Fact]
    public async Task What_was_changed_after_it_was_signed_is_bad()
    {
        using var bed = new SigningBed();
        var jane = bed.OpenPgp("jane");
        var kim = bed.Signing.Ssh("kim");
        var byJane = bed.Tamper(bed.Commit(jane, "deploy one"), "deploy one", "deploy two");
        (await bed.CheckAsync(byJane, SigningBed.Keys(jane.Public))).State.ShouldBe(SignatureState.BadSignature);

        var byKim = bed.Tamper(bed.Commit(kim, "deploy one"), "deploy one", "deploy two");
        (await bed.CheckAsync(byKim, SigningBed.Keys(kim.Public))).State.ShouldBe(SignatureState.BadSignature);
    }

    [Fact]
    public async Task Two_signatures_on_one_commit_count_for_none()
    {
        using var bed = new SigningBed();
        var jane = bed.OpenPgp("jane");
        var joe = bed.OpenPgp("joe");
        var sha = bed.Commit(jane, "one");
        var signature = Block(bed.Source.Git("cat-file", "commit", sha));
        bed.Source.Git("reset", "--quiet", "--soft", "HEAD");
        var twice = bed.Tamper(sha, signature, signature.Replace("gpgsig", "gpgsig", StringComparison.Ordinal) + "\n" + signature);

        (await bed.CheckAsync(twice, SigningBed.Keys(jane.Public, joe.Public))).IsGood.ShouldBeFalse();

        static string Block(string commit)
        {
            var start = commit.IndexOf("gpgsig ", StringComparison.Ordinal);
            return commit[start..(commit.IndexOf("-----END PGP SIGNATURE-----", StringComparison.Ordinal) + "-----END PGP SIGNATURE-----".Length)];
        }
    }

    [Fact]
    public async Task A_key_that_has_expired_does_not_count()
    {
        using var bed = new SigningBed();
        var jane = bed.OpenPgp("jane", expire: "30d", at: "20200101T000000");
        jane.SignAt("20200110T000000");

        (await bed.CheckAsync(bed.Commit(jane), SigningBed.Keys(jane.Public))).State.ShouldBe(SignatureState.ExpiredKey);
    }

    [Fact]
    public async Task A_signature_that_has_expired_does_not_count()
    {
        using var bed = new SigningBed();
        var jane = bed.OpenPgp("jane", at: "20200101T000000");
        jane.SignAt("20200110T000000", expire: "5d");

        (await bed.CheckAsync(bed.Commit(jane), SigningBed.Keys(jane.Public))).State.ShouldBe(SignatureState.ExpiredSignature);
    }

    [Fact]
    public async Task A_key_that_was_revoked_does_not_count()
    {
        using var bed = new SigningBed();
        var jane = bed.OpenPgp("jane");
        var sha = bed.Commit(jane);
        jane.Revoke();

        (await bed.CheckAsync(sha, SigningBed.Keys(jane.Public))).State.ShouldBe(SignatureState.RevokedKey);
    }

    [Fact]
    public async Task An_SSH_key_counts_only_for_the_time_it_was_allowed()
    {
        using var bed = new SigningBed();
        var kim = bed.Signing.Ssh("kim");
        var sha = bed.Commit(kim);

        (await bed.CheckAsync(sha, SigningBed.Keys($"kim@example.org valid-before=\"20200101\" {kim.Bare}"))).State.ShouldBe(SignatureState.ExpiredKey);
        (await bed.CheckAsync(sha, SigningBed.Keys($"kim@example.org valid-after=\"20200101\" {kim.Bare}"))).IsGood.ShouldBeTrue();
        (await bed.CheckAsync(sha, SigningBed.Keys($"kim@example.org namespaces=\"file\" {kim.Bare}"))).IsGood.ShouldBeFalse();
    }

    [Fact]
    public async Task No_file_with_keys_outlives_its_use()
    {
        using var bed = new SigningBed();
        var jane = bed.OpenPgp("jane");
        await bed.CheckAsync(bed.Commit(jane), SigningBed.Keys(jane.Public));

        Directory.GetFileSystemEntries(Path.Combine(bed.Cache, "keys")).ShouldBeEmpty();
        if (!OperatingSystem.IsWindows())
        {
            (File.GetUnixFileMode(Path.Combine(bed.Cache, "keys")) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)).ShouldBe(UnixFileMode.None);
        }
    }

    [Theory]
    [InlineData("openpgp", "gpg", "gpg")]
    [InlineData("ssh", "ssh-keygen", "openssh-client")]
    public async Task A_program_that_is_missing_is_named(string format, string program, string package)
    {
        using var bed = new SigningBed();
        string sha, keys;
        if (format == "ssh")
        {
            var kim = bed.Signing.Ssh("kim");
            (sha, keys) = (bed.Commit(kim), kim.Public);
        }
        else
        {
            var jane = bed.OpenPgp("jane");
            (sha, keys) = (bed.Commit(jane), jane.Public);
        }

        bed.Restart(static options => options with { GpgProgram = "/nowhere/gpg", SshKeygenProgram = "/nowhere/ssh-keygen" });
        var problem = await Should.ThrowAsync<VerificationException>(() => bed.CheckAsync(sha, SigningBed.Keys(keys)));

        problem.Reason.ShouldBe("ProgramMissing");
        problem.Message.ShouldContain(program);
        problem.Message.ShouldContain(package);
    }
}
