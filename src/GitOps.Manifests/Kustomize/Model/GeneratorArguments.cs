using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Model;

internal sealed record GeneratorOptions(
    SortedDictionary<string, string>? Labels, SortedDictionary<string, string>? Annotations, bool DisableNameSuffixHash, bool Immutable)
{
    public static GeneratorOptions Read(ConfigReader reader)
    {
        var options = new GeneratorOptions(
            reader.Map("labels"), reader.Map("annotations"), reader.Flag("disableNameSuffixHash"), reader.Flag("immutable"));
        reader.RefuseOthers();

        return options;
    }

    /// <summary>The options of one generator over those of all.</summary>
    public static GeneratorOptions? Merge(GeneratorOptions? own, GeneratorOptions? all) => all is null ? own : new(
        Over(own?.Labels, all.Labels), Over(own?.Annotations, all.Annotations),
        (own?.DisableNameSuffixHash ?? false) || all.DisableNameSuffixHash, (own?.Immutable ?? false) || all.Immutable);

    private static SortedDictionary<string, string>? Over(SortedDictionary<string, string>? own, SortedDictionary<string, string>? all)
    {
        if (own is null || all is null)
        {
            return own ?? all;
        }

        var merged = new SortedDictionary<string, string>(all, StringComparer.Ordinal);
        foreach (var (name, value) in own)
        {
            merged[name] = value;
        }

        return merged;
    }
}

/// <summary>A ConfigMap or a Secret to be made.</summary>
internal sealed record GeneratorArguments
{
    public bool IsSecret { get; init; }

    public string Name { get; init; } = string.Empty;

    public string Namespace { get; init; } = string.Empty;

    public GeneratorBehavior Behavior { get; init; }

    public List<string> Literals { get; init; } = [];

    public List<string> Files { get; init; } = [];

    public List<string> Envs { get; init; } = [];

    /// <summary>Of a Secret.</summary>
    public string Type { get; init; } = string.Empty;

    public GeneratorOptions? Options { get; init; }

    public static GeneratorArguments Read(ConfigReader reader, bool isSecret)
    {
        var env = reader.Text("env");
        var arguments = new GeneratorArguments
        {
            IsSecret = isSecret,
            Name = reader.Text("name"),
            Namespace = reader.Text("namespace"),
            Behavior = BehaviorOf(reader.Text("behavior")),
            Literals = reader.Texts("literals"),
            Files = reader.Texts("files"),
            Envs = env.Length > 0 ? [.. reader.Texts("envs"), env] : reader.Texts("envs"),
            Type = isSecret ? reader.Text("type") : string.Empty,
            Options = reader.Object("options", GeneratorOptions.Read),
        };
        reader.RefuseOthers();

        return arguments;
    }

    private static GeneratorBehavior BehaviorOf(string text) => text switch
    {
        "replace" => GeneratorBehavior.Replace,
        "merge" => GeneratorBehavior.Merge,
        "create" => GeneratorBehavior.Create,
        _ => GeneratorBehavior.Unspecified,
    };
}
