using System.Collections.Immutable;
using System.Text;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Manifests;
using GitOps.Sandbox.State;

namespace GitOps.Sandbox;

/// <summary>
/// A cluster for one test, or one question: a sandbox with its administrator's client and kubeconfig. Any number can live in one
/// process at the same time.
/// <code>await using var cluster = await SandboxCluster.StartAsync();</code>
/// </summary>
public sealed class SandboxCluster : IAsyncDisposable
{
    private readonly KubernetesClient _client;
    private readonly Lock _lock = new();
    private string? _directory;

    private SandboxCluster(SandboxServer server)
    {
        Server = server;
        _client = server.CreateClient();
    }

    /// <summary>The API server: its faults, its log of requests, its clock.</summary>
    public SandboxServer Server { get; }

    /// <summary>The administrator. A client for somebody else: <see cref="IKubernetesClient.As"/>.</summary>
    public IKubernetesClient Client => _client;

    /// <summary>The administrator's kubeconfig, as YAML.</summary>
    public string Kubeconfig => Server.Kubeconfig();

    /// <summary>How the administrator reaches the server.</summary>
    public ClusterConfig Config => KubeconfigLoader.Load(new() { Content = Encoding.UTF8.GetBytes(Kubeconfig) });

    /// <summary>The administrator's kubeconfig as a file, for programs such as kubectl; it goes with the cluster.</summary>
    public string KubeconfigPath
    {
        get
        {
            lock (_lock)
            {
                if (_directory is null)
                {
                    var directory = Directory.CreateTempSubdirectory("sandbox-").FullName;
                    Server.WriteKubeconfig(Path.Combine(directory, "kubeconfig"));
                    _directory = directory;
                }

                return Path.Combine(_directory, "kubeconfig");
            }
        }
    }

    /// <summary>Starts one. With <see cref="SandboxOptions.StateFile"/> it begins with what was saved.</summary>
    /// <param name="options">Null: a bare API server on a free port.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <exception cref="ManifestException">The state file does not hold objects that can be served; says where.</exception>
    public static async Task<SandboxCluster> StartAsync(SandboxOptions? options = null, CancellationToken cancellationToken = default) =>
        new(await SandboxServer.StartAsync(options ?? new(), cancellationToken));

    /// <summary>
    /// Applies YAML documents as the administrator, definitions and namespaces first; a status written in them is applied too.
    /// </summary>
    /// <returns>The objects as they are now, in that order.</returns>
    /// <exception cref="ManifestException">The text is no YAML of objects, or the server refuses one; says where.</exception>
    public Task<ImmutableArray<KubernetesObject>> ApplyAsync(string yaml, CancellationToken cancellationToken = default) =>
        new ManifestApplier(_client).ApplyAsync(ObjectFile.Read("manifest", Encoding.UTF8.GetBytes(yaml)), cancellationToken);

    /// <summary>Writes all objects to a file, with which another can begin; see <see cref="SandboxServer.SaveAsync"/>.</summary>
    public Task SaveAsync(string path, CancellationToken cancellationToken = default) => Server.SaveAsync(path, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await Server.DisposeAsync();
        if (_directory is not null)
        {
            Directory.Delete(_directory, recursive: true);
        }
    }
}
