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
    /// <summary>There is more in the path than anything is served under; who may not even do what comes before is told that.</summary>
    public bool IsTooLong { get; private init; }

    /// <returns>Null if the path is not below <c>/api</c> or <c>/apis</c>.</returns>
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

    private static RequestPath Object(string group, string version, string? @namespace, ReadOnlySpan<string> rest) => rest.Length switch
    {
        0 => new(group, version, string.Empty, @namespace, string.Empty, string.Empty),
        1 => new(group, version, rest[0], @namespace, string.Empty, string.Empty),
        2 => new(group, version, rest[0], @namespace, rest[1], string.Empty),
        3 => new(group, version, rest[0], @namespace, rest[1], rest[2]),
        _ => new(group, version, rest[0], @namespace, rest[1], rest[2]) { IsTooLong = true },
    };
}
