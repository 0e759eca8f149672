using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Diff.Foreign;
using GitOps.Operator.Model;
using GitOps.Operator.Model.Ignoring;

namespace GitOps.Operator.Tests.Ignoring;

/// <summary>What counts as a field that nobody at Git asked for, and how it is taken away.</summary>
public sealed class ForeignFieldFinderTests
{
    private const string Own = """
        {"manager": "gitops-operator", "operation": "Apply", "apiVersion": "v1", "fieldsV1": {
          "f:metadata": {"f:labels": {"f:team": {}}}, "f:data": {"f:a": {}},
          "f:spec": {"f:emptyDir": {}, "f:items": {"k:{\"name\":\"ours\"}": {".": {}, "f:name": {}}}}}}
        """;

    private const string Subject = """
        "metadata": {"name": "x", "namespace": "n", "resourceVersion": "7", "finalizers": ["f"], "labels": {"team": "a", "by/hand~1": "b"},
          "annotations": {"note": "x", "deployment.kubernetes.io/revision": "1", "kubectl.kubernetes.io/restartedAt": "t", "gitops-operator.dev/sync": "y"} },
        "data": {"a": "1", "b": "2"}, "status": {"phase": "x"},
        "spec": {"emptyDir": {"medium": "Memory"}, "map": {"k": "v"}, "set": ["one", "two"],
                 "items": [{"name": "theirs", "x": 1}, {"name": "ours", "y": 2}, {"name": "more"}]}
        """;

