using System.Security.Cryptography.X509Certificates;
using System.Text;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Tests.Support;

namespace GitOps.Kubernetes.Tests.Auth;

public sealed class TlsTests
{
    private readonly TestAuthority _authority = TestAuthority.Create();

    [Fact]
    public async Task A_server_whose_address_is_in_its_certificate_is_trusted_and_spoken_to_over_http2()
    {
        await using var server = await StartAsync(_authority.Server(names: "127.0.0.1"));
        (await GetAsync(server.Config with { CertificateAuthority = PemSource.FromData(_authority.Pem) })).ShouldBe("a");
        server.Requests.Single().Protocol.ShouldBe("HTTP/2");
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused()
    {
        await using var server = await StartAsync(_authority.Server(names: "127.0.0.1"));
        var other = TestAuthority.Create("another");
        await RefusedAsync(server.Config with { CertificateAuthority = PemSource.FromData(other.Pem) });
        server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_refused()
    {
        await using var server = await StartAsync(_authority.Server(names: "elsewhere.example"));
        var error = await RefusedAsync(server.Config with { CertificateAuthority = PemSource.FromData(_authority.Pem) });
        error.Message.ShouldContain("server name");
        server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_expired_certificate_is_refused()
    {
        await using var server = await StartAsync(_authority.Server(isExpired: true, "127.0.0.1"));
        await RefusedAsync(server.Config with { CertificateAuthority = PemSource.FromData(_authority.Pem) });
    }

    [Fact]
    public async Task Without_an_authority_the_roots_of_the_system_decide()
    {
        await using var server = await StartAsync(_authority.Server(names: "127.0.0.1"));
        await RefusedAsync(server.Config);
    }

    [Fact]
    public async Task The_server_name_of_the_configuration_takes_the_place_of_the_host()
    {
        await using var server = await StartAsync(_authority.Server(names: "inner.example"));
        var config = server.Config with { CertificateAuthority = PemSource.FromData(_authority.Pem), TlsServerName = "inner.example" };
        (await GetAsync(config)).ShouldBe("a");
        server.Requests.Single().Headers.Host.ToString().ShouldBe($"127.0.0.1:{server.Port}");
        await RefusedAsync(config with { TlsServerName = "other.example" });
    }

    [Fact]
    public async Task The_proxy_of_the_configuration_is_used_with_its_user_and_keeps_the_server_name()
    {
        await using var server = await StartAsync(_authority.Server(names: "inner.example"));
        await using var proxy = new ConnectProxy("me", "p@ss");
        var config = server.Config with
        {
            CertificateAuthority = PemSource.FromData(_authority.Pem),
            TlsServerName = "inner.example",
            Proxy = new Uri($"http://me:p%40ss@127.0.0.1:{proxy.Port}"),
        };
        (await GetAsync(config)).ShouldBe("a");
        proxy.Tunnels.ShouldBe([$"127.0.0.1:{server.Port}"]);
        await RefusedAsync(config with { TlsServerName = "other.example" });
    }

    [Fact]
    public async Task An_intermediate_may_come_from_the_server_or_stand_in_the_bundle()
    {
        var intermediate = _authority.Intermediate("middle");
        await using var sending = await StartAsync(
            intermediate.Server(names: "127.0.0.1"), [X509CertificateLoader.LoadCertificate(intermediate.Certificate.RawData)]);
        (await GetAsync(sending.Config with { CertificateAuthority = PemSource.FromData(_authority.Pem) })).ShouldBe("a");

        await using var silent = await StartAsync(intermediate.Server(names: "127.0.0.1"), []);
        byte[] bundle = [.. intermediate.Pem, (byte)'\n', .. _authority.Pem];
        (await GetAsync(silent.Config with { CertificateAuthority = PemSource.FromData(bundle) })).ShouldBe("a");
    }

    [Fact]
    public async Task A_bundle_without_a_root_says_what_to_add()
    {
        var intermediate = _authority.Intermediate("middle");
        await using var server = await StartAsync(intermediate.Server(names: "127.0.0.1"));
        var error = await RefusedAsync(server.Config with { CertificateAuthority = PemSource.FromData(intermediate.Pem) });
        error.Message.ShouldContain("add the root");
    }

    [Fact]
    public async Task Skipping_verification_is_possible_and_noticed()
    {
        await using var server = await StartAsync(_authority.Server(names: "elsewhere.example"));
        var observer = new RecordingObserver();
        (await GetAsync(server.Config with { InsecureSkipTlsVerify = true }, observer)).ShouldBe("a");
        observer.Notices.ShouldContain(static notice => notice.Kind == NoticeKind.InsecureTls);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_certificate_is_presented(bool useRsa)
    {
        await using var server = await StartAsync(_authority.Server(names: "127.0.0.1"), wantsClientCertificate: true);
        var (certificate, key) = _authority.Client("alice", useRsa);
        (await GetAsync(server.Config with
        {
            CertificateAuthority = PemSource.FromData(_authority.Pem),
            Credentials = new ClusterCredentials
            {
                ClientCertificate = PemSource.FromData(Encoding.ASCII.GetBytes(certificate)),
                ClientKey = PemSource.FromData(Encoding.ASCII.GetBytes(key)),
            },
        })).ShouldBe("a");
        server.Requests.Single().ClientName.ShouldBe("CN=alice");
    }

    [Fact]
    public async Task A_key_of_another_certificate_and_an_encrypted_one_are_named()
    {
        await using var server = await StartAsync(_authority.Server(names: "127.0.0.1"));
        var (certificate, _) = _authority.Client("alice");
        var (_, otherKey) = _authority.Client("bob");
        (await RefusedAsync(With(certificate, otherKey))).Message.ShouldContain("does not belong");
        const string encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----";
        (await RefusedAsync(With(certificate, encrypted))).Message.ShouldContain("encrypted");

        ClusterConfig With(string cert, string key) => server.Config with
        {
            Credentials = new ClusterCredentials
            {
                ClientCertificate = PemSource.FromData(Encoding.ASCII.GetBytes(cert)),
                ClientKey = PemSource.FromData(Encoding.ASCII.GetBytes(key)),
            },
        };
    }

    private static Task<ScriptedServer> StartAsync(
        X509Certificate2 certificate, X509Certificate2Collection? chain = null, bool wantsClientCertificate = false) =>
        ScriptedServer.StartAsync(static (context, _) => context.JsonAsync(Answers.ConfigMap("a")), certificate, chain, wantsClientCertificate);

    private static async Task<string?> GetAsync(ClusterConfig config, IRequestObserver? observer = null)
    {
        await using var client = new KubernetesClient(config, new KubernetesClientOptions { Observer = observer, Random = static () => 0 });
        return (await client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None).Soon())?.Name;
    }

    private static async Task<ApiConnectionException> RefusedAsync(ClusterConfig config) =>
        await Should.ThrowAsync<ApiConnectionException>(() => GetAsync(config));
}
