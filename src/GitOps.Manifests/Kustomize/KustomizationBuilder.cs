using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Manifests.Kustomize.Model;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;
using GitOps.Manifests.Kustomize.Schemas;
using GitOps.Manifests.Kustomize.Transformers;
using GitOps.Manifests.Trees;

namespace GitOps.Manifests.Kustomize;

/// <summary>
/// Builds one kustomization: what it names is gathered, what it generates is added, its components work on that, then its
/// transformers in their fixed order. Bases are built the same way first, each by a builder of its own.
/// </summary>
internal sealed class KustomizationBuilder
{
    private static readonly string[] FileNames = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

    private readonly BuildRoot _root;
    private readonly BuildState _state;
    private readonly Kustomization _kustomization;
    private readonly string _file;
    private readonly IReadOnlyList<string> _buildMetadata;
    private readonly PluginFactory _plugins;
    private readonly Origin? _origin;
    private readonly string _chartNamespace;

    private KustomizationBuilder(
        BuildRoot root, BuildState state, Kustomization kustomization, string file, IReadOnlyList<string> buildMetadata, Origin? origin, string outerNamespace)
    {
        (_root, _state, _kustomization, _file) = (root, state, kustomization, file);
        (_buildMetadata, _origin) = (buildMetadata, origin);
        _chartNamespace = kustomization.Namespace.Length > 0 ? kustomization.Namespace : outerNamespace;
        _plugins = new(root, state);
    }

    public Kustomization Kustomization => _kustomization;

    /// <summary>Reads the kustomization that a build begins with.</summary>
    /// <exception cref="KustomizeException">There is none, or it is malformed.</exception>
    public static async ValueTask<KustomizationBuilder> OpenAsync(
        BuildRoot root, BuildState state, KustomizeOverrides overrides, CancellationToken cancellationToken)
    {
        var (read, file) = await ReadAsync(root, state, overrides.HasEdits, cancellationToken);
        try
        {
            return await OpenAsync(root, state, read, file, overrides, cancellationToken);
        }
        catch (KustomizeException exception)
        {
            throw new KustomizeException(exception.Message, exception) { File = exception.File ?? TreePath.Combine(root.Directory, file) };
        }
    }

    /// <summary>The objects with their final names.</summary>
    public async ValueTask<ResourceSet> BuildAsync(CancellationToken cancellationToken)
    {
        var gathered = new Accumulator();
        await AccumulateAsync(gathered, cancellationToken);
        try
        {
            BuildWork.For("names");
            gathered.Resources.Apply(new HashTransformer(), _state);
            gathered.FixReferences(_state);
            BuildWork.For("vars");
            gathered.ResolveVariables(_state);
            if (gathered.Resources.All.FirstOrDefault(static resource => resource.Name.Length == 0) is { } nameless)
            {
                throw new KustomizeException($"missing metadata.name in object of kind {nameless.Kind}: a replacement took it");
            }
        }
        catch (KustomizeException exception) when (exception.File is null)
        {
            throw new KustomizeException(exception.Message, exception) { File = TreePath.Combine(_root.Directory, _file) };
        }

        gathered.Resources.Remove(IsLocalConfig);
        gathered.Resources.CheckIdentities();
        return gathered.Resources;
    }

    private static async ValueTask<KustomizationBuilder> OpenAsync(
        BuildRoot root, BuildState state, Kustomization read, string file, KustomizeOverrides overrides, CancellationToken cancellationToken)
    {
        var components = await ComponentPaths.ResolveAsync(root, overrides, cancellationToken);
        var kustomization = OverrideApplier.Apply(read, overrides, components);
        await ChooseSchemaAsync(root, state, kustomization, cancellationToken);
        var origin = kustomization.BuildMetadata.Count > 0 ? new Origin() : null;
        return new(root, state, kustomization, file, kustomization.BuildMetadata, origin, string.Empty);
    }

