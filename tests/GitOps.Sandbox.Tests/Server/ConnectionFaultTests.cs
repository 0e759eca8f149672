using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using GitOps.Sandbox.Faults;
using GitOps.Sandbox.Tests.Replay;
using GitOps.Testing;

namespace GitOps.Sandbox.Tests.Server;

/// <summary>Faults of the connection, and of answers on their way.</summary>
public sealed class ConnectionFaultTests
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    [Theory]
    [InlineData(HttpStatusCode.BadGateway)]
    [InlineData(HttpStatusCode.OK)]
    public async Task Something_in_between_answers_with_a_page_of_its_own(HttpStatusCode status)
    {
        await using var cluster = await TestCluster.StartAsync();
        cluster.Sandbox.Faults.Add(new() { Foreign = ForeignAnswer.Html(status), Target = new(Verb: "create"), Times = 1 });
        using var request = cluster.Request(HttpMethod.Post, ConfigMaps, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}""");
        using var response = await cluster.Http.SendAsync(request);

        (response.StatusCode, response.Content.Headers.ContentType!.MediaType).ShouldBe((status, "text/html"));
        (await response.Content.ReadAsStringAsync()).ShouldStartWith("<html>");
        (await cluster.GetAsync($"{ConfigMaps}/a")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task A_body_that_is_cut_off_breaks_and_a_truncated_one_does_not()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateConfigMapAsync("a");
        using var whole = await cluster.Http.SendAsync(cluster.Request(HttpMethod.Get, ConfigMaps));
        var length = (await whole.Content.ReadAsByteArrayAsync()).Length;

        cluster.Sandbox.Faults.Add(new() { Body = BodyFault.CutOff, Times = 1 });
        await Should.ThrowAsync<HttpRequestException>(() => cluster.GetAsync(ConfigMaps));
        cluster.Sandbox.Faults.Add(new() { Body = BodyFault.Truncated, Times = 1 });
        using var truncated = await cluster.Http.SendAsync(cluster.Request(HttpMethod.Get, ConfigMaps));

        (await truncated.Content.ReadAsByteArrayAsync()).Length.ShouldBe(length / 2);
    }

    [Fact]
    public async Task A_slow_body_comes_piece_by_piece_on_the_clock()
    {
        var time = new ManualTimeProvider();
        await using var cluster = await TestCluster.StartAsync(new() { TimeProvider = time });
        await cluster.CreateConfigMapAsync("a");
        cluster.Sandbox.Faults.Add(new() { Body = BodyFault.Slow, BodyPause = TimeSpan.FromSeconds(5), Times = 1 });

        var answer = cluster.GetAsync(ConfigMaps);
        for (var i = 0; i < 3; i++)
        {
            await Eventually.HoldsAsync(() => Task.FromResult(time.PendingTimers > 0), "the body pauses");
            answer.IsCompleted.ShouldBeFalse();
            time.Advance(TimeSpan.FromSeconds(5));
        }

        (await answer).ItemNames.ShouldBe(["a"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cut_takes_the_whole_connection_only_where_told(bool isWhole)
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var watch = await cluster.WatchAsync($"{ConfigMaps}?watch=true");
        cluster.Sandbox.Faults.Add(new() { AbortBefore = true, WholeConnection = isWhole, Times = 1 });

        await Should.ThrowAsync<HttpRequestException>(() => cluster.GetAsync(ConfigMaps));

        if (isWhole)
        {
            await Should.ThrowAsync<IOException>(() => watch.NextBriefAsync());
        }
        else
        {
            await cluster.CreateConfigMapAsync("a");
            (await watch.NextBriefAsync())!.Value.Name.ShouldBe("a");
        }
    }

    [Fact]
    public async Task A_connection_that_is_to_go_away_takes_no_more_requests_and_ends_none()
    {
        await using var cluster = await TestCluster.StartAsync();
        using var client = new CountingClient(cluster);
        using var watch = await client.GetAsync($"{ConfigMaps}?watch=true");
        using var events = new StreamReader(await watch.Content.ReadAsStreamAsync());
        (await client.GetAsync(ConfigMaps)).Dispose();
        client.Connections.ShouldBe(1);

        cluster.Sandbox.Faults.Add(new() { GoAway = true, Times = 1 });
        (await client.GetAsync(ConfigMaps)).Dispose();
        await Eventually.HoldsAsync(
            async () =>
            {
                using var next = await client.GetAsync(ConfigMaps);
                next.StatusCode.ShouldBe(HttpStatusCode.OK);
                return client.Connections == 2;
            },
            "the client has understood that it needs another connection");

        await cluster.CreateConfigMapAsync("a");
        (await events.ReadLineAsync())!.ShouldContain("\"a\"");
    }

    [Fact]
    public async Task Tls_is_refused_to_new_connections_and_the_old_ones_live()
    {
        await using var cluster = await TestCluster.StartAsync();
        (await cluster.GetAsync(ConfigMaps)).Status.ShouldBe(200);
        cluster.Sandbox.Faults.RefuseHandshakes(times: 1);
        (await cluster.GetAsync(ConfigMaps)).Status.ShouldBe(200);
        using var client = new CountingClient(cluster);

        var refused = await Should.ThrowAsync<HttpRequestException>(() => client.GetAsync(ConfigMaps));

        refused.InnerException.ShouldBeOfType<AuthenticationException>();
        using var accepted = await client.GetAsync(ConfigMaps);
        accepted.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_version_that_is_still_to_come_is_told_to_lists_and_watches_alone()
    {
        await using var cluster = await TestCluster.StartAsync();
        using var fault = cluster.Sandbox.Faults.Add(new() { TooLargeVersion = true });

        var list = await cluster.GetAsync(ConfigMaps);
        var watch = await cluster.GetAsync($"{ConfigMaps}?watch=true");
        var create = await cluster.CreateConfigMapAsync("a");

        (list.Status, list.Reason, watch.Status, create.Status).ShouldBe((504, "Timeout", 504, 201));
        list.Body["details"]!["causes"]![0]!["reason"]!.GetValue<string>().ShouldBe("ResourceVersionTooLarge");
    }

    [Fact]
    public async Task A_page_expires_with_a_token_to_go_on_with()
    {
        await using var cluster = await TestCluster.StartAsync();
        foreach (var name in (string[])["a", "b", "c"])
        {
            await cluster.CreateConfigMapAsync(name);
        }

        cluster.Sandbox.Faults.Add(new() { ExpireContinue = true, Times = 2 });
        var first = (await cluster.GetAsync($"{ConfigMaps}?limit=1")).Ok();
        var expired = await cluster.GetAsync($"{ConfigMaps}?limit=1&continue={first.Text("metadata", "continue")}");
        var rest = (await cluster.GetAsync($"{ConfigMaps}?continue={expired.Text("metadata", "continue")}")).Ok();

        (expired.Status, expired.Reason).ShouldBe((410, "Expired"));
        first.ItemNames.Concat(rest.ItemNames).ShouldBe(["a", "b", "c"]);
    }

    /// <summary>HTTP/2 over connections of its own, which it counts.</summary>
    private sealed class CountingClient : IDisposable
    {
        private readonly TestCluster _cluster;
        private readonly X509Certificate2 _authority;
        private readonly HttpClient _http;
        private int _connections;

        public CountingClient(TestCluster cluster)
        {
            _cluster = cluster;
            _authority = X509Certificate2.CreateFromPem(cluster.Sandbox.CaPem);
            _http = new(new SocketsHttpHandler
            {
                UseProxy = false,
                SslOptions = new()
                {
                    CertificateChainPolicy = new()
                    {
                        TrustMode = X509ChainTrustMode.CustomRootTrust,
                        RevocationMode = X509RevocationMode.NoCheck,
                        CustomTrustStore = { _authority },
                    },
                },
                ConnectCallback = async (context, cancellationToken) =>
                {
                    Interlocked.Increment(ref _connections);
                    var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                    await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            });
        }

        public int Connections => Volatile.Read(ref _connections);

        public Task<HttpResponseMessage> GetAsync(string path) =>
            _http.SendAsync(_cluster.Request(HttpMethod.Get, path), HttpCompletionOption.ResponseHeadersRead);

        public void Dispose()
        {
            _http.Dispose();
            _authority.Dispose();
        }
    }
}
