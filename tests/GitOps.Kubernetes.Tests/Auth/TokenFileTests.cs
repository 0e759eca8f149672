using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Tests.Support;
using GitOps.Testing;
using Microsoft.AspNetCore.Http;

namespace GitOps.Kubernetes.Tests.Auth;

public sealed class TokenFileTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly RecordingObserver _observer = new();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("token-");
    private readonly TaskCompletionSource _goOn = new();
    private readonly TestAuthority _authority = TestAuthority.Create();

    private string TokenPath => Path.Combine(_directory.FullName, "token");

    private KubernetesClientOptions Options => new()
    {
        TimeProvider = _time,
        Observer = _observer,
        RequestTimeout = TimeSpan.FromDays(1),
        WatchIdleTimeout = TimeSpan.FromDays(1),
    };

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task A_token_is_read_again_after_a_minute_less_a_leeway_and_not_before()
    {
        await using var server = await StartAsync();
        await using var client = Client(server);
        Write(" one\n");
        await GetAsync(client);
        Write("two");
        _time.Advance(TimeSpan.FromSeconds(49));
        await GetAsync(client);
        _time.Advance(TimeSpan.FromSeconds(1));
        await GetAsync(client);
        Tokens(server).ShouldBe(["Bearer one", "Bearer one", "Bearer two"]);
    }

    [Fact]
    public async Task A_refused_token_is_read_again_at_once_and_the_request_repeated_once()
    {
        var accepted = "Bearer one";
        await using var server = await StartAsync(() => accepted);
        await using var client = Client(server);
        Write("one");
        await GetAsync(client);
        Write("two");
        accepted = "Bearer two";
        (await GetAsync(client)).ShouldBe("a");
        accepted = "Bearer three";
        (await Should.ThrowAsync<ApiException>(() => GetAsync(client))).IsUnauthorized.ShouldBeTrue();
        Tokens(server).ShouldBe(["Bearer one", "Bearer one", "Bearer two", "Bearer two", "Bearer two"]);
        _observer.Requests.Select(static request => request.Code).ShouldBe([200, 401, 200, 401, 401]);
    }

    [Fact]
    public async Task A_watch_that_opens_with_a_stale_token_gets_a_fresh_one_too()
    {
        var accepted = "Bearer one";
        await using var server = await ScriptedServer.StartAsync(
            async (context, seen) =>
            {
                if (seen.Headers.Authorization != Volatile.Read(ref accepted))
                {
                    await context.StatusAsync(401, "Unauthorized");
                    return;
                }

                await context.SendAsync(Answers.Bookmark("9", isInitialEnd: true));
                await context.HoldAsync();
            },
            _authority.Server(names: "127.0.0.1"));
        await using var client = Client(server);
        Write("one");
        await using (var log = new WatchLog(token => client.WatchAsync(Kinds.ConfigMap, "ns", new(), token)))
        {
            await log.TakeAsync(2);
        }

        Write("two");
        Volatile.Write(ref accepted, "Bearer two");
        await using var again = new WatchLog(token => client.WatchAsync(Kinds.ConfigMap, "ns", new(), token));
        (await again.TakeAsync(2)).ShouldBe(["Restarted", "InitDone"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(" \n")]
    public async Task A_token_that_cannot_be_read_again_leaves_the_old_in_use_and_is_noticed(string? content)
    {
        await using var server = await StartAsync();
        await using var client = Client(server);
        Write("one");
        await GetAsync(client);
        File.Delete(TokenPath);
        if (content is not null)
        {
            Write(content);
        }

        _time.Advance(TimeSpan.FromMinutes(1));
        await GetAsync(client);
        Tokens(server).ShouldBe(["Bearer one", "Bearer one"]);
        var notice = _observer.Notices.Single(static notice => notice.Kind == NoticeKind.CredentialsNotRefreshed);
        notice.Message.ShouldContain(TokenPath);
    }

    [Fact]
    public async Task Without_any_token_no_request_is_made_and_the_file_is_named()
    {
        await using var server = await StartAsync();
        await using var client = Client(server);
        (await Should.ThrowAsync<ApiConnectionException>(() => GetAsync(client))).Message.ShouldContain(TokenPath);
        server.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_changed_authority_file_makes_new_connections_after_five_minutes_and_the_old_drain()
    {
        var second = TestAuthority.Create("second");
        var authorityPath = Path.Combine(_directory.FullName, "ca.crt");
        await File.WriteAllBytesAsync(authorityPath, _authority.Pem);
        Write("one");
        await using var before = await ScriptedServer.StartAsync(
            (context, seen) => seen.Parameter("watch") is null ? context.JsonAsync(Answers.ConfigMap("a")) : StreamAsync(context),
            _authority.Server(names: "127.0.0.1"));
        var config = Config(before) with { CertificateAuthority = PemSource.FromFile(authorityPath) };
        await using var client = before.Client(Options, config);
        await GetAsync(client);
        await using var log = new WatchLog(token => client.WatchAsync(Kinds.ConfigMap, "ns", new(), token));
        await log.TakeAsync(2);

        await File.WriteAllTextAsync(authorityPath, "no certificate");
        _time.Advance(TimeSpan.FromMinutes(5));
        await GetAsync(client);
        _observer.Notices.ShouldContain(static notice => notice.Kind == NoticeKind.CertificatesNotRefreshed);

        await File.WriteAllBytesAsync(authorityPath, second.Pem);
        _time.Advance(TimeSpan.FromMinutes(5));
        (await Should.ThrowAsync<ApiConnectionException>(() => GetAsync(client))).Message.ShouldContain("TLS");
        _observer.Notices.ShouldContain(static notice => notice.Kind == NoticeKind.CertificatesRefreshed);

        _goOn.SetResult();
        (await log.TakeAsync(1)).ShouldBe(["Applied late"]);
    }

    private async Task StreamAsync(HttpContext context)
    {
        await context.SendAsync(Answers.Bookmark("9", isInitialEnd: true));
        await _goOn.Task;
        await context.SendAsync(Answers.Event("ADDED", Answers.ConfigMap("late", "10")));
        await context.HoldAsync();
    }

    private KubernetesClient Client(ScriptedServer server) => server.Client(Options, Config(server));

    private ClusterConfig Config(ScriptedServer server) => server.Config with
    {
        CertificateAuthority = PemSource.FromData(_authority.Pem),
        Credentials = new ClusterCredentials { Token = "unused", TokenFile = TokenPath },
    };

    private Task<ScriptedServer> StartAsync(Func<string>? accepted = null) => ScriptedServer.StartAsync(
        (context, seen) => accepted is null || seen.Headers.Authorization == accepted()
            ? context.JsonAsync(Answers.ConfigMap("a"))
            : context.StatusAsync(401, "Unauthorized"),
        _authority.Server(names: "127.0.0.1"));

    private static async Task<string?> GetAsync(KubernetesClient client) =>
        (await client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None).Soon())?.Name;

    private static string[] Tokens(ScriptedServer server) => [.. server.Requests.Select(static request => request.Headers.Authorization.ToString())];

    private void Write(string token) => File.WriteAllText(TokenPath, token);
}
