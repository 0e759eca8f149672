using System.Text.Json.Nodes;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Leases;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Tests.Support;
using GitOps.Testing;

namespace GitOps.Kubernetes.Tests.Leases;

/// <summary>Renewals over connections of their own: nothing that the program does or a network forgets holds them up.</summary>
public sealed class LeaseConnectionTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly TestAuthority _authority = TestAuthority.Create();

    [Fact]
    public async Task A_burst_of_applies_that_hang_delays_no_renewal()
    {
        await using var server = await StartAsync();
        var config = Config(server.Port);
        await using var client = new KubernetesClient(config, ClientOptions with { MaxConcurrentRequests = 4, RequestTimeout = TimeSpan.FromDays(1) });
        using var end = new CancellationTokenSource();
        var desired = KubernetesObject.Parse(Answers.ConfigMap("a"));
        desired.Metadata!.Remove("resourceVersion");
        var burst = Enumerable.Range(0, 100).Select(_ => client.ApplyAsync(Kinds.ConfigMap, desired, new ApplyOptions("me"), end.Token)).ToArray();
        await Waiting.UntilAsync(() => server.Requests.Count == 4);
        await using (var me = new Leader(new LeaderElector(config, ClientOptions, RunningElector.Options(_time))))
        {
            await RenewAsync(server, times: 20);
            me.Terms.ShouldBe(1);
        }

        Leases(server).ShouldAllBe(static request => request.Protocol == "HTTP/1.1");
        var ofBurst = server.Requests[0].ConnectionId;
        Leases(server).ShouldAllBe(request => request.ConnectionId != ofBurst);
        await end.CancelAsync();
        foreach (var one in burst)
        {
            await Should.ThrowAsync<OperationCanceledException>(() => one.Soon());
        }
    }

    [Fact]
    public async Task A_connection_that_has_died_silently_costs_one_attempt_and_no_term()
    {
        await using var server = await StartAsync();
        await using var forwarder = new Forwarder(server.Port);
        await using var me = new Leader(new LeaderElector(Config(forwarder.Port), ClientOptions, RunningElector.Options(_time)));
        await RenewAsync(server, times: 3);
        forwarder.Freeze();
        _time.Advance(TimeSpan.FromSeconds(2));
        await Waiting.UntilAsync(() => forwarder.Swallowed > 0);

        // The time-out of the attempt, 7 s after the last renewal; the next comes at once, over a new connection.
        var renewals = Renewals(server);
        _time.Advance(TimeSpan.FromSeconds(5));
        await Waiting.UntilAsync(() => Renewals(server) > renewals);
        await RenewAsync(server, times: 10);
        me.Terms.ShouldBe(1);
        me.Elector.Current!.IsHeld.ShouldBeTrue();
    }

    [Fact]
    public void Attempts_are_short_enough_for_two_before_the_deadline_and_repeated_by_the_elector_alone()
    {
        var options = LeaderElector.ClientOptions(
            new KubernetesClientOptions { UserAgent = "me/1", ConnectTimeout = TimeSpan.FromSeconds(15) }, RunningElector.Options(_time));
        options.RequestTimeout.ShouldBe(TimeSpan.FromSeconds(5));
        options.ConnectTimeout.ShouldBe(TimeSpan.FromSeconds(5));
        options.RetryBudget.ShouldBe(TimeSpan.Zero);
        options.UserAgent.ShouldBe("me/1");
    }

    private KubernetesClientOptions ClientOptions => new() { TimeProvider = _time };

    private static IEnumerable<SeenRequest> Leases(ScriptedServer server) =>
        server.Requests.Where(static request => request.Path.Contains("/leases", StringComparison.Ordinal));

    private static int Renewals(ScriptedServer server) => Leases(server).Count(static request => request.Method is "PUT" or "POST");

    private async Task RenewAsync(ScriptedServer server, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var renewals = Renewals(server);
            await Waiting.UntilAsync(() =>
            {
                if (Renewals(server) == renewals)
                {
                    _time.Advance(TimeSpan.FromMilliseconds(100));
                }

                return Renewals(server) > renewals;
            });
        }
    }

    private ClusterConfig Config(int port) => new()
    {
        Server = new Uri($"https://127.0.0.1:{port}"),
        CertificateAuthority = PemSource.FromData(_authority.Pem),
    };

    private Task<ScriptedServer> StartAsync()
    {
        var version = 0;
        return ScriptedServer.StartAsync(
            (context, seen) =>
            {
                if (!seen.Path.Contains("/leases", StringComparison.Ordinal))
                {
                    return context.HoldAsync();
                }

                if (seen.Method == "GET")
                {
                    return context.StatusAsync(404, "NotFound", details: new JsonObject { ["name"] = "l" });
                }

                var lease = KubernetesObject.Parse(seen.Body);
                lease.Metadata!["resourceVersion"] = $"v{++version}";
                return context.JsonAsync(lease.Json.ToJsonString(), seen.Method == "POST" ? 201 : 200);
            },
            _authority.Server(names: "127.0.0.1"));
    }

    private sealed class Leader : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _run;
        private int _terms;

        public Leader(LeaderElector elector)
        {
            Elector = elector;
            _run = elector.RunAsync(
                async term =>
                {
                    Interlocked.Increment(ref _terms);
                    var told = new TaskCompletionSource();
                    await using var registration = term.Token.Register(told.SetResult);
                    await told.Task;
                },
                _stop.Token);
        }

        public LeaderElector Elector { get; }

        public int Terms => Volatile.Read(ref _terms);

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _run.Soon();
            await Elector.DisposeAsync();
            _stop.Dispose();
        }
    }
}
