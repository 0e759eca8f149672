using System.Net;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Apply;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Tests.Apply;

public sealed class PatchTests
{
    private static readonly TypeSchema Pod = SchemaRegistry.BuiltIn.Find(new("", "v1", "Pod"))!;
    private static readonly TypeSchema Deployment = SchemaRegistry.BuiltIn.Find(new("apps", "v1", "Deployment"))!;

    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", """{}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":"foo"}""", """{"a":{"b":{"c":null}}}""", """{"a":{"b":{}}}""")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    public void A_merge_patch_merges_objects_and_replaces_the_rest(string target, string patch, string expected) =>
        KubernetesJson.ToText(MergePatch.Apply(KubernetesJson.ParseObject(target), KubernetesJson.Parse(patch))).ShouldBe(expected);

    [Theory]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"/b","value":2}]""", """{"a":1,"b":2}""")]
    [InlineData("""{"a":[1,3]}""", """[{"op":"add","path":"/a/1","value":2}]""", """{"a":[1,2,3]}""")]
    [InlineData("""{"a":[1]}""", """[{"op":"add","path":"/a/-","value":2}]""", """{"a":[1,2]}""")]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"/a","value":null}]""", """{"a":null}""")]
    [InlineData("""{"a/b":1,"m~n":2}""", """[{"op":"remove","path":"/a~1b"},{"op":"remove","path":"/m~0n"}]""", """{}""")]
    [InlineData("""{"a":{"b":1}}""", """[{"op":"move","from":"/a/b","path":"/c"}]""", """{"a":{},"c":1}""")]
    [InlineData("""{"a":{"b":1}}""", """[{"op":"copy","from":"/a","path":"/c"}]""", """{"a":{"b":1},"c":{"b":1}}""")]
    [InlineData("""{"a":1.0}""", """[{"op":"test","path":"/a","value":1}]""", """{"a":1.0}""")]
    [InlineData("""{"a":1}""", """[{"op":"test","path":"/b","value":null}]""", """{"a":1}""")]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"","value":{"b":2}}]""", """{"b":2}""")]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"/c","value":1},{"op":"add","path":"/d"}]""", """{"a":1,"c":1,"d":null}""")]
    [InlineData("""{"list":[1,2]}""", """[{"op":"replace","path":"/list/-1","value":9}]""", """{"list":[1,9]}""")]
    public void A_json_patch_is_applied_operation_by_operation(string target, string patch, string expected) =>
        KubernetesJson.ToText(JsonPatchDocument.Apply(KubernetesJson.ParseObject(target), KubernetesJson.Parse(patch))).ShouldBe(expected);

    [Theory]
    [InlineData("""[{"op":"test","path":"/a","value":2}]""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""[{"op":"remove","path":"/b"}]""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""[{"op":"add","path":"/b/c","value":1}]""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""[{"op":"add","path":"/list/9","value":1}]""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""[{"op":"paint","path":"/a","value":1}]""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""[{"op":"move","from":"/o","path":"/o/p"}]""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""[{"op":"replace","path":"","value":1}]""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{"op":"add"}""", HttpStatusCode.BadRequest)]
    [InlineData("""["add"]""", HttpStatusCode.BadRequest)]
    public void A_json_patch_that_does_not_fit_is_refused(string patch, HttpStatusCode code)
    {
        var target = KubernetesJson.ParseObject("""{"a":1,"list":[1],"o":{}}""");
        Should.Throw<ApiException>(() => JsonPatchDocument.Apply(target, KubernetesJson.Parse(patch))).Code.ShouldBe(code);
        KubernetesJson.ToText(target).ShouldBe("""{"a":1,"list":[1],"o":{}}""");
    }

    [Theory]
    [InlineData("merge by key", """{"containers":[{"name":"a","image":"1"}]}""",
        """{"containers":[{"name":"a","image":"2"}]}""", """{"containers":[{"name":"a","image":"2"}]}""")]
    [InlineData("a new item comes first", """{"containers":[{"name":"a"}]}""",
        """{"containers":[{"name":"b"}]}""", """{"containers":[{"name":"b"},{"name":"a"}]}""")]
    [InlineData("patched items keep the patch's order", """{"containers":[{"name":"a"},{"name":"b"},{"name":"c"}]}""",
        """{"containers":[{"name":"c","image":"x"},{"name":"a","image":"y"}]}""",
        """{"containers":[{"name":"b"},{"name":"c","image":"x"},{"name":"a","image":"y"}]}""")]
    [InlineData("an asked order", """{"containers":[{"name":"a"},{"name":"b"},{"name":"c"}]}""",
        """{"$setElementOrder/containers":[{"name":"c"},{"name":"a"}],"containers":[{"name":"a","image":"x"}]}""",
        """{"containers":[{"name":"b"},{"name":"c"},{"name":"a","image":"x"}]}""")]
    [InlineData("an order alone", """{"containers":[{"name":"a"},{"name":"b"}]}""",
        """{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}]}""", """{"containers":[{"name":"b"},{"name":"a"}]}""")]
    [InlineData("delete an item", """{"containers":[{"name":"a"},{"name":"b"}]}""",
        """{"containers":[{"$patch":"delete","name":"a"}]}""", """{"containers":[{"name":"b"}]}""")]
    [InlineData("replace a list", """{"containers":[{"name":"a"},{"name":"b"}]}""",
        """{"containers":[{"$patch":"replace"},{"name":"c"}]}""", """{"containers":[{"name":"c"}]}""")]
    [InlineData("replace an object", """{"securityContext":{"runAsUser":1,"runAsGroup":2}}""",
        """{"securityContext":{"$patch":"replace","runAsUser":3}}""", """{"securityContext":{"runAsUser":3}}""")]
    [InlineData("delete an object", """{"securityContext":{"runAsUser":1},"hostname":"h"}""",
        """{"securityContext":{"$patch":"delete"}}""", """{"securityContext":{},"hostname":"h"}""")]
    [InlineData("null removes", """{"hostname":"h","nodeName":"n"}""", """{"hostname":null}""", """{"nodeName":"n"}""")]
    [InlineData("a retained key alone stays", """{"volumes":[{"name":"v","emptyDir":{}}]}""",
        """{"volumes":[{"name":"v","$retainKeys":["name","hostPath"],"hostPath":{"path":"/"}}]}""",
        """{"volumes":[{"name":"v","hostPath":{"path":"/"}}]}""")]
    [InlineData("an atomic list is replaced", """{"containers":[{"name":"a","args":["1","2"]}]}""",
        """{"containers":[{"name":"a","args":["3"]}]}""", """{"containers":[{"name":"a","args":["3"]}]}""")]
    [InlineData("nulls in what is new are dropped", """{}""",
        """{"securityContext":{"runAsUser":null,"runAsGroup":1}}""", """{"securityContext":{"runAsGroup":1}}""")]
    public void A_strategic_merge_patch_follows_the_type_and_the_directives(string why, string spec, string patch, string expected)
    {
        var target = KubernetesJson.ParseObject($$$"""{"spec":{{{spec}}}}""");
        var patched = StrategicMergePatch.Apply(target, KubernetesJson.Parse($$$"""{"spec":{{{patch}}}}"""), Pod);
        KubernetesJson.ToText(patched["spec"]).ShouldBe(expected, why);
        KubernetesJson.ToText(target["spec"]).ShouldBe(KubernetesJson.ToText(KubernetesJson.Parse(spec)), why);
    }

    [Theory]
    [InlineData("""["a","b"]""", """{"finalizers":["b","c"]}""", """["a","b","c"]""")]
    [InlineData("""["a","b","c"]""", """{"$deleteFromPrimitiveList/finalizers":["b"]}""", """["a","c"]""")]
    [InlineData("""["a","b"]""", """{"$setElementOrder/finalizers":["b","a"],"finalizers":["b"]}""", """["b","a"]""")]
    public void A_strategic_merge_patch_merges_lists_of_values(string finalizers, string patch, string expected)
    {
        var target = KubernetesJson.ParseObject($$$"""{"metadata":{"finalizers":{{{finalizers}}}}}""");
        var patched = StrategicMergePatch.Apply(target, KubernetesJson.Parse($$$"""{"metadata":{{{patch}}}}"""), Pod);
        KubernetesJson.ToText(patched["metadata"]!["finalizers"]).ShouldBe(expected);
    }

    [Theory]
    [InlineData("""{"spec":{"containers":[{"image":"x"}]}}""", HttpStatusCode.InternalServerError)]
    [InlineData("""{"spec":{"containers":["x"]}}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"spec":{"$patch":"paint"}}""", HttpStatusCode.InternalServerError)]
    [InlineData("""{"spec":{"containers":[{"$patch":"merge","name":"a"}]}}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"spec":{"containers":[{"name":"a","$retainKeys":["name"],"image":"x"}]}}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"spec":{"$setElementOrder/containers":[{"name":"b"}],"containers":[{"name":"a"}]}}""", HttpStatusCode.BadRequest)]
    [InlineData("[]", HttpStatusCode.BadRequest)]
    public void A_strategic_merge_patch_that_makes_no_sense_is_refused(string patch, HttpStatusCode code)
    {
        var target = KubernetesJson.ParseObject("""{"spec":{"containers":[{"name":"a"}]}}""");
        Should.Throw<ApiException>(() => StrategicMergePatch.Apply(target, KubernetesJson.Parse(patch), Pod)).Code.ShouldBe(code);
    }

    [Fact]
    public void A_strategy_is_changed_with_its_retained_keys()
    {
        var target = KubernetesJson.ParseObject("""{"spec":{"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1}}}}""");
        var patched = StrategicMergePatch.Apply(
            target, KubernetesJson.Parse("""{"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}}"""), Deployment);
        KubernetesJson.ToText(patched).ShouldBe("""{"spec":{"strategy":{"type":"Recreate"}}}""");
    }
}
