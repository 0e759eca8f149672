using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Commands;
using GitOps.Operator.Options;
using GitOps.Sandbox;

[assembly: AssemblyFixture(typeof(Cluster))]

namespace GitOps.EndToEnd.Tests.Fixture;

/// <summary>
/// The one cluster of a test run, with our definitions installed: a sandbox in this process, or the bare API server that
/// <c>GITOPS_TEST_KUBECONFIG</c> names. Neither has controllers; <see cref="MissingControllers"/> plays the few that count.
/// Tests share it: each works in a <see cref="TestSpace"/> of its own.
/// </summary>
public sealed class Cluster : IAsyncLifetime
{
    public const string KubeconfigVariable = "GITOPS_TEST_KUBECONFIG";

    private readonly string _directory = Directory.CreateTempSubdirectory("gitops-e2e-").FullName;
    private MissingControllers? _controllers;
    private KubernetesClient? _client;

    /// <summary>Whether the tests run on a real API server.</summary>
    public static bool IsReal => Environment.GetEnvironmentVariable(KubeconfigVariable) is { Length: > 0 };

    /// <summary>The sandbox, for its own faults; null on a real API server.</summary>
    public SandboxServer? Sandbox { get; private set; }

    /// <summary>The administrator's kubeconfig.</summary>
    public string KubeconfigPath { get; private set; } = string.Empty;

    /// <summary>How the administrator reaches the cluster.</summary>
    public ClusterConfig Config { get; private set; } = null!;

    /// <summary>The administrator. Its requests go past every <see cref="ApiProxy"/>.</summary>
    public IKubernetesClient Client => _client ?? throw new InvalidOperationException("the cluster is not started");

    /// <summary>A new empty directory that goes when the run is over.</summary>
    public string NewDirectory(string name) => Directory.CreateDirectory(Path.Combine(_directory, $"{name}-{Guid.NewGuid():N}")).FullName;

    public async ValueTask InitializeAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        if (Environment.GetEnvironmentVariable(KubeconfigVariable) is { Length: > 0 } path)
        {
            KubeconfigPath = path;
        }
        else
        {
            Sandbox = await SandboxServer.StartAsync(new SandboxOptions { RecordRequests = false }, cancellationToken);
            KubeconfigPath = Path.Combine(_directory, "kubeconfig");
            Sandbox.WriteKubeconfig(KubeconfigPath);
        }

        Config = KubeconfigLoader.FromFile(KubeconfigPath);
        _client = new KubernetesClient(Config, new KubernetesClientOptions { UserAgent = "end-to-end-tests" });
        await new SandboxSetup(_client, OperatorOptions.DefaultOperatorNamespace).InstallAsync(cancellationToken);
        _controllers = await MissingControllers.StartAsync(Config, cancellationToken);
    }

    /// <returns>Null if there is none.</returns>
    public Task<KubernetesObject?> GetAsync(ApiResource resource, string @namespace, string name) =>
        Client.GetAsync(resource, @namespace, name, TestContext.Current.CancellationToken);

    /// <summary>All of a kind in a namespace (empty: everywhere) that a label selector picks.</summary>
    public async Task<IReadOnlyList<KubernetesObject>> ListAsync(ApiResource resource, string @namespace, string? labelSelector = null) =>
        (await Client.ListAsync(resource, @namespace, new ListOptions(labelSelector), TestContext.Current.CancellationToken)).Items;

    /// <summary>Server-side apply as some manager that is not ours.</summary>
    public async Task<KubernetesObject> ApplyAsync(ApiResource resource, KubernetesObject desired, string fieldManager = "somebody") =>
        (await Client.ApplyAsync(resource, desired, new ApplyOptions(fieldManager), TestContext.Current.CancellationToken)).Object;

    /// <summary>A merge patch as some manager that is not ours.</summary>
    public async Task<KubernetesObject> MergeAsync(
        ApiResource resource, string @namespace, string name, string patch, string fieldManager = "somebody", string? subresource = null) =>
        (await Client.PatchAsync(
            resource, @namespace, name, PatchType.Merge, JsonNode.Parse(patch)!, new WriteOptions(fieldManager, Subresource: subresource),
            TestContext.Current.CancellationToken)).Object;

    public Task DeleteAsync(ApiResource resource, string @namespace, string name, string? propagation = null) =>
        Client.DeleteAsync(resource, @namespace, name, new DeleteOptions(propagation), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_controllers is not null)
        {
            if (IsReal)
            {
                await _controllers.DrainAsync();
            }

            await _controllers.DisposeAsync();
        }

        if (_client is not null)
        {
            await _client.DisposeAsync();
        }

        if (Sandbox is not null)
        {
            await Sandbox.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }
}
