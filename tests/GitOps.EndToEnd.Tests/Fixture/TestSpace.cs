using System.Security.Cryptography;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Config;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Manifests.Plain;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;
using GitOps.Operator.Observability;
using GitOps.Operator.Options;
using GitOps.Operator.Reconcile.Inventories;
using Microsoft.Extensions.DependencyInjection;

namespace GitOps.EndToEnd.Tests.Fixture;

/// <summary>
/// What one test has of the cluster for itself: a namespace for Applications, one for the operator and one to deploy to, all
/// with a name of their own; the repositories and operators that it starts. Disposing stops and removes all of it.
/// </summary>
internal sealed class TestSpace : IAsyncDisposable
{
    private const int LogTail = 40;

    private readonly List<IRunningOperator> _operators = [];
    private readonly List<ApiProxy> _proxies = [];

    private TestSpace(Cluster cluster, string name)
    {
        Cluster = cluster;
        Name = name;
        Options = new OperatorOptions
        {
            Namespaces = [ApplicationNamespace],
            TrustedNamespaces = [ApplicationNamespace],
            OperatorNamespace = $"{name}-operator",
            AllowLocalRepositories = true,
            Listen = "http://127.0.0.1:0",
            CacheDirectory = cluster.NewDirectory("cache"),
            Workers = 4,

            // What tests stop is to be cut off wherever it is, unless they ask for more.
            ShutdownTimeout = TimeSpan.Zero,
        };
    }

    public Cluster Cluster { get; }

    /// <summary>Part of every name that is not inside one of the test's own namespaces.</summary>
    public string Name { get; }

    /// <summary>Where the test's Applications live; trusted, unless <see cref="Options"/> are changed.</summary>
    public string ApplicationNamespace => $"{Name}-apps";

    /// <summary>Where its Applications deploy to.</summary>
    public string Target => $"{Name}-target";

    /// <summary>Whom the test's operators run as; null: the administrator.</summary>
    public OperatorIdentity? Identity { get; private set; }

    /// <summary>How the test's operators are started.</summary>
    public OperatorOptions Options { get; set; }

    /// <summary>Of the environment of its processes, beside this process's.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Variables { get; set; } = [];

    public static async Task<TestSpace> CreateAsync(Cluster cluster, string prefix)
    {
        var space = new TestSpace(cluster, $"{prefix}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3))}");
        foreach (var name in (string[])[space.ApplicationNamespace, space.Options.OperatorNamespace, space.Target])
        {
            await space.CreateNamespaceAsync(name);
        }

        if (OperatorIdentity.IsAsked)
        {
            await space.InstallRightsAsync();
        }

        return space;
    }

    /// <summary>From now on operators run as the chart's account, with the rights that the chart gives it with these values.</summary>
    public async Task InstallRightsAsync(params string[] values) =>
        Identity = await OperatorIdentity.InstallAsync(Cluster, Options.OperatorNamespace, values);

    public async Task CreateNamespaceAsync(string name) => await Cluster.ApplyAsync(Kinds.Namespace, Json($$"""
        {"apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "{{name}}" } }
        """));

    public GitRepo NewRepository() => GitRepo.Create(Cluster.NewDirectory("repository"));

    /// <summary>A proxy before the API server, for operators that are started on it.</summary>
    public async Task<ApiProxy> StartProxyAsync()
    {
        var proxy = await ApiProxy.StartAsync(OperatorConfig);
        _proxies.Add(proxy);
        return proxy;
    }

    /// <summary>An operator in this process, ready; straight at the API server unless through a proxy.</summary>
    public async Task<OperatorInstance> StartOperatorAsync(
        ApiProxy? proxy = null, Action<IServiceCollection>? configure = null, TelemetrySettings? telemetry = null)
    {
        var instance = await OperatorInstance.StartAsync(Options, proxy?.Config ?? OperatorConfig, configure, telemetry: telemetry);
        _operators.Add(instance);
        return instance;
    }

