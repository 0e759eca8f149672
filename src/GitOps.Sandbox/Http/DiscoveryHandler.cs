using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Catalog;

namespace GitOps.Sandbox.Http;

/// <summary>The discovery documents, aggregated and plain. The aggregated ones are made once per state of the catalog.</summary>
internal static class DiscoveryHandler
{
    private const string AggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

    private static readonly ConditionalWeakTable<ResourceCatalog, Lazy<AggregatedDocuments>> Aggregated = [];

    /// <summary><c>/api</c> and <c>/apis</c>.</summary>
    public static Task AnswerRootAsync(ApiContext context, bool core, bool isStale)
    {
        if (context.Form != AnswerForm.AggregatedDiscovery)
        {
            return context.AnswerAsync(200, core ? Versions(context) : GroupList(context.Cluster.Catalog));
        }

        var catalog = context.Cluster.Catalog;
        if (isStale)
        {
            return context.AnswerAsync(200, KubernetesJson.ToUtf8(AggregatedDocument(catalog, core, "Stale")), AggregatedType);
        }

        var documents = Aggregated.GetValue(catalog, static key => new(() => new(
            KubernetesJson.ToUtf8(AggregatedDocument(key, true, "Current")),
            KubernetesJson.ToUtf8(AggregatedDocument(key, false, "Current"))))).Value;
        var (body, tag) = core ? (documents.Core, documents.CoreTag) : (documents.Groups, documents.GroupsTag);
        context.Http.Response.Headers.ETag = tag;
        context.Http.Response.Headers.Vary = "Accept";
        if (context.Http.Request.Headers.IfNoneMatch == tag)
        {
            context.BeginAnswer(304, AggregatedType);
            return Task.CompletedTask;
        }

        return context.AnswerAsync(200, body, AggregatedType);
    }

    /// <summary><c>/apis/GROUP</c>.</summary>
    public static Task AnswerGroupAsync(ApiContext context, ServedGroup group)
    {
        var document = Group(group);
        document.Insert(0, "kind", "APIGroup");
        document.Insert(1, "apiVersion", "v1");
        return context.AnswerAsync(200, document);
    }

    /// <summary><c>/api/v1</c>, <c>/apis/GROUP/VERSION</c>.</summary>
    public static Task AnswerVersionAsync(ApiContext context, string groupVersion, ServedVersion version)
    {
        var document = new JsonObject { ["kind"] = "APIResourceList" };
        if (groupVersion.Contains('/', StringComparison.Ordinal))
        {
            // A real server leaves it out for the core group.
            document["apiVersion"] = "v1";
        }

        document["groupVersion"] = groupVersion;
        document["resources"] = new JsonArray([.. version.Resources.SelectMany(PlainResources)]);
        return context.AnswerAsync(200, document);
    }