    /// <summary>Objects that only take part in the build.</summary>
    private static bool IsLocalConfig(Resource resource) =>
        resource.TextOf("annotations", "config.kubernetes.io/local-config") is not (null or "false");

    private static async ValueTask<(Kustomization Kustomization, string File)> ReadAsync(
        BuildRoot root, BuildState state, bool mayBeEmpty, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        foreach (var name in FileNames)
        {
            if (await root.FindAsync(name, cancellationToken) is { Kind: TreeEntryKind.File })
            {
                found.Add(name);
            }
        }

        if (found.Count != 1)
        {
            throw new KustomizeException(found.Count == 0
                ? $"there is no {string.Join(", ", FileNames[..^1])} or {FileNames[^1]} in '{DirectoryName(root)}': add one, or name a directory that has one"
                : $"'{DirectoryName(root)}' has {string.Join(" and ", found)}: keep one of them");
        }

        try
        {
            var json = ConfigText.Read((await root.ReadAsync(found[0], cancellationToken)).Span) ?? (mayBeEmpty ? new JsonObject() : null);
            var kustomization = Kustomization.Read(
                json as JsonObject ?? throw new KustomizeException("a kustomization is a mapping, and this is empty or something else"), mayBeEmpty);
            foreach (var (old, present) in kustomization.Deprecated)
            {
                state.Warn($"{TreePath.Combine(root.Directory, found[0])}: '{old}' is deprecated; use '{present}' instead");
            }

            return (kustomization, found[0]);
        }
        catch (KustomizeException exception)
        {
            throw new KustomizeException(exception.Message, exception) { File = TreePath.Combine(root.Directory, found[0]) };
        }
    }

    private static string DirectoryName(BuildRoot root) => root.Directory.Length == 0 ? "." : root.Directory;

    private static async ValueTask ChooseSchemaAsync(BuildRoot root, BuildState state, Kustomization kustomization, CancellationToken cancellationToken)
    {
        var path = kustomization.OpenApi?.GetValueOrDefault("path");
        var version = kustomization.OpenApi?.GetValueOrDefault("version");
        if (path is not null)
        {
            var content = await root.ReadAsync(path, cancellationToken);
            if (!state.IsSchemaChosen)
            {
                state.IsSchemaChosen = true;
                state.Schema = version is null
                    ? MergeSchema.Custom(NodeJson.OfJson(ConfigText.ReadDefinitions(content.Span)), alsoBuiltIn: state.HasObjects)
                    : throw new KustomizeException("builtin version and custom schema provided, cannot use both");
            }
        }
        else if (!string.IsNullOrEmpty(version) && !state.IsSchemaChosen)
        {
            state.IsSchemaChosen = version == MergeSchema.BuiltInVersion
                ? true
                : throw new KustomizeException($"the specified OpenAPI version is not built in: {version}; built in is {MergeSchema.BuiltInVersion}");
        }
    }

    private async ValueTask AccumulateAsync(Accumulator gathered, CancellationToken cancellationToken)
    {
        try
        {
            await AddResourcesAsync(gathered, _kustomization.Resources, cancellationToken);
            BuildWork.For("configurations or crds");
            gathered.AddConfig(await ConfigAsync(cancellationToken));
            gathered.AddConfig(await CrdConfig.ReadAsync(_root, _kustomization.Crds, cancellationToken));
            await GenerateAsync(gathered, cancellationToken);
            foreach (var path in _kustomization.Components)
            {
                await EnterAsync(gathered, path, isComponent: true, cancellationToken);
            }

            await TransformAsync(gathered, cancellationToken);
            await ValidateAsync(gathered, cancellationToken);
            BuildWork.For("vars");
            gathered.AddVariables(_kustomization.Vars);
        }
        catch (KustomizeException exception) when (exception.File is null)
        {
            throw new KustomizeException(exception.Message, exception) { File = TreePath.Combine(_root.Directory, _file) };
        }
    }

