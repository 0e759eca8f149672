using GitOps.Sandbox.Catalog;

namespace GitOps.Sandbox.OpenApi;

/// <summary>The names made of a group and a version: <c>rbacAuthorization_v1</c>, <c>RbacAuthorizationV1</c>.</summary>
internal sealed class OperationNames
{
    private const string OwnSuffix = ".k8s.io";

    public OperationNames(string group, string version)
    {
        var parts = group.Length == 0 ? ["core"]
            : (group.EndsWith(OwnSuffix, StringComparison.Ordinal) ? group[..^OwnSuffix.Length] : group).Split('.', '-');
        Pascal = string.Concat(parts.Select(Capital)) + Capital(version);
        var camel = parts[0] + string.Concat(parts.Skip(1).Select(Capital));
        Tag = version.Length == 0 ? camel : $"{camel}_{version}";
    }

    public string Tag { get; }

    public string Pascal { get; }

    /// <summary>The id of an operation: <c>listCoreV1NamespacedPod</c>.</summary>
    /// <param name="verb">read, list, create, …</param>
    /// <param name="resource">On what it works.</param>
    /// <param name="isNamespaced">Whether its path names a namespace.</param>
    /// <param name="suffix">A subresource, or that it is for all namespaces.</param>
    public string Id(string verb, ServedResource resource, bool isNamespaced, string suffix = "") =>
        $"{verb}{Pascal}{(isNamespaced ? "Namespaced" : string.Empty)}{resource.Kind}{suffix}";

    public string CollectionId(ServedResource resource) =>
        $"delete{Pascal}Collection{(resource.Namespaced ? "Namespaced" : string.Empty)}{resource.Kind}";

    public static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
