using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Tests.Policies;

public sealed class MutatingPolicyTests
{
    private const string Label =
        """[{"patchType":"ApplyConfiguration","applyConfiguration":{"expression":"Object{metadata: Object.metadata{labels: {'added': object.metadata.name}}}"}}]""";

    [Theory]
    [InlineData("Object{data: Object.data{added: 'x'}}", """{"k":"v","added":"x"}""")]
    [InlineData("Object{data: Object.data{k: 'w'}}", """{"k":"w"}""")]
    [InlineData("Object{data: Object.data{k: 'w'}}", """{"k":"v"}""", """{"matchConditions":[{"name":"c","expression":"object.metadata.name == 'b'"}]}""")]
    [InlineData("Object{data: Object.data{k: variables.v}}", """{"k":"vv"}""", """{"variables":[{"name":"v","expression":"object.data.k + 'v'"}]}""")]
    [InlineData("Object{data: Object.data{k: object.nope}}", """{"k":"v"}""", """{"failurePolicy":"Ignore"}""")]
    public async Task An_apply_configuration_is_merged_in(string expression, string data, string spec = "{}")
    {
        await using var bed = await PolicyBed.StartAsync();
        await bed.MutateAsync(Configuration(expression), spec);

        var created = (await bed.Cluster.PostAsync(bed.ConfigMaps, PolicyBed.ConfigMap("a"))).Ok();

        JsonNode.DeepEquals(created.Body["data"], JsonNode.Parse(data)).ShouldBeTrue(created.Body["data"]!.ToJsonString());
    }

    [Theory]
    [InlineData("[JSONPatch{op: 'add', path: '/data/x', value: 'y'}]", """{"k":"v","x":"y"}""")]
    [InlineData("[JSONPatch{op: 'add', path: '/data/' + jsonpatch.escapeKey('a.b'), value: string(size(object.data))}]", """{"k":"v","a.b":"1"}""")]
    [InlineData("[JSONPatch{op: 'test', path: '/data/k', value: 'v'}, JSONPatch{op: 'replace', path: '/data/k', value: 'w'}]", """{"k":"w"}""")]
    [InlineData("[JSONPatch{op: 'test', path: '/data/k', value: 'other'}, JSONPatch{op: 'remove', path: '/data/k'}]", """{"k":"v"}""")]
    [InlineData("[JSONPatch{op: 'move', from: '/data/k', path: '/data/l'}]", """{"l":"v"}""")]
    public async Task A_JSON_patch_is_applied_unless_its_test_fails(string expression, string data)
    {
        await using var bed = await PolicyBed.StartAsync();
        await bed.MutateAsync(Patch(expression));

        var created = (await bed.Cluster.PostAsync(bed.ConfigMaps, PolicyBed.ConfigMap("a"))).Ok();

        JsonNode.DeepEquals(created.Body["data"], JsonNode.Parse(data)).ShouldBeTrue(created.Body["data"]!.ToJsonString());
    }

    [Theory]
    [InlineData("Object{data: Object.data{k: object.nope}}", "expression 'Object{data: Object.data{k: object.nope}}' resulted in error: no such key: nope")]
    [InlineData("Object{data: Object.metadata{k: 'v'}}",
        "type mismatch: unexpected type name \"Object.metadata\", expected \"Object.data\", which matches field name path from root Object type")]
    [InlineData("Object{nope: 1}", "error applying patch: failed to convert patch object to typed object: .nope: field not declared in schema")]
    [InlineData("Object{immutable: 'x'}", "error applying patch: failed to convert patch object to typed object: .immutable: expected boolean, got &")]
    public async Task A_mutation_that_cannot_be_made_forbids_the_request(string expression, string why)
    {
        await using var bed = await PolicyBed.StartAsync();
        await bed.MutateAsync(Configuration(expression), """{"matchConditions":[{"name":"c","expression":"object.metadata.name == 'a'"}]}""");

        var answer = await bed.Cluster.PostAsync(bed.ConfigMaps, PolicyBed.ConfigMap("a"));

        (answer.Status, answer.Reason).ShouldBe((403, "Invalid"), answer.Text("message"));
        answer.Text("message").ShouldStartWith($"policy '{bed.Policy}' with binding '{bed.Policy}b' denied request: {why}");
        answer.Body["details"]!["causes"]![0]!["message"]!.GetValue<string>().ShouldBe(answer.Text("message"));
    }

