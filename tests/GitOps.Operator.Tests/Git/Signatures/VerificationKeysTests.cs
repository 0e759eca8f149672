using GitOps.Operator.Git.Signatures;

namespace GitOps.Operator.Tests.Git.Signatures;

public sealed class VerificationKeysTests
{
    private const string Key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    private const string Print = "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU";

    [Theory]
    [InlineData(Key, "SHA256-DiY3wvvV6TuJJhbpZisFzLDA0zPMSvHdkr4UvCOqU")]
    [InlineData(Key + " octo@example.org", "octo@example.org")]
    [InlineData(Key + " Octo Cat's laptop", "Octo_Cats_laptop")]
    public void A_public_key_becomes_a_line_of_a_principal(string text, string principal)
    {
        var keys = VerificationKeys.Parse([new("here", text)]);

        keys.SshFingerprints.ShouldBe([Print]);
        var line = keys.Signers.ShouldHaveSingleItem();
        line.ShouldEndWith($" namespaces=\"git\" {Key}");
        line.Split(' ')[0].Replace("+", string.Empty, StringComparison.Ordinal).Replace("/", string.Empty, StringComparison.Ordinal)
            .ShouldBe(principal.Replace("+", string.Empty, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a@example.org " + Key, "a@example.org " + Key)]
    [InlineData("a@example.org,b@example.org namespaces=\"git,file\",valid-before=\"20300101\" " + Key + " comment", "a@example.org,b@example.org namespaces=\"git,file\",valid-before=\"20300101\" " + Key)]
    public void A_line_of_an_allowed_signers_file_is_kept(string text, string line) =>
        VerificationKeys.Parse([new("here", text)]).Signers.ShouldBe([line]);

    [Theory]
    [InlineData("", "holds no key")]
    [InlineData("# nothing", "holds no key")]
    [InlineData("password123", "line 1 is neither")]
    [InlineData("ssh-ed25519 AAAA", "line 1 is neither")]
    [InlineData("ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl", "line 1 is neither")]
    [InlineData("*@example.org cert-authority " + Key, "cert-authority is not supported")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----", "holds a private key")]
    [InlineData("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nAAAA\n-----END PGP PRIVATE KEY BLOCK-----", "holds a private key")]
    [InlineData("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n", "without its end")]
    public void What_is_no_key_is_refused_in_words_that_do_not_repeat_it(string text, string problem)
    {
        var refusal = Should.Throw<VerificationException>(() => VerificationKeys.Parse([new("Secret s (key k)", text)]));

        refusal.Reason.ShouldBe("KeysInvalid");
        refusal.Message.ShouldStartWith("Secret s (key k) ");
        refusal.Message.ShouldContain(problem);
        refusal.Message.ShouldNotContain("password123");
        refusal.Message.ShouldNotContain("AAAA");
    }

    [Fact]
    public void Other_keys_have_another_id()
    {
        var one = VerificationKeys.Parse([new("a", Key)]);

        VerificationKeys.Parse([new("b", Key)]).Id.ShouldBe(one.Id);
        VerificationKeys.Parse([new("b", Key + " other@example.org")]).Id.ShouldNotBe(one.Id, StringComparer.Ordinal);
    }
}
