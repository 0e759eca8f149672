using System.Collections.Frozen;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Resources;

namespace GitOps.Manifests.Kustomize.Schemas;

/// <summary>What a strategic merge has to know of a value.</summary>
/// <param name="Type">The type of the value, or of the items of a list, or of the values of a map; null: nothing of interest below.</param>
/// <param name="IsMapOfType">Its fields are names that are not fixed, and their values of the type.</param>
/// <param name="IsMerged">A list whose items are merged, not replaced as a whole.</param>
/// <param name="Keys">By which fields items are the same; empty: they are plain values.</param>
internal sealed record FieldSchema(string? Type, bool IsMapOfType, bool IsMerged, string[] Keys)
{
    public static FieldSchema Of(string type) => new(type, IsMapOfType: false, IsMerged: false, []);
}

/// <summary>
/// How lists of the known kinds are merged, and which kinds certainly lie in no namespace. The facts are those of Kubernetes 1.21,
/// on which kustomize 5 still works: a kind that is newer than that has its lists replaced.
/// </summary>
internal sealed class MergeSchema
{
    /// <summary>As kustomizations name it.</summary>
    public const string BuiltInVersion = "v1.21.2";

    private const string Resource = "GitOps.Manifests.Kustomize.merge-keys.json";

    private readonly FrozenDictionary<string, FrozenDictionary<string, FieldSchema>> _types;
    private readonly FrozenDictionary<string, string> _kinds;
    private readonly FrozenSet<Gvk> _clusterScoped;

    private MergeSchema(
        FrozenDictionary<string, FrozenDictionary<string, FieldSchema>> types, FrozenDictionary<string, string> kinds, FrozenSet<Gvk> clusterScoped) =>
        (_types, _kinds, _clusterScoped) = (types, kinds, clusterScoped);

    /// <summary>That of the built-in kinds.</summary>
    public static MergeSchema BuiltIn { get; } = Load();

    public bool IsClusterScoped(Gvk gvk) => _clusterScoped.Contains(gvk);

    /// <summary>What is known of a kind; null where nothing is known of it.</summary>
    public FieldSchema? Find(string apiVersion, string kind) =>
        _kinds.TryGetValue($"{apiVersion}/{kind}", out var type) ? FieldSchema.Of(type) : null;

    /// <summary>A field of a value; null where nothing of interest is known.</summary>
    public FieldSchema? Field(FieldSchema? schema, string name) =>
        schema?.Type is not { } type ? null
        : schema.IsMapOfType ? FieldSchema.Of(type)
        : _types.TryGetValue(type, out var fields) ? fields.GetValueOrDefault(name)
        : null;

    /// <summary>The items of a list.</summary>
    public static FieldSchema? Items(FieldSchema? schema) => schema?.Type is { } type ? FieldSchema.Of(type) : null;

    /// <summary>The definitions of an OpenAPI document.</summary>
    /// <param name="document">Of version 2.</param>
    /// <param name="alsoBuiltIn">Whether the built-in ones hold too.</param>
    /// <exception cref="KustomizeException">It is no OpenAPI document of version 2.</exception>
    public static MergeSchema Custom(Node document, bool alsoBuiltIn)
    {
        if (document.Get("definitions") is not { Kind: NodeKind.Map } definitions)
        {
            throw new KustomizeException("the OpenAPI document has no definitions: it must be one of version 2, as 'kustomize openapi fetch' gives");
        }

        var reader = new OpenApiReader(definitions);
        foreach (var (kind, type) in alsoBuiltIn ? BuiltIn._kinds : FrozenDictionary<string, string>.Empty)
        {
            reader.Kinds[kind] = type;
        }

        foreach (var (name, type) in alsoBuiltIn ? BuiltIn._types : FrozenDictionary<string, FrozenDictionary<string, FieldSchema>>.Empty)
        {
            reader.Types[name] = type;
        }

        return new(reader.Types.ToFrozenDictionary(StringComparer.Ordinal), reader.Kinds.ToFrozenDictionary(StringComparer.Ordinal), BuiltIn._clusterScoped);
    }

    private static MergeSchema Load()
    {
        using var stream = typeof(MergeSchema).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"the program was built without {Resource}");
        using var buffer = new MemoryStream();
        stream.CopyTo(buffer);
        var json = KubernetesJson.ParseObject(buffer.ToArray());
        var types = ((JsonObject)json["types"]!).ToFrozenDictionary(
            static type => type.Key,
            static type => ((JsonObject)type.Value!).ToFrozenDictionary(static field => field.Key, static field => Field((JsonObject)field.Value!), StringComparer.Ordinal),
            StringComparer.Ordinal);
        var kinds = ((JsonObject)json["kinds"]!).ToFrozenDictionary(static kind => kind.Key, static kind => kind.Value!.GetValue<string>(), StringComparer.Ordinal);
        return new(types, kinds, ((JsonArray)json["clusterScoped"]!).Select(static item => Split(item!.GetValue<string>())).ToFrozenSet());
    }

    private static Gvk Split(string kind)
    {
        var slash = kind.LastIndexOf('/');
        return Gvk.Of(kind[..slash], kind[(slash + 1)..]);
    }

    private static FieldSchema Field(JsonObject field) => new(
        KubernetesObject.GetString(field, "type"),
        KubernetesObject.GetString(field, "is") == "map",
        field.ContainsKey("merge"),
        field["merge"] is JsonArray keys ? [.. keys.Select(static key => key!.GetValue<string>())] : []);
}
