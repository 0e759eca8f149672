using System.Collections.Immutable;
using GitOps.Manifests;
using GitOps.Manifests.Helm;
using GitOps.Manifests.Kustomize;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;

namespace GitOps.Operator.Render;

/// <summary>Where the charts come from that charts need, for one tenant.</summary>
internal interface IChartDependencySource
{
    /// <param name="tenant">Whose credentials may be used.</param>
    /// <param name="passCredentials">Also to other hosts than the repository's.</param>
    IChartDependencies For(string tenant, bool passCredentials);
}

/// <summary>From the settings of a source to the rendering of its chart: paths, variables, and what the cluster answers.</summary>
internal sealed class ChartRenderer
{
    private readonly IHelmProgram _helm;
    private readonly ClusterFacts _facts;
    private readonly IChartDependencySource? _dependencies;

    /// <param name="helm">The program.</param>
    /// <param name="facts">The same that the trees answer from.</param>
    /// <param name="dependencies">Null: charts have to bring what they need.</param>
    public ChartRenderer(IHelmProgram helm, ClusterFacts facts, IChartDependencySource? dependencies)
    {
        _helm = helm;
        _facts = facts;
        _dependencies = dependencies;
    }

    /// <param name="tree">Of a <see cref="BuildTree"/>, with the chart at the source's path.</param>
    /// <param name="source">What to render, and how.</param>
    /// <param name="references">Trees of other sources, by the names that <c>$REF/…</c> has for them.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ManifestException">The chart or its values have errors.</exception>
    /// <exception cref="SourceTreeException">A path leads out of a repository, or cannot be read.</exception>
    /// <exception cref="HelmException">Helm cannot be run, or took too much.</exception>
    public async Task<RenderResult> RenderAsync(
        RecordingSourceTree tree, RenderedSource source, IReadOnlyDictionary<string, ISourceTree> references, CancellationToken cancellationToken)
    {
        var helm = new RecordedProgram(tree, _helm);
        await helm.VersionAsync(cancellationToken);
        var settings = source.Helm;
        var files = new PathReader(tree, source.Path, references);
        var request = new HelmRequest(
            tree, source.Path, settings.ReleaseName ?? NameOf(source.Build.Application), settings.Namespace ?? source.Build.Namespace)
        {
            KubeVersion = settings.KubeVersion,
            ApiVersions = settings.ApiVersions,
            Capabilities = new RecordedCapabilities(tree, _facts),
            ValueFiles = [.. await files.AllAsync(settings.ValueFiles, cancellationToken)],
            Values = settings.Values,
            Parameters = [.. await ExpandedAsync(settings.Parameters, files, cancellationToken)],
            FileParameters = [.. await FileParametersAsync(settings, files, cancellationToken)],
            SkipCrds = settings.SkipCrds,
            SkipTests = settings.SkipTests,
            SkipSchemaValidation = settings.SkipSchemaValidation,
            IgnoreMissingValueFiles = settings.IgnoreMissingValueFiles,
            Dependencies = _dependencies?.For(source.Tenant, settings.PassCredentials),
        };
        return await HelmRenderer.RenderAsync(request, helm, cancellationToken);
    }

    /// <summary>With what the charts of a kustomization are rendered: the same program, capabilities and repositories.</summary>
    /// <param name="tree">Of a <see cref="BuildTree"/>.</param>
    /// <param name="source">The kustomization.</param>
    public KustomizeCharts ForKustomization(RecordingSourceTree tree, RenderedSource source) => new(new RecordedProgram(tree, _helm))
    {
        Capabilities = new RecordedCapabilities(tree, _facts),
        KubeVersion = source.Kustomize.KubeVersion,
        ApiVersions = source.Kustomize.ApiVersions,
        Repositories = _dependencies?.For(source.Tenant, passCredentials: false),
    };

    /// <summary>Without the namespace that Argo CD's name has in front; where there is no Application, as helm template says.</summary>
    private static string NameOf(string application) =>
        application.Length == 0 ? "release-name" : application[(application.IndexOf('_', StringComparison.Ordinal) + 1)..];

