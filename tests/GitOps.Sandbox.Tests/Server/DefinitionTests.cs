using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Server;

public sealed class DefinitionTests
{
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    private const string Aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

    [Fact]
    public async Task A_definition_is_established_and_served_in_all_its_versions()
    {
        await using var cluster = await TestCluster.StartAsync();
        (await cluster.PostAsync(Definitions, Definition("things", "Thing", "v1", "v1beta1"))).Ok();

        (await cluster.PostAsync("/apis/x.example/v1/namespaces/default/things", Thing("v1", "a"))).Ok();
        var old = (await cluster.GetAsync("/apis/x.example/v1beta1/namespaces/default/things/a")).Ok();
        await using var watch = await cluster.WatchAsync("/apis/x.example/v1beta1/things?watch=true");
        var added = (await watch.NextAsync())!["object"]!;

        old.Text("apiVersion").ShouldBe("x.example/v1beta1");
        added["apiVersion"]!.GetValue<string>().ShouldBe("x.example/v1beta1");
        (await VersionsAsync(cluster)).ShouldBe(["v1", "v1beta1"]);
        var conditions = (await cluster.GetAsync($"{Definitions}/things.x.example")).Body["status"]!["conditions"]!.AsArray();
        conditions.Select(static condition => $"{condition!["type"]}={condition["status"]}").ShouldBe(["NamesAccepted=True", "Established=True"]);
    }

    [Fact]
    public async Task A_status_that_was_applied_is_owned_and_loses_what_is_left_out()
    {
        await using var cluster = await TestCluster.StartAsync();
        const string Storage = "\"storage\":true";
        var definition = Definition("things", "Thing", "v1").Replace(Storage, $"{Storage},\"subresources\":{{\"status\":{{}}}}", StringComparison.Ordinal);
        (await cluster.PostAsync(Definitions, definition)).Ok();
        (await cluster.PostAsync("/apis/x.example/v1/namespaces/default/things", Thing("v1", "a"))).Ok();
        const string Status = "/apis/x.example/v1/namespaces/default/things/a/status";
        const string Head = """ "apiVersion":"x.example/v1","kind":"Thing","metadata":{"name":"a"} """;

        (await cluster.ApplyAsync(Status, $$$"""{{{{Head}}},"status":{"rows":["x"],"count":1}}""", "reporter")).Ok();
        var after = (await cluster.ApplyAsync(Status, $$$"""{{{{Head}}},"status":{"count":0}}""", "reporter")).Ok();

        KubernetesJson.ToText(after.Body["status"]).ShouldBe("""{"count":0}""");
        var entry = after.Body["metadata"]!["managedFields"]!.AsArray().Single(static item => item!["manager"]!.GetValue<string>() == "reporter")!;
        KubernetesJson.ToText(entry["fieldsV1"]).ShouldBe("""{"f:status":{".":{},"f:count":{}}}""");
        entry["subresource"]!.GetValue<string>().ShouldBe("status");
    }

    [Fact]
    public async Task A_name_that_is_taken_is_not_served()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.PostAsync(Definitions, Definition("things", "Thing", "v1"));

        await cluster.PostAsync(Definitions, Definition("others", "Thing", "v1"));

