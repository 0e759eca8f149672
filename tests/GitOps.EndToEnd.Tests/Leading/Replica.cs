using System.Globalization;
using System.Net;
using System.Net.Sockets;
using GitOps.EndToEnd.Tests.Fixture;

namespace GitOps.EndToEnd.Tests.Leading;

/// <summary>
/// One of several operator processes that contend for a lease, each behind a proxy of its own: what each of them asks of the API
/// server is told apart and stands in one order.
/// </summary>
internal sealed class Replica
{
    private readonly Replicas _all;

    private Replica(Replicas all, string name, ApiProxy proxy, int port) => (_all, Name, Proxy, Port) = (all, name, proxy, port);

    public string Name { get; }

    public ApiProxy Proxy { get; }

    /// <summary>Where it serves health, metrics and webhooks.</summary>
    public int Port { get; }

    public OperatorProcess Process { get; private set; } = null!;

    public Uri Url(string path) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}{path}"));

    /// <summary>Whether it has said so.</summary>
    public bool Leads => Process.Log.Any(static line => line.Contains(" leads", StringComparison.Ordinal) && line.Contains("leader election: lease", StringComparison.Ordinal));

    /// <summary>What it asked to be changed, in order; events and the lease too.</summary>
    public IReadOnlyList<Seen> Writes => [.. _all.Seen.Where(item => item.By == this && item.IsWrite)];

    public static async Task<Replica> StartAsync(Replicas all, string name)
    {
        var space = all.Space;
        var proxy = await space.StartProxyAsync();
        var replica = new Replica(all, name, proxy, FreePort());
        proxy.Arrived = request => all.TakeAsync(replica, request);
        space.Options = space.Options with
        {
            CacheDirectory = space.Cluster.NewDirectory("cache"),
            Listen = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{replica.Port}"),
        };
        replica.Process = space.StartProcess(
            proxy, "--leader-election", "--leader-election-lease-duration", "10", "--leader-election-renew-deadline", "8", "--leader-election-retry-period", "1");
        return replica;
    }

    public Task UntilLeadsAsync() => _all.Space.UntilAsync($"{Name} leads", () => Task.FromResult(Leads));

    /// <summary>The value of a metric without labels.</summary>
    public async Task<double> MetricAsync(string name)
    {
        using var http = new HttpClient();
        var line = (await http.GetStringAsync(Url("/metrics"), TestContext.Current.CancellationToken)).Split('\n')
            .Single(line => line.StartsWith(name + " ", StringComparison.Ordinal));
        return double.Parse(line[(name.Length + 1)..], CultureInfo.InvariantCulture);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
