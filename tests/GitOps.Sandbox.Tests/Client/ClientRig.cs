using System.Text;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Sandbox.Tests.Replay;
using GitOps.Testing;

namespace GitOps.Sandbox.Tests.Client;

/// <summary>
/// A sandbox, and the client whose conduct is tested. The client's clock moves when told; another client writes and is spared by
/// faults that are meant for the first, which is told apart by its user agent.
/// </summary>
internal sealed class ClientRig : IAsyncDisposable
{
    public const string Namespace = "default";

    public static readonly ApiResource ConfigMaps = ApiResource.Of("v1", "ConfigMap", "configmaps", namespaced: true);

    private const string TestedAgent = "tested";

    private ClientRig(TestCluster cluster, KubernetesClientOptions options, ManualTimeProvider time)
    {
        Time = time;
        Cluster = cluster;
        Config = new()
        {
            Server = cluster.Url,
            CertificateAuthority = PemSource.FromData(Encoding.UTF8.GetBytes(cluster.Sandbox.CaPem)),
            Credentials = new() { Token = cluster.Token },
        };
        Options = options with { TimeProvider = Time, UserAgent = TestedAgent };
        Client = new(Config, Options);
        Writer = new(Config, new() { UserAgent = "writer" });
    }

    public TestCluster Cluster { get; }

    public SandboxServer Sandbox => Cluster.Sandbox;

    public ClusterConfig Config { get; }

    public KubernetesClientOptions Options { get; }

    public ManualTimeProvider Time { get; }

    /// <summary>The one under test.</summary>
    public KubernetesClient Client { get; }

    public KubernetesClient Writer { get; }

    /// <summary>What the client under test has asked for.</summary>
    public IReadOnlyList<RequestRecord> Asked => [.. Sandbox.Requests.All.Where(IsTested)];

    /// <summary>Lists of either form: pages, and watches that begin with the present state.</summary>
    public int Lists => Asked.Count(static request => request.Verb == "list" || IsStreamingList(request));

    public int Resumes => Asked.Count(static request => request.Verb == "watch" && !IsStreamingList(request));

    /// <param name="options">Of the client under test, but for its clock and name.</param>
    /// <param name="sharesClock">Whether the sandbox runs on the client's clock, and not on the real one.</param>
    public static async Task<ClientRig> StartAsync(KubernetesClientOptions? options = null, bool sharesClock = false)
    {
        var time = new ManualTimeProvider();
        var cluster = await TestCluster.StartAsync(sharesClock ? new() { TimeProvider = time } : null);
        return new(cluster, options ?? new() { Random = static () => 0.5, RequestTimeout = TimeSpan.FromDays(1) }, time);
    }

    public static bool IsTested(RequestRecord request) => request.UserAgent == TestedAgent;

    public static bool IsTestedWatch(RequestRecord request) => IsTested(request) && request.Verb == "watch";

    public static bool IsStreamingList(RequestRecord request) => request.Path.Contains("sendInitialEvents=true", StringComparison.Ordinal);

    /// <summary>Restarts the server, and lets the writer connect anew: a write is not repeated when its connection breaks, a read is.</summary>
    public async Task RestartAsync()
    {
        await Sandbox.RestartAsync();
        await Writer.GetAsync(ConfigMaps, Namespace, "none", CancellationToken.None);
    }

    public Task<WriteResult> CreateAsync(string name, string value = "1", string? label = null) =>
        Writer.CreateAsync(ConfigMaps, ConfigMap(name, value, label), new(), CancellationToken.None);

    public Task<WriteResult> UpdateAsync(string name, string value, string? label = null) =>
        Writer.ReplaceAsync(ConfigMaps, ConfigMap(name, value, label), new(), CancellationToken.None);

    public Task<DeleteOutcome> DeleteAsync(string name) => Writer.DeleteAsync(ConfigMaps, Namespace, name, new(), CancellationToken.None);

    public static KubernetesObject ConfigMap(string name, string value, string? label = null, string @namespace = Namespace)
    {
        var labels = label is null ? string.Empty : $$$""","labels":{"app":"{{{label}}}"}""";
        return KubernetesObject.Parse(
            $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}","namespace":"{{{@namespace}}}"{{{labels}}}},"data":{"v":"{{{value}}}"}}""");
    }

    /// <summary>Moves the client's clock on, step by step, until something is so.</summary>
    public async Task UntilAsync(Func<bool> condition, string what, double step = 1)
    {
        await Eventually.HoldsAsync(
            () =>
            {
                if (condition())
                {
                    return Task.FromResult(true);
                }

                Time.Advance(TimeSpan.FromSeconds(step));
                return Task.FromResult(false);
            },
            what);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Writer.DisposeAsync();
        await Cluster.DisposeAsync();
    }
}
