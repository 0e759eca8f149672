using System.Text.Json.Nodes;
using GitOps.Sandbox.Catalog;

namespace GitOps.Sandbox.Http;

/// <summary>
/// OpenAPI v3 as far as clients need it before they write: which kinds there are and that their PATCH knows
/// <c>fieldValidation</c>, without which kubectl refuses to apply.
/// </summary>
internal static class OpenApiDocuments
{
    public const string Root = "/openapi/v3";

    public static JsonObject Index(ResourceCatalog catalog)
    {
        var paths = new JsonObject();
        foreach (var (prefix, _) in Versions(catalog))
        {
            paths[prefix] = new JsonObject { ["serverRelativeURL"] = $"{Root}/{prefix}" };
        }

        return new() { ["paths"] = paths };
    }

    /// <returns>Null if there is no such group and version.</returns>
    public static JsonObject? Document(ResourceCatalog catalog, string prefix)
    {
        var version = Versions(catalog).FirstOrDefault(version => version.Prefix == prefix).Version;
        if (version is null)
        {
            return null;
        }

        var paths = new JsonObject();
        foreach (var resource in version.Resources.Where(static resource => resource.Can("patch")))
        {
            var within = resource.Namespaced ? "namespaces/{namespace}/" : string.Empty;
            paths[$"/{prefix}/{within}{resource.Plural}/{{name}}"] = new JsonObject { ["patch"] = Patch(resource) };
        }

        return new()
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = "v1.36.2" },
            ["paths"] = paths,
        };
    }

    private static IEnumerable<(string Prefix, ServedVersion? Version)> Versions(ResourceCatalog catalog) =>
        catalog.Groups.SelectMany(static group => group.Versions.Select(version =>
            (group.Name.Length == 0 ? $"api/{version.Version}" : $"apis/{group.Name}/{version.Version}", (ServedVersion?)version)));

    private static JsonObject Patch(ServedResource resource) => new()
    {
        ["parameters"] = new JsonArray([.. ((string[])["dryRun", "fieldManager", "fieldValidation", "force"]).Select(static name => new JsonObject
        {
            ["name"] = name, ["in"] = "query", ["schema"] = new JsonObject { ["type"] = name == "force" ? "boolean" : "string", ["uniqueItems"] = true },
        })]),
        ["responses"] = new JsonObject { ["200"] = new JsonObject { ["description"] = "OK" } },
        ["x-kubernetes-action"] = "patch",
        ["x-kubernetes-group-version-kind"] = new JsonObject
        {
            ["group"] = resource.Group,
            ["version"] = resource.Version,
            ["kind"] = resource.Kind,
        },
    };
}
