using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Catalog;
using GitOps.Sandbox.Tables;
using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Tables;

/// <summary>Columns and cells against those that a real v1.36 answered for the same objects.</summary>
public sealed class KindTableTests
{
    public static TheoryData<string> Rows
    {
        get
        {
            var rows = new TheoryData<string>();
            foreach (var row in Recorded)
            {
                rows.Add(row.Key);
            }

            return rows;
        }
    }

    private static Dictionary<string, JsonObject> Recorded { get; } = ReadRows();

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_row_has_the_cells_of_a_real_server(string id)
    {
        var recorded = Recorded[id];
        var table = Table(recorded["group"]!.GetValue<string>(), recorded["resource"]!.GetValue<string>());
        var source = new TableSource(
            (JsonObject)recorded["object"]!, DateTimeOffset.Parse(recorded["at"]!.GetValue<string>(), CultureInfo.InvariantCulture));

        var cells = new JsonArray(table.Cells(source));
        var conditions = table.Conditions(source)?.Select(static condition => condition!["reason"]!.GetValue<string>());

        KubernetesJson.ToText(cells).ShouldBe(KubernetesJson.ToText(recorded["cells"]));
        conditions.ShouldBe(recorded["conditions"]?.AsArray().Select(static condition => condition!["reason"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Every_kind_has_the_columns_of_a_real_server()
    {
        await using var cluster = await TestCluster.StartAsync();
        var lines = await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "Tables", "columns-v1.36.txt"));
        foreach (var line in lines)
        {
            var split = line.IndexOf(": ", StringComparison.Ordinal);
            var path = line[..split];
            path = path.StartsWith("core/", StringComparison.Ordinal) ? "/api/" + path["core/".Length..] : "/apis/" + path;
            using var request = cluster.Request(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io");
            using var response = await cluster.Http.SendAsync(request);
            var table = KubernetesJson.ParseObject(await response.Content.ReadAsByteArrayAsync());

            string.Join(", ", table["columnDefinitions"]!.AsArray().Select(static column => Describe(column!))).ShouldBe(line[(split + 2)..], path);
        }

        lines.Length.ShouldBe(ResourceCatalog.BuiltIn.Resources.Count(static resource => resource.Can("list")));
    }

    [Fact]
    public void Every_row_has_as_many_cells_as_columns()
    {
        // A real server sends the age of an IP address without a column for it.
        foreach (var resource in ResourceCatalog.BuiltIn.Resources.Where(static resource => resource.Can("list") && resource.Plural != "ipaddresses"))
        {
            var table = KindTables.Of(resource);
            table.Cells(new TableSource([], DateTimeOffset.UnixEpoch)).Length.ShouldBe(table.Columns.Length, resource.Plural);
        }
    }

    private static KindTable Table(string group, string resource) =>
        KindTables.Of(ResourceCatalog.BuiltIn.Resources.First(served => served.Storage.Group == group && served.Storage.Resource == resource));

    private static string Describe(JsonNode column)
    {
        var format = column["format"]!.GetValue<string>();
        var priority = column["priority"]!.GetValue<long>();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{column["name"]}:{column["type"]}{(format.Length > 0 ? ":" + format : "")}{(priority > 0 ? $":{priority}" : "")}");
    }

    private static Dictionary<string, JsonObject> ReadRows()
    {
        var rows = KubernetesJson.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Tables", "rows-v1.36.json"))) as JsonArray;
        return rows!.OfType<JsonObject>().DistinctBy(Id, StringComparer.Ordinal).ToDictionary(Id, StringComparer.Ordinal);
    }

    private static string Id(JsonObject row) => $"{row["resource"]}/{row["object"]!["metadata"]!["name"]}";
}
