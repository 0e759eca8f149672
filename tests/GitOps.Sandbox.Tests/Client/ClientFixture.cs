using System.Text;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;

namespace GitOps.Sandbox.Tests.Client;

/// <summary>The real client on a sandbox, or on the server named by the environment, with a namespace of its own.</summary>
internal sealed class ClientFixture : IAsyncDisposable
{
    public static readonly ApiResource ConfigMaps = ApiResource.Of("v1", "ConfigMap", "configmaps", namespaced: true);
    public static readonly ApiResource Namespaces = ApiResource.Of("v1", "Namespace", "namespaces", namespaced: false);
    public static readonly ApiResource Deployments = ApiResource.Of("apps/v1", "Deployment", "deployments", namespaced: true);

    private readonly SandboxServer? _server;

    private ClientFixture(SandboxServer? server, ClusterConfig config)
    {
        _server = server;
        Config = config;
        Client = new KubernetesClient(config, new KubernetesClientOptions { UserAgent = "client-tests/1.0" });
    }

    public ClusterConfig Config { get; }

    public KubernetesClient Client { get; }

    public string Namespace { get; } = $"client-{Guid.NewGuid().ToString("N")[..8]}";

    public static async Task<ClientFixture> StartAsync()
    {
        var isReal = Environment.GetEnvironmentVariable(Replay.TestCluster.KubeconfigVariable) is { Length: > 0 };
        var server = isReal ? null : await SandboxServer.StartAsync(new SandboxOptions(), TestContext.Current.CancellationToken);
        var config = server is null
            ? KubeconfigLoader.FromFile(Environment.GetEnvironmentVariable(Replay.TestCluster.KubeconfigVariable)!)
            : KubeconfigLoader.Load(new KubeconfigRequest { Content = Encoding.UTF8.GetBytes(server.Kubeconfig()) });
        var fixture = new ClientFixture(server, config);
        await fixture.CreateAsync(Namespaces, $$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{fixture.Namespace}}}"}}""");
        return fixture;
    }

    /// <summary>An object from JSON; <c>NS</c> stands for the fixture's namespace.</summary>
    public KubernetesObject Object(string json) => KubernetesObject.Parse(json.Replace("\"NS\"", $"\"{Namespace}\"", StringComparison.Ordinal));

    public async Task<KubernetesObject> CreateAsync(ApiResource resource, string json) =>
        (await Client.CreateAsync(resource, Object(json), new WriteOptions(), TestContext.Current.CancellationToken)).Object;

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
