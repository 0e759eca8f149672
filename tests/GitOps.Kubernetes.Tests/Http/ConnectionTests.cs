using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using GitOps.Kubernetes.Auth;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Tests.Support;
using Microsoft.AspNetCore.Connections.Features;

namespace GitOps.Kubernetes.Tests.Http;

/// <summary>How connections are kept, shared, checked and given up.</summary>
public sealed class ConnectionTests
{
    private readonly TestAuthority _authority = TestAuthority.Create();

    [Theory]
    [InlineData(nameof(PoolUse.Requests), true)]
    [InlineData(nameof(PoolUse.Watches), false)]
    [InlineData(nameof(PoolUse.Repeating), false)]
    public void A_handler_is_set_up_for_an_API_server(string use, bool isCompressed)
    {
        var config = new ClusterConfig { Server = new Uri("https://127.0.0.1:1") };
        var options = new KubernetesClientOptions { ConnectTimeout = TimeSpan.FromSeconds(7) };
        using var handler = new ConnectionPools(config, options, new TlsMaterial(Authority: null, Client: null))
            .CreateHandler(config, options, Enum.Parse<PoolUse>(use));
        handler.EnableMultipleHttp2Connections.ShouldBeTrue();
        handler.KeepAlivePingDelay.ShouldBe(TimeSpan.FromSeconds(30));
        handler.KeepAlivePingTimeout.ShouldBe(TimeSpan.FromSeconds(15));
        handler.PooledConnectionLifetime.ShouldBe(TimeSpan.FromMinutes(10));
        handler.ConnectTimeout.ShouldBe(TimeSpan.FromSeconds(7));
        handler.AllowAutoRedirect.ShouldBeFalse();
        handler.UseCookies.ShouldBeFalse();
        handler.MaxResponseHeadersLength.ShouldBeInRange(16, 1024);
        handler.AutomaticDecompression.ShouldBe(isCompressed ? DecompressionMethods.GZip : DecompressionMethods.None);
        handler.SslOptions.RemoteCertificateValidationCallback.ShouldBeNull();
    }

    [Theory]
    [InlineData(false, "gzip")]
    [InlineData(true, "")]
    public async Task Answers_are_compressed_unless_the_configuration_forbids(bool isForbidden, string accepted)
    {
        await using var server = await ScriptedServer.StartAsync(async (context, seen) =>
        {
            if (seen.Headers.AcceptEncoding.Count == 0)
            {
                await context.JsonAsync(Answers.ConfigMap("plain"));
                return;
            }

            context.Response.Headers.ContentEncoding = "gzip";
            await using var zip = new GZipStream(context.Response.Body, CompressionLevel.Fastest);
            await zip.WriteAsync(Encoding.UTF8.GetBytes(Answers.ConfigMap("zipped")));
        });
        await using var client = server.Client(config: server.Config with { DisableCompression = isForbidden });
        var found = await client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None);
        found!.Name.ShouldBe(isForbidden ? "plain" : "zipped");
        server.Requests.Single().Headers.AcceptEncoding.ToString().ShouldBe(accepted);
    }

    [Fact]
    public async Task A_server_that_says_goodbye_is_asked_over_a_new_connection_and_no_request_is_lost()
    {
        var answered = 0;
        await using var server = await ScriptedServer.StartAsync(
            (context, _) =>
            {
                if (Interlocked.Increment(ref answered) % 7 == 0)
                {
                    context.Features.Get<IConnectionLifetimeNotificationFeature>()!.RequestClose();
                }

                return context.JsonAsync(Answers.ConfigMap("a"));
            },
            _authority.Server(names: "127.0.0.1"));
        await using var client = server.Client(
            new KubernetesClientOptions { RetryBudget = TimeSpan.Zero },
            server.Config with { CertificateAuthority = PemSource.FromData(_authority.Pem) });
        for (var i = 0; i < 30; i++)
        {
            (await client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None).Soon())!.Name.ShouldBe("a");
        }

        server.Requests.ShouldAllBe(static request => request.Protocol == "HTTP/2");
        server.Requests.Select(static request => request.ConnectionId).Distinct(StringComparer.Ordinal).Count().ShouldBeGreaterThan(2);
    }

    [Fact]
    public async Task Many_requests_and_watches_share_few_connections_and_not_the_same()
    {
        var gate = new TaskCompletionSource();
        await using var server = await ScriptedServer.StartAsync(
            async (context, seen) =>
            {
                if (seen.Parameter("watch") is not null)
                {
                    await context.HoldAsync();
                }

                await gate.Task;
                await context.JsonAsync(seen.Path.EndsWith("/a", StringComparison.Ordinal) ? Answers.ConfigMap("a") : Answers.List("1", next: null));
            },
            _authority.Server(names: "127.0.0.1"));
        await using var client = server.Client(config: server.Config with { CertificateAuthority = PemSource.FromData(_authority.Pem) });
        var all = Task.WhenAll(Enumerable.Range(0, 40).Select(_ => client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None)));
        await Waiting.UntilAsync(() => server.Requests.Count == 40);
        await using var watch = new WatchLog(token => client.WatchAsync(Kinds.ConfigMap, "ns", new(), token));
        _ = watch.BeginNext();
        await Waiting.UntilAsync(() => server.Requests.Any(static request => request.Parameter("watch") is not null));
        gate.SetResult();
        await all.Soon();
        var ofRequests = Connections(server, static request => request.Path.EndsWith("/a", StringComparison.Ordinal));
        ofRequests.Count.ShouldBeLessThan(10);
        Connections(server, static request => request.Parameter("watch") is not null).ShouldNotContain(connection => ofRequests.Contains(connection));
    }

    [Fact]
    public async Task A_request_carries_the_trace_that_it_is_part_of()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, _) => context.JsonAsync(Answers.ConfigMap("a")));
        await using var client = server.Client();
        using var activity = new Activity("sync").SetIdFormat(ActivityIdFormat.W3C).Start();
        await client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None);
        server.Requests.Single().Headers.TraceParent.ToString().ShouldContain(activity.TraceId.ToHexString());
    }

    [Fact]
    public async Task The_user_agent_is_name_version_and_platform()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, _) => context.JsonAsync(Answers.ConfigMap("a")));
        await using var client = server.Client();
        await client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None);
        Regex.IsMatch(server.Requests.Single().Headers.UserAgent.ToString(), @"^[a-z-]+/\d+\.\d+ \((linux|darwin|windows)/[a-z0-9]+\)$").ShouldBeTrue();
        KubernetesClientOptions.Agent("gitops-operator", "0.1", "abc123").ShouldEndWith(") abc123");
        server.Requests.Single().Headers.ContainsKey("Expect").ShouldBeFalse();
        server.Requests.Single().Headers.ContainsKey("Cookie").ShouldBeFalse();
    }

    [Fact]
    public async Task A_cookie_of_a_gateway_is_not_sent_back()
    {
        await using var server = await ScriptedServer.StartAsync(static (context, _) =>
        {
            context.Response.Cookies.Append("session", "x");
            return context.JsonAsync(Answers.ConfigMap("a"));
        });
        await using var client = server.Client();
        await client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None);
        await client.GetAsync(Kinds.ConfigMap, "ns", "a", CancellationToken.None);
        server.Requests[1].Headers.ContainsKey("Cookie").ShouldBeFalse();
    }

    private static HashSet<string> Connections(ScriptedServer server, Func<SeenRequest, bool> isMeant) =>
        server.Requests.Where(isMeant).Select(static request => request.ConnectionId).ToHashSet(StringComparer.Ordinal);
}
