using GitOps.Manifests.Kustomize.Nodes;
using GitOps.Manifests.Kustomize.Schemas;
using GitOps.Manifests.Kustomize.Transformers;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Kustomize.Resources;

/// <summary>How a generated object meets one of the same name.</summary>
internal enum GeneratorBehavior
{
    Unspecified,
    Create,
    Replace,
    Merge,
}

/// <summary>An object on its way through the transformers, with what has to be remembered of the way.</summary>
internal sealed class Resource
{
    private const int Few = 10;

    private readonly List<(string Namespace, string Name, string Kind)> _previous = [];
    private string? _knownApiVersion;
    private string? _knownKind;
    private Gvk _gvk;
    private bool _isClusterScoped;

    public Resource(Node node) => Node = node;

    public Node Node { get; }

    /// <summary>It is to be dropped: a patch deleted it.</summary>
    public bool IsDeleted { get; set; }

    public List<string> Prefixes { get; } = [];

    public List<string> Suffixes { get; } = [];

    public GeneratorBehavior Behavior { get; set; }

    /// <summary>The name gets a suffix made of the content.</summary>
    public bool NeedsHash { get; set; }

    /// <summary>The same, asked for by the manifest itself, in the words that kustomize uses inside.</summary>
    public bool AsksForHash => TextsOf("annotations").GetValueOrDefault(BuildAnnotations.NeedsHash) == "enabled";

    /// <summary>A chart made it, and its namespace is the chart's to say.</summary>
    public bool IsFromChart => TextsOf("annotations").GetValueOrDefault(BuildAnnotations.FromChart) == "true";

    public bool AllowsNameChange { get; set; }

    public bool AllowsKindChange { get; set; }

    /// <summary>Names of the variables that read from this object.</summary>
    public List<string> Variables { get; private set; } = [];

    /// <summary>Where it comes from; null where that is not kept.</summary>
    public Origin? Origin { get; set; }

    /// <summary>Which transformers changed it.</summary>
    public List<Origin> Transformations { get; set; } = [];

    public string ApiVersion => Node.TextOf("apiVersion") ?? string.Empty;

    public string Kind => Node.TextOf("kind") ?? string.Empty;

    public Gvk Gvk => Type.Gvk;

    public string Name
    {
        get => Metadata?.TextOf("name") ?? string.Empty;
        set => Scalars.SetMember(Node.GetOrAdd("metadata", NodeKind.Map), "name", value);
    }

    public string Namespace
    {
        get => Metadata?.TextOf("namespace") ?? string.Empty;
        set
        {
            if (value.Length > 0)
            {
                Scalars.SetMember(Node.GetOrAdd("metadata", NodeKind.Map), "namespace", value);
            }
            else
            {
                Metadata?.Remove("namespace");
            }
        }
    }

    public Node? Metadata => Node.Get("metadata");

    public ResourceId CurrentId
    {
        get
        {
            var (gvk, isClusterScoped) = Type;
            var metadata = Metadata;
            return new(gvk, metadata?.TextOf("name") ?? string.Empty, metadata?.TextOf("namespace") ?? string.Empty, isClusterScoped);
        }
    }

    /// <summary>What it was before anything was done to it.</summary>
    public ResourceId OriginalId => _previous.Count > 0 ? PreviousId(_previous[0]) : CurrentId;

    public IEnumerable<ResourceId> PreviousIds
    {
        get
        {
            if (_previous.Count > Few)
            {
                BuildWork.Spend(_previous.Count);
            }

            return _previous.Select(PreviousId);
        }
    }

    /// <summary>All that it ever was, and is.</summary>
    public IEnumerable<ResourceId> AllIds => PreviousIds.Append(CurrentId);

    /// <summary>Whether anything is remembered of it that kustomize would keep in annotations of its own.</summary>
    public bool HasHistory =>
        _previous.Count > 0 || Prefixes.Count > 0 || Suffixes.Count > 0 || NeedsHash || Behavior != GeneratorBehavior.Unspecified
        || Origin is not null || Transformations.Count > 0;

    /// <summary>Remembers what it is, since a name, a namespace or a kind is about to change.</summary>
    /// <exception cref="KustomizeException">It has no name or kind any more, as a replacement may take them.</exception>
    public void StorePreviousId()
    {
        var id = CurrentId;
        if (id.Name.Length == 0 || id.Gvk.Kind.Length == 0)
        {
            throw new KustomizeException($"an object has lost its {(id.Name.Length == 0 ? "name" : "kind")}: {id}");
        }

        BuildWork.Hold(1, 0);
        _previous.Add((id.EffectiveNamespace, id.Name, id.Gvk.Kind));
    }

    /// <summary>Forgets what it was and where it comes from, as kustomize does when a patch drops the annotations that it keeps this in.</summary>
    public void Forget()
    {
        _previous.Clear();
        Prefixes.Clear();
        Suffixes.Clear();
        (NeedsHash, Behavior) = (false, GeneratorBehavior.Unspecified);
        (Origin, Transformations) = (null, []);
    }