    public static TheoryData<string, string, string, string> Cases => new()
    {
        { "a key beside ours", "vi", """{"f:data": {"f:b": {}}}""", "/data/b" },
        { "a key that is ours too", "vi", """{"f:data": {"f:a": {}, "f:b": {}}}""", "/data/b" },
        { "labels and annotations, but for bookkeeping", "vi", """{"f:metadata": {"f:labels": {"f:by/hand~1": {}, "f:team": {}}, "f:annotations": {"f:note": {}, "f:deployment.kubernetes.io/revision": {}, "f:kubectl.kubernetes.io/restartedAt": {}, "f:gitops-operator.dev/sync": {}}}}""", "/metadata/labels/by~1hand~01 /metadata/annotations/note" },
        { "no other metadata", "vi", """{"f:metadata": {"f:finalizers": {".": {}, "v:\"f\"": {}}, "f:ownerReferences": {}}}""", "" },
        { "no status", "vi", """{"f:status": {"f:phase": {}}}""", "" },
        { "a whole item, and a field of ours", "vi", """{"f:spec": {"f:items": {"k:{\"name\":\"theirs\"}": {".": {}, "f:name": {}, "f:x": {}}, "k:{\"name\":\"ours\"}": {"f:y": {}}}}}""", "/spec/items/1/y /spec/items/0" },
        { "what is below a leaf that we applied empty", "vi", """{"f:spec": {"f:emptyDir": {"f:medium": {}}}}""", "/spec/emptyDir/medium" },
        { "the leaves of a map that is theirs alone", "vi", """{"f:spec": {"f:map": {".": {}, "f:k": {}}}}""", "/spec/map/k" },
        { "items of a set, the last first", "vi", """{"f:spec": {"f:set": {"v:\"one\"": {}, "v:\"two\"": {}}}}""", "/spec/set/1 /spec/set/0" },
        { "what is not there any more", "vi", """{"f:data": {"f:gone": {}}}""", "" },
        { "nothing of the control plane", "kube-controller-manager", """{"f:data": {"f:b": {}}}""", "" },
        { "nothing that the server merged", "ancient-changes", """{"f:data": {"f:b": {}}}""", "" },
        { "nothing of a controller that the options name", "cert-manager-cainjector", """{"f:data": {"f:b": {}}}""", "" },
        { "nothing of our own updates", "gitops-operator", """{"f:data": {"f:b": {}}}""", "" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Only_what_others_added_is_removed(string what, string manager, string fields, string removed)
    {
        var live = Live($$"""{"manager": "{{manager}}", "operation": "Update", "apiVersion": "v1", "time": "t", "fieldsV1": {{fields}} }""");
        Removed(live).ShouldBe(removed, what);
    }

    [Theory]
    [InlineData("""{"manager": "vi", "operation": "Update", "apiVersion": "v1", "subresource": "scale", "fieldsV1": {"f:data": {"f:b": {}}}}""")]
    [InlineData("""{"manager": "vi", "operation": "Update", "apiVersion": "v2", "fieldsV1": {"f:data": {"f:b": {}}}}""")]
    public void A_subresource_and_another_version_are_left_alone(string entry)
    {
        var theirs = """{"manager": "vi", "operation": "Update", "apiVersion": "v1", "fieldsV1": {"f:data": {"f:b": {}}}}""";
        Removed(Live(entry)).ShouldBeEmpty();
        Removed(Live(entry + "," + theirs)).ShouldBeEmpty("somebody who may has it too");
    }

    [Fact]
    public void An_item_that_somebody_who_may_has_a_field_in_loses_only_the_others()
    {
        var live = Live("""
            {"manager": "vi", "operation": "Update", "apiVersion": "v1", "fieldsV1": {"f:spec": {"f:items": {"k:{\"name\":\"theirs\"}": {".": {}, "f:name": {}, "f:x": {}}}}}},
            {"manager": "kubelet", "operation": "Update", "apiVersion": "v1", "fieldsV1": {"f:spec": {"f:items": {"k:{\"name\":\"theirs\"}": {".": {}, "f:name": {}}}}}}
            """);
        Removed(live).ShouldBe("/spec/items/0/x");
    }

    [Fact]
    public void What_is_ignored_is_left_alone()
    {
        var live = Live("""{"manager": "vi", "operation": "Apply", "apiVersion": "v1", "fieldsV1": {"f:data": {"f:b": {}}, "f:spec": {"f:map": {"f:k": {}}}}}""");
        Removed(live, Rules.Pointers("/data")).ShouldBe("/spec/map/k");
        Removed(live, Rules.Jq(".spec.map.k, .data.b")).ShouldBeEmpty();
    }

    [Fact]
    public void An_object_that_we_do_not_apply_has_none() =>
        ForeignFieldFinder.Find(
            KubernetesObject.Parse($$"""{"apiVersion": "v1", "kind": "X", {{Subject}} }"""), Names.FieldManager, Managers, IgnoreRules.None).ShouldBeEmpty();

    [Fact]
    public void The_newest_who_set_it_is_named()
    {
        var live = Live("""
            {"manager": "first", "operation": "Update", "apiVersion": "v1", "time": "2026-01-01T00:00:00Z", "fieldsV1": {"f:data": {"f:b": {}}}},
            {"manager": "second", "operation": "Apply", "apiVersion": "v1", "time": "2026-01-02T00:00:00Z", "fieldsV1": {"f:data": {"f:b": {}}}}
            """);
        ForeignFieldFinder.Find(live, Names.FieldManager, Managers, IgnoreRules.None).ShouldHaveSingleItem().Owner.Manager.ShouldBe("second");
    }

    [Fact]
    public void The_signature_moves_with_who_may_not_and_with_nothing_else()
    {
        const string hand = """{"manager": "vi", "operation": "Update", "apiVersion": "v1", "time": "TIME", "fieldsV1": {"f:data": {"f:b": {}}}}""";
        const string scale = """{"manager": "vi", "operation": "Update", "apiVersion": "v1", "subresource": "scale", "fieldsV1": {"f:data": {"f:b": {}}}}""";
        const string plane = """{"manager": "kubelet", "operation": "Update", "apiVersion": "v1", "fieldsV1": {"f:data": {"f:b": {}}}}""";
        Signature(Live(scale + "," + plane)).ShouldBeEmpty();
        var signature = Signature(Live(hand));
        signature.ShouldNotBeEmpty();
        Signature(Live(hand.Replace("TIME", "later", StringComparison.Ordinal) + "," + plane)).ShouldBe(signature);
        Signature(Live(hand.Replace("f:b", "f:c", StringComparison.Ordinal))).ShouldNotBe(signature, StringComparer.Ordinal);
        Signature(Live(hand.Replace("\"vi\"", "\"ed\"", StringComparison.Ordinal))).ShouldNotBe(signature, StringComparer.Ordinal);
    }

    [Fact]
    public void What_comes_back_as_it_was_is_nobodys()
    {
        var live = Live("""{"manager": "vi", "operation": "Update", "apiVersion": "v1", "fieldsV1": {"f:data": {"f:b": {}}, "f:spec": {"f:map": {"f:k": {}}, "f:emptyDir": {"f:medium": {}}}}}""");
        var fields = ForeignFieldFinder.Find(live, Names.FieldManager, Managers, IgnoreRules.None);
        var answer = live.DeepClone();
        answer.At("data")!.AsObject().Remove("b");
        answer.At("spec", "emptyDir")!["medium"] = "Disk";
        ForeignRemoval.Effective(live, answer, fields).Select(static field => field.Path.ToString()).ShouldBe(["data.b", "spec.emptyDir.medium"]);
    }

    private static readonly ForeignManagers Managers = new(["cert-manager-*"]);

    private static KubernetesObject Live(string entries) => KubernetesObject.Parse(
        $$"""{"apiVersion": "v1", "kind": "X", {{Subject.Replace("\"metadata\": {", $"\"metadata\": {{\"managedFields\": [{Own}, {entries}], ", StringComparison.Ordinal)}} }""");

    private static string Signature(KubernetesObject live) => ForeignFieldFinder.Signature(live, Names.FieldManager, Managers);

    private static string Removed(KubernetesObject live, IgnoreRules? rules = null)
    {
        var patch = ForeignRemoval.Patch(live, ForeignFieldFinder.Find(live, Names.FieldManager, Managers, rules ?? IgnoreRules.None));
        Objects.Text(patch[0]).ShouldBe("""{"op":"test","path":"/metadata/resourceVersion","value":"7"}""");
        return string.Join(' ', patch.Skip(1).Select(static item => item!["op"]!.GetValue<string>() == "remove" ? item["path"]!.GetValue<string>() : "?"));
    }
}
