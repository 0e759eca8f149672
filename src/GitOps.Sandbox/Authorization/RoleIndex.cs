using System.Collections.Concurrent;
using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Storage;

namespace GitOps.Sandbox.Authorization;

/// <summary>
/// Roles by name and bindings by whom they name, so that a check costs what concerns its caller, however many there are. It
/// follows the history of the four tables: whoever asks first applies what has been written since. Readers take no lock.
/// </summary>
internal sealed class RoleIndex
{
    public const string Group = "rbac.authorization.k8s.io";

    private readonly ObjectStore _store;
    private readonly Lock _lock = new();
    private readonly Follower[] _followers;
    private readonly ConcurrentDictionary<RoleReference, ImmutableArray<PolicyRule>> _roles = new();
    private readonly ConcurrentDictionary<(string Namespace, Subject Subject), ImmutableSortedDictionary<string, RoleBinding>> _bindings = new();

    public RoleIndex(ObjectStore store)
    {
        _store = store;
        _followers = [.. ((ReadOnlySpan<string>)["clusterroles", "roles", "clusterrolebindings", "rolebindings"]).ToArray().Select(Follow)];
    }

    /// <summary>The rules of a role; null if there is no such role.</summary>
    public ImmutableArray<PolicyRule>? Rules(RoleReference role)
    {
        Update();
        return _roles.TryGetValue(role, out var rules) ? rules : null;
    }

    /// <summary>The bindings in a namespace, or of the whole cluster, that name somebody; by name.</summary>
    public IEnumerable<RoleBinding> Bindings(string @namespace, Subject subject)
    {
        Update();
        return _bindings.TryGetValue((@namespace, subject), out var found) ? found.Values : [];
    }

    /// <summary>The bindings in all namespaces and of the whole cluster that name somebody.</summary>
    public IReadOnlyList<RoleBinding> BindingsOf(Subject subject)
    {
        Update();
        return [.. _bindings.Where(pair => pair.Key.Subject == subject).SelectMany(static pair => pair.Value.Values)];
    }

    private Follower Follow(string plural)
    {
        var resource = ResourceCatalog.BuiltIn.FindStored(new(Group, plural))!;
        var start = _store.StartWatch(_store.Table(resource.Storage));
        var follower = new Follower(resource, start.Position);
        foreach (var stored in start.Snapshot.Enumerate(null))
        {
            Put(resource, null, stored);
        }

        return follower;
    }

    private void Update()
    {
        foreach (var follower in _followers)
        {
            if (follower.Position.Next is not null)
            {
                lock (_lock)
                {
                    Catch_NeedsLock(follower);
                }
            }
        }
    }

    private void Catch_NeedsLock(Follower follower)
    {
        while (follower.Position.Next is { } change)
        {
            if (change.After is { } after)
            {
                Put(follower.Resource, change.Before, change.Type == ChangeType.Deleted ? null : after);
            }

            follower.Position = change;
        }
    }

    private void Put(ServedResource resource, StoredObject? before, StoredObject? after)
    {
        if (resource.Kind is "Role" or RoleReference.ClusterRole)
        {
            PutRole(resource, before, after);
            return;
        }

        var (old, next) = (Read(resource, before), Read(resource, after));
        foreach (var (subject, _) in next?.Subjects ?? [])
        {
            _bindings.AddOrUpdate(
                (next!.Namespace, subject),
                static (_, binding) => ImmutableSortedDictionary.Create<string, RoleBinding>(StringComparer.Ordinal).Add(binding.Name, binding),
                static (_, bindings, binding) => bindings.SetItem(binding.Name, binding),
                next);
        }

        foreach (var (subject, _) in old?.Subjects ?? [])
        {
            var key = (old!.Namespace, subject);
            if ((next is null || !next.Subjects.Any(item => item.Subject == subject)) && _bindings.TryGetValue(key, out var bindings))
            {
                bindings = bindings.Remove(old.Name);
                if (bindings.IsEmpty)
                {
                    _bindings.TryRemove(key, out _);
                }
                else
                {
                    _bindings[key] = bindings;
                }
            }
        }
    }

    private void PutRole(ServedResource resource, StoredObject? before, StoredObject? after)
    {
        if (after is not null)
        {
            _roles[new(resource.Kind, after.Namespace, after.Name)] = PolicyRule.ReadAll(resource.Read(after)["rules"]);
        }
        else if (before is not null)
        {
            _roles.TryRemove(new(resource.Kind, before.Namespace, before.Name), out _);
        }
    }

    private static RoleBinding? Read(ServedResource resource, StoredObject? stored) =>
        stored is null ? null : RoleBinding.Read(new KubernetesObject(resource.Read(stored)));

    /// <summary>How far one table's history has been applied.</summary>
    private sealed class Follower
    {
        private Change _position;

        public Follower(ServedResource resource, Change position) => (Resource, _position) = (resource, position);

        public ServedResource Resource { get; }

        public Change Position
        {
            get => Volatile.Read(ref _position);
            set => Volatile.Write(ref _position, value);
        }
    }
}
