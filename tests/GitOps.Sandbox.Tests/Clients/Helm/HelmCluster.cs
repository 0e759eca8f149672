using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Tests.Replay;
using GitOps.Testing;

namespace GitOps.Sandbox.Tests.Clients.Helm;

/// <summary>A cluster, the real helm pointed at it, a namespace that is not there yet, and the chart.</summary>
internal sealed class HelmCluster : IAsyncDisposable
{
    private static int _count;

    private readonly string _directory;
    private readonly TestProgram _helm;

    private HelmCluster(TestCluster cluster, string directory, string kubeconfig)
    {
        (Cluster, _directory) = (cluster, directory);
        Namespace = string.Create(CultureInfo.InvariantCulture, $"helm-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}");
        _helm = TestProgram.Require("GITOPS_TEST_HELM").With(
            ["--kubeconfig", kubeconfig, "--namespace", Namespace],
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["HELM_CACHE_HOME"] = Path.Combine(directory, "cache"),
                ["HELM_CONFIG_HOME"] = Path.Combine(directory, "config"),
                ["HELM_DATA_HOME"] = Path.Combine(directory, "data"),
                ["HOME"] = directory,
            },
            directory);
    }

    public static string Chart => Path.Combine(AppContext.BaseDirectory, "Clients", "Helm", "chart");

    public TestCluster Cluster { get; }

    public string Namespace { get; }

    /// <summary>A bare server: the sandbox, or the real one that the environment names.</summary>
    public static Task<HelmCluster> ConnectAsync() => StartAsync(static () => TestCluster.ConnectAsync());

    /// <summary>A sandbox with all controllers.</summary>
    public static Task<HelmCluster> StartWithControllersAsync() =>
        StartAsync(static () => TestCluster.StartAsync(new() { Controllers = SandboxControllers.All }));

    /// <summary>Runs helm, which has to succeed.</summary>
    public Task<string> RunAsync(params string[] arguments) => _helm.RunAsync(arguments);

    /// <summary>Runs helm, however it ends.</summary>
    public Task<ProgramResult> TryAsync(params string[] arguments) => _helm.TryAsync(arguments);

    public async Task<JsonNode> JsonAsync(params string[] arguments) => KubernetesJson.Parse(await _helm.RunAsync([.. arguments, "-o", "json"]))!;

    /// <summary>An object of the namespace, by <c>configmaps/name</c> or <c>apis/apps/v1 deployments/name</c>.</summary>
    public Task<Answer> GetAsync(string path, string api = "api/v1") => Cluster.GetAsync($"/{api}/namespaces/{Namespace}/{path}");

    public async ValueTask DisposeAsync()
    {
        await Cluster.DeleteAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.shop.example.com");
        await Cluster.DeleteAsync($"/api/v1/namespaces/{Namespace}");
        await Cluster.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private static async Task<HelmCluster> StartAsync(Func<Task<TestCluster>> start)
    {
        TestProgram.Require("GITOPS_TEST_HELM");
        var directory = Directory.CreateTempSubdirectory("helm-").FullName;
        var cluster = await start();
        var kubeconfig = Environment.GetEnvironmentVariable(TestCluster.KubeconfigVariable);
        if (cluster.Server is { } server)
        {
            kubeconfig = Path.Combine(directory, "kubeconfig");
            server.WriteKubeconfig(kubeconfig);
        }

        return new(cluster, directory, kubeconfig!);
    }
}
