using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Discovery;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Manifests.Tests.Trees;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers;
using GitOps.Operator.Git;
using GitOps.Operator.Git.Signatures;
using GitOps.Operator.Model;
using GitOps.Operator.Observability;
using GitOps.Operator.Reconcile;
using GitOps.Operator.Reconcile.Inventories;
using GitOps.Operator.Reconcile.Sources;
using GitOps.Operator.Reconcile.Steps;
using GitOps.Operator.Tests.Api;
using GitOps.Operator.Tests.Git;
using GitOps.Operator.Tests.Syncing.Bed;
using GitOps.Testing.Repositories;

namespace GitOps.Operator.Tests.Render;

/// <summary>The step that renders, with a real repository, mirror and object cache; which commit is the newest, the test says.</summary>
internal sealed class RenderBed : IDisposable
{
    private static readonly byte[] Key = Encoding.ASCII.GetBytes("0123456789abcdef0123456789abcdef");

    private readonly GitTestBed _git = new();
    private readonly Pointed _repositories;
    private readonly OperatorMetrics _metrics;
    private readonly HelmStage? _helm;

    public RenderBed(Func<GitTestBed, HelmStage>? helm = null)
    {
        Repository = _git.Repository();
        _repositories = new(_git.Open());
        _metrics = new(_git.Time);
        var access = new SourceAccess(_repositories, NoChartRepositories.Instance);
        _helm = helm?.Invoke(_git);
        Step = new(
            new(access), NoSourceJudge.Instance, new(access, _helm?.Facts),
            new(access, new(Discovery, new(Key), ResourceFilter.Everything), _metrics, _helm?.Renderer),
            new NoTrigger(), _metrics, _git.Time, new(Key), CancellationToken.None);
    }

    public TestRepository Repository { get; }

    public RenderStep Step { get; }

    public Kinds Discovery { get; } = new();

    /// <summary>What was asked of the tree since it was opened last.</summary>
    public LoggedTree Log => _repositories.Log!;

    public void Dispose()
    {
        _helm?.Dispose();
        _metrics.Dispose();
        _git.Dispose();
    }

    public Task<ISourceTree> OpenAsync(string sha) => _repositories.Inner.OpenAsync(Repository.Url, sha, CancellationToken.None);

    public ApplicationRuntime Start(RepositoryApplication application, ApplicationInventory? inventory = null)
    {
        var source = new JsonObject { ["repoURL"] = Repository.Url, ["path"] = application.Path };
        if (application.Recurse || application.Include is not null || application.Exclude is not null)
        {
            source["directory"] = new JsonObject { ["recurse"] = application.Recurse, ["include"] = application.Include, ["exclude"] = application.Exclude };
        }

        var kustomize = new JsonObject();
        if (application.NamePrefix is { } prefix)
        {
            kustomize["namePrefix"] = prefix;
        }

        if (application.Components is { } component)
        {
            (kustomize["components"], kustomize["ignoreMissingComponents"]) = (new JsonArray(component), true);
        }

        if (application.PatchPath is { } patch)
        {
            kustomize["patches"] = new JsonArray(new JsonObject { ["path"] = patch });
        }

        if (kustomize.Count > 0)
        {
            source["kustomize"] = kustomize;
        }

        var spec = new JsonObject { ["source"] = source, ["destination"] = new JsonObject { ["namespace"] = "home" } };
        var resource = Applications.Of(spec.ToJsonString(), Applications.Trusting.OperatorNamespace);
        return new(resource.Key)
        {
            Uid = "u",
            Validation = SpecValidator.Validate(resource, Applications.Trusting),
            Inventory = inventory,
        };
    }

    /// <summary>One pass with this commit as the newest.</summary>
    /// <returns>The problem, if there is one.</returns>
    public async Task<string?> PassAsync(ApplicationRuntime runtime, string sha)
    {
        _repositories.Newest = sha;
        var spec = runtime.Validation!.Spec.ShouldNotBeNull(string.Join('\n', runtime.Validation.Errors));
        var resource = Applications.Of($"{{{Applications.Source}}}");
        var context = new ReconcileContext(runtime, resource, _git.Time.GetUtcNow()) { Spec = spec };
        (await Step.RunAsync(context, TestContext.Current.CancellationToken)).Verdict.ShouldBe(StepVerdict.Continue);
        return context.SourceProblem?.Message;
    }

