using System.Collections.Immutable;

namespace GitOps.Sandbox.Http;

/// <summary>Who asks, after impersonation.</summary>
/// <param name="Name">User name.</param>
/// <param name="Groups">Groups, <c>system:authenticated</c> among them.</param>
/// <param name="Uid">May be empty.</param>
internal sealed record Caller(string Name, IReadOnlyList<string> Groups, string Uid = "")
{
    public const string Masters = "system:masters";
    public const string Nodes = "system:nodes";
    public const string Authenticated = "system:authenticated";
    public const string Unauthenticated = "system:unauthenticated";

    /// <summary>Under this key <see cref="Extra"/> tells one credential from another.</summary>
    public const string CredentialId = "authentication.kubernetes.io/credential-id";

    private const string ServiceAccountPrefix = "system:serviceaccount:";
    private const string NodePrefix = "system:node:";
    private const int LongestLabel = 63;
    private const int LongestSubdomain = 253;

    public static readonly Caller Admin = new("admin", [Masters, Authenticated], "admin");

    public static readonly Caller Anonymous = new("system:anonymous", [Unauthenticated]);

    /// <summary>What else is known about it, by key.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Extra { get; init; } = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;

    public bool IsMaster => IsIn(Masters);

    public bool IsIn(string group)
    {
        // Not LINQ: every request asks this.
        for (var i = 0; i < Groups.Count; i++)
        {
            if (string.Equals(Groups[i], group, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A user by name: a service account without groups gets its own, and everybody is authenticated.</summary>
    public static Caller Named(string name, IReadOnlyList<string> groups, string uid = "")
    {
        var all = new List<string>(groups.Count == 0 && ServiceAccountOf(name) is { } account ? ServiceAccountGroups(account.Namespace) : groups);
        if (!all.Contains(Authenticated) && !all.Contains(Unauthenticated))
        {
            all.Add(Authenticated);
        }

        return new(name, all, uid);
    }

    /// <summary>The user name of a service account.</summary>
    public static string ServiceAccount(string @namespace, string name) => $"{ServiceAccountPrefix}{@namespace}:{name}";

    /// <summary>The groups that every service account of a namespace is in, <c>system:authenticated</c> aside.</summary>
    public static ImmutableArray<string> ServiceAccountGroups(string @namespace) =>
        ["system:serviceaccounts", $"system:serviceaccounts:{@namespace}"];

    /// <returns>Null if the name is not a service account's.</returns>
    public static (string Namespace, string Name)? ServiceAccountOf(string name)
    {
        if (!name.StartsWith(ServiceAccountPrefix, StringComparison.Ordinal))
        {
            return null;
        }

        return name[ServiceAccountPrefix.Length..].Split(':') is [var ns, var account]
            && ns.Length <= LongestLabel && !ns.Contains('.', StringComparison.Ordinal) && IsSubdomain(ns) && IsSubdomain(account)
            ? (ns, account)
            : null;
    }

    /// <returns>Null if the name is not a node's.</returns>
    public static string? NodeOf(string name) =>
        name.StartsWith(NodePrefix, StringComparison.Ordinal) && IsSubdomain(name[NodePrefix.Length..]) ? name[NodePrefix.Length..] : null;

    private static bool IsSubdomain(string text) => text.Length is > 0 and <= LongestSubdomain && text.Split('.').All(static part =>
        part.Length > 0 && part[0] != '-' && part[^1] != '-'
        && part.All(static letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-'));
}
