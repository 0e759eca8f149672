using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Operator.Api;
using GitOps.Operator.Diff;

namespace GitOps.Operator.Tests.Diff;

/// <summary>Over answers of a real API server to our first apply of objects that other tools had made.</summary>
public sealed class TakeOverTests
{
    [Theory]
    [InlineData("takeover-client-side-apply", "replace /metadata/managedFields/2/fieldsV1",
        "metadata.annotations.old metadata.annotations[\"kubectl.kubernetes.io/last-applied-configuration\"] spec.minReadySeconds")]
    [InlineData("takeover-server-side-apply", "replace /metadata/managedFields/1/fieldsV1", "data.old")]
    [InlineData("takeover-helm", "replace /metadata/managedFields/1/fieldsV1",
        "metadata.annotations[\"meta.helm.sh/release-name\"] metadata.annotations[\"meta.helm.sh/release-namespace\"] "
        + "metadata.labels.old metadata.labels[\"app.kubernetes.io/managed-by\"]")]
    public void The_former_tool_keeps_only_what_we_do_not_apply(string name, string operation, string orphans)
    {
        var answer = RecordedCase.Read(name).Answer;

        var plan = TakeOver.Plan(answer, Names.FieldManager, removeFields: false);

        string.Join(' ', plan.OrphanedFields).ShouldBe(orphans);
        var patch = plan.Patch.ShouldNotBeNull();
        Operations(patch).ShouldBe(["test /metadata/resourceVersion", operation]);
        ((string?)patch[0]!["value"]).ShouldBe(answer.ResourceVersion);
        var kept = FieldSet.Parse(patch[1]!["value"]!.AsObject());
        kept.Intersect(Ours(answer)).IsEmpty.ShouldBeTrue();
        kept.IsEmpty.ShouldBeFalse();
    }

    [Theory]
    [InlineData("takeover-client-side-apply", "replace /metadata/managedFields/2/fieldsV1", "replace /metadata/managedFields/0/fieldsV1")]
    [InlineData("takeover-server-side-apply", "remove /metadata/managedFields/1", "replace /metadata/managedFields/0/fieldsV1")]
    [InlineData("takeover-helm", "remove /metadata/managedFields/1", "replace /metadata/managedFields/0/fieldsV1")]
    public void Fields_to_be_removed_become_ours_first(string name, string theirs, string ours)
    {
        var answer = RecordedCase.Read(name).Answer;

        var plan = TakeOver.Plan(answer, Names.FieldManager, removeFields: true);

        var patch = plan.Patch.ShouldNotBeNull();
        Operations(patch).ShouldBe(["test /metadata/resourceVersion", theirs, ours]);
        var after = FieldSet.Parse(patch[2]!["value"]!.AsObject());
        after.Except(Ours(answer)).Paths().Select(static path => path.ToString()).Order(StringComparer.Ordinal).ShouldBe(plan.OrphanedFields);
        Ours(answer).Except(after).IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void An_entry_of_a_subresource_is_left_alone()
    {
        var answer = RecordedCase.Read("takeover-client-side-apply").Answer;
        var scale = answer.Metadata!["managedFields"]!.AsArray().Single(static entry => (string?)entry!["subresource"] == "scale")!;

        ((string?)scale["manager"]).ShouldBe("kubectl");
        TakeOver.Plan(answer, Names.FieldManager, removeFields: true).OrphanedFields.ShouldNotContain("spec.replicas", StringComparer.Ordinal);
        Operations(TakeOver.Plan(answer, Names.FieldManager, removeFields: true).Patch!).ShouldNotContain(static operation => operation.Contains("/1"));
    }

    [Fact]
    public void An_entry_without_anything_left_is_removed()
    {
        var recorded = RecordedCase.Read("takeover-server-side-apply");
        var answer = recorded.Answer;
        answer.Metadata!["managedFields"]![1]!["fieldsV1"]!["f:data"]!.AsObject().Remove("f:old");

        var plan = TakeOver.Plan(answer, Names.FieldManager, removeFields: false);

        Operations(plan.Patch!).ShouldBe(["test /metadata/resourceVersion", "remove /metadata/managedFields/1"]);
        plan.OrphanedFields.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("manager", "somebody")]
    [InlineData("apiVersion", "v1beta1")]
    public void Other_managers_and_other_versions_are_left_alone(string field, string value)
    {
        var answer = RecordedCase.Read("takeover-server-side-apply").Answer;
        answer.Metadata!["managedFields"]![1]![field] = value;

        var plan = TakeOver.Plan(answer, Names.FieldManager, removeFields: true);

        plan.Patch.ShouldBeNull();
        plan.OrphanedFields.ShouldBeEmpty();
    }

    [Fact]
    public void Another_former_tool_may_be_named()
    {
        var answer = RecordedCase.Read("takeover-server-side-apply").Answer;
        answer.Metadata!["managedFields"]![1]!["manager"] = "somebody";

        TakeOver.Plan(answer, Names.FieldManager, removeFields: false, alsoFormer: "somebody").Patch.ShouldNotBeNull();
        TakeOver.Plan(answer, Names.FieldManager, removeFields: false, alsoFormer: "nobody").Patch.ShouldBeNull();
    }

    [Theory]
    [InlineData("Update", true)]
    [InlineData("Apply", false)]
    public void What_our_own_replacing_of_the_object_left_is_ended(string operation, bool ends)
    {
        var answer = RecordedCase.Read("takeover-server-side-apply").Answer;
        answer.Metadata!["managedFields"]![1]!["manager"] = Names.FieldManager;
        answer.Metadata["managedFields"]![1]!["operation"] = operation;

        (TakeOver.Plan(answer, Names.FieldManager, removeFields: false).Patch is not null).ShouldBe(ends);
    }

    [Fact]
    public void A_field_that_a_third_manager_owns_too_is_no_orphan()
    {
        var answer = RecordedCase.Read("takeover-server-side-apply").Answer;
        var entries = answer.Metadata!["managedFields"]!.AsArray();
        var third = entries[1]!.DeepClone();
        third["manager"] = "somebody";
        entries.Add(third);

        TakeOver.Plan(answer, Names.FieldManager, removeFields: true).OrphanedFields.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("changed-value-edit")]
    [InlineData("recreated")]
    public void There_is_nothing_to_do_where_no_former_tool_was(string name)
    {
        TakeOver.Plan(RecordedCase.Read(name).Answer, Names.FieldManager, removeFields: true).Patch.ShouldBeNull();
        TakeOver.Plan(RecordedCase.Read(name).Observed, Names.FieldManager, removeFields: true).Patch.ShouldBeNull();
    }

    private static IEnumerable<string> Operations(JsonArray patch) =>
        patch.Select(static operation => $"{(string?)operation!["op"]} {(string?)operation["path"]}");

    private static FieldSet Ours(KubernetesObject answer) => FieldSet.Parse(OwnEntry.Find(answer, Names.FieldManager)!.FieldsV1);
}
