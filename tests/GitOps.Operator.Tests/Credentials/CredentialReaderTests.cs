using GitOps.Operator.Credentials;
using GitOps.Testing.Servers;

namespace GitOps.Operator.Tests.Credentials;

public sealed class CredentialReaderTests
{
    private const string Url = "https://git.example.org/team/app.git";
    private const string Value = "V4lue-that-is-never-shown";

    [Fact]
    public void Every_key_of_Argo_CD_is_read()
    {
        using var certificates = new TestCertificates();
        var (certificate, key) = certificates.Client("operator");
        using var rsa = System.Security.Cryptography.RSA.Create(2048);
        var app = rsa.ExportRSAPrivateKeyPem();

        var basic = Secrets.Repository("gitops-system", "basic", ("url", Url), ("type", "git"), ("name", "App"), ("username", "ada"), ("password", "s3cret\n"),
            ("insecure", "true"), ("enableLfs", "true"), ("proxy", "http://proxy:3128"), ("noProxy", "example.org"), ("forceHttpBasicAuth", "true"),
            ("tlsClientCertData", certificate), ("tlsClientCertKey", key), ("ca.crt", certificates.Authority), ("depth", "1")).Read();

        (basic.Url, basic.Kind, basic.IsTemplate, basic.HasLogin).ShouldBe(("https://git.example.org/team/app", RepositoryKind.Git, false, true));
        var read = basic.Credential;
        (read.Problem, basic.Remarks.Length).ShouldBe((null, 0));
        (read.Origin, read.Username, read.Password).ShouldBe(("gitops-system/basic", "ada", "s3cret"));
        (read.IsInsecure, read.IsLfsEnabled, read.IsBasicAuthForced).ShouldBe((true, true, true));
        (read.Proxy, read.NoProxy).ShouldBe(("http://proxy:3128", "example.org"));
        (read.TlsClientCertificate, read.TlsClientKey).ShouldBe((certificate.Trim(), key.Trim()));
        read.CertificateAuthorities.ShouldBe(certificates.Authority.Trim());
        Secrets.Repository("a", "b", ("url", Url), ("bearerToken", "t0ken")).Read().Credential.BearerToken.ShouldBe("t0ken");

        var github = Secrets.Template("a", "b", ("url", "https://github.com/acme"), ("githubAppID", "12"), ("githubAppInstallationID", "34"), ("githubAppPrivateKey", app),
            ("githubAppEnterpriseBaseUrl", "https://ghe.example.org/api/v3")).Read();
        (github.Kind, github.IsTemplate).ShouldBe((null, true));
        (github.Credential.Problem, github.Credential.GitHubApp).ShouldBe((null, new GitHubApp("12", "34", app.Trim(), "https://ghe.example.org/api/v3")));
    }

