namespace GitOps.Sandbox.Authorization;

/// <summary>What somebody wants to do, as roles name it.</summary>
/// <param name="Verb">get, list, watch, create, update, patch, delete, deletecollection, impersonate, …</param>
/// <param name="Group">API group.</param>
/// <param name="Resource">Plural.</param>
/// <param name="Subresource">May be empty.</param>
/// <param name="Namespace">Empty: the whole cluster.</param>
/// <param name="Name">May be empty.</param>
internal sealed record AccessRequest(string Verb, string Group, string Resource, string Subresource, string Namespace, string Name)
{
    /// <summary>False for a path that is no resource.</summary>
    public bool IsResource { get; private init; } = true;

    /// <summary>Only for paths that are no resource.</summary>
    public string Path { get; private init; } = string.Empty;

    /// <summary>As rules name it: <c>deployments/scale</c>.</summary>
    public string QualifiedResource => Subresource.Length == 0 ? Resource : $"{Resource}/{Subresource}";

    /// <summary>A path that is no resource.</summary>
    public static AccessRequest OfPath(string verb, string path) =>
        new(verb, string.Empty, string.Empty, string.Empty, string.Empty, string.Empty) { IsResource = false, Path = path };
}

/// <summary>The answer, with the binding that allows it, or what could not be evaluated.</summary>
internal readonly record struct AccessDecision(bool IsAllowed, string Reason);
