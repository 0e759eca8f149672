using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Tests.Support;

namespace GitOps.Kubernetes.Tests.Http;

/// <summary>Through real proxies to a real TLS server: the proxy sees where to, and nothing of what.</summary>
public sealed class ProxyTests
{
    private readonly TestAuthority _authority = TestAuthority.Create();

    [Fact]
    public async Task An_http_proxy_tunnels_and_sees_no_credentials_of_the_cluster()
    {
        await using var server = await StartAsync("api.example");
        await using var proxy = new ConnectProxy();
        var config = Config(server, new Uri($"http://127.0.0.1:{proxy.Port}"));
        (await GetAsync(config)).ShouldBe("a");
        proxy.Tunnels.ShouldBe([$"api.example:{server.Port}"]);
        proxy.Heads.Single().ShouldNotContain("secret");
        server.Requests.Single().Headers.Authorization.ToString().ShouldBe("Bearer secret");
        server.Requests.Single().Headers.ContainsKey("Proxy-Authorization").ShouldBeFalse();
    }

    [Fact]
    public async Task User_and_password_of_the_proxys_url_are_for_the_proxy_alone()
    {
        await using var server = await StartAsync("api.example");
        await using var proxy = new ConnectProxy("me", "p@ss:word");
        (await GetAsync(Config(server, new Uri($"http://me:p%40ss%3Aword@127.0.0.1:{proxy.Port}")))).ShouldBe("a");
        server.Requests.Single().Headers.ContainsKey("Proxy-Authorization").ShouldBeFalse();
        server.Requests.Single().Headers.Authorization.ToString().ShouldBe("Bearer secret");
    }

    [Theory]
    [InlineData("")]
    [InlineData("me:wrong@")]
    public async Task A_proxy_that_wants_another_user_is_a_failure_that_does_not_tell_the_password(string user)
    {
        await using var server = await StartAsync("api.example");
        await using var proxy = new ConnectProxy("me", "right");
        var error = await Should.ThrowAsync<ApiConnectionException>(() => GetAsync(Config(server, new Uri($"http://{user}127.0.0.1:{proxy.Port}"))));
        error.Message.ShouldContain("407");
        error.ToString().ShouldNotContain("wrong");
        server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_proxy_over_tls_has_to_be_trusted_as_the_server_has()
    {
        await using var server = await StartAsync("api.example");
        await using var proxy = new ConnectProxy("me", "pass", _authority.Server(names: "127.0.0.1"));
        (await GetAsync(Config(server, new Uri($"https://me:pass@127.0.0.1:{proxy.Port}")))).ShouldBe("a");
        proxy.Tunnels.ShouldBe([$"api.example:{server.Port}"]);

        await using var stranger = new ConnectProxy("me", "pass", TestAuthority.Create("another").Server(names: "127.0.0.1"));
        await Should.ThrowAsync<ApiConnectionException>(() => GetAsync(Config(server, new Uri($"https://me:pass@127.0.0.1:{stranger.Port}"))));
        stranger.Heads.ShouldBeEmpty();
        await using var misnamed = new ConnectProxy("me", "pass", _authority.Server(names: "proxy.example"));
        await Should.ThrowAsync<ApiConnectionException>(() => GetAsync(Config(server, new Uri($"https://me:pass@127.0.0.1:{misnamed.Port}"))));
        misnamed.Heads.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("me:p@ss")]
    public async Task A_socks_proxy_resolves_the_name_itself(string? user)
    {
        await using var server = await StartAsync("api.example");
        await using var proxy = new SocksProxy(user);
        var userInfo = user is null ? string.Empty : "me:p%40ss@";
        (await GetAsync(Config(server, new Uri($"socks5://{userInfo}127.0.0.1:{proxy.Port}")))).ShouldBe("a");
        proxy.Tunnels.ShouldBe([$"api.example:{server.Port}"]);
        proxy.Users.ShouldBe(user is null ? [] : [user]);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("socks5")]
    public async Task A_server_behind_a_proxy_is_checked_as_any_other(string scheme)
    {
        await using var server = await StartAsync("elsewhere.example");
        await using var http = new ConnectProxy();
        await using var socks = new SocksProxy();
        var port = scheme == "http" ? http.Port : socks.Port;
        var error = await Should.ThrowAsync<ApiConnectionException>(() => GetAsync(Config(server, new Uri($"{scheme}://127.0.0.1:{port}"))));
        error.Message.ShouldContain("TLS failed");
        server.Requests.ShouldBeEmpty();
        await using var named = new KubernetesClient(
            Config(server, new Uri($"{scheme}://127.0.0.1:{port}")) with { TlsServerName = "elsewhere.example" }, new KubernetesClientOptions());
        (await named.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None).Soon())!.Name.ShouldBe("a");
    }

    [Fact]
    public async Task A_proxy_that_is_not_there_is_a_connection_failure()
    {
        await using var server = await StartAsync("api.example");
        var proxy = new ConnectProxy();
        var port = proxy.Port;
        await proxy.DisposeAsync();
        var error = await Should.ThrowAsync<ApiConnectionException>(() => GetAsync(Config(server, new Uri($"http://127.0.0.1:{port}"))));
        error.IsTimeout.ShouldBeFalse();
        error.Message.ShouldContain("api.example");
    }

    [Theory]
    [InlineData("https://api.example:6443", "http://proxy:3128/")]
    [InlineData("https://10.96.0.1:443", null)]
    [InlineData("https://kubernetes.default.svc", null)]
    [InlineData("https://10.3.4.5", null)]
    public void The_proxy_of_the_environment_is_not_for_the_own_cluster(string server, string? proxy)
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["HTTPS_PROXY"] = "http://proxy:3128",
            ["no_proxy"] = "10.0.0.0/8",
            ["KUBERNETES_SERVICE_HOST"] = "10.96.0.1",
        };
        new EnvironmentProxy(name => environment.GetValueOrDefault(name)).GetProxy(new Uri(server))?.ToString().ShouldBe(proxy);
    }

    [Fact]
    public void The_proxy_of_the_environment_has_its_user_from_its_own_url()
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["HTTPS_PROXY"] = "http://me:p%40ss@proxy:3128" };
        var proxy = new EnvironmentProxy(name => environment.GetValueOrDefault(name));
        var credential = proxy.Credentials!.GetCredential(new Uri("http://proxy:3128/"), "Basic")!;
        (credential.UserName, credential.Password).ShouldBe(("me", "p@ss"));
        proxy.Credentials.GetCredential(new Uri("http://other:3128/"), "Basic").ShouldBeNull();
    }

    private ClusterConfig Config(ScriptedServer server, Uri proxy) => new()
    {
        Server = new Uri($"https://api.example:{server.Port}"),
        CertificateAuthority = PemSource.FromData(_authority.Pem),
        Proxy = proxy,
        Credentials = new ClusterCredentials { Token = "secret" },
    };

    private Task<ScriptedServer> StartAsync(string name) =>
        ScriptedServer.StartAsync(static (context, _) => context.JsonAsync(Answers.ConfigMap("a")), _authority.Server(names: name));

    private static async Task<string?> GetAsync(ClusterConfig config)
    {
        await using var client = new KubernetesClient(config, new KubernetesClientOptions { RetryBudget = TimeSpan.Zero });
        return (await client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None).Soon())?.Name;
    }
}
