using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Protobuf;
using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.OpenApi;

/// <summary>
/// The documents against those of a real v1.36, prose left out, and without the paths that are not served: the deprecated
/// ones for watching, and connections to pods.
/// </summary>
public sealed class OpenApiTests
{
    private const string Index = "/openapi/v3";
    private const string Version2 = "6b7c2461274f6e84662857592e9db3aa67f929110982656214645644edc673a8";
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    [Fact]
    public async Task Every_document_is_that_of_a_real_server()
    {
        await using var cluster = await TestCluster.StartAsync();
        var index = await IndexAsync(cluster);
        foreach (var line in await File.ReadAllLinesAsync(FilePath("documents-v1.36.txt")))
        {
            var (prefix, hash) = (line.Split(' ')[0], line.Split(' ')[1]);
            var document = (await cluster.GetAsync(Url(index, prefix))).Body;

            Convert.ToHexStringLower(SHA256.HashData(KubernetesJson.ToUtf8(Canonical(document, string.Empty)))).ShouldBe(hash, prefix);
        }
    }

    [Fact]
    public async Task A_group_has_the_operations_and_schemas_of_a_real_server()
    {
        await using var cluster = await TestCluster.StartAsync();

        var document = (await cluster.GetAsync(Url(await IndexAsync(cluster), "apis/policy/v1"))).Body;

        KubernetesJson.ToText(Canonical(document, string.Empty)).ShouldBe(await File.ReadAllTextAsync(FilePath("policy.json")));
    }

    [Fact]
    public async Task A_custom_resource_has_the_document_of_a_real_server()
    {
        await using var cluster = await TestCluster.StartAsync();
        (await cluster.PostAsync(Definitions, await File.ReadAllTextAsync(FilePath("widgets-definition.json")))).Ok();

        var document = (await cluster.GetAsync(Url(await IndexAsync(cluster), "apis/wire.example.com/v1"))).Body;

        KubernetesJson.ToText(Canonical(document, string.Empty)).ShouldBe(await File.ReadAllTextAsync(FilePath("widgets.json")));
        var spec = document["components"]!["schemas"]!["com.example.wire.v1.Widget"]!["properties"]!["spec"]!;
        spec["description"]!.GetValue<string>().ShouldBe("What is wanted.");
        spec["properties"]!["size"]!["description"]!.GetValue<string>().ShouldBe("How big it is.");
    }

    [Fact]
    public async Task A_document_may_be_kept_as_long_as_its_hash_stands_in_the_index()
    {
        await using var cluster = await TestCluster.StartAsync();
        var url = Url(await IndexAsync(cluster), "apis/apps/v1");

        var kept = await GetAsync(cluster, url);
        var fresh = await GetAsync(cluster, url.Split('?')[0]);
        var known = await GetAsync(cluster, url, kept.Tag);
        var outdated = await GetAsync(cluster, url[..^4] + "0000");

        (kept.Status, kept.Cache).ShouldBe((200, "immutable, public"));
        (fresh.Status, fresh.Cache, fresh.Tag).ShouldBe((200, "no-cache, private", kept.Tag));
        known.Status.ShouldBe(304);
        (outdated.Status, outdated.Location).ShouldBe((301, url));
    }