    [Fact]
    public async Task A_list_by_name_is_merged_and_an_atomic_one_is_not_touched()
    {
        await using var bed = await PolicyBed.StartAsync();
        await bed.MutateAsync(
            Configuration(OfPod("initContainers: [Object.spec.template.spec.initContainers{name: 'side', image: 's', restartPolicy: 'Always'}]")),
            OfDeployments(bed.Namespace, "sidecar"));
        await bed.MutateAsync(
            Configuration(OfPod("containers: [Object.spec.template.spec.containers{name: 'c', args: ['x']}]")), OfDeployments(bed.Namespace, "atomic"));
        var path = $"/apis/apps/v1/namespaces/{bed.Namespace}/deployments?dryRun=All";

        var merged = (await bed.Cluster.PostAsync(path, Deployment("sidecar"))).Ok();
        merged.Body["spec"]!["template"]!["spec"]!["initContainers"]![0]!["imagePullPolicy"]!.GetValue<string>().ShouldBe("Always");
        merged.Body["metadata"]!["managedFields"]!.ToJsonString().ShouldNotContain("initContainers");
        (await bed.Cluster.PostAsync(path, Deployment("atomic"))).Text("message").ShouldEndWith(
            "denied request: error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.template.spec.containers[0].args");
    }

    [Fact]
    public async Task Nobody_owns_what_a_policy_sets()
    {
        await using var bed = await PolicyBed.StartAsync();
        await bed.MutateAsync(Label);

        var created = (await bed.Cluster.ApplyAsync(
            bed.ConfigMaps + "/a", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"v"}}""")).Ok();

        created.Text("metadata", "labels", "added").ShouldBe("a");
        created.Body["metadata"]!["managedFields"]!.ToJsonString().ShouldNotContain("f:labels");
    }

    [Theory]
    [InlineData("IfNeeded", "2")]
    [InlineData("Never", "1")]
    public async Task A_policy_is_applied_again_if_it_wants_to_and_a_later_one_changed_the_object(string reinvocation, string count)
    {
        await using var bed = await PolicyBed.StartAsync();
        await bed.MutateAsync(
            Patch("[JSONPatch{op: 'add', path: '/data/n', value: has(object.data.n) ? string(int(object.data.n) + 1) : '1'}]"),
            $$"""{"reinvocationPolicy":"{{reinvocation}}","matchConditions":[{"name":"c","expression":"object.metadata.name == 'a'"}]}""");
        await bed.MutateAsync(
            Patch("[JSONPatch{op: 'add', path: '/data/second', value: 'x'}]"),
            """{"matchConditions":[{"name":"c","expression":"object.metadata.name == 'a' && !has(object.data.second)"}]}""");

        (await bed.Cluster.PostAsync(bed.ConfigMaps, PolicyBed.ConfigMap("a"))).Ok().Text("data", "n").ShouldBe(count);
    }

    [Fact]
    public async Task A_validating_policy_sees_what_a_mutating_one_made()
    {
        await using var bed = await PolicyBed.StartAsync();
        await bed.MutateAsync(Label);
        await bed.ValidateAsync("""[{"expression":"has(object.metadata.labels.added) && object.metadata.uid != ''","message":"no label"}]""");

        (await bed.Cluster.PostAsync(bed.ConfigMaps, PolicyBed.ConfigMap("a"))).Ok();
    }

    private static string Configuration(string expression) =>
        new JsonArray(new JsonObject { ["patchType"] = "ApplyConfiguration", ["applyConfiguration"] = new JsonObject { ["expression"] = expression } }).ToJsonString();

    private static string Patch(string expression) =>
        new JsonArray(new JsonObject { ["patchType"] = "JSONPatch", ["jsonPatch"] = new JsonObject { ["expression"] = expression } }).ToJsonString();

    private static string OfPod(string fields) => $"Object{{spec: Object.spec{{template: Object.spec.template{{spec: Object.spec.template.spec{{{fields}}}}}}}}}";

    private static string OfDeployments(string ns, string name) => $$"""
        {"matchConditions":[{"name":"c","expression":"object.metadata.name == '{{name}}'"}],
         "matchConstraints":{"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"{{ns}}"} },
         "resourceRules":[{"operations":["CREATE"],"apiGroups":["apps"],"apiVersions":["v1"],"resources":["deployments"]}]} }
        """;

    private static string Deployment(string name)
    {
        var json = KubernetesJson.ParseObject("""
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{},
             "spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}
            """);
        json["metadata"]!["name"] = name;
        return json.ToJsonString();
    }
}
