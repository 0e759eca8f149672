using System.Security.Cryptography.X509Certificates;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Tests.Support;
using GitOps.Testing;
using Microsoft.AspNetCore.Http;

namespace GitOps.Kubernetes.Tests.Auth;

/// <summary>CA, token and client certificate change while requests and a watch are under way: nobody notices.</summary>
public sealed class RotationTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly RecordingObserver _observer = new();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("rotation-");
    private readonly TestAuthority _authority = TestAuthority.Create("first");
    private readonly TestAuthority _next = TestAuthority.Create("second");
    private readonly TaskCompletionSource _late = new();

    private KubernetesClientOptions Options => new()
    {
        TimeProvider = _time,
        Observer = _observer,
        RequestTimeout = TimeSpan.FromDays(1),
        WatchIdleTimeout = TimeSpan.FromDays(1),
    };

    private string AuthorityPath => Path.Combine(_directory.FullName, "ca.crt");

    private string TokenPath => Path.Combine(_directory.FullName, "token");

    private string CertificatePath => Path.Combine(_directory.FullName, "tls.crt");

    private string KeyPath => Path.Combine(_directory.FullName, "tls.key");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task An_authority_is_rotated_in_mid_flight()
    {
        var certificate = _authority.Server(names: "127.0.0.1");
        await using var server = await StartAsync(() => certificate);
        Write(AuthorityPath, _authority.Pem);
        await using var client = server.Client(Options, server.Config with { CertificateAuthority = PemSource.FromFile(AuthorityPath) });
        await using var watch = await OpenWatchAsync(client);
        await using var traffic = new Traffic(client);
        await traffic.FlowsAsync();

        // Both are trusted, then the server changes, then the old one goes: as an orderly rotation does.
        Write(AuthorityPath, [.. _authority.Pem, (byte)'\n', .. _next.Pem]);
        await RefreshAsync(traffic, times: 1);
        certificate = _next.Server(names: "127.0.0.1");
        Write(AuthorityPath, _next.Pem);
        await RefreshAsync(traffic, times: 2);
        await traffic.FlowsAsync();
        _late.SetResult();
        (await watch.TakeAsync(1)).ShouldBe(["Applied late"]);
        server.Requests.Select(static request => request.ConnectionId).Distinct(StringComparer.Ordinal).Count().ShouldBeGreaterThanOrEqualTo(4);
    }

    [Fact]
    public async Task A_failed_handshake_has_the_files_looked_at_before_their_time()
    {
        await using var server = await StartAsync(() => _next.Server(names: "127.0.0.1"));
        Write(AuthorityPath, _authority.Pem);
        await using var client = server.Client(Options, server.Config with { CertificateAuthority = PemSource.FromFile(AuthorityPath) });
        await Should.ThrowAsync<ApiConnectionException>(() => GetAsync(client));
        Write(AuthorityPath, _next.Pem);
        _time.Advance(TimeSpan.FromSeconds(9));
        await Should.ThrowAsync<ApiConnectionException>(() => GetAsync(client));
        _time.Advance(TimeSpan.FromSeconds(1));
        (await GetAsync(client)).ShouldBe("a");
    }

    [Fact]
    public async Task A_token_is_rotated_in_mid_flight()
    {
        var accepted = "Bearer one";
        await using var server = await StartAsync(() => _authority.Server(names: "127.0.0.1"), accepted: () => Volatile.Read(ref accepted));
        Write(TokenPath, "one"u8);
        await using var client = server.Client(Options, server.Config with
        {
            CertificateAuthority = PemSource.FromData(_authority.Pem),
            Credentials = new ClusterCredentials { TokenFile = TokenPath },
        });
        await using var watch = await OpenWatchAsync(client);
        await using var traffic = new Traffic(client);
        await traffic.FlowsAsync();
        foreach (var token in new[] { "two", "three" })
        {
            // Long before it would be read again.
            Write(TokenPath, System.Text.Encoding.ASCII.GetBytes(token));
            Volatile.Write(ref accepted, "Bearer " + token);
            await traffic.FlowsAsync();
        }

        _late.SetResult();
        (await watch.TakeAsync(1)).ShouldBe(["Applied late"]);
        server.Requests[^1].Headers.Authorization.ToString().ShouldBe("Bearer three");
        _observer.Requests.ShouldContain(static request => request.Code == 401);
    }

    [Fact]
    public async Task A_client_certificate_is_rotated_in_mid_flight()
    {
        await using var server = await StartAsync(() => _authority.Server(names: "127.0.0.1"), wantsClientCertificate: true);
        var (certificate, key) = _authority.Client("before");
        File.WriteAllText(CertificatePath, certificate);
        File.WriteAllText(KeyPath, key);
        await using var client = server.Client(Options, server.Config with
        {
            CertificateAuthority = PemSource.FromData(_authority.Pem),
            Credentials = new ClusterCredentials { ClientCertificate = PemSource.FromFile(CertificatePath), ClientKey = PemSource.FromFile(KeyPath) },
        });
        await using var watch = await OpenWatchAsync(client);
        await using var traffic = new Traffic(client);
        await traffic.FlowsAsync();

        // Half of a rotation: the pair does not fit, and the old one stays in use.
        var (nextCertificate, nextKey) = _authority.Client("after", "PKCS#1");
        File.WriteAllText(CertificatePath, nextCertificate);
        _time.Advance(TimeSpan.FromMinutes(5));
        await Waiting.UntilAsync(() => _observer.Notices.Any(static notice => notice.Kind == NoticeKind.CertificatesNotRefreshed));
        await traffic.FlowsAsync();
        server.Requests[^1].ClientName.ShouldBe("CN=before");
        File.WriteAllText(KeyPath, nextKey);
        await RefreshAsync(traffic, times: 1);
        await Waiting.UntilAsync(() => server.Requests[^1].ClientName == "CN=after");
        await traffic.FlowsAsync();
        _late.SetResult();
        (await watch.TakeAsync(1)).ShouldBe(["Applied late"]);
    }

    private static async Task<string?> GetAsync(KubernetesClient client) =>
        (await client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None).Soon())?.Name;

    private static async Task<WatchLog> OpenWatchAsync(KubernetesClient client)
    {
        var log = new WatchLog(token => client.WatchAsync(Kinds.ConfigMap, "ns", new(), token));
        (await log.TakeAsync(2)).ShouldBe(["Restarted", "InitDone"]);
        return log;
    }

    private static void Write(string path, ReadOnlySpan<byte> content)
    {
        // As a mounted volume changes: at once.
        File.WriteAllBytes(path + ".new", content);
        File.Move(path + ".new", path, overwrite: true);
    }

    private async Task RefreshAsync(Traffic traffic, int times)
    {
        _time.Advance(TimeSpan.FromMinutes(5));
        await Waiting.UntilAsync(() => _observer.Notices.Count(static notice => notice.Kind == NoticeKind.CertificatesRefreshed) == times);
        await traffic.FlowsAsync();
    }

    private Task<ScriptedServer> StartAsync(
        Func<X509Certificate2> certificate, Func<string>? accepted = null, bool wantsClientCertificate = false) => ScriptedServer.StartAsync(
        (context, seen) => accepted is not null && seen.Headers.Authorization != accepted() ? context.StatusAsync(401, "Unauthorized")
            : seen.Parameter("watch") is null ? context.JsonAsync(Answers.ConfigMap("a"))
            : StreamAsync(context),
        certificate(), wantsClientCertificate: wantsClientCertificate, configure: https => https.ServerCertificateSelector = (_, _) => certificate());

    private async Task StreamAsync(HttpContext context)
    {
        await context.SendAsync(Answers.Bookmark("9", isInitialEnd: true));
        await _late.Task;
        await context.SendAsync(Answers.Event("ADDED", Answers.ConfigMap("late", "10")));
        await context.HoldAsync();
    }

    /// <summary>Requests without a pause, from four sides; ends by telling the first that failed.</summary>
    private sealed class Traffic : IAsyncDisposable
    {
        private readonly CancellationTokenSource _end = new();
        private readonly Task _all;
        private int _count;

        public Traffic(KubernetesClient client) => _all = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!_end.IsCancellationRequested)
            {
                (await GetAsync(client)).ShouldBe("a");
                Interlocked.Increment(ref _count);
            }
        })));

        public async Task FlowsAsync()
        {
            var now = Volatile.Read(ref _count);
            await Waiting.UntilAsync(() => _all.IsFaulted || Volatile.Read(ref _count) > now + 20);
            if (_all.IsFaulted)
            {
                await _all;
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _all.Soon();
            _end.Dispose();
        }
    }
}
