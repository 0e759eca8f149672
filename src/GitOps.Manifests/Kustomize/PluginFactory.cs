using System.Text.Json.Nodes;
using GitOps.Manifests.Kustomize.Generators;
using GitOps.Manifests.Kustomize.Merging;
using GitOps.Manifests.Kustomize.Model;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;
using GitOps.Manifests.Kustomize.Transformers;

namespace GitOps.Manifests.Kustomize;

/// <summary>Makes the built-in generators and transformers of objects that configure them. Programs and containers are not run; charts are rendered.</summary>
internal sealed class PluginFactory(BuildRoot root, BuildState state)
{
    private const string BuiltIn = "builtin";

    /// <exception cref="KustomizeException">It is no built-in generator, or badly configured.</exception>
    public async ValueTask<IGenerator> GeneratorAsync(Resource config, CancellationToken cancellationToken)
    {
        CheckBuiltIn(config);
        var reader = ReaderOf(config);
        switch (config.Kind)
        {
            case "ConfigMapGenerator" or "SecretGenerator":
                var arguments = GeneratorArguments.Read(reader, config.Kind == "SecretGenerator");
                arguments = arguments with
                {
                    Name = arguments.Name.Length > 0 ? arguments.Name : config.Name,
                    Namespace = arguments.Namespace.Length > 0 ? arguments.Namespace : config.Namespace,
                };
                return await DataAsync(arguments, cancellationToken);
            case "IAMPolicyGenerator":
                var service = reader.Object("kubernetesService", static item => item);
                var account = reader.Object("serviceAccount", static item => item);
                return new IamPolicyGenerator(
                    reader.Text("cloud"), account?.Text("name") ?? string.Empty, account?.Text("projectId") ?? string.Empty,
                    service?.Text("name") ?? string.Empty, service?.Text("namespace") ?? string.Empty);
            case "HelmChartInflationGenerator":
                return await ChartAsync(ChartArguments.ReadGenerator(reader), cancellationToken);
            default:
                throw new KustomizeException($"unable to load builtin {config.Gvk} as a generator");
        }
    }

    /// <exception cref="KustomizeException">It is no built-in transformer, or badly configured.</exception>
    public async ValueTask<IReadOnlyList<ITransformer>> TransformersAsync(Resource config, CancellationToken cancellationToken)
    {
        CheckBuiltIn(config);
        var reader = ReaderOf(config);
        try
        {
            return await TransformersAsync(config, reader, cancellationToken);
        }
        catch (KustomizeException exception)
        {
            throw new KustomizeException($"plugin {config} fails configuration: {exception.Message}", exception);
        }
    }

    public async ValueTask<IGenerator> DataAsync(GeneratorArguments arguments, CancellationToken cancellationToken) =>
        new DataGenerator(arguments, await PairReader.ReadAsync(root, arguments, cancellationToken));

    /// <exception cref="KustomizeException">It cannot be had or rendered.</exception>
    public async ValueTask<IGenerator> ChartAsync(ChartArguments chart, CancellationToken cancellationToken) =>
        await ChartGenerator.RenderAsync(root, state, chart, cancellationToken);

