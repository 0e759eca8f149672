using System.Text.Json;
using System.Text.Json.Nodes;

namespace GitOps.Manifests.Kustomize.Model;

/// <summary>What a kustomization file says; legacy spellings are read into the present ones.</summary>
internal sealed record Kustomization
{
    public const string ComponentKind = "Component";
    private const string Kustomize = "Kustomization";
    private const string Version = "kustomize.config.k8s.io/v1beta1";
    private const string ComponentVersion = "kustomize.config.k8s.io/v1alpha1";

    private static readonly (string Old, string Present)[] DeprecatedFields =
    [
        ("bases", "resources"), ("commonLabels", "labels"), ("imageTags", "images"), ("patchesJson6902", "patches"),
        ("patchesStrategicMerge", "patches"), ("vars", "replacements"),
    ];

    public string Kind { get; init; } = Kustomize;

    /// <summary>Fields that it uses and that kustomize warns of, with those to use instead.</summary>
    public IReadOnlyList<(string Old, string Present)> Deprecated { get; private init; } = [];

    public SortedDictionary<string, string>? OpenApi { get; init; }

    public string NamePrefix { get; init; } = string.Empty;

    public string NameSuffix { get; init; } = string.Empty;

    public string Namespace { get; init; } = string.Empty;

    public SortedDictionary<string, string> CommonLabels { get; init; } = new(StringComparer.Ordinal);

    public List<Label> Labels { get; init; } = [];

    public SortedDictionary<string, string> CommonAnnotations { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Paths, or patches themselves.</summary>
    public List<string> PatchesStrategicMerge { get; init; } = [];

    public List<Patch> PatchesJson6902 { get; init; } = [];

    public List<Patch> Patches { get; init; } = [];

    public List<Image> Images { get; init; } = [];

    public List<ReplacementField> Replacements { get; init; } = [];

    public List<Replica> Replicas { get; init; } = [];

    public List<Variable> Vars { get; init; } = [];

    public SortOptions? SortOptions { get; init; }

    public List<string> Resources { get; init; } = [];

    public List<string> Components { get; init; } = [];

    public List<string> Crds { get; init; } = [];

    public List<GeneratorArguments> ConfigMapGenerator { get; init; } = [];

    public List<GeneratorArguments> SecretGenerator { get; init; } = [];

    public GeneratorOptions? GeneratorOptions { get; init; }

    public List<string> Configurations { get; init; } = [];

    /// <summary>Paths, or configurations themselves.</summary>
    public List<string> Generators { get; init; } = [];

    public List<string> Transformers { get; init; } = [];

    public List<string> Validators { get; init; } = [];

    public List<string> BuildMetadata { get; init; } = [];

    public List<ChartArguments> HelmCharts { get; init; } = [];

    /// <param name="json">The file.</param>
    /// <param name="mayBeEmpty">Something is to be added to it.</param>
    /// <exception cref="KustomizeException">A field is unknown or of the wrong type, or there is nothing in it.</exception>
    public static Kustomization Read(JsonObject json, bool mayBeEmpty)
    {
        var reader = new ConfigReader(json, string.Empty);
        var (apiVersion, kind) = (reader.Text("apiVersion"), reader.Text("kind"));
        Check(kind.Length == 0 ? Kustomize : kind, apiVersion);
        var charts = ChartArguments.ReadAll(reader);
        reader.Find("metadata");
        var kustomization = new Kustomization
        {
            Kind = kind.Length == 0 ? Kustomize : kind,
            OpenApi = reader.Map("openapi"),
            NamePrefix = reader.Text("namePrefix"),
            NameSuffix = reader.Text("nameSuffix"),
            Namespace = reader.Text("namespace"),
            CommonLabels = reader.Map("commonLabels") ?? new(StringComparer.Ordinal),
            Labels = reader.List("labels", Label.Read),
            CommonAnnotations = reader.Map("commonAnnotations") ?? new(StringComparer.Ordinal),
            PatchesStrategicMerge = reader.Texts("patchesStrategicMerge"),
            PatchesJson6902 = reader.List("patchesJson6902", static item => Patch.Read(item)),
            Patches = reader.List("patches", static item => Patch.Read(item)),
            Images = [.. reader.List("images", Image.Read), .. reader.List("imageTags", Image.Read)],
            Replacements = reader.List("replacements", ReplacementField.Read),
            Replicas = reader.List("replicas", Replica.Read),
            Vars = reader.List("vars", Variable.Read),
            SortOptions = reader.Object("sortOptions", Model.SortOptions.Read),
            Resources = [.. reader.Texts("resources"), .. reader.Texts("bases")],
            Components = reader.Texts("components"),
            Crds = reader.Texts("crds"),
            ConfigMapGenerator = reader.List("configMapGenerator", static item => GeneratorArguments.Read(item, isSecret: false)),
            SecretGenerator = reader.List("secretGenerator", static item => GeneratorArguments.Read(item, isSecret: true)),
            GeneratorOptions = reader.Object("generatorOptions", Model.GeneratorOptions.Read),
            Configurations = reader.Texts("configurations"),
            Generators = reader.Texts("generators"),
            Transformers = reader.Texts("transformers"),
            Validators = reader.Texts("validators"),
            BuildMetadata = reader.Texts("buildMetadata"),
            HelmCharts = charts,
            Deprecated = [.. DeprecatedFields.Where(field => reader.Has(field.Old))],
        };
        reader.RefuseOthers();
        return !mayBeEmpty && json.All(static field => IsNothing(field.Key.ToLowerInvariant(), field.Value))
            ? throw new KustomizeException("the kustomization is empty: give it resources, or remove the file")
            : kustomization;
    }

    /// <summary>An empty list is something, unless it is read into another field; an empty text is not.</summary>
    private static bool IsNothing(string name, JsonNode? value) =>
        name is "apiversion" or "kind"
        || value is null
        || (value is JsonArray { Count: 0 } && name is "bases" or "imagetags" or "helmchartinflationgenerator")
        || (value is JsonValue && value.GetValueKind() == JsonValueKind.String && value.GetValue<string>().Length == 0);

    private static void Check(string kind, string apiVersion)
    {
        if (kind is not (Kustomize or ComponentKind))
        {
            throw new KustomizeException($"kind should be {Kustomize} or {ComponentKind}, not '{kind}': correct it, or give the file another name");
        }

        var wanted = kind == ComponentKind ? ComponentVersion : Version;
        if (apiVersion.Length > 0 && apiVersion != wanted)
        {
            throw new KustomizeException($"apiVersion for {kind} should be {wanted}, not '{apiVersion}': correct it, or give the file another name if it is for another program");
        }
    }
}
