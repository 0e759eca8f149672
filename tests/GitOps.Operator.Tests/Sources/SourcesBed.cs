using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Helm;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;
using GitOps.Operator.Git;
using GitOps.Operator.Git.Signatures;
using GitOps.Operator.Model;
using GitOps.Operator.Observability;
using GitOps.Operator.Reconcile;
using GitOps.Operator.Reconcile.Sources;
using GitOps.Operator.Reconcile.Steps;
using GitOps.Operator.Render;
using GitOps.Operator.Tests.Api;
using GitOps.Operator.Tests.Render;
using GitOps.Operator.Tests.Syncing.Bed;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Sources;

/// <summary>The step that renders, over several repositories of values; it counts what is rendered: kustomizations read, helm run.</summary>
internal sealed class SourcesBed : IDisposable
{
    private static readonly byte[] Key = Encoding.ASCII.GetBytes("0123456789abcdef0123456789abcdef");

    private readonly OperatorMetrics _metrics;
    private readonly Counted _counted;

    public SourcesBed()
    {
        Repositories = new(Time);
        _metrics = new(Time);
        _counted = new(Repositories);
        Helm = new();
        var facts = new ClusterFacts(Helm, null, Time);
        var access = new SourceAccess(_counted, NoChartRepositories.Instance);
        Step = new(
            new(access), NoSourceJudge.Instance, new(access, facts),
            new(access, new(new RenderBed.Kinds(), new(Key), ResourceFilter.Everything), _metrics, new ChartRenderer(Helm, facts, null)),
            new MemoryTrigger(), _metrics, Time, new(Key), CancellationToken.None);
    }

    /// <summary>An Application, for passes that look at nothing of it but its spec as it was validated.</summary>
    public static ApplicationResource Resource { get; } = Applications.Of($"{{{Applications.Source}}}");

