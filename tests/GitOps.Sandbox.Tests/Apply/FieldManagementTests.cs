using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Tests.Apply;

public sealed class FieldManagementTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly TypeSchema ConfigMap = SchemaRegistry.BuiltIn.Find(new("", "v1", "ConfigMap"))!;

    [Fact]
    public void An_update_of_an_object_without_owners_leaves_the_rest_unowned_until_the_first_apply()
    {
        var stored = Map("""{"a":"1","b":"2"}""");
        var applied = FieldManagement.Apply(stored, Map("""{"c":"3"}"""), ConfigMap, By("gitops"), force: false).Object;
        Owners(applied).ShouldBe(["gitops Apply f:data{f:c}", "before-first-apply Update f:data{.,f:a,f:b}"]);
    }

    [Fact]
    public void The_first_apply_conflicts_with_what_stood_there_before()
    {
        var conflict = Should.Throw<ApiException>(() =>
            FieldManagement.Apply(Map("""{"a":"1"}"""), Map("""{"a":"2"}"""), ConfigMap, By("gitops"), force: false));
        conflict.IsApplyConflict.ShouldBeTrue();
        conflict.Causes.ShouldBe([new("FieldManagerConflict", "conflict with \"before-first-apply\" using v1", ".data.a")]);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[{}]")]
    public void Writing_an_empty_list_of_owners_forgets_them(string reset)
    {
        var live = FieldManagement.Apply(null, Map("""{"a":"1"}"""), ConfigMap, By("gitops"), force: false).Object;
        var next = live.DeepClone();
        next.Metadata!["managedFields"] = JsonNode.Parse(reset);
        Defaulting.Apply(next, ConfigMap);
        FieldManagement.Update(live, next, ConfigMap, By("human")).Metadata!.ContainsKey("managedFields").ShouldBeFalse();
    }

    [Fact]
    public void A_client_that_drops_the_owners_does_not_lose_them()
    {
        var live = FieldManagement.Apply(null, Map("""{"a":"1"}"""), ConfigMap, By("gitops"), force: false).Object;
        var next = Map("""{"a":"1"}""");
        FieldManagement.Update(live, next, ConfigMap, By("human"));
        Owners(next).ShouldBe(["gitops Apply f:data{f:a}"]);
        FieldManagement.IsNoOp(live, next).ShouldBeTrue();
    }

    [Fact]
    public void Owners_written_by_a_client_are_taken_over()
    {
        var live = FieldManagement.Update(null, Map("""{"a":"1"}"""), ConfigMap, By("kubectl-client-side-apply"));
        var next = live.DeepClone();
        var entry = next.Metadata!["managedFields"]![0]!.AsObject();
        entry["manager"] = "gitops";
        entry["operation"] = "Apply";
        FieldManagement.Update(live, next, ConfigMap, By("migration"));
        Owners(next).ShouldBe(["gitops Apply f:data{.,f:a}"]);
        FieldManagement.IsNoOp(live, next).ShouldBeFalse();
    }

    [Theory]
    [InlineData("""[{"manager":"x","operation":"Steal","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{}}]""")]
    [InlineData("""[{"manager":"x","operation":"Apply","apiVersion":"","fieldsType":"FieldsV1","fieldsV1":{}}]""")]
    [InlineData("""[{"manager":"x","operation":"Apply","apiVersion":"v1","fieldsType":"V2","fieldsV1":{}}]""")]
    [InlineData("""[{"manager":"x","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"data":{}}}]""")]
    public void Owners_that_cannot_be_read_are_ignored(string written)
    {
        var live = FieldManagement.Apply(null, Map("""{"a":"1"}"""), ConfigMap, By("gitops"), force: false).Object;
        var next = live.DeepClone();
        next.Metadata!["managedFields"] = JsonNode.Parse(written);
        Owners(FieldManagement.Update(live, next, ConfigMap, By("human"))).ShouldBe(["gitops Apply f:data{f:a}"]);
    }

    [Fact]
    public void Through_a_subresource_owners_cannot_be_written()
    {
        var live = FieldManagement.Apply(null, Map("""{"a":"1"}"""), ConfigMap, By("gitops"), force: false).Object;
        var next = live.DeepClone();
        next.Metadata!["managedFields"] = new JsonArray();
        var context = By("human") with { Subresource = "status" };
        Owners(FieldManagement.Update(live, next, ConfigMap, context)).ShouldBe(["gitops Apply f:data{f:a}"]);
    }

    [Fact]
    public void An_update_that_changes_a_value_of_its_own_moves_only_the_time()
    {
        var live = FieldManagement.Update(null, Map("""{"a":"1"}"""), ConfigMap, By("human"));
        var next = Map("""{"a":"2"}""");
        FieldManagement.Update(live, next, ConfigMap, By("human") with { Now = Start.AddMinutes(1) });
        Owners(next).ShouldBe(Owners(live));
        ManagedFieldsEntry.Of(next)[0].Time.ShouldBe("2026-01-01T00:01:00Z");
    }

    [Fact]
    public void An_update_that_changes_nothing_keeps_the_time()
    {
        var live = FieldManagement.Update(null, Map("""{"a":"1"}"""), ConfigMap, By("human"));
        var next = Map("""{"a":"1"}""");
        FieldManagement.Update(live, next, ConfigMap, By("human") with { Now = Start.AddMinutes(1) });
        ManagedFieldsEntry.Of(next)[0].Time.ShouldBe("2026-01-01T00:00:00Z");
    }

    [Fact]
    public void More_than_ten_updaters_are_merged_from_the_oldest_on()
    {
        var live = FieldManagement.Apply(null, Map("""{"a":"1"}"""), ConfigMap, By("gitops"), force: false).Object;
        for (var i = 0; i < 12; i++)
        {
            var next = live.DeepClone();
            next.Json["data"]![$"k{i:00}"] = "x";
            live = FieldManagement.Update(live, next, ConfigMap, By($"m{i:00}") with { Now = Start.AddMinutes(i) });
        }

        var entries = ManagedFieldsEntry.Of(live);
        entries.Count(static entry => entry.IsApply).ShouldBe(1);
        var updaters = entries.Where(static entry => !entry.IsApply).ToArray();
        updaters.Length.ShouldBe(10);
        updaters[0].Manager.ShouldBe("ancient-changes");
        updaters[0].Time.ShouldBe("2026-01-01T00:02:00Z");
        Text(updaters[0].Fields.ToJson()).ShouldBe("f:data{f:k00,f:k01,f:k02}");
    }

    [Fact]
    public void Removing_a_field_takes_it_from_everybody()
    {
        var live = FieldManagement.Apply(null, Map("""{"a":"1","b":"2"}"""), ConfigMap, By("one"), force: false).Object;
        live = FieldManagement.Apply(live, Map("""{"a":"1"}"""), ConfigMap, By("two"), force: false).Object;
        Owners(FieldManagement.Update(live, Map("""{"b":"2"}"""), ConfigMap, By("human"))).ShouldBe(["one Apply f:data{f:b}"]);
    }

    [Fact]
    public void Metadata_that_the_server_owns_is_nobodys()
    {
        var subject = KubernetesObject.Parse(
            """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"n","generateName":"a","creationTimestamp":null,"labels":{"x":"y"}}}""");
        var applied = FieldManagement.Apply(null, subject, ConfigMap, By("gitops"), force: false).Object;
        Owners(applied).ShouldBe(["gitops Apply f:metadata{f:generateName,f:labels{f:x}}"]);
    }

    [Theory]
    [InlineData("""{}""", "f:data")]
    [InlineData("null", "f:data")]
    [InlineData("""{"a":null}""", "f:data{f:a}")]
    public void An_empty_map_and_a_null_are_owned_as_such(string data, string owned)
    {
        var applied = FieldManagement.Apply(null, Map(data), ConfigMap, By("gitops"), force: false).Object;
        Owners(applied).ShouldBe([$"gitops Apply {owned}"]);
    }

    [Fact]
    public void Owners_in_what_is_applied_are_refused()
    {
        var applied = Map("""{"a":"1"}""");
        applied.Metadata!["managedFields"] = new JsonArray();
        var refusal = Should.Throw<ApiException>(() => FieldManagement.Apply(null, applied, ConfigMap, By("gitops"), force: false));
        refusal.Code.ShouldBe(System.Net.HttpStatusCode.BadRequest);
    }

    [Fact]
    public void A_client_side_apply_is_taken_over_by_the_manager_kubectl_without_conflict()
    {
        var live = Map("""{"a":"1"}""");
        live.Metadata!["annotations"] = new JsonObject
        {
            ["kubectl.kubernetes.io/last-applied-configuration"] = KubernetesJson.ToText(Map("""{"a":"1"}""").Json),
        };
        live = FieldManagement.Update(null, live, ConfigMap, By("kubectl-client-side-apply"));

        Should.Throw<ApiException>(() => FieldManagement.Apply(live, Map("""{"a":"2"}"""), ConfigMap, By("gitops"), force: false));
        var applied = FieldManagement.Apply(live, Map("""{"a":"2"}"""), ConfigMap, By("kubectl"), force: false).Object;
        applied.At("data", "a")!.GetValue<string>().ShouldBe("2");
        applied.Annotation("kubectl.kubernetes.io/last-applied-configuration")!.ShouldContain("\"a\":\"2\"");
    }

    [Fact]
    public void A_write_of_the_replicas_takes_them_and_has_no_time()
    {
        var type = SchemaRegistry.BuiltIn.Find(new("apps", "v1", "Deployment"))!;
        var applied = KubernetesObject.Parse("""{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":2,"paused":true}}""");
        var live = FieldManagement.Apply(null, applied, type, By("gitops", "apps/v1"), force: false).Object;
        var next = live.DeepClone();
        next.Json["spec"]!["replicas"] = 5;
        var path = FieldPath.Root.Append(PathElement.Field("spec")).Append(PathElement.Field("replicas"));
        FieldManagement.Scale(live, next, path, By("kubectl", "apps/v1"));
        Owners(next).ShouldBe(["gitops Apply f:spec{f:paused}", "kubectl Update scale f:spec{f:replicas}"]);
        ManagedFieldsEntry.Of(next)[1].Time.ShouldBeEmpty();
    }

    [Fact]
    public void An_entry_is_judged_in_its_own_version()
    {
        var v1 = SchemaRegistry.BuiltIn.Find(new("autoscaling", "v1", "HorizontalPodAutoscaler"))!;
        var v2 = SchemaRegistry.BuiltIn.Find(new("autoscaling", "v2", "HorizontalPodAutoscaler"))!;
        var applied = KubernetesObject.Parse("""
            {"apiVersion":"autoscaling/v1","kind":"HorizontalPodAutoscaler","metadata":{"name":"h"},
             "spec":{"maxReplicas":3,"targetCPUUtilizationPercentage":50,"scaleTargetRef":{"kind":"Deployment","name":"d"}}}
            """);
        var live = FieldManagement.Apply(null, applied, v1, By("gitops", "autoscaling/v1"), force: false).Object;
        Defaulting.Apply(live, v1);

        var inV2 = VersionConversion.Convert(live, "autoscaling/v2");
        var next = inV2.DeepClone();
        next.Json["spec"]!["metrics"]![0]!["resource"]!["target"]!["averageUtilization"] = 90;
        FieldManagement.Update(inV2, next, v2, By("human", "autoscaling/v2"));

        Owners(next).ShouldBe([
            "gitops Apply f:spec{f:maxReplicas,f:scaleTargetRef}",
            "human Update f:spec{f:metrics}",
        ]);
        ManagedFieldsEntry.Of(next)[0].ApiVersion.ShouldBe("autoscaling/v1");
    }

    [Fact]
    public void An_entry_in_a_version_that_is_not_served_any_more_is_dropped()
    {
        var live = Map("""{"a":"1"}""");
        live.Metadata!["managedFields"] = JsonNode.Parse(
            """[{"manager":"old","operation":"Update","apiVersion":"v0","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:a":{}}}}]""");
        Owners(FieldManagement.Update(live, Map("""{"a":"2"}"""), ConfigMap, By("human"))).ShouldBe(["human Update f:data{f:a}"]);
    }

    [Fact]
    public void What_became_atomic_since_it_was_owned_is_owned_as_a_whole()
    {
        var type = Crd("""{"type":"object","x-kubernetes-map-type":"atomic","properties":{"a":{"type":"string"},"b":{"type":"string"}}}""");
        var live = Custom("""{"a":"1","b":"2"}""");
        live.Metadata!["managedFields"] = JsonNode.Parse(
            """[{"manager":"gitops","operation":"Apply","apiVersion":"x.io/v1","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:a":{}}}}]""");
        var next = live.DeepClone();
        next.Json["other"] = "x";
        var schemas = new SchemaRegistry();
        Owners(FieldManagement.Update(live, next, type, By("human", "x.io/v1") with { Schemas = schemas }))
            .ShouldBe(["gitops Apply f:spec", "human Update f:other"]);
    }

    [Theory]
    [InlineData("""{"unknown":1}""", ".spec.unknown: field not declared in schema")]
    [InlineData("""{"number":"x"}""", ".spec.number: expected numeric (int or float), got string")]
    [InlineData("""{"text":1}""", ".spec.text: expected string, got")]
    [InlineData("""{"items":{}}""", ".spec.items: expected list, got")]
    [InlineData("""{"items":[{"name":"a"},{"name":"a"}]}""", ".spec.items: duplicate entries for key [name=\"a\"]")]
    [InlineData("""{"items":[{"value":"a"}]}""", ".spec.items: element 0: associative list with keys has an element that omits all key fields [\"name\"]")]
    [InlineData("""{"tags":["a","a"]}""", ".spec.tags: duplicate entries for key [=\"a\"]")]
    public void What_does_not_fit_its_type_cannot_be_applied(string spec, string problem)
    {
        var refusal = Should.Throw<ApiException>(() => FieldManagement.Apply(null, Custom(spec), CustomType, By("gitops", "x.io/v1"), force: true));
        refusal.IsTypedPatchError.ShouldBeTrue();
        refusal.Message.ShouldStartWith("failed to create typed patch object (/c; x.io/v1, Kind=Custom): ");
        refusal.Message.ShouldContain(problem);
    }

    [Theory]
    [InlineData("""["a","b"]""", """["c"]""", """["a","b","c"]""")]
    [InlineData("""["a","b"]""", """["b","a"]""", """["b","a"]""")]
    [InlineData("""["a","x","b"]""", """["b","a"]""", """["x","b","a"]""")]
    [InlineData("""["a","b"]""", """["b","c","a"]""", """["b","c","a"]""")]
    [InlineData("""[]""", """["b"]""", """["b"]""")]
    public void Items_of_a_set_are_merged_in_the_applied_order(string live, string applied, string merged)
    {
        var before = Custom($$$"""{"tags":{{{live}}}}""");
        var result = TypedMerge.Merge(before.Json, Custom($$$"""{"tags":{{{applied}}}}""").Json, CustomType);
        KubernetesJson.ToText(result["spec"]!["tags"]).ShouldBe(merged);
    }

    [Fact]
    public void Nested_items_formerly_applied_are_removed_with_what_others_do_not_own()
    {
        var one = By("one", "x.io/v1");
        var live = FieldManagement.Apply(null, Custom("""{"items":[{"name":"a","value":"1"},{"name":"b","value":"2"}],"text":"t"}"""), CustomType, one, false).Object;
        live = FieldManagement.Apply(live, Custom("""{"items":[{"name":"b","more":"m"}]}"""), CustomType, By("two", "x.io/v1"), false).Object;
        live = FieldManagement.Apply(live, Custom("""{"text":"t"}"""), CustomType, one, false).Object;
        KubernetesJson.ToText(live.Json["spec"]).ShouldBe("""{"items":[{"name":"b","more":"m"}],"text":"t"}""");
    }

    [Fact]
    public void A_struct_formerly_applied_goes_as_a_whole_with_its_last_field()
    {
        var one = By("one", "x.io/v1");
        var live = FieldManagement.Apply(null, Custom("""{"text":"t","nested":{"a":"1"}}"""), CustomType, one, false).Object;
        live = FieldManagement.Apply(live, Custom("""{"text":"t"}"""), CustomType, one, false).Object;
        KubernetesJson.ToText(live.Json["spec"]).ShouldBe("""{"text":"t"}""");
    }

    [Fact]
    public void A_field_of_an_applied_item_that_others_set_stays_when_the_item_is_still_applied()
    {
        var one = By("one", "x.io/v1");
        var live = FieldManagement.Apply(null, Custom("""{"items":[{"name":"a","value":"1"}]}"""), CustomType, one, false).Object;
        var next = live.DeepClone();
        next.Json["spec"]!["items"]![0]!["more"] = "m";
        live = FieldManagement.Update(live, next, CustomType, By("human", "x.io/v1"));
        live = FieldManagement.Apply(live, Custom("""{"items":[{"name":"a"}]}"""), CustomType, one, false).Object;
        KubernetesJson.ToText(live.Json["spec"]).ShouldBe("""{"items":[{"name":"a","more":"m"}]}""");
    }

    private static TypeSchema CustomType { get; } = Crd("""
        {"type":"object","properties":{
          "nested":{"type":"object","properties":{"a":{"type":"string"}}},
          "text":{"type":"string"},"number":{"type":"integer"},
          "tags":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},
          "items":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["name"],
            "items":{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"value":{"type":"string"},"more":{"type":"string"}}}}}}
        """);

    private static TypeSchema Crd(string spec)
    {
        var parsed = CrdSchema.Parse(
            KubernetesJson.ParseObject($$$"""{"type":"object","properties":{"other":{"type":"string"},"spec":{{{spec}}}}}"""), "schema");
        parsed.Errors.ShouldBeEmpty();
        return parsed.Type;
    }

    private static KubernetesObject Custom(string spec) =>
        KubernetesObject.Parse($$$"""{"apiVersion":"x.io/v1","kind":"Custom","metadata":{"name":"c"},"spec":{{{spec}}}}""");

    private static KubernetesObject Map(string data) =>
        KubernetesObject.Parse($$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{{{data}}}}""");

    private static WriteContext By(string manager, string apiVersion = "v1") => new(manager, apiVersion, string.Empty, Start);

    private static string[] Owners(KubernetesObject subject) =>
        [.. (subject.Metadata!["managedFields"] as JsonArray ?? []).OfType<JsonObject>().Select(static entry => string.Join(' ', new[]
        {
            KubernetesObject.GetString(entry, "manager"),
            KubernetesObject.GetString(entry, "operation"),
            KubernetesObject.GetString(entry, "subresource"),
            Text(entry["fieldsV1"]!.AsObject()),
        }.Where(static part => part is not null)))];

    /// <summary>A short form: <c>f:data{f:a,f:b}</c>.</summary>
    private static string Text(JsonObject set) => string.Join(',', set.Select(static member =>
        member.Value is JsonObject { Count: > 0 } below && member.Key != "f:scaleTargetRef" ? $"{member.Key}{{{Text(below)}}}" : member.Key));
}