    private async ValueTask<TransformerConfig> ConfigAsync(CancellationToken cancellationToken)
    {
        var config = TransformerConfig.Empty;
        foreach (var path in _kustomization.Configurations)
        {
            var json = ConfigText.Read((await _root.ReadAsync(path, cancellationToken)).Span);
            config = config.Merge(json is null ? TransformerConfig.Empty : TransformerConfig.Read(new(json, path)));
        }

        return DefaultConfig.Value.Merge(config);
    }

    private async ValueTask AddResourcesAsync(Accumulator gathered, IEnumerable<string> paths, CancellationToken cancellationToken)
    {
        foreach (var path in paths)
        {
            BuildWork.For("resources");
            if (BuildRoot.IsRemote(path))
            {
                throw BuildRoot.RemoteError(path);
            }

            if (path.Length > 0 && await _root.FindAsync(path, cancellationToken) is { Kind: TreeEntryKind.File })
            {
                await AddFileAsync(gathered, path, cancellationToken);
            }
            else
            {
                await EnterAsync(gathered, path, isComponent: false, cancellationToken);
            }
        }
    }

    private async ValueTask AddFileAsync(Accumulator gathered, string path, CancellationToken cancellationToken)
    {
        var content = await _root.ReadAsync(path, cancellationToken);
        try
        {
            var resources = ResourceReader.ReadNodes(content.Span).ConvertAll(node => new Resource(node) { Origin = _origin?.Append(path) });
            _state.HasObjects |= resources.Count > 0;
            gathered.Resources.AppendAll(resources);
            BuildLimits.CheckObjects(gathered.Resources.All.Count);
        }
        catch (KustomizeException exception)
        {
            throw new KustomizeException($"'{path}': {exception.Message}", exception);
        }
    }

    /// <summary>Builds a base, whose result is added, or lets a component work on what has been gathered.</summary>
    private async ValueTask EnterAsync(Accumulator gathered, string path, bool isComponent, CancellationToken cancellationToken)
    {
        var root = await _root.EnterAsync(path, cancellationToken);
        var (kustomization, file) = await ReadAsync(root, _state, mayBeEmpty: false, cancellationToken);
        try
        {
            await ChooseSchemaAsync(root, _state, kustomization, cancellationToken);
        }
        catch (KustomizeException exception)
        {
            throw new KustomizeException(exception.Message, exception) { File = TreePath.Combine(root.Directory, file) };
        }

        if (isComponent != (kustomization.Kind == Kustomization.ComponentKind))
        {
            throw new KustomizeException(isComponent
                ? $"components: expected kind 'Component', but '{path}' is a '{kustomization.Kind}': list it under resources"
                : $"resources: '{path}' is a Component: list it under components");
        }

        var builder = new KustomizationBuilder(root, _state, kustomization, file, _buildMetadata, _origin?.Append(path), _chartNamespace);
        if (isComponent)
        {
            await builder.AccumulateAsync(gathered, cancellationToken);
            gathered.BeginAnew();
            return;
        }

        var below = new Accumulator();
        await builder.AccumulateAsync(below, cancellationToken);
        gathered.Merge(below);
        BuildLimits.CheckObjects(gathered.Resources.All.Count);
    }

    private async ValueTask GenerateAsync(Accumulator gathered, CancellationToken cancellationToken)
    {
        foreach (var arguments in _kustomization.ConfigMapGenerator.Concat(_kustomization.SecretGenerator))
        {
            BuildWork.For(arguments.IsSecret ? "secretGenerator" : "configMapGenerator");
            var merged = arguments with { Options = GeneratorOptions.Merge(arguments.Options, _kustomization.GeneratorOptions) };
            var generator = await _plugins.DataAsync(merged, cancellationToken);
            Absorb(gathered, generator, BuiltInOrigin(arguments.IsSecret ? "SecretGenerator" : "ConfigMapGenerator"));
        }

        foreach (var chart in _kustomization.HelmCharts)
        {
            BuildWork.For("helmCharts");
            var placed = chart.Namespace.Length > 0 ? chart : chart with { Namespace = _chartNamespace };
            Absorb(gathered, await _plugins.ChartAsync(placed, cancellationToken), BuiltInOrigin("HelmChartInflationGenerator"));
        }

        foreach (var config in await ConfigsAsync(_kustomization.Generators, cancellationToken))
        {
            Absorb(gathered, await _plugins.GeneratorAsync(config, cancellationToken), ConfiguredOrigin(config));
        }
    }

