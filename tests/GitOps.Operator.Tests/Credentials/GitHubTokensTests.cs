using System.Text.Json.Nodes;
using GitOps.Operator.Api;
using GitOps.Operator.Credentials;
using GitOps.Operator.Git;
using GitOps.Testing;
using GitOps.Testing.Servers;

namespace GitOps.Operator.Tests.Credentials;

public sealed class GitHubTokensTests : IAsyncLifetime
{
    private const string Url = "https://github.example.org/team/app";

    private readonly ManualTimeProvider _time = new();
    private readonly TestCertificates _certificates = new();
    private readonly GitHubTokens _tokens;
    private readonly CredentialBook _book;
    private GitHubServer _server = null!;

    public GitHubTokensTests()
    {
        _tokens = new(_time);
        _book = new(new TrustPolicy("gitops-system", [], null), _tokens);
    }

    public async ValueTask InitializeAsync() => _server = await GitHubServer.StartAsync(_certificates);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _tokens.Dispose();
        _certificates.Dispose();
    }

    [Fact]
    public async Task A_token_is_asked_for_once_and_kept_until_shortly_before_it_expires()
    {
        var credential = Secrets.Repository("a", "app", _server.App(Url, _certificates.Authority)).Read().Credential;
        credential.Problem.ShouldBeNull();

        var logins = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => LoginAsync(credential)));

        logins.ShouldAllBe(static login => login == new BasicLogin("x-access-token", "ghs_first"));
        _server.Requests.ShouldBe(["POST /api/v3/app/installations/34/access_tokens"]);
        var claims = JsonNode.Parse(_server.Claims!)!;
        (claims["iss"]!.GetValue<string>(), claims["exp"]!.GetValue<long>() - claims["iat"]!.GetValue<long>()).ShouldBe(("12", 600));

        _server.Token = "ghs_second";
        _time.Advance(TimeSpan.FromMinutes(54));
        (await LoginAsync(credential)).Password.ShouldBe("ghs_first");
        _time.Advance(TimeSpan.FromMinutes(2));
        _server.ExpiresAt += TimeSpan.FromHours(1);
        (await LoginAsync(credential)).Password.ShouldBe("ghs_second");
        _server.Token = "ghs_third";
        _book.Refused(credential);
        (await LoginAsync(credential)).Password.ShouldBe("ghs_third");
        _server.Token = "ghs_fourth";
        (await LoginAsync(credential with { Version = "rotated" })).Password.ShouldBe("ghs_fourth");
        _server.Requests.Count.ShouldBe(4);
    }

    [Fact]
    public async Task An_installation_that_is_not_named_is_found_by_the_repository()
    {
        var credential = Secrets.Repository("a", "app", _server.App(Url, _certificates.Authority, hasInstallation: false)).Read().Credential;

        (await LoginAsync(credential)).Password.ShouldBe("ghs_first");

        _server.Requests.ShouldBe(["GET /api/v3/repos/team/app/installation", "POST /api/v3/app/installations/34/access_tokens"]);
    }

    [Theory]
    [InlineData(401, GitFailure.Authentication, "check githubAppID and githubAppPrivateKey")]
    [InlineData(404, GitFailure.Authentication, "check githubAppInstallationID")]
    [InlineData(503, GitFailure.Unreachable, "retrying")]
    public async Task A_refusal_says_which_key_to_look_at(int status, object kind, string expected)
    {
        _server.Status = status;
        var credential = Secrets.Repository("a", "app", _server.App(Url, _certificates.Authority)).Read().Credential;

        var failure = await Should.ThrowAsync<GitException>(() => LoginAsync(credential));

        failure.Kind.ShouldBe((GitFailure)kind);
        failure.Message.ShouldStartWith("Secret a/app: no token for GitHub App 12: localhost:");
        failure.Message.ShouldContain(expected);
    }

    [Fact]
    public async Task A_server_of_another_authority_is_told_nothing()
    {
        using var others = new TestCertificates();
        var credential = Secrets.Repository("a", "app", _server.App(Url, others.Authority)).Read().Credential;

        var failure = await Should.ThrowAsync<GitException>(() => LoginAsync(credential));

        failure.Message.ShouldContain("cannot be reached (SecureConnectionError)");
        _server.Requests.ShouldBeEmpty();
    }

    private async Task<BasicLogin> LoginAsync(RepositoryCredential credential) =>
        (await _book.LoginAsync(credential, Url, TestContext.Current.CancellationToken))!;
}
