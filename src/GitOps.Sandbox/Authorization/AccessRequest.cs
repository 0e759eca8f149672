namespace GitOps.Sandbox.Authorization;

/// <summary>What somebody wants to do, as roles name it.</summary>
/// <param name="Verb">get, list, watch, create, update, patch, delete, deletecollection, impersonate, …</param>
/// <param name="Group">API group.</param>
/// <param name="Resource">Plural; empty for a path that is no resource.</param>
/// <param name="Subresource">May be empty.</param>
/// <param name="Namespace">Empty: the whole cluster.</param>
/// <param name="Name">May be empty.</param>
/// <param name="Path">Only for paths that are no resource.</param>
internal sealed record AccessRequest(
    string Verb, string Group, string Resource, string Subresource, string Namespace, string Name, string Path = "")
{
    public bool IsResource => Resource.Length > 0;

    /// <summary>As rules name it: <c>deployments/scale</c>.</summary>
    public string QualifiedResource => Subresource.Length == 0 ? Resource : $"{Resource}/{Subresource}";
}

/// <summary>The answer, with the binding that allows it.</summary>
internal readonly record struct AccessDecision(bool IsAllowed, string Reason);
