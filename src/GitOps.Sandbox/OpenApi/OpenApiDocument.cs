using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Http;

namespace GitOps.Sandbox.OpenApi;

/// <summary>One document of OpenAPI v3: of a group and version, or of one of the paths beside them.</summary>
internal static class OpenApiDocument
{
    /// <summary>Of everything that a version serves.</summary>
    /// <param name="group">The group's name.</param>
    /// <param name="version">Its version.</param>
    /// <param name="prefix"><c>api/v1</c>, <c>apis/apps/v1</c>.</param>
    public static JsonObject OfVersion(string group, ServedVersion version, string prefix)
    {
        var names = new OperationNames(group, version.Version);
        var (paths, components) = (new JsonObject(), new Components());
        var isBuiltIn = version.Resources.Any(static resource => resource.Custom is null);
        if (isBuiltIn)
        {
            AddGet(paths, $"/{prefix}/", names.Tag, $"get{names.Pascal}APIResources", Components.ResourceList);
        }

        foreach (var resource in version.Resources)
        {
            new ResourcePaths(resource, prefix, names).AddTo(paths);
            if (resource.Custom is not null)
            {
                components.Add(resource);
            }
        }

        var watched = isBuiltIn && version.Resources.Any(static resource => resource.Can("watch"));
        var schemas = components.For(paths, watched ? [Components.WatchEvent] : []);
        if (!isBuiltIn)
        {
            return Whole(paths, new() { ["schemas"] = schemas }, "Kubernetes CRD Swagger", "v0.1.0");
        }

        AddKind(schemas, Components.DeleteOptions, new(group, version.Version, "DeleteOptions"));
        AddKind(schemas, Components.WatchEvent, new(group, version.Version, "WatchEvent"));
        return OfServer(paths, schemas);
    }

    /// <summary>Of a path that answers with one thing.</summary>
    public static JsonObject OfPath(string path, string tag, string id, string component)
    {
        var paths = new JsonObject();
        AddGet(paths, path, tag, id, component);
        return OfServer(paths, new Components().For(paths, []));
    }

    private static void AddGet(JsonObject paths, string path, string tag, string id, string component)
    {
        var operation = new Operation("get", id, tag, component, [200])
        {
            AnswerTypes = component == Components.VersionInfo ? [MediaTypes.Json] : [MediaTypes.Json, MediaTypes.Protobuf, MediaTypes.Yaml],
        };
        paths[path] = new JsonObject { ["get"] = operation.ToJson([]) };
    }

    /// <summary>The kinds that belong to every group are named as this group's too.</summary>
    private static void AddKind(JsonObject schemas, string component, GroupVersionKind kind)
    {
        if (kind.Group.Length > 0 && schemas[component]?["x-kubernetes-group-version-kind"] is JsonArray kinds)
        {
            kinds.Add((JsonNode)new JsonObject { ["group"] = kind.Group, ["kind"] = kind.Kind, ["version"] = kind.Version });
        }
    }

    private static JsonObject OfServer(JsonObject paths, JsonObject schemas)
    {
        var bearer = new JsonObject { ["type"] = "apiKey", ["name"] = "authorization", ["in"] = "header" };
        var components = new JsonObject { ["schemas"] = schemas, ["securitySchemes"] = new JsonObject { ["BearerToken"] = bearer } };
        return Whole(paths, components, "Kubernetes", "1.36");
    }

    private static JsonObject Whole(JsonObject paths, JsonObject components, string title, string version) => new()
    {
        ["openapi"] = "3.0.0",
        ["info"] = new JsonObject { ["title"] = title, ["version"] = version },
        ["paths"] = paths,
        ["components"] = components,
    };
}