    /// <summary>One pass, and how many times something was rendered.</summary>
    public async Task<(string? Problem, int Renderings)> CountedPassAsync(ApplicationRuntime runtime, string sha)
    {
        var before = await RenderingsAsync();
        return (await PassAsync(runtime, sha), await RenderingsAsync() - before);
    }

    /// <summary>What is left after a restart: keys, hashes and the header.</summary>
    public ApplicationInventory InventoryOf(ApplicationRuntime runtime, Func<InventoryHeader, InventoryHeader>? change = null)
    {
        var inventory = new ApplicationInventory();
        foreach (var item in runtime.Target!.Objects)
        {
            inventory.Set(new(item.Key, item.Type.Version, "u", item.DesiredHash, new("u", null, "e", "t", "m", "v", null)));
        }

        var header = Step.HeaderFor(runtime.Target);
        inventory.SetHeader(change is null ? header : change(header));
        return inventory;
    }

    /// <summary>So far, with or without success.</summary>
    public async Task<int> RenderingsAsync() => Encoding.UTF8.GetString(await _metrics.Scraper.ScrapeAsync()).Split('\n')
        .Where(static line => line.StartsWith("gitops_operator_renders_total", StringComparison.Ordinal) && !line.Contains("cached", StringComparison.Ordinal))
        .Sum(static line => int.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>A server with the kinds that random repositories have.</summary>
    internal sealed class Kinds : IDiscovery
    {
        public List<ApiResource> Resources { get; } =
        [
            ApiResource.Of("v1", "ConfigMap", "configmaps", namespaced: true),
            ApiResource.Of("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced: false, "status"),
        ];

        public ValueTask<Lookup> FindAsync(GroupVersionKind kind, CancellationToken cancellationToken) => new(
            Resources.Find(resource => resource.GroupVersionKind == kind) is { } found ? new Lookup(LookupOutcome.Found, found) : new(LookupOutcome.Absent, null));

        public ValueTask<Lookup> FindPreferredAsync(GroupKind kind, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<ApiResource>> AllAsync(CancellationToken cancellationToken) => new(Resources);

        public Task RefreshAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class NoTrigger : IReconcileTrigger
    {
        public void Trigger(NamespacedName application)
        {
        }

        public void TriggerAfter(NamespacedName application, TimeSpan delay)
        {
        }
    }

    private sealed class Pointed(GitRepositories inner) : IGitRepositories
    {
        public GitRepositories Inner => inner;

        public ISignedHistory Signed => inner.Signed;

        public string Newest { get; set; } = string.Empty;

        public LoggedTree? Log { get; private set; }

        public IDisposable Subscribe(RepositorySubscription subscription) => inner.Subscribe(subscription);

        public ValueTask<ResolvedRevision> ResolveAsync(RepositoryAddress repository, RevisionName revision, CancellationToken cancellationToken) =>
            new(new ResolvedRevision(Newest, null, DateTimeOffset.UnixEpoch, null));

        public async Task<ISourceTree> OpenAsync(RepositoryAddress repository, string sha, CancellationToken cancellationToken) =>
            Log = new(await inner.OpenAsync(repository, sha, cancellationToken));

        public Task<CommitInfo> CommitAsync(RepositoryAddress repository, string sha, CancellationToken cancellationToken) => inner.CommitAsync(repository, sha, cancellationToken);

        public RepositoryState StateOf(RepositoryAddress repository) => RepositoryState.Unknown;

        public Task RefreshAsync(RepositoryAddress repository, CancellationToken cancellationToken) => inner.RefreshAsync(repository, cancellationToken);

        public Task PinAsync(RepositoryAddress repository, string name, string sha, CancellationToken cancellationToken) => inner.PinAsync(repository, name, sha, cancellationToken);

        public void Claim(RepositoryAddress repository, string name, IReadOnlyCollection<string> shas) => inner.Claim(repository, name, shas);

        public void Unpin(RepositoryAddress repository, string name) => inner.Unpin(repository, name);
    }
}
