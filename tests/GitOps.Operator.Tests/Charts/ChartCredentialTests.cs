using System.Text;
using GitOps.Operator.Charts;
using GitOps.Operator.Git;
using GitOps.Operator.Model;
using Microsoft.AspNetCore.Http;

namespace GitOps.Operator.Tests.Charts;

public sealed class ChartCredentialTests : IAsyncLifetime
{
    private static readonly byte[] Package = ChartPackage.Of("web", "1.0.0");

    private readonly ChartBed _bed = new();
    private ChartServer _server = null!;
    private ChartServer _other = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await _bed.ServerAsync(asksForCertificate: true);
        _other = await _bed.ServerAsync(asksForCertificate: true);
        _bed.Credentials.Set("team-a", TestCredentials.Login("robot", "s3cret-word"));
        _server.On("/index.yaml", ChartPackage.Index(("web", "1.0.0", "web.tgz", Package)));
        _server.On("/web.tgz", Package);
        _other.On("/web.tgz", Package);
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Fact]
    public async Task The_login_goes_to_the_repository()
    {
        await _bed.OpenAsync(Web());
        _server.Requests.ShouldAllBe(static request => request.Authorization == Basic("robot", "s3cret-word"));
    }

    [Fact]
    public async Task A_bearer_token_goes_to_the_repository()
    {
        _bed.Credentials.Set("team-a", TestCredentials.Login("robot", "x") with { Username = null, Password = null, BearerToken = "t0ken" });
        await _bed.OpenAsync(Web());
        _server.Requests.ShouldAllBe(static request => request.Authorization == "Bearer t0ken");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Another_host_gets_the_login_only_when_that_is_asked_for(bool isPassed)
    {
        _server.On("/index.yaml", ChartPackage.Index(("web", "1.0.0", _other.Url + "/web.tgz", Package)));
        await _bed.OpenAsync(Web() with { PassCredentials = isPassed });
        _other.Requests.ShouldHaveSingleItem().Authorization.ShouldBe(isPassed ? Basic("robot", "s3cret-word") : null);
    }

    [Theory]
    [InlineData("/index.yaml", false)]
    [InlineData("/web.tgz", false)]
    [InlineData("/web.tgz", true)]
    public async Task A_redirect_to_another_host_carries_no_credentials(string path, bool isPassed)
    {
        UseCertificate();
        var content = path == "/web.tgz" ? Package : Encoding.UTF8.GetBytes(ChartPackage.Index(("web", "1.0.0", "web.tgz", Package)));
        _server.On(path, 302, ("Location", _other.Url + "/moved"));
        _other.On("/moved", content);
        await _bed.OpenAsync(Web() with { PassCredentials = isPassed });
        var moved = _other.Requests.ShouldHaveSingleItem();
        moved.Authorization.ShouldBeNull();
        moved.Client.ShouldBeNull();
        _server.Requests.ShouldAllBe(static request => request.Authorization != null && request.Client != null);
    }

    [Fact]
    public async Task A_redirect_on_the_same_host_keeps_the_login()
    {
        _server.On("/web.tgz", 307, ("Location", "/there/web.tgz"));
        _server.On("/there/web.tgz", Package);
        await _bed.OpenAsync(Web());
        _server.Requests[^1].Authorization.ShouldBe(Basic("robot", "s3cret-word"));
    }

    [Theory]
    [InlineData("http://localhost/web.tgz")]
    [InlineData("file:///etc/passwd")]
    public async Task A_redirect_to_what_is_not_https_is_refused(string target)
    {
        _server.On("/web.tgz", 302, ("Location", target));
        (await _bed.FailureAsync(Web())).Kind.ShouldBe(GitFailure.NotAllowed);
    }

    [Fact]
    public async Task Redirects_without_end_are_refused()
    {
        _server.On("/web.tgz", 302, ("Location", "/web.tgz"));
        (await _bed.FailureAsync(Web())).Message.ShouldContain("redirected more than");
    }

    [Fact]
    public async Task What_one_tenant_may_read_is_not_shown_to_another()
    {
        _server.Before = RequireLogin;
        await _bed.OpenAsync(Web());
        var others = Web() with { Repository = new(_server.Url, "team-b") };
        (await _bed.FailureAsync(others)).Kind.ShouldBe(GitFailure.Authentication);
        var resolved = await _bed.ResolveAsync(Web());
        await Should.ThrowAsync<GitException>(() => _bed.Repositories.OpenAsync(others, resolved, ChartBed.Cancellation));

        // Nor by an index of their own that names the same digest.
        var own = await _bed.ServerAsync();
        own.On("/index.yaml", ChartPackage.Index(("web", "1.0.0", "web.tgz", Package)));
        (await _bed.FailureAsync(new(new RepositoryAddress(own.Url, "team-b"), "web", "1.0.0"))).Message.ShouldContain("HTTP 404");
    }

    [Fact]
    public async Task A_new_password_in_the_same_secret_is_used_at_once()
    {
        await _bed.ResolveAsync(Web());
        _bed.Credentials.Set("team-a", TestCredentials.Login("robot", "new", version: "2"));
        await _bed.Repositories.RefreshAsync(Web(), ChartBed.Cancellation);
        _server.Requests[^1].Authorization.ShouldBe(Basic("robot", "new"));
    }

    [Fact]
    public async Task A_credential_that_cannot_be_used_is_said()
    {
        _bed.Credentials.Set("team-a", TestCredentials.Login("robot", "x") with { Problem = "Secret team/robot: key 'password' is missing" });
        var failure = await _bed.FailureAsync(Web());
        failure.Kind.ShouldBe(GitFailure.InvalidCredential);
        failure.Message.ShouldContain("key 'password' is missing");
        _server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_has_expired_is_named_where_the_repository_refuses()
    {
        _bed.Credentials.Set("team-a", TestCredentials.Login("robot", "x") with { EndsAt = new DateTimeOffset(2021, 5, 6, 0, 0, 0, TimeSpan.Zero) });
        _server.On("/index.yaml", 401);
        var failure = await _bed.FailureAsync(Web());
        failure.Kind.ShouldBe(GitFailure.Authentication);
        failure.Message.ShouldEndWith(" was used, and it expired on 2021-05-06T00:00:00Z, as its annotation gitops-operator.dev/expires-at says");

        _bed.Credentials.Set("team-a", TestCredentials.Login("robot", "x", version: "2") with { EndsAt = _bed.Time.GetUtcNow().AddMinutes(1) });
        (await Should.ThrowAsync<GitException>(() => _bed.Repositories.RefreshAsync(Web(), ChartBed.Cancellation))).Message.ShouldNotContain("expired");
    }

    [Fact]
    public async Task A_client_certificate_is_shown_to_the_repository_alone()
    {
        UseCertificate();
        _server.On("/index.yaml", ChartPackage.Index(("web", "1.0.0", _other.Url + "/web.tgz", Package)));
        await _bed.OpenAsync(Web() with { PassCredentials = true });
        _server.Requests.ShouldHaveSingleItem().Client.ShouldBe("CN=charts of tests");
        _other.Requests.ShouldHaveSingleItem().Client.ShouldBeNull();
    }

    [Fact]
    public async Task A_server_that_is_asked_for_insecurely_needs_no_known_certificate()
    {
        _bed.Credentials.Set("team-a", TestCredentials.Login("robot", "x") with { CertificateAuthorities = null, IsInsecure = true });
        await _bed.OpenAsync(Web());
    }

    [Fact]
    public async Task Insecure_is_the_repository_alone()
    {
        _bed.Credentials.Set("team-a", TestCredentials.Login("robot", "x") with { CertificateAuthorities = null, IsInsecure = true });
        _server.On("/index.yaml", ChartPackage.Index(("web", "1.0.0", _other.Url + "/web.tgz", Package)));
        (await _bed.FailureAsync(Web())).Kind.ShouldBe(GitFailure.UntrustedServer);
        _other.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Requests_go_through_the_proxy_that_the_secret_names()
    {
        // Nothing listens there: that the request fails at the proxy shows that it was sent to it.
        var credential = TestCredentials.Login("robot", "x") with { Proxy = "http://user:proxy-word@127.0.0.1:9" };
        _bed.Credentials.Set("team-a", credential);
        (await _bed.FailureAsync(Web())).Message.ShouldNotContain("proxy-word");
        _server.Requests.ShouldBeEmpty();
        _bed.Credentials.Set("team-a", credential with { Version = "2", NoProxy = "example.org, localhost" });
        await _bed.Repositories.RefreshAsync(Web(), ChartBed.Cancellation);
        _server.Requests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(500)]
    public async Task No_failure_tells_a_secret(int status)
    {
        _server.On("/index.yaml", status);
        var failure = await _bed.FailureAsync(Web());
        var told = failure + _bed.Log.Text + string.Join('\n', _bed.Observer.All);
        told.ShouldNotContain("s3cret-word");
        told.ShouldNotContain(Basic("robot", "s3cret-word")["Basic ".Length..]);
        foreach (var file in Directory.GetFiles(_bed.Root, "*", SearchOption.AllDirectories))
        {
            (await File.ReadAllTextAsync(file, ChartBed.Cancellation)).ShouldNotContain("s3cret-word");
        }
    }

    private static string Basic(string user, string password) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));

    private static Task RequireLogin(HttpContext context)
    {
        context.Response.StatusCode = context.Request.Headers.Authorization.Count > 0 ? 200 : 401;
        return Task.CompletedTask;
    }

    private void UseCertificate() => _bed.Credentials.Set("team-a", TestCredentials.Login("robot", "s3cret-word") with
    {
        TlsClientCertificate = ChartServer.Authority,
        TlsClientKey = ChartServer.AuthorityKey,
    });

    private ChartReference Web() => new(new RepositoryAddress(_server.Url, "team-a"), "web", "1.0.0");
}
