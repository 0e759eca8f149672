using System.Collections.Frozen;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;

namespace GitOps.Operator.Diff;

/// <summary>How values of a field are compared.</summary>
internal enum Meaning
{
    /// <summary>As they are written; numbers by value.</summary>
    Plain,

    /// <summary>By amount: <c>1000m</c> is <c>1</c>.</summary>
    Quantity,

    /// <summary>By time: <c>60s</c> is <c>1m0s</c>.</summary>
    Duration,

    /// <summary>A number is the text of its digits: <c>80</c> is <c>"80"</c>.</summary>
    IntOrString,

    /// <summary>Base64, by what it encodes.</summary>
    Bytes,

    /// <summary>A list whose order says nothing.</summary>
    Set,
}

/// <summary>
/// Where in an object a comparison is, and with it what a value there means. The one place that knows, without a schema: by
/// the names of fields of built-in kinds, and of custom resources only where their group is known or the name leaves no
/// doubt. What people keep in maps of their own is text.
/// </summary>
internal sealed class FieldContext
{
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> BuiltIn = new[]
    {
        "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "authentication.k8s.io", "authorization.k8s.io",
        "certificates.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "flowcontrol.apiserver.k8s.io", "internal.apiserver.k8s.io",
        "networking.k8s.io", "node.k8s.io", "rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io",
        "storagemigration.k8s.io",
    }.ToFrozenSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly HashSet<string> UsersMaps = new(StringComparer.Ordinal)
    {
        "annotations", "attributes", "binaryData", "data", "labels", "matchLabels", "nodeSelector", "options", "parameters", "stringData",
        "volumeAttributes",
    };

    private static readonly HashSet<string> QuantityMaps = new(StringComparer.Ordinal)
    {
        "allocatable", "capacity", "default", "defaultRequest", "hard", "limits", "max", "maxLimitRequestRatio", "min", "podFixed", "requests",
    };

    private static readonly HashSet<string> Quantities = new(StringComparer.Ordinal) { "averageValue", "divisor", "maximumVolumeSize", "sizeLimit" };

    private static readonly HashSet<string> IntsOrStrings = new(StringComparer.Ordinal) { "maxSurge", "maxUnavailable", "minAvailable", "port", "targetPort" };

    private static readonly HashSet<string> Sets = new(StringComparer.Ordinal)
    {
        "accessModes", "apiGroups", "apiVersions", "externalIPs", "finalizers", "loadBalancerSourceRanges", "nonResourceURLs", "operations",
        "policyTypes", "resourceNames", "resources", "scopes", "usages", "verbs",
    };

    /// <summary>Their controllers write durations anew when they update an object.</summary>
    private static readonly Dictionary<string, HashSet<string>> Durations = new(StringComparer.Ordinal)
    {
        ["argoproj.io"] = Names("duration"),
        ["cert-manager.io"] = Names("duration", "renewBefore"),
        ["cluster.x-k8s.io"] = Names("nodeDeletionTimeout", "nodeDrainTimeout", "nodeVolumeDetachTimeout"),
        ["external-secrets.io"] = Names("refreshInterval"),
        ["gateway.networking.k8s.io"] = Names("backendRequest", "request"),
        ["helm.toolkit.fluxcd.io"] = Names("interval", "timeout"),
        ["image.toolkit.fluxcd.io"] = Names("interval", "timeout"),
        ["karpenter.sh"] = Names("consolidateAfter", "expireAfter", "terminationGracePeriod"),
        ["kustomize.toolkit.fluxcd.io"] = Names("interval", "retryInterval", "timeout"),
        ["monitoring.coreos.com"] = Names("evaluationInterval", "for", "interval", "scrapeInterval", "scrapeTimeout"),
        ["networking.istio.io"] = Names("baseEjectionTime", "connectTimeout", "fixedDelay", "idleTimeout", "interval", "maxAge", "perTryTimeout", "timeout"),
        ["notification.toolkit.fluxcd.io"] = Names("interval", "timeout"),
        ["source.toolkit.fluxcd.io"] = Names("interval", "timeout"),
    };

    private readonly string _group;
    private readonly string _kind;
    private readonly string _grandparent;
    private readonly string _parent;
    private readonly string _name;
    private readonly bool _isUsers;

    private FieldContext(string group, string kind, string grandparent, string parent, string name, bool isUsers)
    {
        _group = group;
        _kind = kind;
        (_grandparent, _parent, _name) = (grandparent, parent, name);
        _isUsers = isUsers;
    }

    /// <summary>Whether the server stores the object from its own Go types: those leave zero values out.</summary>
    public bool IsTyped => IsBuiltIn(_group);

    /// <summary>Whether the server itself brings this group; kinds of all others are custom resources, or another server's.</summary>
    public static bool IsBuiltIn(ReadOnlySpan<char> group) => !group.Contains('.') || BuiltIn.Contains(group);

    /// <inheritdoc cref="IsBuiltIn"/>
    public static bool IsBuiltInVersion(string apiVersion)
    {
        var slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 || IsBuiltIn(apiVersion.AsSpan(0, slash));
    }

    public Meaning Meaning => _isUsers ? OfUsers() : IsTyped ? OfBuiltIn() : OfCustom();

    public static FieldContext Root(JsonObject subject)
    {
        var apiVersion = KubernetesObject.GetString(subject, "apiVersion") ?? string.Empty;
        var slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        return new(
            slash < 0 ? string.Empty : apiVersion[..slash], KubernetesObject.GetString(subject, "kind") ?? string.Empty,
            string.Empty, string.Empty, string.Empty, isUsers: false);
    }

    /// <summary>Of what an element of a path leads to. An item of a list has the context of its list.</summary>
    public FieldContext Below(PathElement element) => element.Kind == PathElementKind.Field ? Below(element.Content) : this;

    /// <summary>Of a member.</summary>
    public FieldContext Below(string name) => new(_group, _kind, _parent, _name, name, _isUsers || UsersMaps.Contains(_name));

    private static HashSet<string> Names(params string[] names) => new(names, StringComparer.Ordinal);

    private Meaning OfUsers() => (_kind, _parent) switch
    {
        ("Secret", "data") or ("ConfigMap", "binaryData") => Meaning.Bytes,
        _ => Meaning.Plain,
    };

    private Meaning OfBuiltIn()
    {
        if (QuantityMaps.Contains(_parent) || Quantities.Contains(_name)
            || (_name == "value" && _parent == "target") || (_name == "capacity" && _kind == "CSIStorageCapacity"))
        {
            return Meaning.Quantity;
        }

        if (Sets.Contains(_name) || (_name is "add" or "drop" && _parent == "capabilities") || (_name == "hosts" && _parent == "tls")
            || (_name == "values" && _parent is "matchExpressions" or "matchFields") || (_name == "namespaces" && _parent == "podAffinityTerm"))
        {
            return Meaning.Set;
        }

        return IntsOrStrings.Contains(_name) ? Meaning.IntOrString
            : _name == "caBundle" || (_name == "request" && _kind == "CertificateSigningRequest") ? Meaning.Bytes
            : Meaning.Plain;
    }

    private Meaning OfCustom() =>
        _grandparent == "resources" && _parent is "limits" or "requests" ? Meaning.Quantity
        : Durations.TryGetValue(_group, out var names) && names.Contains(_name) ? Meaning.Duration
        : _name == "finalizers" && _parent == "metadata" ? Meaning.Set
        : IntsOrStrings.Contains(_name) ? Meaning.IntOrString
        : _name == "caBundle" ? Meaning.Bytes
        : Meaning.Plain;
}