    /// <summary>An operator in a process of its own, started and not waited for.</summary>
    /// <param name="proxy">What it talks through; null: straight at the API server.</param>
    /// <param name="arguments">Further ones.</param>
    public OperatorProcess StartProcess(ApiProxy? proxy = null, params IEnumerable<string> arguments)
    {
        var kubeconfig = Cluster.KubeconfigPath;
        if (proxy is not null)
        {
            kubeconfig = Path.Combine(Options.CacheDirectory, "..", $"{Name}-{proxy.Url.Port}.kubeconfig");
            proxy.WriteKubeconfig(kubeconfig);
        }
        else if (Identity is { } identity)
        {
            kubeconfig = Path.Combine(Options.CacheDirectory, "..", $"{Name}.identity.kubeconfig");
            identity.WriteKubeconfig(kubeconfig);
        }

        var process = OperatorProcess.Start(Options, kubeconfig, Variables, arguments);
        _operators.Add(process);
        return process;
    }

    /// <summary>
    /// Creates an Application that syncs, prunes and heals by itself, looks for commits every second, and deploys to
    /// <see cref="Target"/>.
    /// </summary>
    /// <param name="name">In <see cref="ApplicationNamespace"/> unless <paramref name="change"/> says otherwise.</param>
    /// <param name="repository">Read at <c>main</c>.</param>
    /// <param name="path">The directory in it.</param>
    /// <param name="change">What is otherwise in this test.</param>
    public async Task<NamespacedName> CreateApplicationAsync(
        string name, GitRepo repository, string path = ".", Action<JsonObject>? change = null)
    {
        var application = Json($$"""
            {
              "apiVersion": "{{Names.ApiVersion}}", "kind": "Application",
              "metadata": {"namespace": "{{ApplicationNamespace}}", "name": "{{name}}" },
              "spec": {
                "project": "default",
                "source": {"repoURL": "{{repository.Url}}", "targetRevision": "main", "path": "{{path}}" },
                "destination": {"namespace": "{{Target}}" },
                "interval": "1s",
                "syncPolicy": {
                  "automated": {"prune": true, "selfHeal": true},
                  "retry": {"limit": -1, "backoff": {"duration": "1s", "factor": 1} }
                }
              }
            }
            """);
        change?.Invoke(application.Json);
        await Cluster.ApplyAsync(Kinds.Application, application);
        return application.Key.NamespacedName;
    }

    /// <summary>The Application as it is stored; null if it is gone.</summary>
    public async Task<ApplicationResource?> FindApplicationAsync(NamespacedName name) =>
        await Cluster.GetAsync(Kinds.Application, name.Namespace, name.Name) is { } found ? ApplicationResource.Parse(found) : null;

    /// <summary>Waits until the Application's stored state is so.</summary>
    public Task<ApplicationResource> UntilAsync(
        NamespacedName name, string what, Func<ApplicationResource, bool> isSo, TimeSpan? deadline = null) =>
        Eventually.GetAsync(
            $"Application {name} {what}",
            async () => await FindApplicationAsync(name) is { } found && isSo(found) ? found : null,
            async () => Describe(await Cluster.GetAsync(Kinds.Application, name.Namespace, name.Name)), deadline);

    /// <summary>The stored inventory of an Application.</summary>
    public async Task<ApplicationInventory> InventoryAsync(NamespacedName name)
    {
        var pages = await Cluster.ListAsync(Kinds.Inventory, name.Namespace, $"{Names.ApplicationLabel}={Marks.LabelValue(name)}");
        return ApplicationInventory.From([.. pages.Select(static item =>
            ResourceInventory.TryParse(item, out var page, out var error) ? page : throw new InvalidOperationException($"{item}: {error}"))]);
    }

    /// <summary>Waits until the Application is Synced and Ready at a commit, for its present spec.</summary>
    public Task<ApplicationResource> UntilSyncedAsync(NamespacedName name, string revision, TimeSpan? deadline = null) =>
        UntilAsync(name, $"is synced to {Operator.Api.Revisions.Short(revision)}", application =>
            application.Status.Sync is { Status: SyncCode.Synced } sync && sync.Revision == revision
            && application.Status.ObservedGeneration == application.Metadata.Generation
            && application.Status.Condition(Conditions.Ready)?.Status == "True", deadline);