    [Fact]
    public async Task A_definition_changes_its_own_hash_alone()
    {
        await using var cluster = await TestCluster.StartAsync();
        (await cluster.PostAsync(Definitions, await File.ReadAllTextAsync(FilePath("widgets-definition.json")))).Ok();
        var before = await IndexAsync(cluster);

        (await cluster.CallAsync(
            HttpMethod.Patch, Definitions + "/widgets.wire.example.com",
            """[{"op":"add","path":"/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/extra","value":{"type":"string"}}]""",
            "application/json-patch+json")).Ok();
        var changed = await IndexAsync(cluster);
        (await cluster.DeleteAsync(Definitions + "/widgets.wire.example.com")).Ok();
        var after = await IndexAsync(cluster);

        before.Where(entry => changed[entry.Key]!.ToJsonString() != entry.Value!.ToJsonString()).Select(static entry => entry.Key)
            .ShouldBe(["apis/wire.example.com/v1"]);
        after.Select(static entry => entry.Key).ShouldBe(before.Select(static entry => entry.Key).Where(static key => !key.Contains("example", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_document_of_version_2_is_that_of_a_real_server()
    {
        await using var cluster = await TestCluster.StartAsync();
        var document = (await cluster.GetAsync("/openapi/v2")).Ok().Body;
        foreach (var name in (string[])["DeleteOptions", "WatchEvent"])
        {
            // A real server names those of groups too that it does not serve.
            document["definitions"]!["io.k8s.apimachinery.pkg.apis.meta.v1." + name]!.AsObject().Remove("x-kubernetes-group-version-kind").ShouldBeTrue();
        }

        document.Remove("swagger");
        document.Remove("info");

        Convert.ToHexStringLower(SHA256.HashData(KubernetesJson.ToUtf8(Canonical(document, string.Empty)))).ShouldBe(Version2);
    }

    [Fact]
    public async Task Version_2_is_served_as_protobuf_too()
    {
        await using var cluster = await TestCluster.StartAsync();
        var json = (await cluster.GetAsync("/openapi/v2")).Body;
        using var request = cluster.Request(HttpMethod.Get, "/openapi/v2");
        request.Headers.TryAddWithoutValidation("Accept", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf");
        using var response = await cluster.Http.SendAsync(request);
        var bytes = await response.Content.ReadAsByteArrayAsync();

        Names(Field(bytes, 8), 2).ShouldBe(json["paths"]!.AsObject().Select(static path => path.Key));
        Names(Field(bytes, 9), 1).ShouldBe(json["definitions"]!.AsObject().Select(static definition => definition.Key));
        response.Content.Headers.TryGetValues("Content-Type", out var types).ShouldBeTrue();
        types!.ShouldHaveSingleItem().ShouldBe("application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
    }

    [Fact]
    public async Task There_are_no_other_documents_and_no_other_forms()
    {
        await using var cluster = await TestCluster.StartAsync();
        (await cluster.GetAsync("/openapi/v3/apis/nosuch/v1")).Status.ShouldBe(404);
        using var request = cluster.Request(HttpMethod.Get, "/openapi/v3/api/v1");
        request.Headers.TryAddWithoutValidation("Accept", "application/com.github.proto-openapi.spec.v3@v1.0+protobuf");
        using var response = await cluster.Http.SendAsync(request);
        ((int)response.StatusCode).ShouldBe(406);
    }

    private static async Task<JsonObject> IndexAsync(TestCluster cluster) => (await cluster.GetAsync(Index)).Ok().Body["paths"]!.AsObject();

    private static string Url(JsonObject index, string prefix) => index[prefix]!["serverRelativeURL"]!.GetValue<string>();

    private static async Task<(int Status, string Cache, string Tag, string Location)> GetAsync(TestCluster cluster, string path, string? tag = null)
    {
        using var request = cluster.Request(HttpMethod.Get, path);
        if (tag is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        }

        using var response = await cluster.Http.SendAsync(request);
        var cache = string.Join(", ", (response.Headers.CacheControl?.ToString() ?? string.Empty).Split(", ").Order(StringComparer.Ordinal));
        return ((int)response.StatusCode, cache, response.Headers.ETag?.ToString() ?? string.Empty, response.Headers.Location?.ToString() ?? string.Empty);
    }

    private static byte[] Field(byte[] message, int number)
    {
        var reader = new WireReader(message);
        while (true)
        {
            var (found, type) = reader.ReadTag();
            if (found == number)
            {
                return reader.ReadBytes().ToArray();
            }

            reader.Skip(type);
        }
    }

    /// <summary>The names of a message's named members.</summary>
    private static List<string> Names(byte[] message, int number)
    {
        var names = new List<string>();
        var reader = new WireReader(message);
        while (!reader.IsAtEnd)
        {
            reader.ReadTag().Number.ShouldBe(number);
            names.Add(Encoding.UTF8.GetString(Field(reader.ReadBytes().ToArray(), 1)));
        }

        return names;
    }

    private static string FilePath(string name) => Path.Combine(AppContext.BaseDirectory, "OpenApi", name);

    /// <summary>Members, and items whose order means nothing, in order; descriptions left out.</summary>
    private static JsonNode? Canonical(JsonNode? node, string key) => node switch
    {
        JsonObject members => new JsonObject(members
            .Where(static member => !(member.Key == "description" && member.Value is JsonValue))
            .OrderBy(static member => member.Key, StringComparer.Ordinal)
            .Select(static member => KeyValuePair.Create(member.Key, Canonical(member.Value, member.Key)))),
        JsonArray items when key is "x-kubernetes-group-version-kind" or "required" or "tags" or "parameters" or "consumes" or "produces" =>
            new JsonArray([.. items.Select(static item => Canonical(item, string.Empty)).OrderBy(KubernetesJson.ToText, StringComparer.Ordinal)]),
        JsonArray items => new JsonArray([.. items.Select(static item => Canonical(item, string.Empty))]),
        _ => node?.DeepClone(),
    };
}