    public async ValueTask<ITransformer> PatchAsync(Patch patch, string place, CancellationToken cancellationToken)
    {
        var text = patch.Text.Trim();
        if (text.Length > 0 == patch.Path.Length > 0)
        {
            throw new KustomizeException($"{place}: {(text.Length > 0 ? "patch and path can't be set at the same time" : "must specify one of patch and path")}");
        }

        var source = text.Length > 0 ? place : $"{place} ({patch.Path})";
        if (text.Length == 0)
        {
            text = await TextAsync(patch.Path, cancellationToken);
        }

        return PatchTransformer.Create(text, source, patch.Target?.Compile(), patch.AllowNameChange, patch.AllowKindChange);
    }

    public async ValueTask<ITransformer> Json6902Async(Patch patch, CancellationToken cancellationToken)
    {
        if (patch.Target is not { Name.Length: > 0 })
        {
            throw new KustomizeException("patchesJson6902: must specify the target name");
        }

        if (patch.Path.Length > 0 == patch.Text.Length > 0)
        {
            throw new KustomizeException(patch.Text.Length > 0 ? "must specify a file path or jsonOp, not both" : "empty file path and empty jsonOp");
        }

        var json = JsonPatchText.Read(patch.Text.Length > 0 ? patch.Text : await TextAsync(patch.Path, cancellationToken));
        return json.IsEmpty
            ? throw new KustomizeException($"patch appears to be empty; file={patch.Path}")
            : new Json6902Transformer(json, patch.Target.Compile());
    }

    public async ValueTask<ITransformer> MergesAsync(IReadOnlyList<string> paths, string inline, CancellationToken cancellationToken)
    {
        var patches = new List<Node>();
        foreach (var path in paths)
        {
            patches.AddRange(TryReadNodes(path) is { Count: > 0 } written ? written : ResourceReader.ReadNodes((await root.ReadAsync(path, cancellationToken)).Span));
        }

        if (inline.Length > 0)
        {
            patches.AddRange(ResourceReader.ReadNodes(inline));
        }

        return patches.Count > 0 ? new StrategicMergeTransformer(patches)
            : throw new KustomizeException(paths.Count == 0 && inline.Length == 0 ? "empty file path and empty patch content" : $"patch appears to be empty; files={string.Join(' ', paths)}");
    }

    public async ValueTask<ITransformer> ReplacementsAsync(IEnumerable<ReplacementField> fields, CancellationToken cancellationToken)
    {
        var replacements = new List<ReplacementField>();
        foreach (var field in fields)
        {
            if (field.Path.Length == 0)
            {
                replacements.Add(field);
                continue;
            }

            if (field.Source is not null || field.Targets is { Count: > 0 })
            {
                throw new KustomizeException("cannot specify both path and inline replacement");
            }

            var json = ConfigText.Read((await root.ReadAsync(field.Path, cancellationToken)).Span);
            replacements.AddRange(json switch
            {
                JsonArray items => items.Select(item => ReplacementField.Read(new(item, field.Path, isStrict: false))),
                JsonObject one => [ReplacementField.Read(new(one, field.Path, isStrict: false))],
                _ => throw new KustomizeException($"'{field.Path}': unsupported replacement type encountered within replacement path"),
            });
        }

        return new ReplacementTransformer(replacements);
    }

    private static void CheckBuiltIn(Resource config)
    {
        if (config.ApiVersion != BuiltIn)
        {
            throw new KustomizeException(
                $"{config}: only built-in generators and transformers are run (apiVersion: builtin); programs and containers are not: commit what it makes, and list that under resources");
        }
    }

    private static ConfigReader ReaderOf(Resource config) => new(NodeJson.ToJson(config.Node), string.Empty, isStrict: false);

    private static List<Node>? TryReadNodes(string text)
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

    private async ValueTask<string> TextAsync(string path, CancellationToken cancellationToken) =>
        System.Text.Encoding.UTF8.GetString((await root.ReadAsync(path, cancellationToken)).Span);

    private async ValueTask<IReadOnlyList<ITransformer>> TransformersAsync(Resource config, ConfigReader reader, CancellationToken cancellationToken)
    {
        switch (config.Kind)
        {
            case "AnnotationsTransformer":
                return Metadata(reader, "annotations");
            case "LabelTransformer":
                return Metadata(reader, "labels");
            case "HashTransformer":
                return [new HashTransformer()];
            case "ImageTagTransformer":
                return [new ImageTransformer(reader.Object("imageTag", Image.Read) ?? new(string.Empty, string.Empty, string.Empty, string.Empty, string.Empty), Fields(reader))];
            case "NamespaceTransformer":
                return [new NamespaceTransformer(config.Namespace, Fields(reader), reader.Flag("unsetOnly"), Subjects(reader.Text("setRoleBindingSubjects")))];
            case "PatchJson6902Transformer":
                return [await Json6902Async(Patch.Read(reader, "jsonOp"), cancellationToken)];
            case "PatchStrategicMergeTransformer":
                return [await MergesAsync(reader.Texts("paths"), reader.Text("patches"), cancellationToken)];
            case "PatchTransformer":
                return [await PatchAsync(Patch.Read(reader), config.Name, cancellationToken)];
            case "PrefixTransformer":
                return [new AffixTransformer(reader.Text("prefix"), isPrefix: true, RequiredFields(reader))];
            case "SuffixTransformer":
                return [new AffixTransformer(reader.Text("suffix"), isPrefix: false, RequiredFields(reader))];
            case "PrefixSuffixTransformer":
                var fields = RequiredFields(reader);
                return [new AffixTransformer(reader.Text("prefix"), isPrefix: true, fields), new AffixTransformer(reader.Text("suffix"), isPrefix: false, fields)];
            case "ReplacementTransformer":
                return [await ReplacementsAsync(reader.List("replacements", ReplacementField.Read), cancellationToken)];
            case "ReplicaCountTransformer":
                return [new ReplicaTransformer(reader.Object("replica", Replica.Read) ?? new(string.Empty, 0), Fields(reader))];
            case "ValueAddTransformer":
                return [await ValueAddAsync(reader, cancellationToken)];
            default:
                throw new KustomizeException($"unable to load builtin {config.Gvk}");
        }
    }

    private async ValueTask<ITransformer> ValueAddAsync(ConfigReader reader, CancellationToken cancellationToken)
    {
        var value = reader.Text("value").Trim();
        var targets = reader.List("targets", Target);
        if (reader.Text("targetFilePath") is { Length: > 0 } path)
        {
            targets.AddRange(new ConfigReader(ConfigText.Read((await root.ReadAsync(path, cancellationToken)).Span), path, isStrict: false).List("targets", Target));
        }

        return targets.Count == 0
            ? throw new KustomizeException("must specify at least one target")
            : new ValueAddTransformer(value.Length > 0 ? value : root.Name, targets);

        static ValueTarget Target(ConfigReader item)
        {
            var target = new ValueTarget(item.Object("selector", TargetSelector.Read)?.Compile(), item.Text("fieldPath"), item.Integer("filePathPosition"));
            return target.FieldPath.Length == 0 ? throw new KustomizeException("fieldPath cannot be empty")
                : target.FilePathPosition < 0 ? throw new KustomizeException($"value of FilePathPosition ({target.FilePathPosition}) cannot be negative")
                : target;
        }
    }

    private static MetadataTransformer[] Metadata(ConfigReader reader, string name) =>
        [new MetadataTransformer(reader.Map(name) ?? new(StringComparer.Ordinal), Fields(reader))];

    private static List<FieldSpec> Fields(ConfigReader reader) => reader.List("fieldSpecs", FieldSpec.Read);

    private static List<FieldSpec> RequiredFields(ConfigReader reader) =>
        reader.Has("fieldSpecs") ? Fields(reader) : throw new KustomizeException("fieldSpecs is not expected to be nil");

    private static SubjectMode Subjects(string text) => text switch
    {
        "" or "defaultOnly" => SubjectMode.DefaultOnly,
        "allServiceAccounts" => SubjectMode.AllServiceAccounts,
        "none" => SubjectMode.None,
        _ => throw new KustomizeException(
            $"invalid value \"{text}\" for setRoleBindingSubjects: must be one of \"defaultOnly\", \"none\" or \"allServiceAccounts\""),
    };
}