    private static async Task<List<HelmParameter>> ExpandedAsync(ImmutableArray<HelmParameter> parameters, PathReader files, CancellationToken cancellationToken)
    {
        var expanded = new List<HelmParameter>();
        foreach (var parameter in parameters)
        {
            expanded.Add(parameter with { Value = await files.ExpandAsync(parameter.Value, cancellationToken) });
        }

        return expanded;
    }

    private static async Task<List<HelmFileParameter>> FileParametersAsync(HelmSettings settings, PathReader files, CancellationToken cancellationToken)
    {
        var parameters = new List<HelmFileParameter>();
        foreach (var (name, path) in settings.FileParameters)
        {
            parameters.Add(new(name, await files.FindAsync(path, cancellationToken)));
        }

        return parameters;
    }

    /// <summary>
    /// Paths as Argo CD reads them: <c>$REF/…</c> from the root of another source, <c>/…</c> from the root of the repository, others
    /// from the chart; variables of the build stand for their values.
    /// </summary>
    private sealed class PathReader(RecordingSourceTree tree, string chart, IReadOnlyDictionary<string, ISourceTree> references)
    {
        public async Task<List<HelmTreeFile>> AllAsync(ImmutableArray<string> paths, CancellationToken cancellationToken)
        {
            var files = new List<HelmTreeFile>();
            foreach (var path in paths)
            {
                files.Add(await FindAsync(path, cancellationToken));
            }

            return files;
        }

        public async Task<HelmTreeFile> FindAsync(string written, CancellationToken cancellationToken)
        {
            var cut = written.IndexOf('/', StringComparison.Ordinal);
            if (written.StartsWith('$') && cut > 1 && references.TryGetValue(written[1..cut], out var other))
            {
                return new(other, Inside(await ExpandAsync(written[(cut + 1)..], cancellationToken), written), written);
            }

            var path = await ExpandAsync(written, cancellationToken);
            return path.StartsWith('/')
                ? new(tree, Inside(path.TrimStart('/'), written), written)
                : new(tree, Inside(TreePath.Combine(chart, path), written), written);
        }

        public async Task<string> ExpandAsync(string text, CancellationToken cancellationToken) => await ShellText.ExpandAsync(
            text, async name => (await tree.FindAsync(BuildTree.PathOf(name), cancellationToken))?.LinkTarget);

        private static string Inside(string path, string written) => path.Contains("://", StringComparison.Ordinal)
            ? throw new ManifestException(new ManifestError(written, null, "values are not fetched from a URL: commit the file"))
            : TreePath.Normalize(path);
    }

    /// <summary>Another helm may render the same chart to something else, so which one it is goes through the tree, which is recorded.</summary>
    private sealed class RecordedProgram(RecordingSourceTree tree, IHelmProgram helm) : IHelmProgram
    {
        public async ValueTask<string> VersionAsync(CancellationToken cancellationToken)
        {
            await tree.FindAsync(BuildTree.PathOfFact(IBuildFacts.Helm), cancellationToken);
            return await helm.VersionAsync(cancellationToken);
        }

        public Task<HelmOutput> RunAsync(HelmRun run, CancellationToken cancellationToken) => helm.RunAsync(run, cancellationToken);
    }

    /// <summary>What a chart asks of the cluster goes through the tree, which is recorded.</summary>
    private sealed class RecordedCapabilities(RecordingSourceTree tree, ClusterFacts facts) : IHelmCapabilities
    {
        public async ValueTask<string?> KubeVersionAsync(CancellationToken cancellationToken) =>
            (await tree.FindAsync(BuildTree.PathOfFact(IBuildFacts.KubeVersion), cancellationToken))?.LinkTarget;

        public async ValueTask<bool> ServesAsync(string name, CancellationToken cancellationToken) =>
            await tree.FindAsync(BuildTree.PathOfFact(IBuildFacts.Serves + name), cancellationToken) is not null;

        public async ValueTask<ImmutableArray<string>?> ApiVersionsAsync(CancellationToken cancellationToken) =>
            await tree.FindAsync(BuildTree.PathOfFact(IBuildFacts.ApiVersions), cancellationToken) is null ? null : await facts.ApiVersionsAsync(cancellationToken);
    }
}