    public ManualTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));

    public MemoryRepositories Repositories { get; }

    public MemoryHelm Helm { get; }

    public RenderStep Step { get; }

    public void Dispose() => _metrics.Dispose();

    /// <param name="sources">One line for each, as JSON; <c>repoURL</c> is the repository's letter.</param>
    /// <param name="runtime">Of the same Application before; null: it is new.</param>
    public static ApplicationRuntime Start(string[] sources, ApplicationRuntime? runtime = null)
    {
        var list = new JsonArray([.. sources.Select(static source =>
        {
            var json = KubernetesJson.ParseObject(source);
            json["repoURL"] = MemoryRepositories.UrlOf(json["repoURL"]!.GetValue<string>());
            return (JsonNode)json;
        })]);
        return Validated(list, runtime);
    }

    /// <summary>The same for plain directories of repositories that really are there.</summary>
    public static ApplicationRuntime StartAt(params string[] urls) =>
        Validated([.. urls.Select(static url => (JsonNode)new JsonObject { ["repoURL"] = url, ["targetRevision"] = "main", ["path"] = "apps/web" })], null);

    private static ApplicationRuntime Validated(JsonArray sources, ApplicationRuntime? runtime)
    {
        var spec = new JsonObject { ["sources"] = sources, ["destination"] = new JsonObject { ["namespace"] = "home" } };
        var resource = Applications.Of(spec.ToJsonString(), Applications.Trusting.OperatorNamespace);
        runtime ??= new(resource.Key) { Uid = "u" };
        runtime.Validation = SpecValidator.Validate(resource, Applications.Trusting);
        return runtime;
    }

    /// <summary>One pass.</summary>
    /// <returns>What was rendered, <c>a</c> for a kustomization of repository a, <c>helm</c> for each run; and the problem, if there is one.</returns>
    public async Task<string> PassAsync(ApplicationRuntime runtime)
    {
        _counted.Read.Clear();
        Helm.Runs = 0;
        var spec = runtime.Validation!.Spec.ShouldNotBeNull(string.Join('\n', runtime.Validation.Errors));
        var context = new ReconcileContext(runtime, Resource, Time.GetUtcNow()) { Spec = spec };
        (await Step.RunAsync(context, TestContext.Current.CancellationToken)).Verdict.ShouldBe(StepVerdict.Continue);
        return string.Join(' ', [.. _counted.Read.Order(StringComparer.Ordinal), .. Enumerable.Repeat("helm", Helm.Runs), .. new[] { context.SourceProblem?.Message }.OfType<string>()]);
    }

    /// <summary>Everything of a rendering that anybody can tell apart.</summary>
    public static string TextOf(ApplicationRuntime runtime) => string.Join('\n', [
        runtime.Target!.Revision,
        .. runtime.Target.Objects.Select(static item => $"{item.Key} {item.DesiredHash} {item.Location} {item.Wave}"),
        .. runtime.Target.Warnings,
        .. runtime.Target.Inputs.Items.SelectMany(static (item, i) => item.Entries.Select(entry => $"{i} {entry.Key} {entry.Value}")),
        .. runtime.Target.Inputs.Items.SelectMany(static (item, i) => item.Directories.Select(entry => $"{i} {entry.Key} {entry.Value}")),
    ]);

    /// <summary>Makes of a chart one object, named as the release, with the values files as its text.</summary>
    internal sealed class MemoryHelm : IHelmProgram
    {
        public int Runs { get; set; }

        public ValueTask<string> VersionAsync(CancellationToken cancellationToken) => new("v4.2.0");

        public Task<HelmOutput> RunAsync(HelmRun run, CancellationToken cancellationToken)
        {
            Runs++;
            var values = run.Files.Where(static file => file.Path.Contains("values", StringComparison.Ordinal) || file.Path.Contains("prod", StringComparison.Ordinal))
                .Select(static file => Encoding.UTF8.GetString(file.Content.Span).ReplaceLineEndings(" "));
            var map = new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "ConfigMap",
                ["metadata"] = new JsonObject { ["name"] = "chart" },
                ["data"] = new JsonObject { ["values"] = string.Join(';', values) },
            };
            return Task.FromResult(new HelmOutput(Encoding.UTF8.GetBytes($"---\n# Source: web/templates/map.yaml\n{map.ToJsonString()}\n"), string.Empty));
        }
    }

    /// <summary>Tells of every kustomization that is read.</summary>
    private sealed class Counted(MemoryRepositories inner) : IGitRepositories
    {
        public List<string> Read { get; } = [];

        public ISignedHistory Signed => inner.Signed;

        public IDisposable Subscribe(RepositorySubscription subscription) => inner.Subscribe(subscription);

        public ValueTask<ResolvedRevision> ResolveAsync(RepositoryAddress repository, RevisionName revision, CancellationToken cancellationToken) =>
            inner.ResolveAsync(repository, revision, cancellationToken);

        public async Task<ISourceTree> OpenAsync(RepositoryAddress repository, string sha, CancellationToken cancellationToken) =>
            new Tree(await inner.OpenAsync(repository, sha, cancellationToken), repository.Url[^5..^4], Read);

        public Task<CommitInfo> CommitAsync(RepositoryAddress repository, string sha, CancellationToken cancellationToken) => inner.CommitAsync(repository, sha, cancellationToken);

        public RepositoryState StateOf(RepositoryAddress repository) => inner.StateOf(repository);

        public Task RefreshAsync(RepositoryAddress repository, CancellationToken cancellationToken) => inner.RefreshAsync(repository, cancellationToken);

        public Task PinAsync(RepositoryAddress repository, string name, string sha, CancellationToken cancellationToken) => inner.PinAsync(repository, name, sha, cancellationToken);

        public void Claim(RepositoryAddress repository, string name, IReadOnlyCollection<string> shas) => inner.Claim(repository, name, shas);

        public void Unpin(RepositoryAddress repository, string name) => inner.Unpin(repository, name);
    }

    private sealed class Tree(ISourceTree inner, string repository, List<string> read) : ISourceTree
    {
        public string Revision => inner.Revision;

        public ValueTask<TreeEntry?> FindAsync(string path, CancellationToken cancellationToken) => inner.FindAsync(path, cancellationToken);

        public ValueTask<IReadOnlyList<TreeEntry>> ListAsync(string path, CancellationToken cancellationToken) => inner.ListAsync(path, cancellationToken);

        public ValueTask<ReadOnlyMemory<byte>> ReadAsync(string path, CancellationToken cancellationToken)
        {
            if (path.EndsWith("/kustomization.yaml", StringComparison.Ordinal))
            {
                read.Add(repository);
            }

            return inner.ReadAsync(path, cancellationToken);
        }

        public ValueTask PrefetchAsync(IReadOnlyCollection<TreeEntry> entries, CancellationToken cancellationToken) => inner.PrefetchAsync(entries, cancellationToken);
    }
}
