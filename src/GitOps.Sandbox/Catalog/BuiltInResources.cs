using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Catalog;

/// <summary>One API group with its versions, the preferred one first.</summary>
internal sealed record ServedGroup(string Name, ImmutableArray<ServedVersion> Versions);

internal sealed record ServedVersion(string Version, ImmutableArray<ServedResource> Resources);

/// <summary>The kinds of the recorded discovery documents.</summary>
internal static class BuiltInResources
{
    private static readonly Lazy<ImmutableArray<ServedGroup>> Loaded =
        new(static () => Connect([.. Read("discovery-api.json"), .. Read("discovery-apis.json")]));

    public static ImmutableArray<ServedGroup> Groups => Loaded.Value;

    private static IEnumerable<ServedGroup> Read(string name)
    {
        using var stream = typeof(BuiltInResources).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"the program was built without {name}");
        using var buffer = new MemoryStream();
        stream.CopyTo(buffer);
        return [.. Objects(KubernetesJson.ParseObject(buffer.ToArray()), "items").Select(ReadGroup)];
    }

    private static ServedGroup ReadGroup(JsonObject group)
    {
        var name = KubernetesObject.GetString(group["metadata"] as JsonObject, "name") ?? string.Empty;
        return new(name, [.. Objects(group, "versions").Select(version => ReadVersion(name, version))]);
    }

    /// <summary>The two kinds whose versions differ in more than their names are stored in one of them.</summary>
    private static ImmutableArray<ServedGroup> Connect(ImmutableArray<ServedGroup> groups)
    {
        var all = groups.SelectMany(static group => group.Versions).SelectMany(static version => version.Resources).ToList();
        ServedResource Connected(ServedResource resource) => resource switch
        {
            { Kind: "HorizontalPodAutoscaler", Version: not "v2" } =>
                resource.With(all.First(static other => other is { Kind: "HorizontalPodAutoscaler", Version: "v2" })),
            { Kind: "Event", Group: EventConversion.NewGroup } => resource.With(all.First(static other => other is { Kind: "Event", Group: "" })),
            _ => resource,
        };

        return
        [
            .. groups.Select(group => group with
            {
                Versions = [.. group.Versions.Select(version => version with { Resources = [.. version.Resources.Select(Connected)] })],
            }),
        ];
    }

    private static ServedVersion ReadVersion(string group, JsonObject version)
    {
        var name = KubernetesObject.GetString(version, "version")!;
        return new(name, [.. Objects(version, "resources").Select(resource => ReadResource(group, name, resource))]);
    }

    private static ServedResource ReadResource(string group, string version, JsonObject resource)
    {
        var kind = KubernetesObject.GetString(resource["responseKind"] as JsonObject, "kind")!;
        return new(new(group, version, kind), KubernetesObject.GetString(resource, "resource")!)
        {
            ListKind = kind + "List",
            Singular = KubernetesObject.GetString(resource, "singularResource") ?? string.Empty,
            Namespaced = KubernetesObject.GetString(resource, "scope") == "Namespaced",
            ShortNames = Strings(resource, "shortNames"),
            Categories = Strings(resource, "categories"),
            Verbs = Strings(resource, "verbs"),
            Subresources = [.. Objects(resource, "subresources").Select(ReadSubresource)],
            Warning = (group, kind) switch
            {
                ("", "Endpoints") => "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
                ("", "ComponentStatus") => "v1 ComponentStatus is deprecated in v1.19+",
                _ => null,
            },
        };
    }

    private static ServedSubresource ReadSubresource(JsonObject subresource)
    {
        var kind = subresource["responseKind"] as JsonObject;
        return new(
            KubernetesObject.GetString(subresource, "subresource")!,
            new(
                KubernetesObject.GetString(kind, "group") ?? string.Empty,
                KubernetesObject.GetString(kind, "version") ?? string.Empty,
                KubernetesObject.GetString(kind, "kind") ?? string.Empty),
            Strings(subresource, "verbs"));
    }

    private static IEnumerable<JsonObject> Objects(JsonObject parent, string name) =>
        parent[name] is JsonArray items ? items.OfType<JsonObject>() : [];

    private static ImmutableArray<string> Strings(JsonObject parent, string name) =>
        parent[name] is JsonArray items ? [.. items.Select(static item => item!.GetValue<string>())] : [];
}
