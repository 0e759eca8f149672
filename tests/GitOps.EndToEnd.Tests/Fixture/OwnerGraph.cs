using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;

namespace GitOps.EndToEnd.Tests.Fixture;

/// <summary>Who owns what, and what lies in which namespace, as the watches have shown it. Not thread-safe.</summary>
internal sealed class OwnerGraph
{
    private readonly Dictionary<string, OwnedObject> _byUid = [];
    private readonly Dictionary<string, HashSet<string>> _dependents = [];
    private readonly Dictionary<string, HashSet<string>> _byNamespace = [];
    private readonly Dictionary<string, string> _namespaces = [];
    private readonly Dictionary<GroupKind, ApiResource> _seen = [];

    /// <summary>Every kind of which there has been an object.</summary>
    public IEnumerable<ApiResource> SeenKinds => _seen.Values;

    public OwnedObject? Find(string uid) => _byUid.GetValueOrDefault(uid);

    public OwnedObject? Namespace(string name) => _namespaces.TryGetValue(name, out var uid) ? Find(uid) : null;

    public IEnumerable<OwnedObject> Namespaces => _namespaces.Values.Select(uid => _byUid[uid]);

    public IEnumerable<OwnedObject> DependentsOf(string uid) => Of(_dependents, uid);

    public IEnumerable<OwnedObject> InNamespace(string name) => Of(_byNamespace, name);

    public IEnumerable<string> UidsOf(ApiResource resource) => Where(kind => kind == resource).Select(static item => item.Uid);

    /// <summary>All objects of some kinds.</summary>
    public IEnumerable<OwnedObject> Where(Func<ApiResource, bool> isOne) => _byUid.Values.Where(item => isOne(item.Resource));

    public void Set(OwnedObject item)
    {
        Remove(item.Uid);
        _byUid[item.Uid] = item;
        _seen.TryAdd(item.Resource.GroupKind, item.Resource);
        foreach (var owner in item.Owners)
        {
            Add(_dependents, owner, item.Uid);
        }

        if (item.Namespace.Length > 0)
        {
            Add(_byNamespace, item.Namespace, item.Uid);
        }
        else if (item.Resource.GroupKind == Kinds.Namespace.GroupKind)
        {
            _namespaces[item.Name] = item.Uid;
        }
    }

    public OwnedObject? Remove(string uid)
    {
        if (!_byUid.Remove(uid, out var item))
        {
            return null;
        }

        foreach (var owner in item.Owners)
        {
            Remove(_dependents, owner, uid);
        }

        Remove(_byNamespace, item.Namespace, uid);
        if (item.Resource.GroupKind == Kinds.Namespace.GroupKind && _namespaces.GetValueOrDefault(item.Name) == uid)
        {
            _namespaces.Remove(item.Name);
        }

        return item;
    }

    private static void Add(Dictionary<string, HashSet<string>> index, string key, string uid)
    {
        if (!index.TryGetValue(key, out var uids))
        {
            index[key] = uids = [];
        }

        uids.Add(uid);
    }

    private static void Remove(Dictionary<string, HashSet<string>> index, string key, string uid)
    {
        if (index.TryGetValue(key, out var uids) && uids.Remove(uid) && uids.Count == 0)
        {
            index.Remove(key);
        }
    }

    private IEnumerable<OwnedObject> Of(Dictionary<string, HashSet<string>> index, string key) =>
        index.TryGetValue(key, out var uids) ? uids.Select(uid => _byUid[uid]) : [];
}

/// <summary>What the garbage collector looks at of an object.</summary>
internal sealed record OwnedObject(
    ApiResource Resource, string Namespace, string Name, string Uid, string ResourceVersion, bool IsTerminating,
    IReadOnlyList<string> Finalizers, IReadOnlyList<string> Owners, IReadOnlySet<string> BlockedOwners)
{
    public static OwnedObject Of(ApiResource resource, KubernetesObject found)
    {
        var owners = (found.Metadata?["ownerReferences"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        return new(
            resource, found.Namespace, found.Name, found.Uid!, found.ResourceVersion!, found.IsTerminating, found.Finalizers,
            [.. owners.Select(static owner => KubernetesObject.GetString(owner, "uid")!)],
            owners.Where(static owner => owner["blockOwnerDeletion"]?.GetValue<bool>() == true)
                .Select(static owner => KubernetesObject.GetString(owner, "uid")!).ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>Whether that owner has to wait for this one to be gone.</summary>
    public bool Blocks(string owner) => BlockedOwners.Contains(owner);
}
