using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Registry;

namespace GitOps.Sandbox.Webhooks;

/// <summary>Which requests a webhook or a policy is for.</summary>
internal sealed record ResourceRule(
    ImmutableArray<string> Operations,
    ImmutableArray<string> Groups,
    ImmutableArray<string> Versions,
    ImmutableArray<string> Resources,
    ImmutableArray<string> Names,
    string Scope)
{
    private const string All = "*";

    public static ResourceRule Read(JsonObject json) => new(
        Texts(json, "operations"), Texts(json, "apiGroups"), Texts(json, "apiVersions"), Texts(json, "resources"), Texts(json, "resourceNames"),
        json.Text("scope") ?? All);

    /// <param name="request">The write.</param>
    /// <param name="resource">The resource to match: the request's, or one that serves the same objects.</param>
    public bool Matches(AdmissionRequest request, ServedResource resource) =>
        MatchesScope(request)
        && Has(Operations, request.Operation)
        && Has(Groups, resource.Group)
        && Has(Versions, resource.Version)
        && MatchesResource(resource.Plural, request.Subresource)
        && (Names.IsEmpty || Names.Contains(request.Name, StringComparer.Ordinal));

    private static ImmutableArray<string> Texts(JsonObject json, string name) =>
        json[name] is JsonArray items ? [.. items.Select(static item => item?.ToString() ?? string.Empty)] : [];

    private static bool Has(ImmutableArray<string> items, string wanted)
    {
        foreach (var item in items)
        {
            if (item == All || item == wanted)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A namespace itself is an object of the cluster, though its request carries its name as the namespace.</summary>
    private bool MatchesScope(AdmissionRequest request)
    {
        var isNamespaced = request.Storage != NamespaceRules.Namespaces && request.Namespace.Length > 0;
        return Scope switch
        {
            "Namespaced" => isNamespaced,
            "Cluster" => !isNamespaced,
            _ => true,
        };
    }

    private bool MatchesResource(string plural, string subresource)
    {
        foreach (var pattern in Resources)
        {
            var slash = pattern.IndexOf('/', StringComparison.Ordinal);
            var (resource, below) = slash < 0 ? (pattern, string.Empty) : (pattern[..slash], pattern[(slash + 1)..]);
            if ((resource == All || resource == plural) && (below == All || below == subresource))
            {
                return true;
            }
        }

        return false;
    }
}
