namespace GitOps.Manifests.Kustomize.Resources;

/// <summary>Group, version and kind; as a selector an empty part stands for any.</summary>
internal readonly record struct Gvk(string Group, string Version, string Kind)
{
    public string ApiVersion => Group.Length > 0 ? $"{Group}/{Version}" : Version;

    public static Gvk Of(string apiVersion, string kind)
    {
        var slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? new(string.Empty, apiVersion, kind) : new(apiVersion[..slash], apiVersion[(slash + 1)..], kind);
    }

    /// <summary>Whether a selector picks this.</summary>
    public bool IsSelectedBy(Gvk selector) =>
        (selector.Group.Length == 0 || selector.Group == Group)
        && (selector.Version.Length == 0 || selector.Version == Version)
        && (selector.Kind.Length == 0 || selector.Kind == Kind);

    public override string ToString() =>
        $"{(Kind.Length == 0 ? "[noKind]" : Kind)}.{(Version.Length == 0 ? "[noVer]" : Version)}.{(Group.Length == 0 ? "[noGrp]" : Group)}";
}

/// <summary>What a resource is known by at one stage of the build.</summary>
/// <param name="Gvk">Its type.</param>
/// <param name="Name">Its name.</param>
/// <param name="Namespace">Empty where none is written.</param>
/// <param name="IsClusterScoped">The kind certainly lies in no namespace.</param>
internal readonly record struct ResourceId(Gvk Gvk, string Name, string Namespace, bool IsClusterScoped)
{
    private const string NoNamespace = "_non_namespaceable_";
    private const string DefaultNamespace = "default";

    /// <summary>A namespace that is not written is <c>default</c>.</summary>
    public string EffectiveNamespace => IsClusterScoped ? NoNamespace
        : Namespace.Length == 0 ? DefaultNamespace
        : Namespace;

    /// <summary>Equal for what counts as the same object.</summary>
    public (Gvk Gvk, string Name, string Namespace) Key => (Gvk, Name, EffectiveNamespace);

    public bool HasSameNamespace(ResourceId other) => EffectiveNamespace == other.EffectiveNamespace;

    public bool IsSame(ResourceId other) => HasSameNamespace(other) && HasSameTypeAndName(other);

    public bool HasSameTypeAndName(ResourceId other) => Name == other.Name && Gvk == other.Gvk;

    public override string ToString() =>
        $"{(Gvk.Kind.Length == 0 ? "object" : Gvk.Kind)}{(Gvk.Group.Length == 0 ? string.Empty : ".")}{Gvk.Group} '{Namespace}{(Namespace.Length == 0 ? string.Empty : "/")}{Name}'";
}
