using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Tables;

/// <summary>In which forms objects are answered: tables with more or less of the objects, and metadata alone.</summary>
public sealed class TableAnswerTests
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";
    private const string Table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

    [Theory]
    [InlineData("", "PartialObjectMetadata")]
    [InlineData("?includeObject=Metadata", "PartialObjectMetadata")]
    [InlineData("?includeObject=Object", "ConfigMap")]
    [InlineData("?includeObject=None", "")]
    public async Task A_row_brings_as_much_of_its_object_as_is_asked_for(string query, string kind)
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateConfigMapAsync("a");
        foreach (var path in (string[])[ConfigMaps, ConfigMaps + "/a"])
        {
            var table = (await GetAsync(cluster, path + query, Table)).Ok().Body;
            var row = table["rows"]![0]!;

            (row["object"]?["kind"]?.GetValue<string>() ?? string.Empty).ShouldBe(kind);
            (row["object"]?["data"] is not null).ShouldBe(kind == "ConfigMap");
            Cells(table).ShouldBe("""["a",1,"0s"]""");
        }
    }

    [Fact]
    public async Task Nothing_else_can_be_included()
    {
        await using var cluster = await TestCluster.StartAsync();
        (await GetAsync(cluster, ConfigMaps + "?includeObject=Everything", Table)).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Pages_of_a_table_go_on_where_the_last_one_ended()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateConfigMapAsync("a");
        await cluster.CreateConfigMapAsync("b");

        var first = (await GetAsync(cluster, ConfigMaps + "?limit=1", Table)).Ok();
        var second = (await GetAsync(cluster, $"{ConfigMaps}?limit=1&continue={first.Text("metadata", "continue")}", Table)).Ok();

        first.Body["metadata"]!["remainingItemCount"]!.GetValue<int>().ShouldBe(1);
        Cells(second.Body).ShouldBe("""["b",1,"0s"]""");
        second.Body["metadata"]!.AsObject().ContainsKey("continue").ShouldBeFalse();
    }

    [Fact]
    public async Task A_watch_sends_tables_whose_columns_stand_in_the_first_one_alone()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateConfigMapAsync("a");
        await using var watch = await cluster.WatchAsync(
            ConfigMaps + "?watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan", Table);

        var added = (await watch.NextAsync())!;
        var bookmark = (await watch.NextAsync())!;
        await cluster.MergeAsync(ConfigMaps + "/a", """{"data":{"more":"x"}}""");
        var modified = (await watch.NextAsync())!;

        (Type(added), Cells(added["object"]!), added["object"]!["columnDefinitions"]!.AsArray().Count).ShouldBe(("ADDED", """["a",1,"0s"]""", 3));
        (Type(bookmark), bookmark["object"]!["kind"]!.GetValue<string>(), bookmark["object"]!["columnDefinitions"]).ShouldBe(("BOOKMARK", "Table", null));
        KubernetesJson.ToText(bookmark["object"]!["rows"]![0]!["cells"]).ShouldBe("""["",0,"<unknown>"]""");
        bookmark["object"]!["rows"]![0]!["object"]!["metadata"]!["annotations"]!["k8s.io/initial-events-end"]!.GetValue<string>().ShouldBe("true");
        (Type(modified), Cells(modified["object"]!), modified["object"]!["columnDefinitions"]).ShouldBe(("MODIFIED", """["a",2,"0s"]""", null));
    }

    [Fact]
    public async Task A_scale_has_a_table_of_its_own()
    {
        await using var cluster = await TestCluster.StartAsync();
        (await cluster.PostAsync(
            "/apis/apps/v1/namespaces/default/deployments",
            """
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":3,"selector":{"matchLabels":{"a":"b"}},
             "template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}
            """)).Ok();

        var table = (await GetAsync(cluster, "/apis/apps/v1/namespaces/default/deployments/d/scale", Table)).Ok().Body;

        Cells(table).ShouldBe("""["d",3,0,"0s"]""");
    }

    [Fact]
    public async Task Metadata_is_asked_for_as_what_it_is_an_object_or_a_list()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateConfigMapAsync("a");
        const string one = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";
        const string list = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";

        (await GetAsync(cluster, ConfigMaps + "/a", one)).Text("kind").ShouldBe("PartialObjectMetadata");
        (await GetAsync(cluster, ConfigMaps, list)).Text("kind").ShouldBe("PartialObjectMetadataList");
        (await GetAsync(cluster, ConfigMaps, one)).Status.ShouldBe(406);
        (await GetAsync(cluster, ConfigMaps + "/a", list)).Status.ShouldBe(406);
    }

    private static string Type(JsonNode happened) => happened["type"]!.GetValue<string>();

    /// <summary>The cells of the only row, with any age as <c>0s</c>.</summary>
    private static string Cells(JsonNode table)
    {
        var cells = table["rows"]!.AsArray().ShouldHaveSingleItem()!["cells"]!.AsArray();
        cells[^1]!.GetValue<string>().ShouldEndWith("s");
        return KubernetesJson.ToText(new JsonArray([.. cells.SkipLast(1).Select(static cell => cell!.DeepClone()), "0s"]));
    }

    private static async Task<Answer> GetAsync(TestCluster cluster, string path, string accept)
    {
        using var request = cluster.Request(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await cluster.Http.SendAsync(request);
        return await Answer.ReadAsync(response);
    }
}