    private void Absorb(Accumulator gathered, IGenerator generator, Origin? origin)
    {
        foreach (var resource in generator.Generate())
        {
            _state.HasObjects = true;
            resource.Origin = origin;
            gathered.Resources.Absorb(resource);
        }
    }

    /// <summary>Objects that configure generators or transformers: written in place, or in files or directories.</summary>
    private async ValueTask<IReadOnlyList<Resource>> ConfigsAsync(IReadOnlyList<string> entries, CancellationToken cancellationToken)
    {
        var configs = new Accumulator();
        var paths = new List<string>();
        foreach (var entry in entries)
        {
            if (TryReadInline(entry) is { } nodes)
            {
                configs.Resources.AppendAll(nodes.ConvertAll(node => new Resource(node) { Origin = _origin?.Append(_file) }));
            }
            else
            {
                paths.Add(entry);
            }
        }

        await AddResourcesAsync(configs, paths, cancellationToken);
        return configs.Resources.All;
    }

    private static List<Node>? TryReadInline(string text)
    {
        try
        {
            return ResourceReader.ReadNodes(text);
        }
        catch (KustomizeException)
        {
            return null;
        }
    }

    private async ValueTask TransformAsync(Accumulator gathered, CancellationToken cancellationToken)
    {
        foreach (var (transformer, origin) in await TransformersAsync(gathered.Config, cancellationToken))
        {
            BuildWork.For(FieldOf(transformer));
            gathered.Resources.Apply(transformer, _state);
            Record(gathered.Resources, origin);
            gathered.Resources.DropDeleted();
        }
    }

    private static string FieldOf(ITransformer transformer) => transformer switch
    {
        PatchTransformer => "patches",
        StrategicMergeTransformer => "patchesStrategicMerge",
        Json6902Transformer => "patchesJson6902",
        NamespaceTransformer => "namespace",
        AffixTransformer => "namePrefix or nameSuffix",
        MetadataTransformer => "labels or annotations",
        ReplicaTransformer => "replicas",
        ImageTransformer => "images",
        ReplacementTransformer => "replacements",
        _ => "transformers",
    };

    private static void Record(ResourceSet resources, Origin? origin)
    {
        foreach (var resource in origin is null ? [] : resources.All)
        {
            BuildWork.Hold(1, 0);
            if (resource.Origin is null)
            {
                resource.Origin = origin;
            }
            else
            {
                resource.Transformations.Add(origin!);
            }

            // kustomize keeps both as annotations, and writes all of them anew.
            resource.SetTexts("annotations", resource.TextsOf("annotations"));
        }
    }

    private async ValueTask ValidateAsync(Accumulator gathered, CancellationToken cancellationToken)
    {
        foreach (var config in await ConfigsAsync(_kustomization.Validators, cancellationToken))
        {
            BuildWork.For("validators");
            foreach (var transformer in await _plugins.TransformersAsync(config, cancellationToken))
            {
                BuildWork.Spend(gathered.Resources.All.Sum(static resource => resource.Node.Measure().Values) * 4);
                var before = gathered.Resources.All.Select(static resource => resource.Node.Clone()).ToList();
                gathered.Resources.Apply(transformer, _state);
                var after = gathered.Resources.All.Select(static resource => resource.Node).ToList();
                if (before.Count != after.Count || before.Zip(after).Any(static pair => !pair.First.IsSame(pair.Second)))
                {
                    throw new KustomizeException($"validator shouldn't modify the resource map: {config}");
                }
            }
        }
    }

