using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Helm;
using GitOps.Manifests.Kustomize.Merging;
using GitOps.Manifests.Kustomize.Model;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;
using GitOps.Manifests.Trees;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Kustomize.Generators;

/// <summary>The objects of a chart, rendered as kustomize's inflator has helm render it.</summary>
internal sealed partial class ChartGenerator : IGenerator
{
    private const string AnyVersion = ">0.0.0-0";
    private const string ValuesName = "values.yaml";

    private readonly List<Node> _objects;

    private ChartGenerator(List<Node> objects) => _objects = objects;

    /// <param name="root">Of the kustomization that names it.</param>
    /// <param name="state">Has what renders it.</param>
    /// <param name="chart">What to render.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="KustomizeException">It cannot be had or rendered.</exception>
    /// <exception cref="HelmException">Helm cannot be run, or took too much.</exception>
    public static async ValueTask<ChartGenerator> RenderAsync(BuildRoot root, BuildState state, ChartArguments chart, CancellationToken cancellationToken)
    {
        if (chart.Name.Length == 0)
        {
            throw new KustomizeException("helmCharts: chart name cannot be empty");
        }

        var charts = state.Charts ?? throw new KustomizeException($"helmCharts: chart '{chart.Name}' is not rendered, since there is no helm here");
        root.CountChart();
        await charts.Program.VersionAsync(cancellationToken);
        try
        {
            var place = await FindAsync(root, charts, chart, cancellationToken);
            var request = Request(place, charts, chart) with { ValueTexts = [.. await ValuesAsync(root, state, place, chart, cancellationToken)] };
            var template = await HelmRenderer.TemplateAsync(request, charts.Program, cancellationToken);
            Warn(state, place, chart, template);
            root.Spend(template.Output.Length);
            return new(ResourceReader.ReadNodes(template.Output.Span));
        }
        catch (ManifestException failure)
        {
            throw new KustomizeException($"helmCharts: chart '{chart.Name}': {string.Join("; ", failure.Errors.Select(static error => error.ToString()))}", failure);
        }
        catch (KustomizeException failure)
        {
            throw new KustomizeException($"helmCharts: chart '{chart.Name}': {failure.Message}", failure);
        }
    }

    public IReadOnlyList<Resource> Generate()
    {
        // Two objects of one identity are an error, even where the behavior of generators would have them meet.
        var all = new ResourceSet();
        foreach (var node in _objects)
        {
            var annotations = node.GetOrAdd("metadata", NodeKind.Map).GetOrAdd("annotations", NodeKind.Map);
            annotations.Set(BuildAnnotations.FromChart, Node.Scalar("true", ScalarTag.String, isQuoted: true));
            all.Append(new(node));
        }

        return all.All;
    }

    private static async ValueTask<Place> FindAsync(BuildRoot root, KustomizeCharts charts, ChartArguments chart, CancellationToken cancellationToken)
    {
        var directory = root.Resolve(chart.Directory);
        if (await root.Tree.FindAsync(directory, cancellationToken) is { Kind: TreeEntryKind.Directory })
        {
            return new(root.Tree, directory, directory, IsFetched: false);
        }

        if (chart.Repository.Length == 0)
        {
            throw new KustomizeException($"there is no directory '{chart.Directory}', and no repo to fetch it from: commit the chart, or set repo and version");
        }

        if (charts.Repositories is null)
        {
            throw new KustomizeException($"it is not fetched from '{chart.Repository}' here: commit it to '{chart.Directory}'");
        }

        var version = chart.Version.Length == 0 && chart.Devel ? AnyVersion : chart.Version;
        return new(
            await charts.Repositories.OpenAsync(new(chart.Name, chart.Repository.TrimEnd('/'), version) { Role = "chart" }, cancellationToken),
            string.Empty, directory, IsFetched: true);
    }

    private static HelmRequest Request(Place place, KustomizeCharts charts, ChartArguments chart) => new(place.Tree, place.Path, chart.ReleaseName, chart.Namespace)
    {
        NameTemplate = chart.NameTemplate.Length > 0 ? chart.NameTemplate : null,
        KubeVersion = chart.KubeVersion.Length > 0 ? chart.KubeVersion : charts.KubeVersion,
        ApiVersions = chart.ApiVersions.Count > 0 ? [.. chart.ApiVersions] : charts.ApiVersions,
        Capabilities = charts.Capabilities,
        SkipCrds = !chart.IncludeCrds,
        SkipTests = chart.SkipTests,
        SkipHooks = chart.SkipHooks,
        Dependencies = charts.Repositories,
    };

