using System.Collections.Immutable;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Tests.Support;
using GitOps.Testing;

namespace GitOps.Kubernetes.Tests.Http;

/// <summary>One client per cluster and credentials, one set of connections per TLS identity, nothing kept that nobody uses.</summary>
public sealed class ClusterClientsTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly TestAuthority _authority = TestAuthority.Create();

    private KubernetesClientOptions Options => new() { TimeProvider = _time, RequestTimeout = TimeSpan.FromDays(1), RetryBudget = TimeSpan.Zero };

    [Fact]
    public async Task Tokens_and_users_share_connections_and_are_told_apart_by_headers()
    {
        await using var server = await StartAsync();
        await using var clients = new ClusterClients(Options);
        var one = Config(server, "one");
        await GetAsync(clients, one);
        await GetAsync(clients, one with { Impersonation = new Impersonation("jane", []) });
        await GetAsync(clients, Config(server, "two") with { Impersonation = Impersonation.ServiceAccount("team", "deployer") });
        clients.Count.ShouldBe(2);
        server.Requests.Select(static request => (request.Headers.Authorization.ToString(), request.Headers["Impersonate-User"].ToString())).ShouldBe(
            [("Bearer one", string.Empty), ("Bearer one", "jane"), ("Bearer two", "system:serviceaccount:team:deployer")]);
        server.Requests.Select(static request => request.ConnectionId).Distinct(StringComparer.Ordinal).Count().ShouldBe(1);
    }

    [Fact]
    public async Task A_client_certificate_is_never_presented_over_anothers_connection()
    {
        await using var server = await StartAsync(wantsClientCertificate: true);
        await using var clients = new ClusterClients(Options);
        foreach (var name in new[] { "alice", "bob", "alice" })
        {
            var (certificate, key) = Pair(name);
            await GetAsync(clients, Config(server, token: null) with
            {
                Credentials = new ClusterCredentials { ClientCertificate = certificate, ClientKey = key },
            });
        }

        server.Requests.Select(static request => request.ClientName).ShouldBe(["CN=alice", "CN=bob", "CN=alice"]);
        clients.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_client_made_for_a_user_never_acts_as_the_credentials_own()
    {
        await using var server = await StartAsync();
        await using var clients = new ClusterClients(Options);
        using var rented = clients.Rent(Config(server, "one") with { Impersonation = new Impersonation("jane", []) });
        await rented.Client.As(null).GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None);
        await rented.Client.As(new Impersonation("joe", [])).As(null).GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None);
        server.Requests.ShouldAllBe(static request => request.Headers["Impersonate-User"].ToString() == "jane");
    }

    [Fact]
    public async Task What_nobody_has_used_for_a_while_is_closed_and_what_is_in_use_is_not()
    {
        await using var server = await StartAsync();
        await using var clients = new ClusterClients(Options, TimeSpan.FromMinutes(10));
        var inUse = clients.Rent(Config(server, "in use"));
        var idle = clients.Rent(Config(server, "idle"));
        idle.Dispose();
        idle.Dispose();
        _time.Advance(TimeSpan.FromMinutes(9));
        clients.Count.ShouldBe(2);
        _time.Advance(TimeSpan.FromMinutes(6));
        clients.Count.ShouldBe(1);
        (await inUse.Client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None))!.Name.ShouldBe("a");
        await Should.ThrowAsync<ObjectDisposedException>(() => idle.Client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None));

        // Rented again, it is opened again.
        await GetAsync(clients, Config(server, "idle"));
        clients.Count.ShouldBe(2);
        inUse.Dispose();
        _time.Advance(TimeSpan.FromMinutes(20));
        clients.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_clusters_circuit_holds_for_all_its_users_and_for_no_other_cluster()
    {
        await using var gone = await ScriptedServer.StartAsync(
            static (context, _) =>
            {
                context.Abort();
                return Task.CompletedTask;
            },
            _authority.Server(names: "127.0.0.1"));
        await using var well = await StartAsync();
        await using var clients = new ClusterClients(Options with { Circuit = new CircuitOptions { Failures = 4 } });
        for (var i = 0; i < 4; i++)
        {
            await Should.ThrowAsync<ApiConnectionException>(() => GetAsync(clients, Config(gone, $"token {i % 2}")));
        }

        (await Should.ThrowAsync<ApiConnectionException>(() => GetAsync(clients, Config(gone, "third")))).IsCircuitOpen.ShouldBeTrue();
        gone.Requests.Count.ShouldBe(4);
        await GetAsync(clients, Config(well, "third"));
    }

    [Fact]
    public void Every_part_of_a_configuration_tells_clients_apart_where_it_matters()
    {
        var plain = new ClusterConfig { Server = new Uri("https://a"), Credentials = new ClusterCredentials { Token = "t" } };
        var plugin = new ExecPlugin { ApiVersion = "client.authentication.k8s.io/v1", Command = "login" };
        ClusterConfig[] all =
        [
            plain,
            plain with { Server = new Uri("https://a:444") },
            plain with { Server = new Uri("https://a/prefix") },
            plain with { CertificateAuthority = PemSource.FromFile("/ca") },
            plain with { CertificateAuthority = PemSource.FromData("/ca"u8.ToArray()) },
            plain with { TlsServerName = "b" },
            plain with { Proxy = new Uri("http://p") },
            plain with { InsecureSkipTlsVerify = true },
            plain with { Credentials = new ClusterCredentials { Token = "u" } },
            plain with { Credentials = new ClusterCredentials { TokenFile = "t" } },
            plain with { Credentials = new ClusterCredentials { Username = "t" } },
            plain with { Credentials = new ClusterCredentials { Username = "t", Password = "p" } },
            plain with { Credentials = new ClusterCredentials { Exec = plugin } },
            plain with { Credentials = new ClusterCredentials { Exec = plugin with { Arguments = ["a", "b"] } } },
            plain with { Credentials = new ClusterCredentials { Exec = plugin with { Arguments = ["a b"] } } },
            plain with { Credentials = new ClusterCredentials { Exec = plugin with { Environment = [new("a", "b")] } } },
        ];
        all.Select(static config => ClusterKeys.Of(config).Credentials).Distinct(StringComparer.Ordinal).Count().ShouldBe(all.Length);
        ClusterKeys.Of(plain with { Impersonation = new Impersonation("jane", ImmutableArray<string>.Empty) }).ShouldBe(ClusterKeys.Of(plain));
        ClusterKeys.Of(plain).Identity.ShouldBe(ClusterKeys.Of(all[8]).Identity);
        ClusterKeys.Of(plain).ToString().ShouldNotContain("\"t\"");
    }

    [Fact]
    public async Task Credentials_for_plain_http_are_refused_here_too()
    {
        await using var clients = new ClusterClients(Options);
        Should.Throw<KubeconfigException>(() => clients.Rent(
            new ClusterConfig { Server = new Uri("http://a"), Credentials = new ClusterCredentials { Token = "t" } })).Message.ShouldContain("https");
        clients.Count.ShouldBe(0);
    }

    private static async Task GetAsync(ClusterClients clients, ClusterConfig config)
    {
        using var rented = clients.Rent(config);
        (await rented.Client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None).Soon())!.Name.ShouldBe("a");
    }

    private (PemSource Certificate, PemSource Key) Pair(string name)
    {
        if (!_pairs.TryGetValue(name, out var pair))
        {
            var (certificate, key) = _authority.Client(name);
            pair = (PemSource.FromData(System.Text.Encoding.ASCII.GetBytes(certificate)), PemSource.FromData(System.Text.Encoding.ASCII.GetBytes(key)));
            _pairs[name] = pair;
        }

        return pair;
    }

    private readonly Dictionary<string, (PemSource, PemSource)> _pairs = new(StringComparer.Ordinal);

    private ClusterConfig Config(ScriptedServer server, string? token) => server.Config with
    {
        CertificateAuthority = PemSource.FromData(_authority.Pem),
        Credentials = new ClusterCredentials { Token = token },
    };

    private Task<ScriptedServer> StartAsync(bool wantsClientCertificate = false) => ScriptedServer.StartAsync(
        static (context, _) => context.JsonAsync(Answers.ConfigMap("a")), _authority.Server(names: "127.0.0.1"),
        wantsClientCertificate: wantsClientCertificate);
}