    /// <summary>Waits until a condition has a status and, if given, a reason.</summary>
    public async Task<Condition> UntilConditionAsync(NamespacedName name, string type, string status, string? reason = null) =>
        (await UntilAsync(name, $"has {type}={status} {reason}", application =>
            application.Status.Condition(type) is { } condition && condition.Status == status && (reason is null || condition.Reason == reason)))
        .Status.Condition(type)!;

    /// <summary>Waits until something is so; if it never is, the message has the operators' last lines.</summary>
    public Task UntilAsync(string what, Func<Task<bool>> probe, TimeSpan? deadline = null) =>
        Eventually.IsTrueAsync(what, probe, () => Task.FromResult(Describe(null)), deadline);

    /// <summary>Waits for an object of which something is so.</summary>
    public Task<KubernetesObject> UntilObjectAsync(
        ApiResource resource, string @namespace, string name, string what, Func<KubernetesObject, bool> isSo)
    {
        KubernetesObject? last = null;
        return Eventually.GetAsync($"{resource.Kind} {@namespace}/{name} {what}", async () =>
        {
            last = await Cluster.GetAsync(resource, @namespace, name);
            return last is not null && isSo(last) ? last : null;
        }, () => Task.FromResult(Describe(last)));
    }

    public Task UntilGoneAsync(ApiResource resource, string @namespace, string name) =>
        UntilAsync($"{resource.Kind} {@namespace}/{name} is gone", async () => await Cluster.GetAsync(resource, @namespace, name) is null);

    /// <summary>Reads one object from YAML or JSON.</summary>
    public static async Task<KubernetesObject> ParseAsync(string text)
    {
        var tree = MemorySourceTree.Of(new Dictionary<string, string>(StringComparer.Ordinal) { ["object.yaml"] = text });
        return (await PlainRenderer.RenderAsync(tree, new PlainOptions(string.Empty), TestContext.Current.CancellationToken)).Objects.Single().Object;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var running in _operators)
        {
            await running.DisposeAsync();
        }

        foreach (var proxy in _proxies)
        {
            await proxy.DisposeAsync();
        }

        await RemoveAllAsync();
    }

    private ClusterConfig OperatorConfig => Identity?.Config ?? Cluster.Config;

    private static KubernetesObject Json(string text) => KubernetesObject.Parse(text);

    private string Describe(KubernetesObject? last)
    {
        last?.Metadata?.Remove("managedFields");
        return string.Join('\n', (string?[])
            [last?.Json.ToJsonString(new() { WriteIndented = true }), .. _operators.SelectMany(static running => running.Log.TakeLast(LogTail))]);
    }

    /// <summary>As an administrator who knows that nobody is there any more to answer for the finalizers.</summary>
    private async Task RemoveAllAsync()
    {
        foreach (var home in (await Cluster.ListAsync(Kinds.Namespace, string.Empty)).Where(item => item.Name.StartsWith(Name, StringComparison.Ordinal)))
        {
            foreach (var resource in (ApiResource[])[Kinds.Inventory, Kinds.Application])
            {
                foreach (var held in (await Cluster.ListAsync(resource, home.Name)).Where(static item => item.Finalizers.Count > 0))
                {
                    await IgnoreMissingAsync(() => Cluster.MergeAsync(resource, held.Namespace, held.Name, """{"metadata": {"finalizers": null}}"""));
                }
            }

            await IgnoreMissingAsync(() => Cluster.DeleteAsync(Kinds.Namespace, string.Empty, home.Name));
        }

        foreach (var definition in (await Cluster.ListAsync(Kinds.Definition, string.Empty)).Where(item => item.Name.Contains(Name, StringComparison.Ordinal)))
        {
            await IgnoreMissingAsync(() => Cluster.DeleteAsync(Kinds.Definition, string.Empty, definition.Name));
        }

        if (Identity is not null)
        {
            await OperatorIdentity.RemoveAsync(Cluster, Name);
        }
    }

    private static async Task IgnoreMissingAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (ApiException refusal) when (refusal.IsNotFound)
        {
            // It went by itself.
        }
    }
}
