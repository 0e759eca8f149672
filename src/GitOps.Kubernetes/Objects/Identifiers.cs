namespace GitOps.Kubernetes.Objects;

/// <summary>Group and kind, without a version. The core group is the empty string.</summary>
public readonly record struct GroupKind(string Group, string Kind)
{
    /// <summary><c>apps/Deployment</c>, or <c>ConfigMap</c> for the core group.</summary>
    public override string ToString() => Group.Length == 0 ? Kind : $"{Group}/{Kind}";
}

/// <summary>Group, version and kind. The core group is the empty string.</summary>
public readonly record struct GroupVersionKind(string Group, string Version, string Kind)
{
    /// <summary>As it stands in a manifest: <c>v1</c> or <c>apps/v1</c>.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    public GroupKind GroupKind => new(Group, Kind);

    public static GroupVersionKind Parse(string apiVersion, string kind)
    {
        var slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? new(string.Empty, apiVersion, kind) : new(apiVersion[..slash], apiVersion[(slash + 1)..], kind);
    }

    public override string ToString() => $"{ApiVersion}/{Kind}";
}

/// <summary>Namespace (empty for cluster-scoped objects) and name.</summary>
public readonly record struct NamespacedName(string Namespace, string Name)
{
    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
}

/// <summary>What identifies an object of a cluster, whatever version it is read in.</summary>
/// <param name="Group">API group; the core group is the empty string.</param>
/// <param name="Kind">Kind.</param>
/// <param name="Namespace">Namespace; empty for a cluster-scoped object.</param>
/// <param name="Name">Name.</param>
public readonly record struct ObjectKey(string Group, string Kind, string Namespace, string Name) : IComparable<ObjectKey>
{
    public GroupKind GroupKind => new(Group, Kind);

    public NamespacedName NamespacedName => new(Namespace, Name);

    /// <summary>Ordinal, by group, kind, namespace and name.</summary>
    public int CompareTo(ObjectKey other)
    {
        var order = string.CompareOrdinal(Group, other.Group);
        order = order != 0 ? order : string.CompareOrdinal(Kind, other.Kind);
        order = order != 0 ? order : string.CompareOrdinal(Namespace, other.Namespace);
        return order != 0 ? order : string.CompareOrdinal(Name, other.Name);
    }

    /// <summary><c>apps/Deployment team-a/web</c>, <c>Namespace team-a</c>.</summary>
    public override string ToString() => $"{GroupKind} {NamespacedName}";
}
