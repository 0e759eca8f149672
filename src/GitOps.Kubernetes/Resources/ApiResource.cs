using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;

namespace GitOps.Kubernetes.Resources;

/// <summary>A kind as a server serves it, from discovery.</summary>
/// <param name="GroupVersionKind">Group, version and kind.</param>
/// <param name="Plural">The path segment: <c>deployments</c>.</param>
/// <param name="Namespaced">Whether its objects live in namespaces.</param>
/// <param name="Verbs"><c>get</c>, <c>list</c>, <c>watch</c>, <c>patch</c>, …</param>
/// <param name="Subresources"><c>status</c>, <c>scale</c>, …</param>
public sealed record ApiResource(
    GroupVersionKind GroupVersionKind,
    string Plural,
    bool Namespaced,
    ImmutableArray<string> Verbs,
    ImmutableArray<string> Subresources)
{
    public string Group => GroupVersionKind.Group;

    public string Version => GroupVersionKind.Version;

    public string Kind => GroupVersionKind.Kind;

    public GroupKind GroupKind => GroupVersionKind.GroupKind;

    public bool HasStatusSubresource => Subresources.Contains("status", StringComparer.Ordinal);

    public bool Can(string verb) => Verbs.Contains(verb, StringComparer.Ordinal);

    /// <summary>A built-in kind that needs no discovery.</summary>
    public static ApiResource Of(string apiVersion, string kind, string plural, bool namespaced, params ReadOnlySpan<string> subresources) =>
        new(GroupVersionKind.Parse(apiVersion, kind), plural, namespaced,
            ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"], [.. subresources]);
}