    [Fact]
    public async Task A_key_of_ssh_keeps_its_last_line_whole()
    {
        var directory = Directory.CreateTempSubdirectory("gitops-key-").FullName;
        try
        {
            var (key, _) = await SshGitServer.NewKeyAsync(Path.Combine(directory, "key"));
            var read = Secrets.Repository("a", "b", ("url", "git@example.org:team/app.git"), ("sshPrivateKey", key.Trim().Replace("\n", "\r\n", StringComparison.Ordinal)),
                ("insecureIgnoreHostKey", "true"), ("known_hosts", "example.org ssh-ed25519 AAAA")).Read();

            (read.Url, read.Credential.Problem, read.Credential.SshPrivateKey).ShouldBe(("ssh://git@example.org/team/app", null, key));
            (read.Credential.IsInsecure, read.Credential.KnownHosts).ShouldBe((true, "example.org ssh-ed25519 AAAA"));

            await GitOps.Testing.TestProgram.OnPath("ssh-keygen").RunAsync("-q", "-p", "-N", "passphrase", "-f", Path.Combine(directory, "key"));
            Secrets.Repository("a", "b", ("url", "git@example.org:team/app.git"), ("sshPrivateKey", await File.ReadAllTextAsync(Path.Combine(directory, "key"))))
                .Read().Credential.Problem.ShouldNotBeNull().ShouldContain("has a passphrase");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    public static TheoryData<string, string[], string[]> Problems => new()
    {
        { "an unknown type", ["type", Value], ["key type is none of git, helm and oci"] },
        { "no boolean", ["insecure", Value], ["key insecure is neither true nor false"] },
        { "a line break within", ["username", "x", "password", Value + "\n" + Value], ["key password holds a line break"] },
        { "a project", ["project", Value], ["key project is not supported", "annotation gitops-operator.dev/allowed-namespaces"] },
        { "Google", ["gcpServiceAccountKey", Value], ["key gcpServiceAccountKey is not supported"] },
        { "Azure", ["useAzureWorkloadIdentity", "true"], ["key useAzureWorkloadIdentity is not supported"] },
        { "half a certificate", ["tlsClientCertData", Value], ["key tlsClientCertKey is missing"] },
        { "no certificate", ["tlsClientCertData", Value, "tlsClientCertKey", Value], ["keys tlsClientCertData and tlsClientCertKey are no certificate"] },
        { "no authority", ["ca.crt", Value], ["key ca.crt holds no certificates in PEM"] },
        { "no key", ["sshPrivateKey", Value], ["key sshPrivateKey is no private key"] },
        { "a damaged key", ["sshPrivateKey", $"-----BEGIN OPENSSH PRIVATE KEY-----\n{Value}\n-----END OPENSSH PRIVATE KEY-----"], ["key sshPrivateKey is a damaged private key"] },
        { "a key for https", ["sshPrivateKey", $"-----BEGIN RSA PRIVATE KEY-----\n{Value}\n-----END RSA PRIVATE KEY-----"], ["key sshPrivateKey is of no use with an https URL"] },
        { "two logins", ["password", Value, "bearerToken", Value], ["of the keys password, bearerToken only one can be sent"] },
        { "half an App", ["githubAppID", "12"], ["key githubAppPrivateKey is missing"] },
        { "no key of an App", ["githubAppID", "12", "githubAppPrivateKey", Value], ["key githubAppPrivateKey is no RSA private key"] },
        { "an App elsewhere", ["githubAppID", "12", "githubAppPrivateKey", Value, "githubAppEnterpriseBaseUrl", "http://ghe"], ["key githubAppEnterpriseBaseUrl is no https URL"] },
        { "no proxy", ["proxy", Value], ["key proxy is no URL of a proxy"] },
        { "ssh by password", ["url", "ssh://git@example.org/app", "username", "git", "password", Value], ["key sshPrivateKey is missing", "no password"] },
        { "ssh by proxy", ["url", "ssh://git@example.org/app", "proxy", "http://proxy:1"], ["key proxy is not supported with an ssh URL"] },
    };

    [Theory]
    [MemberData(nameof(Problems))]
    public void What_cannot_be_used_is_said_by_key_and_never_by_value(string what, string[] data, string[] expected)
    {
        var pairs = data.Chunk(2).Select(static pair => (pair[0], pair[1])).ToList();
        if (pairs[0].Item1 != "url")
        {
            pairs.Add(("url", Url));
        }

        var problem = Secrets.Repository("team-a", "login", [.. pairs]).Read().Credential.Problem.ShouldNotBeNull(what);

        problem.ShouldStartWith("Secret team-a/login: ");
        expected.ShouldAllBe(text => problem.Contains(text, StringComparison.Ordinal), problem);
        problem.ShouldNotContain(Value);
    }

    [Theory]
    [InlineData(null, "key url is missing")]
    [InlineData("/srv/git", "key url is no URL of a repository")]
    [InlineData("https://ada:V4lue-that-is-never-shown@example.org/app", "key url is no URL of a repository, or holds a password")]
    public void A_Secret_without_a_URL_is_for_nothing(string? url, string expected)
    {
        (string, string)[] data = url is null ? [("password", Value)] : [("url", url), ("password", Value)];

        CredentialReader.Read(Secrets.Repository("team-a", "login", data), out var unusable).ShouldBeNull();

        unusable.ShouldNotBeNull().ShouldContain($"Secret team-a/login: {expected}");
        unusable.ShouldNotContain(Value);
    }

    [Fact]
    public void Other_Secrets_are_not_looked_at()
    {
        CredentialReader.Read(Secrets.Make("a", "b", CredentialSecret.ArgoLabel + "=cluster", ("url", Url)), out var unusable).ShouldBeNull();
        unusable.ShouldBeNull();
    }

    [Fact]
    public void What_has_no_effect_is_said_and_harms_nothing()
    {
        var secret = Secrets.Repository("a", "b", ("url", Url), ("pasword", Value)).Allowing("team-*, {x");
        secret.Json["data"]!["binary"] = "/w==";

        var read = secret.Read();

        read.Remarks.ShouldBe(
        [
            "Secret a/b: there is no key pasword; it has no effect (did you mean password?)",
            read.Remarks[1],
        ]);
        read.Remarks[1].ShouldStartWith("Secret a/b: annotation gitops-operator.dev/allowed-namespaces: ");
        read.AllowedNamespaces.Length.ShouldBe(1);
        read.Credential.Problem.ShouldBe("Secret a/b: key binary is no text in UTF-8");
    }

    [Fact]
    public void A_date_that_is_none_and_a_misspelt_annotation_are_said()
    {
        var read = Secrets.Repository("a", "b", ("url", Url)).Annotated("gitops-operator.dev/expires-at", "next summer").Read();

        (read.Credential.EndsAt, read.Credential.Problem, read.Ends.Length).ShouldBe((null, null, 0));
        read.Remarks.ShouldBe(["Secret a/b: annotation gitops-operator.dev/expires-at is no date, and nobody is warned: write 2027-01-31 or 2027-01-31T18:00:00Z"]);
        Secrets.Repository("a", "b", ("url", Url)).Annotated("gitops-operator.dev/expire-at", "2027-01-31").Read().Remarks
            .ShouldBe(["Secret a/b: there is no annotation gitops-operator.dev/expire-at; it has no effect (did you mean gitops-operator.dev/expires-at?)"]);
        Secrets.Repository("a", "b", ("url", Url)).Annotated("gitops-operator.dev/expires-at", "2027-01-31").Read().Remarks.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("https://Git.Example.org:443/team/app.git/", RepositoryKind.Git, "https://git.example.org/team/app")]
    [InlineData("https://ada@example.org/app", RepositoryKind.Git, "https://example.org/app")]
    [InlineData("https://example.org", RepositoryKind.Git, "https://example.org/")]
    [InlineData("git@github.com:acme/app.git", RepositoryKind.Git, "ssh://git@github.com/acme/app")]
    [InlineData("git@github.com:acme", RepositoryKind.Git, "ssh://git@github.com/acme")]
    [InlineData("git@github.com", RepositoryKind.Git, "ssh://git@github.com/")]
    [InlineData("ssh://git@example.org:2222/app", RepositoryKind.Git, "ssh://git@example.org:2222/app")]
    [InlineData("oci://Registry.example.org:5000/charts/", RepositoryKind.Git, "oci://registry.example.org:5000/charts")]
    [InlineData("registry.example.org/charts", RepositoryKind.Oci, "oci://registry.example.org/charts")]
    [InlineData("registry.example.org/charts", RepositoryKind.Helm, null)]
    [InlineData("http://charts.example.org/stable", RepositoryKind.Helm, "http://charts.example.org/stable")]
    [InlineData("ext::sh -c x", RepositoryKind.Git, null)]
    public void A_URL_has_one_key(string url, object kind, string? expected) => CredentialUrl.KeyOf(url, (RepositoryKind)kind).ShouldBe(expected);

    [Theory]
    [InlineData("https://example.org/", "https://example.org/team/app", true)]
    [InlineData("https://example.org/team", "https://example.org/team/app", true)]
    [InlineData("https://example.org/team", "https://example.org/team", true)]
    [InlineData("https://example.org/team", "https://example.org/team-b/app", false)]
    [InlineData("https://example.org/team/app", "https://example.org/team", false)]
    public void A_template_covers_whole_segments(string template, string key, bool expected) => CredentialUrl.Covers(template, key).ShouldBe(expected);
}
