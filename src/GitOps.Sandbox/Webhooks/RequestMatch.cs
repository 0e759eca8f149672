using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;
using GitOps.Sandbox.Registry;

namespace GitOps.Sandbox.Webhooks;

/// <summary>Selectors and rules, as webhooks and policies both have them.</summary>
/// <param name="Namespaces">Labels of the object's namespace.</param>
/// <param name="Objects">Labels of the object, new or old.</param>
/// <param name="Rules">One of them must match.</param>
/// <param name="Excluded">None of them may match.</param>
/// <param name="IsExact">Whether requests in another version of the same resource are not meant.</param>
internal sealed record RequestMatch(
    LabelRequirements Namespaces, LabelRequirements Objects, ImmutableArray<ResourceRule> Rules, ImmutableArray<ResourceRule> Excluded, bool IsExact)
{
    /// <param name="json">What holds the selectors.</param>
    /// <param name="rules">The name of the list of rules.</param>
    public static RequestMatch Read(JsonObject json, string rules) => new(
        LabelRequirements.Read(json.Object("namespaceSelector")),
        LabelRequirements.Read(json.Object("objectSelector")),
        [.. json.Objects(rules).Select(ResourceRule.Read)],
        [.. json.Objects("excludeResourceRules").Select(ResourceRule.Read)],
        json.Text("matchPolicy") == "Exact");

    /// <summary>The version of the resource that is asked for: the request's own, or else an equivalent one.</summary>
    /// <returns>Null if the request is not meant.</returns>
    /// <exception cref="ApiError">404: the request is meant, but its namespace is not there.</exception>
    public ServedResource? Find(AdmissionRequest request)
    {
        if (!MatchesObject(request) || Find(request, Excluded) is not null)
        {
            return null;
        }

        return Find(request, Rules) is { } found && MatchesNamespace(request) ? found : null;
    }

    /// <summary>Whether selectors match, and some rule, if there are any.</summary>
    public bool Narrows(AdmissionRequest request) =>
        MatchesObject(request) && Find(request, Excluded) is null && (Rules.IsEmpty || Find(request, Rules) is not null) && MatchesNamespace(request);

    private static bool Select(LabelRequirements selector, JsonObject? json) =>
        json is not null && selector.Matches(json.Object("metadata").Object("labels"));

    private static bool HasSubresource(AdmissionRequest request, ServedResource resource) =>
        request.Subresource.Length == 0 || resource.Subresource(request.Subresource) is not null;

    private ServedResource? Find(AdmissionRequest request, ImmutableArray<ResourceRule> rules)
    {
        foreach (var rule in rules)
        {
            if (rule.Matches(request, request.Resource))
            {
                return request.Resource;
            }
        }

        if (IsExact || rules.IsEmpty)
        {
            return null;
        }

        var others = request.Cluster.Catalog.Resources
            .Where(other => other != request.Resource && other.Storage == request.Storage && HasSubresource(request, other)).ToList();
        return rules.SelectMany(rule => others.Where(other => rule.Matches(request, other))).FirstOrDefault();
    }

    private bool MatchesObject(AdmissionRequest request) =>
        Objects.IsEmpty || Select(Objects, request.Object) || Select(Objects, request.OldObject);

    private bool MatchesNamespace(AdmissionRequest request)
    {
        var isNamespace = request.Storage == NamespaceRules.Namespaces;
        if (Namespaces.IsEmpty || (request.Namespace.Length == 0 && !isNamespace))
        {
            return true;
        }

        if (isNamespace && request.Subresource.Length == 0 && request.Object is not null)
        {
            return Select(Namespaces, request.Object);
        }

        return Namespaces.Matches(NamespaceOf(request).Object("metadata").Object("labels"));
    }

    private static JsonObject NamespaceOf(AdmissionRequest request) =>
        NamespaceRules.Find(request.Cluster, request.Namespace) ?? throw ApiError.NotFound(NamespaceRules.Namespaces, request.Namespace);
}
