using System.Collections.Immutable;
using GitOps.Sandbox.Http;

namespace GitOps.Sandbox.Authorization;

/// <summary>One of the ways to be allowed to act as somebody else.</summary>
/// <param name="Name">As verbs name it: <c>impersonate:NAME</c>, <c>impersonate-on:NAME:get</c>; empty for the unconstrained way.</param>
internal sealed record ImpersonationMode(string Name)
{
    private const string AuthenticationGroup = "authentication.k8s.io";
    private const string AssociatedNode = "associated-node";
    private const string ArbitraryNode = "arbitrary-node";
    private const string ServiceAccount = "serviceaccount";
    private const string UserInfo = "user-info";
    private const string NodeNameKey = "authentication.kubernetes.io/node-name";

    /// <summary>From so many on, one question about all of them comes first.</summary>
    private const int Many = 4;

    /// <summary>In the order in which they are tried.</summary>
    public static ImmutableArray<ImpersonationMode> All { get; } =
        [new(AssociatedNode), new(ArbitraryNode), new(ServiceAccount), new(UserInfo), new(string.Empty)];

    private bool IsConstrained => Name.Length > 0;

    private string Verb => IsConstrained ? $"impersonate:{Name}" : "impersonate";

    public bool IsFor(Caller requestor, Caller wanted)
    {
        var isNameAlone = wanted.Uid.Length == 0 && wanted.Groups.Count == 0 && wanted.Extra.IsEmpty;
        var node = Caller.NodeOf(wanted.Name);
        return Name switch
        {
            AssociatedNode => isNameAlone && node is not null && Caller.ServiceAccountOf(requestor.Name) is not null
                && requestor.Extra.TryGetValue(NodeNameKey, out var names) && names is [var own] && own == node,
            ArbitraryNode => isNameAlone && node is not null,
            ServiceAccount => isNameAlone && Caller.ServiceAccountOf(wanted.Name) is not null,
            UserInfo => node is null && Caller.ServiceAccountOf(wanted.Name) is null,
            _ => true,
        };
    }

    /// <exception cref="ApiError">403.</exception>
    public Caller Assume(RoleBasedAccess access, Caller requestor, Caller wanted, AccessRequest request)
    {
        if (IsConstrained)
        {
            access.Require(requestor, request with { Verb = $"impersonate-on:{Name}:{request.Verb}" });
        }

        var groups = CheckUser(access, requestor, wanted);
        if (wanted.Uid.Length > 0)
        {
            access.Require(requestor, Wish(AuthenticationGroup, "uids", wanted.Uid));
        }

        CheckGroups(access, requestor, wanted.Groups);
        CheckExtra(access, requestor, wanted.Extra);
        return wanted with { Groups = Complete(wanted.Name, groups) };
    }

    /// <summary>The anonymous user is unauthenticated, and everybody else authenticated unless named as unauthenticated.</summary>
    private static IReadOnlyList<string> Complete(string name, IReadOnlyList<string> groups)
    {
        var added = name == Caller.Anonymous.Name ? Caller.Unauthenticated
            : groups.Contains(Caller.Unauthenticated, StringComparer.Ordinal) ? null
            : Caller.Authenticated;
        return added is null || groups.Contains(added, StringComparer.Ordinal) ? groups : [.. groups, added];
    }

    private AccessRequest Wish(string group, string resource, string name, string subresource = "", string @namespace = "") =>
        new(Verb, group, resource, subresource, @namespace, name);

    private IReadOnlyList<string> CheckUser(RoleBasedAccess access, Caller requestor, Caller wanted)
    {
        var group = IsConstrained ? AuthenticationGroup : string.Empty;
        if (Caller.ServiceAccountOf(wanted.Name) is { } account)
        {
            access.Require(requestor, Wish(group, "serviceaccounts", account.Name, @namespace: account.Namespace));
            return wanted.Groups.Count == 0 ? Caller.ServiceAccountGroups(account.Namespace) : wanted.Groups;
        }

        if (IsConstrained && Caller.NodeOf(wanted.Name) is { } node)
        {
            // Where the node is the requestor's own, the permission is one for whatever node that may be.
            access.Require(requestor, Wish(group, "nodes", Name == AssociatedNode ? "*" : node));
            return [Caller.Nodes];
        }

        access.Require(requestor, Wish(group, "users", wanted.Name));
        return wanted.Groups;
    }

    private void CheckGroups(RoleBasedAccess access, Caller requestor, IReadOnlyList<string> groups)
    {
        var wish = Wish(IsConstrained ? AuthenticationGroup : string.Empty, "groups", string.Empty);
        if (IsConstrained)
        {
            if (groups.Contains(string.Empty, StringComparer.Ordinal))
            {
                throw Authorizer.Forbidden(requestor, wish, "impersonating the empty string group is not allowed");
            }

            if (groups.Contains(Caller.Masters, StringComparer.Ordinal))
            {
                throw Authorizer.Forbidden(requestor, wish with { Name = Caller.Masters }, "impersonating the system:masters group is not allowed");
            }

            if (groups.Count >= Many && access.Use(requestor, wish with { Name = PolicyRule.All }).IsAllowed)
            {
                return;
            }
        }

        foreach (var group in groups)
        {
            access.Require(requestor, wish with { Name = group });
        }
    }

    private void CheckExtra(RoleBasedAccess access, Caller requestor, ImmutableSortedDictionary<string, ImmutableArray<string>> extra)
    {
        var wish = Wish(AuthenticationGroup, "userextras", string.Empty);
        if (IsConstrained)
        {
            if (ExtraProblem(extra) is { } problem)
            {
                throw Authorizer.Forbidden(requestor, wish, problem);
            }

            if ((extra.Count >= Many || extra.Values.Sum(static values => values.Length) >= Many)
                && access.Use(requestor, wish with { Subresource = PolicyRule.All, Name = PolicyRule.All }).IsAllowed)
            {
                return;
            }
        }

        foreach (var (key, values) in extra)
        {
            foreach (var value in values)
            {
                access.Require(requestor, wish with { Subresource = key, Name = value });
            }
        }
    }

    private static string? ExtraProblem(ImmutableSortedDictionary<string, ImmutableArray<string>> extra)
    {
        foreach (var (key, values) in extra)
        {
            if (key.Length == 0)
            {
                return "impersonating the empty string key in extra is not allowed";
            }

            if (key.Split('/', 2) is not [{ Length: > 0 }, { Length: > 0 }])
            {
                return $"impersonating an invalid key in extra is not allowed: extra.key: Invalid value: {GoText.Quote(key)}: "
                    + "must be a domain-prefixed path (such as \"acme.io/foo\")";
            }

            if (values.Contains(string.Empty, StringComparer.Ordinal))
            {
                return "impersonating the empty string value in extra is not allowed";
            }
        }

        return null;
    }
}
