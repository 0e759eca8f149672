using System.Collections.Concurrent;
using System.Collections.Immutable;
using GitOps.Sandbox.Authorization;
using GitOps.Sandbox.Http;

namespace GitOps.Sandbox;

/// <summary>One thing that a role lets its subject do.</summary>
/// <param name="Role">The binding's role: <c>ClusterRole NAME</c>, or <c>Role NAMESPACE/NAME</c>.</param>
/// <param name="Scope">The namespace that the binding gives it in; empty: everywhere.</param>
/// <param name="Verb">As the rule names it; may be <c>*</c>.</param>
/// <param name="Group">API group as the rule names it; empty for the core group and for paths.</param>
/// <param name="Resource">Plural as the rule names it, with its subresource; or a path.</param>
/// <param name="Name">The one object that it is for; empty: any.</param>
public sealed record PermissionGrant(string Role, string Scope, string Verb, string Group, string Resource, string Name)
{
    public override string ToString() =>
        $"{Role}{(Scope.Length == 0 ? string.Empty : $" in {Scope}")}: {Verb} {Resource}{(Group.Length == 0 ? string.Empty : $".{Group}")}{(Name.Length == 0 ? string.Empty : $" {Name}")}";
}

/// <summary>
/// What somebody did with the permissions that roles give, and what was refused: which of them are not needed, and which are
/// missing. Only of users that are followed. What is merely asked about, as by an access review, is no use. Thread-safe.
/// </summary>
public sealed class PermissionLog
{
    private readonly RoleBasedAccess _access;
    private readonly ConcurrentDictionary<string, UserLog> _users = new(StringComparer.Ordinal);

    internal PermissionLog(RoleBasedAccess access) => _access = access;

    /// <summary>Keeps what this user does from now on; <c>system:serviceaccount:NAMESPACE:NAME</c> for a service account.</summary>
    public void Follow(string user) => _users.TryAdd(user, new());

    /// <summary>What the server refused to do for the user, each once, in its words.</summary>
    public IReadOnlyList<string> Refused(string user) =>
        _users.TryGetValue(user, out var log) ? [.. log.Refused.Keys.Order(StringComparer.Ordinal)] : [];

    /// <summary>What the bindings that name the user allow at present, and no request has needed since it is followed; sorted.</summary>
    public IReadOnlyList<PermissionGrant> Unused(string user) =>
        [.. Grants(user).Where(static grant => !grant.IsUsed).Select(static grant => grant.Grant).Distinct().OrderBy(static grant => grant.ToString(), StringComparer.Ordinal)];

    /// <summary>What the bindings that name the user allow at present, and some request has needed; sorted.</summary>
    public IReadOnlyList<PermissionGrant> Used(string user) =>
        [.. Grants(user).Where(static grant => grant.IsUsed).Select(static grant => grant.Grant).Distinct().OrderBy(static grant => grant.ToString(), StringComparer.Ordinal)];

    internal void Allow(Caller caller, AccessRequest request)
    {
        if (_users.TryGetValue(caller.Name, out var log))
        {
            log.Allowed.TryAdd(request, true);
        }
    }

    internal void Refuse(Caller caller, ApiError refusal)
    {
        if (_users.TryGetValue(caller.Name, out var log))
        {
            log.Refused.TryAdd(refusal.Message, true);
        }
    }

    private IEnumerable<(PermissionGrant Grant, bool IsUsed)> Grants(string user)
    {
        ImmutableArray<AccessRequest> requests = _users.TryGetValue(user, out var log) ? [.. log.Allowed.Keys] : [];
        foreach (var binding in _access.BindingsOf(user))
        {
            var role = binding.Role.Namespace.Length == 0 ? $"{binding.Role.Kind} {binding.Role.Name}" : $"{binding.Role.Kind} {binding.Role.Namespace}/{binding.Role.Name}";
            foreach (var rule in (_access.RulesOf(binding.Role) ?? []).SelectMany(RuleCover.BreakDown))
            {
                var isPath = !rule.Paths.IsEmpty;
                yield return (
                    new(role, binding.Namespace, rule.Verbs[0], isPath ? string.Empty : rule.ApiGroups[0], isPath ? rule.Paths[0] : rule.Resources[0], rule.ResourceNames.FirstOrDefault(string.Empty)),
                    requests.Any(request => (binding.Namespace.Length == 0 || binding.Namespace == request.Namespace) && rule.Allows(request)));
            }
        }
    }

    private sealed class UserLog
    {
        public ConcurrentDictionary<AccessRequest, bool> Allowed { get; } = new();

        public ConcurrentDictionary<string, bool> Refused { get; } = new(StringComparer.Ordinal);
    }
}