        var status = (await cluster.GetAsync($"{Definitions}/others.x.example")).Body["status"]!;
        status["conditions"]!.AsArray().Select(static condition => $"{condition!["type"]}={condition["status"]}").ShouldBe(["NamesAccepted=False", "Established=False"]);
        (await cluster.GetAsync("/apis/x.example/v1/others")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task A_deleted_definition_waits_for_objects_that_are_held_and_takes_no_new_ones()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.PostAsync(Definitions, Definition("things", "Thing", "v1"));
        const string Things = "/apis/x.example/v1/namespaces/default/things";
        await cluster.PostAsync(Things, Thing("v1", "held", "\"finalizers\":[\"example.com/hold\"]"));
        await cluster.PostAsync(Things, Thing("v1", "free"));
        await using var watch = await cluster.WatchAsync($"{Things}?watch=true&resourceVersion={cluster.Sandbox.ResourceVersion}");

        await cluster.DeleteAsync($"{Definitions}/things.x.example");

        (await cluster.GetAsync($"{Things}/free")).Status.ShouldBe(404);
        (await cluster.GetAsync($"{Things}/held")).Text("metadata", "deletionTimestamp").ShouldNotBeEmpty();
        (await cluster.PostAsync(Things, Thing("v1", "late"))).Status.ShouldBe(403);
        await cluster.MergeAsync($"{Things}/held", """{"metadata":{"finalizers":null}}""");
        (await cluster.GetAsync($"{Definitions}/things.x.example")).Status.ShouldBe(404);
        (await cluster.GetAsync(Things)).Status.ShouldBe(404);
        var types = new List<string>();
        while (await watch.NextBriefAsync() is { } read)
        {
            types.Add($"{read.Type} {read.Name}");
        }

        types.ShouldBe(["DELETED free", "MODIFIED held", "DELETED held"], ignoreOrder: true);
        (await VersionsAsync(cluster)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Tables_have_the_columns_of_the_definition()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.PostAsync(Definitions, Definition("things", "Thing", "v1"));
        await cluster.PostAsync("/apis/x.example/v1/namespaces/default/things", Thing("v1", "a"));

        using var request = cluster.Request(HttpMethod.Get, "/apis/x.example/v1/things");
        request.Headers.TryAddWithoutValidation("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io");
        using var response = await cluster.Http.SendAsync(request);
        var table = await Answer.ReadAsync(response);

        table.Body["columnDefinitions"]!.AsArray().Select(static column => column!["name"]!.GetValue<string>()).ShouldBe(["Name", "Ready", "Size", "Age"]);
        var cells = table.Body["rows"]![0]!["cells"]!.AsArray();
        KubernetesJson.ToText(cells[0]).ShouldBe("\"a\"");
        KubernetesJson.ToText(cells[1]).ShouldBe("\"True\"");
        KubernetesJson.ToText(cells[2]).ShouldBe("3");
        cells[3]!.GetValue<string>().ShouldEndWith("s");
    }

    [Theory]
    [InlineData("\"scope\":\"Namespaced\"", "\"scope\":\"Sideways\"")]
    [InlineData("things.x.example", "stuff.x.example")]
    [InlineData("\"storage\":true", "\"storage\":false")]
    [InlineData("\"type\":\"object\"", "\"type\":\"object\",\"$ref\":\"x\"")]
    public async Task A_definition_that_makes_no_sense_is_refused(string right, string wrong)
    {
        await using var cluster = await TestCluster.StartAsync();

        var answer = await cluster.PostAsync(Definitions, Definition("things", "Thing", "v1").Replace(right, wrong, StringComparison.Ordinal));

        answer.Status.ShouldBeInRange(400, 422);
        (await cluster.GetAsync("/apis/x.example/v1/things")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Kinds_whose_versions_differ_are_read_and_written_in_both()
    {
        await using var cluster = await TestCluster.StartAsync();
        (await cluster.ApplyAsync("/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers/h", """
            {"apiVersion":"autoscaling/v1","kind":"HorizontalPodAutoscaler","metadata":{"name":"h"},
             "spec":{"maxReplicas":3,"targetCPUUtilizationPercentage":70,"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"d"}}}
            """)).Ok();
        (await cluster.PostAsync("/apis/events.k8s.io/v1/namespaces/default/events", """
            {"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"e"},"note":"n","reason":"R","type":"Normal","action":"A",
             "reportingController":"c","reportingInstance":"i","eventTime":"2026-01-01T00:00:00.000000Z",
             "regarding":{"kind":"ConfigMap","namespace":"default","name":"a"}}
            """)).Ok();

        var newer = (await cluster.GetAsync("/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/h")).Ok();
        var older = (await cluster.GetAsync("/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers/h")).Ok();
        var core = (await cluster.GetAsync("/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3Da")).Ok();

        newer.Body["spec"]!["metrics"]![0]!["resource"]!["target"]!["averageUtilization"]!.GetValue<int>().ShouldBe(70);
        older.Text("spec", "targetCPUUtilizationPercentage").ShouldBe("70");
        core.Body["items"]![0]!["message"]!.GetValue<string>().ShouldBe("n");
    }

    private static async Task<IReadOnlyList<string>> VersionsAsync(TestCluster cluster)
    {
        using var request = cluster.Request(HttpMethod.Get, "/apis");
        request.Headers.TryAddWithoutValidation("Accept", Aggregated);
        using var response = await cluster.Http.SendAsync(request);
        var group = (await Answer.ReadAsync(response)).Body["items"]!.AsArray().FirstOrDefault(static group => group!["metadata"]!["name"]?.GetValue<string>() == "x.example");
        return group is null ? [] : [.. group["versions"]!.AsArray().Select(static version => version!["version"]!.GetValue<string>())];
    }

    private static string Thing(string version, string name, string metadata = "") => $$$"""
        {"apiVersion":"x.example/{{{version}}}","kind":"Thing","metadata":{"name":"{{{name}}}"{{{(metadata.Length > 0 ? "," + metadata : "")}}} },
         "spec":{"size":3,"conditions":[{"type":"Other","status":"False"},{"type":"Ready","status":"True"}]} }
        """;

    private static string Definition(string plural, string kind, params string[] versions)
    {
        var served = versions.Select((version, index) => $$$"""
            {"name":"{{{version}}}","served":true,"storage":{{{(index == 0 ? "true" : "false")}}},
             "additionalPrinterColumns":[
               {"name":"Ready","type":"string","jsonPath":".spec.conditions[?(@.type==\"Ready\")].status"},
               {"name":"Size","type":"integer","jsonPath":".spec.size"},
               {"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}],
             "schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true} } }
            """);
        return $$$"""
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"{{{plural}}}.x.example"},
             "spec":{"group":"x.example","scope":"Namespaced","names":{"plural":"{{{plural}}}","kind":"{{{kind}}}"},
             "versions":[{{{string.Join(',', served)}}}] } }
            """;
    }
}
