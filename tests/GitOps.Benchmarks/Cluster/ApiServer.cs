using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Commands;
using GitOps.Operator.Options;

namespace GitOps.Benchmarks.Cluster;

/// <summary>
/// The API server of a measurement, with our definitions installed: a sandbox in a process of its own, or the server that
/// <c>GITOPS_TEST_KUBECONFIG</c> names, which must not hold Applications of anybody else.
/// </summary>
internal sealed class ApiServer : IAsyncDisposable
{
    private const string KubeconfigVariable = "GITOPS_TEST_KUBECONFIG";

    private readonly SandboxProcess? _sandbox;
    private readonly KubernetesClient _client;

    private ApiServer(SandboxProcess? sandbox, string kubeconfig, ClusterConfig config, KubernetesClient client)
    {
        (_sandbox, Kubeconfig, Config, _client) = (sandbox, kubeconfig, config, client);
        Raw = new RawLoop(config);
    }

    public static bool IsReal => RealKubeconfig is { Length: > 0 };

    public static string Description => IsReal ? "a real API server" : "the sandbox";

    public string Kubeconfig { get; }

    public ClusterConfig Config { get; }

    public IKubernetesClient Client => _client;

    public RawLoop Raw { get; }

    /// <summary>The sandbox's process id; null for a real server, which may be anywhere.</summary>
    public int? ProcessId => _sandbox?.Id;

    private static string? RealKubeconfig => Environment.GetEnvironmentVariable(KubeconfigVariable);

    public static async Task<ApiServer> StartAsync(string directory, CancellationToken cancellationToken)
    {
        var sandbox = IsReal ? null : await SandboxProcess.StartAsync(Path.Combine(directory, "kubeconfig"), cancellationToken);
        var kubeconfig = sandbox?.Kubeconfig ?? RealKubeconfig!;
        var config = KubeconfigLoader.FromFile(kubeconfig);
        var server = new ApiServer(sandbox, kubeconfig, config, new KubernetesClient(config, new KubernetesClientOptions { UserAgent = "gitops-benchmarks" }));
        await new SandboxSetup(server.Client, OperatorOptions.DefaultOperatorNamespace).InstallAsync(cancellationToken);
        var present = await server.Client.ListAsync(Names.Application, string.Empty, new ListOptions(PageSize: 1), cancellationToken);
        return present.Items.IsEmpty
            ? server
            : throw new InvalidOperationException("the cluster has Applications already; the benchmarks need a cluster of their own");
    }

    /// <summary>Asks, as a user would, that an Application's repository is looked at now.</summary>
    public Task RefreshAsync(string application, CancellationToken cancellationToken) => Raw.EditAsync(
        Names.Application, Workload.ApplicationNamespace, application,
        "{\"metadata\":{\"annotations\":{\"" + Annotations.Prefix + Annotations.Refresh + "\":\"normal\"}}}", cancellationToken);

    public async ValueTask DisposeAsync()
    {
        Raw.Dispose();
        await _client.DisposeAsync();
        if (_sandbox is not null)
        {
            await _sandbox.DisposeAsync();
        }
    }
}