    private static JsonObject Versions(ApiContext context) => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(new JsonObject
        {
            ["clientCIDR"] = "0.0.0.0/0",
            ["serverAddress"] = context.Http.Request.Host.ToString(),
        }),
    };

    private static JsonObject GroupList(ResourceCatalog catalog) => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = new JsonArray([.. catalog.Groups.Where(static group => group.Name.Length > 0).Select(Group)]),
    };

    private static JsonObject Group(ServedGroup group)
    {
        JsonObject Version(ServedVersion version) => new() { ["groupVersion"] = $"{group.Name}/{version.Version}", ["version"] = version.Version };

        return new()
        {
            ["name"] = group.Name,
            ["versions"] = new JsonArray([.. group.Versions.Select(Version)]),
            ["preferredVersion"] = Version(group.Versions[0]),
        };
    }

    private static IEnumerable<JsonNode> PlainResources(ServedResource resource)
    {
        var plain = new JsonObject
        {
            ["name"] = resource.Plural,
            ["singularName"] = resource.Singular,
            ["namespaced"] = resource.Namespaced,
            ["kind"] = resource.Kind,
            ["verbs"] = Strings(resource.Verbs),
        };
        AddNames(plain, resource);
        if (resource.Can("watch"))
        {
            plain["storageVersionHash"] = Convert.ToBase64String(
                SHA256.HashData(KubernetesJson.ToUtf8($"{resource.Storage}/{resource.Version}/{resource.Kind}")).AsSpan(0, 8));
        }

        yield return plain;
        foreach (var subresource in resource.Subresources)
        {
            var below = new JsonObject
            {
                ["name"] = $"{resource.Plural}/{subresource.Name}",
                ["singularName"] = string.Empty,
                ["namespaced"] = resource.Namespaced,
            };
            if (subresource.Kind.Version.Length > 0)
            {
                below["group"] = subresource.Kind.Group;
                below["version"] = subresource.Kind.Version;
            }

            below["kind"] = subresource.Kind.Kind;
            below["verbs"] = Strings(subresource.Verbs);
            yield return below;
        }
    }

    private static JsonObject AggregatedDocument(ResourceCatalog catalog, bool core, string freshness) => new()
    {
        ["kind"] = "APIGroupDiscoveryList",
        ["apiVersion"] = "apidiscovery.k8s.io/v2",
        ["metadata"] = new JsonObject(),
        ["items"] = new JsonArray([.. catalog.Groups.Where(group => group.Name.Length == 0 == core).Select(group => AggregatedGroup(group, freshness))]),
    };

    private static JsonObject AggregatedGroup(ServedGroup group, string freshness) => new()
    {
        ["metadata"] = group.Name.Length == 0 ? [] : new JsonObject { ["name"] = group.Name, ["creationTimestamp"] = null },
        ["versions"] = new JsonArray([.. group.Versions.Select(version => new JsonObject
        {
            ["version"] = version.Version,
            ["resources"] = new JsonArray([.. version.Resources.Select(AggregatedResource)]),
            ["freshness"] = freshness,
        })]),
    };

    private static JsonObject AggregatedResource(ServedResource resource)
    {
        var document = new JsonObject
        {
            ["resource"] = resource.Plural,
            ["responseKind"] = ResponseKind(resource.Custom is null ? new(string.Empty, string.Empty, resource.Kind) : resource.GroupVersionKind),
            ["scope"] = resource.Namespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = resource.Singular,
            ["verbs"] = Strings(resource.Verbs),
        };
        AddNames(document, resource);
        if (!resource.Subresources.IsEmpty)
        {
            document["subresources"] = new JsonArray([.. resource.Subresources.Select(subresource => new JsonObject
            {
                ["subresource"] = subresource.Name,
                ["responseKind"] = ResponseKind(
                    resource.Custom is not null && subresource.Kind.Version.Length == 0 ? resource.GroupVersionKind : subresource.Kind),
                ["verbs"] = Strings(subresource.Verbs),
            })]);
        }

        return document;
    }

    private static JsonObject ResponseKind(GroupVersionKind kind) => new() { ["group"] = kind.Group, ["version"] = kind.Version, ["kind"] = kind.Kind };

    private static void AddNames(JsonObject document, ServedResource resource)
    {
        if (!resource.ShortNames.IsEmpty)
        {
            document["shortNames"] = Strings(resource.ShortNames);
        }

        if (!resource.Categories.IsEmpty)
        {
            document["categories"] = Strings(resource.Categories);
        }
    }

    private static JsonArray Strings(ImmutableArray<string> texts) => new([.. texts.Select(static text => JsonValue.Create(text))]);

    private sealed record AggregatedDocuments(byte[] Core, byte[] Groups)
    {
        public string CoreTag { get; } = Tag(Core);

        public string GroupsTag { get; } = Tag(Groups);

        private static string Tag(byte[] body) => $"\"{Convert.ToHexString(SHA256.HashData(body))}\"";
    }
}
