namespace GitOps.Sandbox.Http;

/// <summary>What a path means.</summary>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Version">API version; empty for the documents of a group.</param>
/// <param name="Resource">Plural; empty for the documents of a version.</param>
/// <param name="Namespace">Null: none in the path.</param>
/// <param name="Name">Empty for a collection.</param>
/// <param name="Subresource">Empty for the object itself.</param>
internal sealed record RequestPath(
    string Group, string Version, string Resource, string? Namespace, string Name, string Subresource)
{
    /// <returns>Null if the path is not below <c>/api</c> or <c>/apis</c>, or has too many parts.</returns>
    public static RequestPath? Parse(string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0 || parts[0] is not ("api" or "apis"))
        {
            return null;
        }

        var core = parts[0] == "api";
        var group = core || parts.Length < 2 ? string.Empty : parts[1];
        var rest = parts.AsSpan(Math.Min(parts.Length, core ? 1 : 2));
        if (rest.IsEmpty)
        {
            return new(group, string.Empty, string.Empty, null, string.Empty, string.Empty);
        }

        var version = rest[0];
        rest = rest[1..];
        if (rest.Length >= 3 && rest[0] == "namespaces" && !(rest.Length == 3 && rest[2] is "status" or "finalize"))
        {
            return Object(group, version, rest[1], rest[2..]);
        }

        return Object(group, version, null, rest);
    }

    private static RequestPath? Object(string group, string version, string? @namespace, ReadOnlySpan<string> rest) => rest.Length switch
    {
        0 => new(group, version, string.Empty, @namespace, string.Empty, string.Empty),
        1 => new(group, version, rest[0], @namespace, string.Empty, string.Empty),
        2 => new(group, version, rest[0], @namespace, rest[1], string.Empty),
        3 => new(group, version, rest[0], @namespace, rest[1], rest[2]),
        _ => null,
    };
}

/// <summary>Who asks, after impersonation.</summary>
/// <param name="Name">User name.</param>
/// <param name="Groups">Groups, <c>system:authenticated</c> among them.</param>
/// <param name="Uid">May be empty.</param>
internal sealed record Caller(string Name, IReadOnlyList<string> Groups, string Uid = "")
{
    public const string Masters = "system:masters";

    private const string ServiceAccountPrefix = "system:serviceaccount:";
    private const string Authenticated = "system:authenticated";
    private const string Unauthenticated = "system:unauthenticated";

    public static readonly Caller Admin = new("admin", [Masters, Authenticated]);

    public static readonly Caller Anonymous = new("system:anonymous", [Unauthenticated]);

    public bool IsMaster => Groups.Contains(Masters, StringComparer.Ordinal);

    /// <summary>A user by name: a service account gets its groups, everybody is authenticated.</summary>
    public static Caller Named(string name, IReadOnlyList<string> groups, string uid = "")
    {
        var all = new List<string>(groups);
        if (all.Count == 0 && ServiceAccountOf(name) is { } account)
        {
            all.Add("system:serviceaccounts");
            all.Add("system:serviceaccounts:" + account.Namespace);
        }

        if (!all.Contains(Authenticated) && !all.Contains(Unauthenticated))
        {
            all.Add(Authenticated);
        }

        return new(name, all, uid);
    }

    /// <returns>Null if the name is not a service account's.</returns>
    public static (string Namespace, string Name)? ServiceAccountOf(string name)
    {
        if (!name.StartsWith(ServiceAccountPrefix, StringComparison.Ordinal))
        {
            return null;
        }

        var parts = name[ServiceAccountPrefix.Length..].Split(':');
        return parts is [{ Length: > 0 } ns, { Length: > 0 } account] ? (ns, account) : null;
    }
}