    public Resource Clone()
    {
        var copy = new Resource(Node.Clone())
        {
            IsDeleted = IsDeleted,
            Behavior = Behavior,
            NeedsHash = NeedsHash,
            AllowsNameChange = AllowsNameChange,
            AllowsKindChange = AllowsKindChange,
            Variables = [.. Variables],
            Origin = Origin,
            Transformations = [.. Transformations],
        };
        copy._previous.AddRange(_previous);
        copy.Prefixes.AddRange(Prefixes);
        copy.Suffixes.AddRange(Suffixes);
        return copy;
    }

    /// <summary>One of the texts of a map of metadata, whatever its type is; null where it is not there.</summary>
    public string? TextOf(string field, string name) =>
        Metadata?.Get(field) is { Kind: NodeKind.Map } map && map.Get(name) is { } member
            ? member.Kind == NodeKind.Scalar ? member.Text : string.Empty
            : null;

    /// <summary>The texts of a map of metadata, whatever their types are.</summary>
    public Dictionary<string, string> TextsOf(string field)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in Metadata?.Get(field) is { Kind: NodeKind.Map } map ? map.Fields : [])
        {
            texts[member.Name] = member.Value.Kind == NodeKind.Scalar ? member.Value.Text : string.Empty;
        }

        return texts;
    }

    /// <summary>Sets labels or annotations, whose names mean what they look like; without any the field goes.</summary>
    public void SetTexts(string field, IReadOnlyDictionary<string, string> texts)
    {
        var metadata = Node.GetOrAdd("metadata", NodeKind.Map);
        metadata.Remove(field);
        if (texts.Count == 0)
        {
            return;
        }

        var map = Node.Map();
        foreach (var (name, text) in texts.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            map.Set(name, Node.String(text), YamlDialect.Kustomize.IsPlainString(name));
        }

        metadata.Set(field, map);
    }

    /// <summary>Takes the place of a generated object of the same name: its labels, annotations, names and history.</summary>
    public void TakePlaceOf(Resource old)
    {
        SetTexts("labels", Merged(old.TextsOf("labels"), TextsOf("labels")));
        SetTexts("annotations", Merged(old.TextsOf("annotations"), TextsOf("annotations")));
        NeedsHash &= old.NeedsHash;
        Behavior = old.Behavior;
        (AllowsNameChange, AllowsKindChange) = (old.AllowsNameChange, old.AllowsKindChange);
        _previous.Clear();
        _previous.AddRange(old._previous);
        Replace(Prefixes, old.Prefixes);
        Replace(Suffixes, old.Suffixes);
        Name = old.Name;
        Namespace = old.Namespace;
        Variables = [.. old.Variables];
        Origin ??= old.Origin;
        Transformations = [.. old.Transformations];
    }

    /// <summary>Adds what another object has in a map of its own, under what this one has.</summary>
    public void MergeDataOf(Resource other, string field)
    {
        var merged = Merged(DataOf(other.Node, field), DataOf(Node, field));
        Node.Remove(field);
        foreach (var (name, text) in merged.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            Node.GetOrAdd(field, NodeKind.Map).Set(name, Node.String(text));
        }
    }

    public override string ToString() => CurrentId.ToString();

    private static void Replace(List<string> list, List<string> by)
    {
        list.Clear();
        list.AddRange(by);
    }

    private static Dictionary<string, string> DataOf(Node node, string field) =>
        (node.Get(field)?.Fields ?? []).ToDictionary(static member => member.Name, static member => member.Value.Text, StringComparer.Ordinal);

    private static Dictionary<string, string> Merged(Dictionary<string, string> under, Dictionary<string, string> over)
    {
        foreach (var (name, text) in over)
        {
            under[name] = text;
        }

        return under;
    }

    /// <summary>Asked for again and again, and hardly ever another: looked up anew only once one of the texts is.</summary>
    private (Gvk Gvk, bool IsClusterScoped) Type
    {
        get
        {
            var (apiVersion, kind) = (ApiVersion, Kind);
            if (!ReferenceEquals(_knownApiVersion, apiVersion) || !ReferenceEquals(_knownKind, kind))
            {
                (_knownApiVersion, _knownKind) = (apiVersion, kind);
                _gvk = Gvk.Of(apiVersion, kind);
                _isClusterScoped = MergeSchema.BuiltIn.IsClusterScoped(_gvk);
            }

            return (_gvk, _isClusterScoped);
        }
    }

    private ResourceId PreviousId((string Namespace, string Name, string Kind) previous)
    {
        var (gvk, isClusterScoped) = Type;
        if (gvk.Kind != previous.Kind)
        {
            gvk = gvk with { Kind = previous.Kind };
            isClusterScoped = MergeSchema.BuiltIn.IsClusterScoped(gvk);
        }

        return new(gvk, previous.Name, previous.Namespace, isClusterScoped);
    }
}