    private static async ValueTask<List<HelmText>> ValuesAsync(
        BuildRoot root, BuildState state, Place place, ChartArguments chart, CancellationToken cancellationToken)
    {
        var file = chart.ValuesFile.Length > 0 ? chart.ValuesFile : $"{chart.Directory}/{ValuesName}";
        var texts = new List<HelmText>();
        if (chart.ValuesInline is not { Count: > 0 } inline)
        {
            texts.Add(new(await ReadAsync(file), file));
        }
        else if (chart.ValuesMerge == ValuesMerge.Replace)
        {
            texts.Add(Inline(inline));
        }
        else
        {
            texts.Add(Inline(Merged(await ReadAsync(file), inline, chart.ValuesMerge, state, file)));
        }

        foreach (var additional in chart.AdditionalValuesFiles)
        {
            texts.Add(new(await ReadAsync(additional), additional));
        }

        return texts;

        // What would have been unpacked there is read where it is.
        async ValueTask<ReadOnlyMemory<byte>> ReadAsync(string path) =>
            place.IsFetched && root.Resolve(path) is var full && full.StartsWith(place.Directory + "/", StringComparison.Ordinal)
                ? await place.ReadAsync(full[(place.Directory.Length + 1)..], path, cancellationToken)
                : await root.ReadAsync(path, cancellationToken);

        static HelmText Inline(JsonNode? values) => new(Encoding.UTF8.GetBytes(KubernetesJson.ToText(values ?? new JsonObject())), "valuesInline");
    }

    private static JsonNode? Merged(ReadOnlyMemory<byte> file, JsonObject inline, ValuesMerge how, BuildState state, string path)
    {
        Node written;
        try
        {
            written = NodeReader.ReadAll(file.Span, YamlDialect.Kustomize) is [{ Kind: NodeKind.Map } first, ..]
                ? first
                : throw new KustomizeException($"'{path}' is empty or no mapping, so that valuesInline cannot be merged with it: write {{}} into it, or set valuesMerge to replace");
        }
        catch (YamlErrorException error)
        {
            throw new KustomizeException($"'{path}': malformed YAML, line {error.Line}: {error.Message}", error);
        }

        var own = NodeJson.OfJson(inline);
        var merged = how == ValuesMerge.Override ? StrategicMerge.Apply(written, own, state.Schema) : StrategicMerge.Apply(own, written, state.Schema);
        if (merged is null)
        {
            return null;
        }

        Unquote(merged);
        return NodeJson.ToJson(merged);
    }

    /// <summary>Quotes that a value took over from the one in whose place it came make no text of it: here its tag counts.</summary>
    private static void Unquote(Node node)
    {
        switch (node.Kind)
        {
            case NodeKind.Map:
                node.Fields.ForEach(static field => Unquote(field.Value));
                break;
            case NodeKind.List:
                node.Items.ForEach(Unquote);
                break;
            default:
                node.IsQuoted &= node.Tag is not (ScalarTag.Integer or ScalarTag.Float or ScalarTag.Boolean or ScalarTag.Null);
                break;
        }
    }

    private static void Warn(BuildState state, Place place, ChartArguments chart, HelmTemplate template)
    {
        var about = $"helmCharts: chart '{chart.Name}'";
        foreach (var field in chart.Idle)
        {
            state.Warn($"{about}: '{field}' changes nothing here; remove it");
        }

        if (place.IsFetched && !WholeVersion().IsMatch(chart.Version))
        {
            state.Warn($"{about}: '{chart.Version}' is no whole version, so that what is deployed can change without a commit: name one, like 1.2.3");
        }

        foreach (var warning in template.Warnings)
        {
            state.Warn(place.IsFetched ? $"{about}: {warning}" : warning);
        }
    }

    [GeneratedRegex(@"\Av?[0-9]+\.[0-9]+\.[0-9]+([-+@].*)?\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex WholeVersion();

    /// <param name="Tree">Of its files.</param>
    /// <param name="Path">Of the chart in it.</param>
    /// <param name="Directory">Where the kustomization has it, or would have it.</param>
    /// <param name="IsFetched">It came from a repository of charts.</param>
    private sealed record Place(ISourceTree Tree, string Path, string Directory, bool IsFetched)
    {
        public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(string inside, string written, CancellationToken cancellationToken) =>
            await Tree.FindAsync(inside, cancellationToken) is { Kind: TreeEntryKind.File }
                ? await Tree.ReadAsync(inside, cancellationToken)
                : throw new KustomizeException($"'{written}': the chart has no file '{inside}'");
    }
}
