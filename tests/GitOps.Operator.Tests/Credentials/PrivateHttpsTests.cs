using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;
using GitOps.Operator.Git;
using GitOps.Operator.Model;
using GitOps.Operator.Tests.Git;
using GitOps.Testing.Servers;

namespace GitOps.Operator.Tests.Credentials;

public sealed class PrivateHttpsTests : IAsyncLifetime
{
    private const string Password = "p4ss/w0rd@with+odd%signs";

    private readonly PrivateBed _bed = new();
    private NginxGitServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await NginxGitServer.StartAsync(Path.Combine(_bed.Bed.Root, "nginx"), _bed.Bed.Root);
        _server.SetUsers(("ada", Password));
    }

    public ValueTask DisposeAsync()
    {
        _server?.Dispose();
        _bed.Dispose();
        return ValueTask.CompletedTask;
    }

    private string Url => _server.Private("app/.git");

    private RepositoryAddress Address => new(Url, "platform");

    [Fact]
    public async Task A_password_opens_a_private_repository_and_its_rotation_takes_effect_at_once()
    {
        var repositories = _bed.Open();
        Set(Password);
        await _bed.ReadsAsync(repositories, Address);

        _server.SetUsers(("ada", "r0tated-p4ss"));
        (await _bed.FailsAsync(repositories, Address, GitFailure.Authentication)).Message.ShouldContain("Secret platform/login was used: check that what it holds is right");
        var told = 0;
        using var subscription = repositories.Subscribe(new(Address, "main", TimeSpan.FromHours(1), () => Interlocked.Increment(ref told)));
        Set("r0tated-p4ss");
        await GitTestBed.EventuallyAsync(() => repositories.StateOf(Address).Failure is null && told > 0, "the new password is used");
        var second = _bed.Source.CommitFile("a.yaml", "a: 2");
        await _bed.ReadsAsync(repositories, Address, second);

        Set("wr0ng-ag4in");
        await GitTestBed.EventuallyAsync(() => repositories.StateOf(Address).Failure?.Kind == GitFailure.Authentication, "the wrong password is used");
        repositories.StateOf(Address).Health.ShouldBe(RepositoryHealth.Failing);
        await _bed.NothingLeakedAsync();
    }

    [Fact]
    public async Task What_has_expired_is_named_with_its_day_where_the_server_refuses()
    {
        var repositories = _bed.Open();
        var (name, now) = ("login", _bed.Bed.Time.GetUtcNow());
        var wrong = $"e30.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"exp": {{now.AddMinutes(-1).ToUnixTimeSeconds()}} }"""))}.c2lnbmF0dXJl";
        _bed.Set("platform", name, ("url", Url), ("username", "ada"), ("password", wrong), ("ca.crt", _server.Certificates.Authority));
        (await _bed.FailsAsync(repositories, Address, GitFailure.Authentication)).Message
            .ShouldEndWith($"; Secret platform/login was used, and the token in its key password expired on {now.AddMinutes(-1):yyyy-MM-dd'T'HH:mm:ss'Z'}: replace what it holds");

        var secret = Secrets.Repository("platform", name, ("url", Url), ("username", "ada"), ("password", _bed.Secret("0ld-p4ssword")), ("ca.crt", _server.Certificates.Authority));
        _bed.Book.Set(secret.Annotated(Operator.Api.Annotations.ExpiresAt, "2021-05-06").Read());
        (await _bed.FailsAsync(repositories, Address, GitFailure.Authentication)).Message
            .ShouldEndWith("; Secret platform/login was used, and it expired on 2021-05-06T00:00:00Z, as its annotation gitops-operator.dev/expires-at says: replace what it holds");

        // What works is not blamed, whatever somebody has written.
        _bed.Book.Set(Secrets.Repository("platform", name, ("url", Url), ("username", "ada"), ("password", Password), ("ca.crt", _server.Certificates.Authority))
            .Annotated(Operator.Api.Annotations.ExpiresAt, "2021-05-06").Read());
        (await _bed.ReadsAsync(repositories, Address)).ShouldBeEmpty();

        var url = _server.Certified("app/.git");
        var (certificate, key) = TestCertificates.SelfSigned("operator", new(2020, 1, 2, 0, 0, 0, TimeSpan.Zero), new(2021, 3, 4, 5, 6, 7, TimeSpan.Zero));
        _bed.Set("platform", "certified", ("url", url), ("ca.crt", _server.Certificates.Authority), ("tlsClientCertData", certificate), ("tlsClientCertKey", key));
        var refusal = await Should.ThrowAsync<GitException>(() => repositories.RefreshAsync(new(url, "platform"), GitTestBed.None));
        refusal.Message.ShouldContain("the client certificate in its key tlsClientCertData expired on 2021-03-04T05:06:07Z");
        await _bed.NothingLeakedAsync();
    }

    [Fact]
    public async Task Who_has_no_credentials_never_sees_what_another_s_fetched()
    {
        var repositories = _bed.Open();
        Set(Password);
        await _bed.ReadsAsync(repositories, Address);
        RepositoryAddress stranger = new(Url, "team-a");
        _bed.Book.Share(shared => shared with { Authorities = shared.Authorities.Add("localhost", _server.Certificates.Authority) });

        (await _bed.FailsAsync(repositories, stranger, GitFailure.Authentication)).Message.ShouldContain("no Secret for this URL may be used");
        await Should.ThrowAsync<GitException>(async () => await repositories.ResolveAsync(stranger, _bed.First, GitTestBed.None));
        await Should.ThrowAsync<GitException>(() => repositories.OpenAsync(stranger, _bed.First, GitTestBed.None));
        await Should.ThrowAsync<GitException>(() => repositories.CommitAsync(stranger, _bed.First, GitTestBed.None));

        // With a Secret of its own it sees the same, from a mirror of its own.
        _server.SetUsers(("ada", Password), ("bob", "b0bs-p4ssword"));
        _bed.Set("team-a", "own", ("url", Url), ("username", "bob"), ("password", "b0bs-p4ssword"), ("ca.crt", _server.Certificates.Authority));
        await _bed.ReadsAsync(repositories, stranger);
        string[] directories = [.. ((string[])["team-a", "platform", "gitops-system"]).Select(tenant => repositories.Find(new(Url, tenant)).Directory)];
        directories.Distinct(StringComparer.Ordinal).Count().ShouldBe(3);
        await _bed.NothingLeakedAsync();
    }

    [Fact]
    public async Task A_Secret_that_comes_or_goes_moves_those_who_may_use_it()
    {
        var repositories = _bed.Open();
        var told = 0;
        using var subscription = repositories.Subscribe(new(Address, "main", TimeSpan.FromHours(1), () => Interlocked.Increment(ref told)));
        await _bed.FailsAsync(repositories, Address, GitFailure.UntrustedServer);
        var before = told;

        Set(Password);
        told.ShouldBe(before + 1);
        (await repositories.ResolveAsync(Address, "main", GitTestBed.None)).Sha.ShouldBe(_bed.First);
        repositories.Claim(Address, "platform/app", [_bed.First]);

        _bed.Book.Remove(new("platform", "login"));
        told.ShouldBe(before + 2);
        await Should.ThrowAsync<GitException>(async () => await repositories.ResolveAsync(Address, "main", GitTestBed.None));
        Set(Password);
        (await repositories.ResolveAsync(Address, "main", GitTestBed.None)).Sha.ShouldBe(_bed.First);
    }

    [Fact]
    public async Task The_cheap_look_uses_the_same_credentials()
    {
        var repositories = _bed.Open();
        Set(Password);
        await repositories.StartAsync(GitTestBed.None);
        using var subscription = repositories.Subscribe(new(Address, "main", TimeSpan.FromSeconds(30), static () => { }));
        await repositories.ResolveAsync(Address, "main", GitTestBed.None);
        for (var i = 0; i < 3; i++)
        {
            _bed.Bed.Time.Advance(TimeSpan.FromSeconds(30));
            var now = _bed.Bed.Time.GetUtcNow();
            await GitTestBed.EventuallyAsync(() => repositories.StateOf(Address).LastReachedAt == now, "the next poll");
        }

        _bed.Bed.Observer.Count("probe", "ok").ShouldBe(3);
        _bed.Bed.Observer.Count("ls-remote").ShouldBe(1);
        await repositories.StopAsync(GitTestBed.None);
    }

    [Fact]
    public async Task A_token_is_sent_as_it_is()
    {
        // nginx cannot check one: what is sent is seen where nothing is asked for.
        var repositories = _bed.Open();
        var url = $"https://localhost:{_server.OtherPort}/open/app/.git";
        _bed.Set("platform", "token", ("url", url), ("bearerToken", "t0ken.of.ours"), ("ca.crt", _server.Certificates.Authority));
        await _bed.ReadsAsync(repositories, new(url, "platform"));

        _server.Elsewhere.ShouldAllBe(static line => line == "[Bearer t0ken.of.ours]");
        await _bed.NothingLeakedAsync();
    }

    [Fact]
    public async Task A_client_certificate_opens_what_takes_one()
    {
        var repositories = _bed.Open();
        var url = _server.Certified("app/.git");
        _bed.Set("platform", "none", ("url", url), ("ca.crt", _server.Certificates.Authority));
        (await _bed.FailsAsync(repositories, new(url, "platform"), GitFailure.Authentication)).Message
            .ShouldContain("where a client certificate is missing or not accepted; Secret platform/none was used, and holds no login");

        using var others = new TestCertificates();
        Certificate(others);
        var refusal = await Should.ThrowAsync<GitException>(() => repositories.RefreshAsync(new(url, "platform"), GitTestBed.None));

        // nginx ends the connection, and git may have been writing just then.
        (refusal.Kind is GitFailure.Authentication or GitFailure.Unreachable).ShouldBeTrue(refusal.Message);
        refusal.Message.ShouldContain("Secret platform/none");
        Certificate(_server.Certificates);
        await _bed.ReadsAsync(repositories, new(url, "platform"));
        await _bed.NothingLeakedAsync();

        void Certificate(TestCertificates authority)
        {
            var (certificate, key) = authority.Client("operator");
            _bed.Set("platform", "none", ("url", url), ("ca.crt", _server.Certificates.Authority), ("tlsClientCertData", certificate), ("tlsClientCertKey", key));
        }
    }

    [Fact]
    public async Task A_server_that_nobody_vouches_for_is_refused_unless_that_is_asked_for_and_shown()
    {
        var repositories = _bed.Open();
        using var others = new TestCertificates();
        _bed.Set("platform", "login", ("url", Url), ("username", "ada"), ("password", Password), ("ca.crt", others.Authority));
        (await _bed.FailsAsync(repositories, Address, GitFailure.UntrustedServer)).Message
            .ShouldContain("add the certificate of the authority that vouches for it to key ca.crt of Secret platform/login, or to ConfigMap argocd-tls-certs-cm");

        _bed.Set("platform", "login", ("url", Url), ("username", "ada"), ("password", Password), ("insecure", "true"));
        (await _bed.ReadsAsync(repositories, Address)).ShouldBe($"{Url[..^5]}: who the server is is not checked, as Secret platform/login asks for (insecure)");

        _bed.Set("platform", "login", ("url", Url), ("username", "ada"), ("password", Password));
        await _bed.FailsAsync(repositories, Address, GitFailure.UntrustedServer);
        _bed.Book.Share(shared => shared with { Authorities = shared.Authorities.Add("localhost", _server.Certificates.Authority) });
        (await _bed.ReadsAsync(repositories, Address)).ShouldBeEmpty();
        await _bed.NothingLeakedAsync();
    }

    [Fact]
    public async Task Credentials_do_not_follow_to_another_server()
    {
        var repositories = _bed.Open();
        var url = _server.Moved("app/.git");
        _bed.Set("platform", "login", ("url", url), ("username", "ada"), ("password", Password), ("ca.crt", _server.Certificates.Authority));

        (await _bed.FailsAsync(repositories, new(url, "platform"), GitFailure.Moved)).Message.ShouldContain("credentials are not sent there: write the URL that the repository has now");

        _server.Elsewhere.ShouldBeEmpty();
        await _bed.NothingLeakedAsync();
    }

    [Fact]
    public async Task A_server_that_only_means_the_name_s_ending_is_understood()
    {
        Directory.Move(Path.Combine(_bed.Source.Path, ".git"), Path.Combine(_bed.Bed.Root, "bare"));
        var repositories = _bed.Open();
        var url = _server.Renamed("bare");
        _bed.Set("platform", "login", ("url", url), ("username", "ada"), ("password", Password), ("ca.crt", _server.Certificates.Authority));

        await _bed.FailsAsync(repositories, new(url, "platform"), GitFailure.Moved);
        await _bed.ReadsAsync(repositories, new(url, "platform"));
    }

    [Fact]
    public async Task A_proxy_that_is_down_or_refuses_us_is_named_without_its_password()
    {
        var repositories = _bed.Open();
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var refusing = RefuseAsync(listener);
        var password = _bed.Secret("pr0xy-p4ss");
        Proxy(port);
        (await _bed.FailsAsync(repositories, Address, GitFailure.Authentication)).Message.ShouldContain("the proxy refused the login in key proxy of Secret platform/login");
        listener.Stop();
        await refusing;
        (await _bed.FailsAsync(repositories, Address, GitFailure.Unreachable)).Message.ShouldContain("the proxy of Secret platform/login was used");

        _bed.Set("platform", "login", ("url", Url), ("username", "ada"), ("password", Password), ("proxy", $"http://u:{password}@127.0.0.1:{port}"), ("noProxy", "localhost"),
            ("ca.crt", _server.Certificates.Authority));
        await _bed.ReadsAsync(repositories, Address);
        await _bed.NothingLeakedAsync();

        void Proxy(int at) => _bed.Set(
            "platform", "login", ("url", Url), ("username", "ada"), ("password", Password), ("proxy", $"http://u:{password}@127.0.0.1:{at}"));
    }

    [Fact]
    public async Task A_token_of_a_GitHub_App_is_asked_for_anew_when_the_server_refuses_it()
    {
        await using var github = await GitHubServer.StartAsync(_server.Certificates);
        github.Token = _bed.Secret("ghs_first");
        github.ExpiresAt = _bed.Bed.Time.GetUtcNow().AddHours(1);
        _server.SetUsers(("x-access-token", "ghs_first"));
        var repositories = _bed.Open();
        _bed.Set("platform", "app", github.App(Url, _server.Certificates.Authority));
        await _bed.ReadsAsync(repositories, Address);
        github.Requests.Count.ShouldBe(1);

        _server.SetUsers(("x-access-token", "ghs_second"));
        github.Token = _bed.Secret("ghs_second");
        await _bed.FailsAsync(repositories, Address, GitFailure.Authentication);
        await _bed.ReadsAsync(repositories, Address);

        github.Status = 401;
        _bed.Bed.Time.Advance(TimeSpan.FromHours(1));
        (await _bed.FailsAsync(repositories, Address, GitFailure.Authentication)).Message.ShouldEndWith("check githubAppID and githubAppPrivateKey");
        await _bed.NothingLeakedAsync();
    }

    [Fact]
    public async Task A_Secret_that_cannot_be_used_is_said_instead_of_being_tried()
    {
        var repositories = _bed.Open();
        _bed.Set("platform", "login", ("url", Url), ("password", Password), ("project", "default"));

        (await _bed.FailsAsync(repositories, Address, GitFailure.InvalidCredential)).Message.ShouldContain("Secret platform/login: key project is not supported");
        _bed.Bed.Observer.Count("ls-remote").ShouldBe(0);
        repositories.StateOf(Address).Failure!.NeedsUser.ShouldBeTrue();
    }

    private void Set(string password) => _bed.Set(
        "platform", "login", ("url", Url), ("username", "ada"), ("password", password), ("ca.crt", _server.Certificates.Authority));

    private static async Task RefuseAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync();
                var buffer = new byte[4096];
                _ = await client.GetStream().ReadAsync(buffer);
                await client.GetStream().WriteAsync(
                    Encoding.ASCII.GetBytes("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
            }
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
        {
            // It is to be down now.
        }
    }
}