    /// <summary>In the order in which kustomize runs them, whatever the order in the file.</summary>
    private async ValueTask<List<(ITransformer Transformer, Origin? Origin)>> TransformersAsync(TransformerConfig config, CancellationToken cancellationToken)
    {
        var all = new List<(ITransformer, Origin?)>();
        var k = _kustomization;
        BuildWork.For("patches, images or transformers");
        if (k.PatchesStrategicMerge.Count > 0)
        {
            Add("PatchStrategicMergeTransformer", await _plugins.MergesAsync(k.PatchesStrategicMerge, string.Empty, cancellationToken));
        }

        foreach (var (i, patch) in k.Patches.Index())
        {
            Add("PatchTransformer", await _plugins.PatchAsync(patch, $"patches[{i.ToString(CultureInfo.InvariantCulture)}]", cancellationToken));
        }

        if (k.Namespace.Length > 0)
        {
            Add("NamespaceTransformer", new NamespaceTransformer(k.Namespace, config.Namespace, unsetOnly: false, SubjectMode.DefaultOnly));
        }

        if (k.NamePrefix.Length > 0)
        {
            Add("PrefixTransformer", new AffixTransformer(k.NamePrefix, isPrefix: true, config.NamePrefix));
        }

        if (k.NameSuffix.Length > 0)
        {
            Add("SuffixTransformer", new AffixTransformer(k.NameSuffix, isPrefix: false, config.NameSuffix));
        }

        foreach (var label in k.Labels)
        {
            Add("LabelTransformer", new MetadataTransformer(label.Pairs, FieldsOf(label, config)));
        }

        if (k.Labels.Count > 0 || k.CommonLabels.Count > 0)
        {
            Add("LabelTransformer", new MetadataTransformer(k.CommonLabels, config.CommonLabels));
        }

        if (k.CommonAnnotations.Count > 0)
        {
            Add("AnnotationsTransformer", new MetadataTransformer(k.CommonAnnotations, config.CommonAnnotations));
        }

        foreach (var patch in k.PatchesJson6902)
        {
            Add("PatchJson6902Transformer", await _plugins.Json6902Async(patch, cancellationToken));
        }

        k.Replicas.ForEach(replica => Add("ReplicaCountTransformer", new ReplicaTransformer(replica, config.Replicas)));
        k.Images.ForEach(image => Add("ImageTagTransformer", new ImageTransformer(image, config.Images)));
        if (k.Replacements.Count > 0)
        {
            Add("ReplacementTransformer", await _plugins.ReplacementsAsync(k.Replacements, cancellationToken));
        }

        foreach (var plugin in await ConfigsAsync(k.Transformers, cancellationToken))
        {
            var transformers = await _plugins.TransformersAsync(plugin, cancellationToken);
            all.AddRange(transformers.Select((transformer, i) => (transformer, i == transformers.Count - 1 ? ConfiguredOrigin(plugin) : null)));
        }

        return all;

        void Add(string kind, ITransformer transformer) => all.Add((transformer, BuiltInOrigin(kind)));
    }

    private static List<FieldSpec> FieldsOf(Label label, TransformerConfig config)
    {
        var fields = FieldSpec.Merge(label.Fields, config.Labels);
        if (label.IncludeSelectors)
        {
            return FieldSpec.Merge(fields, config.CommonLabels);
        }

        fields = label.IncludeTemplates ? FieldSpec.Merge(fields, config.TemplateLabels) : fields;
        return FieldSpec.Merge(fields, [new(new(string.Empty, string.Empty, string.Empty), "metadata/labels", create: true)]);
    }

    private Origin? BuiltInOrigin(string kind) => _origin is null ? null : new()
    {
        ConfiguredIn = _origin.Append(_file).Path,
        ByApiVersion = "builtin",
        ByKind = kind,
    };

    private static Origin? ConfiguredOrigin(Resource config) => config.Origin is null ? null : new()
    {
        ConfiguredIn = config.Origin.Path,
        ByApiVersion = config.ApiVersion,
        ByKind = config.Kind,
        ByName = config.Name,
        ByNamespace = config.Namespace,
    };
}
