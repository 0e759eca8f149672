using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using GitOps.Kubernetes.Auth;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Resources;
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
    public async Task A_bundle_of_several_roots_trusts_each_of_them()
    {
        var old = TestAuthority.Create("old");
        byte[] bundle = [.. "# two roots, while one takes over from the other\n"u8, .. old.Pem, (byte)'\n', .. _authority.Pem];
        foreach (var authority in new[] { old, _authority })
        {
            await using var server = await StartAsync(authority.Server(names: "127.0.0.1"));
            (await GetAsync(server.Config with { CertificateAuthority = PemSource.FromData(bundle) })).ShouldBe("a");
        }
    }

    [Fact]
    public async Task A_certificate_that_is_not_yet_valid_is_refused()
    {
        var tomorrow = TestAuthority.Now.AddDays(1);
        await using var server = await StartAsync(_authority.Server(tomorrow, tomorrow.AddYears(1), usage: null, "127.0.0.1"));
        await RefusedAsync(server.Config with { CertificateAuthority = PemSource.FromData(_authority.Pem) });
        server.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("1.3.6.1.5.5.7.3.1", true)]
    [InlineData("1.3.6.1.5.5.7.3.2", false)]
    public async Task A_certificate_for_clients_alone_is_refused_of_a_server(string usage, bool isAccepted)
    {
        var intermediate = _authority.Intermediate("middle");
        foreach (var (issuer, anchor) in new[] { (_authority, _authority), (intermediate, intermediate) })
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var certificate = issuer.Server(TestAuthority.Now.AddDays(-1), TestAuthority.Now.AddDays(1), usage, "127.0.0.1");
            var serving = HandshakeAsync(listener, certificate);
            var config = new ClusterConfig
            {
                Server = new Uri($"https://{listener.LocalEndpoint}"),
                CertificateAuthority = PemSource.FromData(anchor.Pem),
            };

            // This server speaks no HTTP: it closes the connection once the handshake is through.
            var error = await RefusedAsync(config);
            error.Message.Contains("TLS failed", StringComparison.Ordinal).ShouldBe(!isAccepted, error.Message);
            (await serving.Soon()).ShouldBe(isAccepted);
        }
    }

    [Fact]
    public async Task An_address_of_version_six_is_found_in_the_certificate()
    {
        await using var server = await ScriptedServer.StartAsync(
            static (context, _) => context.JsonAsync(Answers.ConfigMap("a")), _authority.Server(names: "::1"), address: IPAddress.IPv6Loopback);
        (await GetAsync(server.Config with { CertificateAuthority = PemSource.FromData(_authority.Pem) })).ShouldBe("a");
        await using var other = await ScriptedServer.StartAsync(
            static (context, _) => context.JsonAsync(Answers.ConfigMap("a")), _authority.Server(names: "::2"), address: IPAddress.IPv6Loopback);
        await RefusedAsync(other.Config with { CertificateAuthority = PemSource.FromData(_authority.Pem) });
    }

    [Theory]
    [InlineData("the server sends nothing else")]
    [InlineData("the server sends the intermediate")]
    [InlineData("the server sends the root too")]
    public async Task An_intermediate_alone_is_an_anchor_as_for_kubernetes_own_programs(string what)
    {
        var intermediate = _authority.Intermediate("middle");
        var publicIntermediate = X509CertificateLoader.LoadCertificate(intermediate.Certificate.RawData);
        var publicRoot = X509CertificateLoader.LoadCertificate(_authority.Certificate.RawData);
        X509Certificate2Collection chain = what switch
        {
            "the server sends nothing else" => [],
            "the server sends the intermediate" => [publicIntermediate],
            _ => [publicIntermediate, publicRoot],
        };
        await using var server = await StartAsync(intermediate.Server(names: "127.0.0.1"), chain);
        var config = server.Config with { CertificateAuthority = PemSource.FromData(intermediate.Pem) };
        (await GetAsync(config)).ShouldBe("a");

        // All else is checked as ever.
        await using var wrongName = await StartAsync(intermediate.Server(names: "elsewhere.example"), chain);
        await RefusedAsync(wrongName.Config with { CertificateAuthority = config.CertificateAuthority });
        await using var expired = await StartAsync(intermediate.Server(isExpired: true, "127.0.0.1"), chain);
        await RefusedAsync(expired.Config with { CertificateAuthority = config.CertificateAuthority });
        await using var unrelated = await StartAsync(_authority.Intermediate("side").Server(names: "127.0.0.1"), chain);
        await RefusedAsync(unrelated.Config with { CertificateAuthority = config.CertificateAuthority });
        await using var ofTheRoot = await StartAsync(_authority.Server(names: "127.0.0.1"), chain);
        await RefusedAsync(ofTheRoot.Config with { CertificateAuthority = config.CertificateAuthority });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_impostor_of_an_intermediate_is_refused(bool isSent)
    {
        var intermediate = _authority.Intermediate("middle");
        var impostor = intermediate.Impostor();
        await using var server = await StartAsync(
            impostor.Server(names: "127.0.0.1"),
            isSent ? [X509CertificateLoader.LoadCertificate(impostor.Certificate.RawData)] : []);
        await RefusedAsync(server.Config with { CertificateAuthority = PemSource.FromData(intermediate.Pem) });
        byte[] both = [.. intermediate.Pem, (byte)'\n', .. _authority.Pem];
        await RefusedAsync(server.Config with { CertificateAuthority = PemSource.FromData(both) });
        server.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("no certificate")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    public async Task A_bundle_without_a_certificate_is_named(string bundle)
    {
        await using var server = await StartAsync(_authority.Server(names: "127.0.0.1"));
        var error = await RefusedAsync(server.Config with { CertificateAuthority = PemSource.FromData(Encoding.ASCII.GetBytes(bundle)) });
        error.Message.ShouldContain("certificate");
        server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_untrusted_server_is_asked_once_and_not_again_and_again()
    {
        var handshakes = 0;
        var certificate = _authority.Server(names: "127.0.0.1");
        await using var server = await ScriptedServer.StartAsync(
            static (context, _) => context.JsonAsync(Answers.ConfigMap("a")), certificate,
            configure: https => https.ServerCertificateSelector = (_, _) =>
            {
                Interlocked.Increment(ref handshakes);
                return certificate;
            });
        var error = await RefusedAsync(server.Config with { CertificateAuthority = PemSource.FromData(TestAuthority.Create("another").Pem) });
        error.IsTimeout.ShouldBeFalse();
        handshakes.ShouldBe(1);
    }

    [Fact]
    public async Task Skipping_verification_is_possible_and_noticed()
    {
        await using var server = await StartAsync(_authority.Server(names: "elsewhere.example"));
        var observer = new RecordingObserver();
        (await GetAsync(server.Config with { InsecureSkipTlsVerify = true }, observer)).ShouldBe("a");
        observer.Notices.ShouldContain(static notice => notice.Kind == NoticeKind.InsecureTls);
        Should.Throw<KubeconfigException>(() => new KubernetesClient(
            server.Config with { InsecureSkipTlsVerify = true, CertificateAuthority = PemSource.FromData(_authority.Pem) },
            new KubernetesClientOptions())).Field.ShouldBe("insecure-skip-tls-verify");
    }

    [Theory]
    [InlineData("PKCS#8")]
    [InlineData("SEC 1")]
    [InlineData("RSA PKCS#8")]
    [InlineData("PKCS#1")]
    public async Task A_client_certificate_is_presented_whatever_form_its_key_has(string form)
    {
        await using var server = await StartAsync(_authority.Server(names: "127.0.0.1"), wantsClientCertificate: true);
        var (certificate, key) = _authority.Client("alice", form);
        (await GetAsync(server.Config with
        {
            CertificateAuthority = PemSource.FromData(_authority.Pem),
            Credentials = Credentials(certificate, key),
        })).ShouldBe("a");
        server.Requests.Single().ClientName.ShouldBe("CN=alice");
    }

    [Fact]
    public async Task The_intermediates_of_a_client_certificate_are_sent_along()
    {
        var intermediate = _authority.Intermediate("client middle");
        var (certificate, key) = intermediate.Client("alice");
        var sent = new ConcurrentQueue<string>();
        await using var server = await ScriptedServer.StartAsync(
            static (context, _) => context.JsonAsync(Answers.ConfigMap("a")), _authority.Server(names: "127.0.0.1"), wantsClientCertificate: true,
            configure: https => https.ClientCertificateValidation = (_, chain, _) =>
            {
                foreach (var extra in chain!.ChainPolicy.ExtraStore)
                {
                    sent.Enqueue(extra.Subject);
                }

                return true;
            });
        (await GetAsync(server.Config with
        {
            CertificateAuthority = PemSource.FromData(_authority.Pem),
            Credentials = Credentials($"{certificate}\n{Encoding.ASCII.GetString(intermediate.Pem)}", key),
        })).ShouldBe("a");
        sent.ShouldBe(["CN=client middle"]);
    }

    [Fact]
    public async Task The_ends_of_the_certificates_in_use_are_known()
    {
        await using var server = await StartAsync(_authority.Server(names: "127.0.0.1"), wantsClientCertificate: true);
        var (certificate, key) = _authority.Client("alice");
        var longer = TestAuthority.Create("longer");
        byte[] bundle = [.. longer.Pem, (byte)'\n', .. _authority.Intermediate("sooner").Pem, (byte)'\n', .. _authority.Pem];
        await using var client = server.Client(config: server.Config with
        {
            CertificateAuthority = PemSource.FromData(bundle),
            Credentials = Credentials(certificate, key),
        });
        client.CertificateExpiries.ShouldBeEmpty();
        await client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None);
        var start = TestAuthority.Now.AddDays(-10);
        client.CertificateExpiries.Select(static expiry => (expiry.Use, expiry.NotAfter.Date)).ShouldBe(
            [(CertificateUse.Authority, start.AddYears(4).UtcDateTime.Date), (CertificateUse.Client, start.AddYears(1).UtcDateTime.Date)]);
    }

    [Fact]
    public async Task The_name_for_tls_holds_with_headers_that_need_the_older_protocol_too()
    {
        await using var server = await StartAsync(_authority.Server(names: "inner.example"));
        var config = server.Config with { CertificateAuthority = PemSource.FromData(_authority.Pem), TlsServerName = "inner.example" };
        await using var client = new KubernetesClient(config, new KubernetesClientOptions());
        await client.As(new Impersonation("jane", ["a", "b"])).GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None).Soon();
        await client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None).Soon();
        server.Requests.Select(static request => request.Protocol).ShouldBe(["HTTP/1.1", "HTTP/2"]);
        server.Requests[0].Headers["Impersonate-Group"].ToArray().ShouldBe(["a", "b"]);
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

        ClusterConfig With(string cert, string key) => server.Config with { Credentials = Credentials(cert, key) };
    }

    private static ClusterCredentials Credentials(string certificate, string key) => new()
    {
        ClientCertificate = PemSource.FromData(Encoding.ASCII.GetBytes(certificate)),
        ClientKey = PemSource.FromData(Encoding.ASCII.GetBytes(key)),
    };

    private static async Task<bool> HandshakeAsync(TcpListener listener, X509Certificate2 certificate)
    {
        using var connection = await listener.AcceptTcpClientAsync();
        listener.Stop();
        await using var tls = new SslStream(connection.GetStream());
        try
        {
            // Over TLS 1.3 a server hears of the client's refusal with the first read.
            await tls.AuthenticateAsServerAsync(certificate);
            return await tls.ReadAsync(new byte[1]) > 0;
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException)
        {
            return false;
        }
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
