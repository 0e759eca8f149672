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

        var plan = TakeOver.Plan(answer, Names.FieldManager, removeFields: false, FormerTools.Known);

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

        var plan = TakeOver.Plan(answer, Names.FieldManager, removeFields: true, FormerTools.Known);

        var patch = plan.Patch.ShouldNotBeNull();
        Operations(patch).ShouldBe(["test /metadata/resourceVersion", theirs, ours]);
        var after = FieldSet.Parse(patch[2]!["value"]!.AsObject());
        after.Except(Ours(answer)).Paths().Select(static path => path.ToString()).Order(StringComparer.Ordinal).ShouldBe(plan.OrphanedFields);
        Ours(answer).Except(after).IsEmpty.ShouldBeTrue();
    }

    [Theory]
    [InlineData("takeover-kubectl-create", "kubectl-create", "", "spec.minReadySeconds")]
    [InlineData("takeover-worked-on", "kubectl-client-side-apply kubectl-label kubectl-set", "",
        "metadata.annotations[\"kubectl.kubernetes.io/last-applied-configuration\"] spec.revisionHistoryLimit "
        + "spec.template.metadata.annotations[\"kubectl.kubernetes.io/restartedAt\"] spec.template.spec.containers[name=main].env[name=LEVEL].name spec.template.spec.containers[name=main].env[name=LEVEL].value")]
    [InlineData("takeover-helm-deployment", "helm", "",
        "metadata.annotations[\"meta.helm.sh/release-name\"] metadata.annotations[\"meta.helm.sh/release-namespace\"] "
        + "metadata.labels[\"app.kubernetes.io/managed-by\"] spec.minReadySeconds")]
    [InlineData("takeover-helm-4", "helm", "",
        "metadata.annotations[\"meta.helm.sh/release-name\"] metadata.annotations[\"meta.helm.sh/release-namespace\"] "
        + "metadata.labels[\"app.kubernetes.io/managed-by\"] spec.minReadySeconds")]
    [InlineData("takeover-argo-cd", "argocd-controller", "",
        "metadata.annotations[\"argocd.argoproj.io/tracking-id\"] "
        + "metadata.annotations[\"kubectl.kubernetes.io/last-applied-configuration\"] spec.minReadySeconds")]
    [InlineData("takeover-flux", "kustomize-controller", "",
        "metadata.labels[\"kustomize.toolkit.fluxcd.io/name\"] "
        + "metadata.labels[\"kustomize.toolkit.fluxcd.io/namespace\"]")]
    [InlineData("takeover-terraform", "", "Terraform", "")]
    [InlineData("takeover-kubectl-expose", "kubectl-expose", "", "metadata.labels.app")]
    [InlineData("takeover-kubectl-autoscale", "kubectl-autoscale", "", "spec.minReplicas")]
    public void It_is_told_whose_shares_end_who_keeps_some_and_what_stays(string name, string former, string sharing, string orphans)
    {
        var plan = TakeOver.Plan(RecordedCase.Read(name).Answer, Names.FieldManager, removeFields: false, FormerTools.Known);

        string.Join(' ', plan.Former).ShouldBe(former);
        string.Join(' ', plan.Sharing).ShouldBe(sharing);
        string.Join(' ', plan.OrphanedFields).ShouldBe(orphans);
    }

    [Fact]
    public void What_hands_have_set_stays_even_where_fields_are_to_be_removed()
    {
        var answer = RecordedCase.Read("takeover-worked-on").Answer;

        var plan = TakeOver.Plan(answer, Names.FieldManager, removeFields: true, FormerTools.Known);

        var ours = plan.Patch!.Single(static operation => operation!["value"] is JsonObject fields && fields.ContainsKey("f:spec")
            && FieldSet.Parse(fields).Paths().Any(static path => path.ToString() == "metadata.labels[\"gitops-operator.dev/application\"]"))!["value"]!.AsObject();
        var gained = FieldSet.Parse(ours).Except(Ours(answer)).Paths().Select(static path => path.ToString()).ToList();
        gained.ShouldBe(["metadata.annotations[\"kubectl.kubernetes.io/last-applied-configuration\"]"]);
        plan.OrphanedFields.ShouldContain("spec.template.metadata.annotations[\"kubectl.kubernetes.io/restartedAt\"]", StringComparer.Ordinal);
        plan.OrphanedFields.ShouldContain("spec.revisionHistoryLimit", StringComparer.Ordinal);
    }

    [Fact]
    public void A_manager_that_the_platform_team_names_makes_way()
    {
        var plan = TakeOver.Plan(RecordedCase.Read("takeover-terraform").Answer, Names.FieldManager, removeFields: false, FormerTools.With("Terraform"));

        plan.Former.ShouldBe(["Terraform"]);
        plan.Sharing.ShouldBeEmpty();
        plan.OrphanedFields.ShouldBe(["spec.minReadySeconds"]);
    }

    [Fact]
    public void An_entry_in_another_version_is_told_with_it()
    {
        var answer = RecordedCase.Read("takeover-kubectl-autoscale").Answer;
        answer.Metadata!["managedFields"]!.AsArray().Single(static entry => (string?)entry!["manager"] == "kubectl-autoscale")!["apiVersion"] = "autoscaling/v1";

        var plan = TakeOver.Plan(answer, Names.FieldManager, removeFields: false, FormerTools.Known);

        plan.Former.ShouldBeEmpty();
        plan.Sharing.ShouldBe(["kubectl-autoscale (autoscaling/v1)"]);
        plan.Patch.ShouldBeNull();
    }

    [Theory]
    [MemberData(nameof(TakeOvers))]
    public void After_it_nobody_but_those_that_are_told_shares_what_we_apply(string name)
    {
        var answer = RecordedCase.Read(name).Answer;
        var plan = TakeOver.Plan(answer, Names.FieldManager, removeFields: false, FormerTools.Known);

        var patched = Patched(answer, plan.Patch);

        var ours = Ours(patched);
        ours.Equals(Ours(answer)).ShouldBeTrue();
        ManagedFieldsEntry.Of(patched)
            .Where(entry => entry.Subresource.Length == 0 && entry.Manager != Names.FieldManager && !entry.Fields.Intersect(ours).IsEmpty)
            .Select(static entry => entry.Manager).ShouldBe(plan.Sharing);
        // What others own of the rest is as it was: no setting is lost.
        Settings(patched, ours).ShouldBe(Settings(answer, ours));
        TakeOver.Plan(patched, Names.FieldManager, removeFields: false, FormerTools.Known).Patch.ShouldBeNull();
    }

    public static TheoryData<string> TakeOvers() => [.. RecordedCase.Names.Where(static name => name.StartsWith("takeover-", StringComparison.Ordinal))];

    [Fact]
    public void An_entry_of_a_subresource_is_left_alone()
    {
        var answer = RecordedCase.Read("takeover-client-side-apply").Answer;
        var scale = answer.Metadata!["managedFields"]!.AsArray().Single(static entry => (string?)entry!["subresource"] == "scale")!;

        ((string?)scale["manager"]).ShouldBe("kubectl");
        TakeOver.Plan(answer, Names.FieldManager, removeFields: true, FormerTools.Known).OrphanedFields.ShouldNotContain("spec.replicas", StringComparer.Ordinal);
        Operations(TakeOver.Plan(answer, Names.FieldManager, removeFields: true, FormerTools.Known).Patch!).ShouldNotContain(static operation => operation.Contains("/1"));
    }

    [Fact]
    public void An_entry_without_anything_left_is_removed()
    {
        var recorded = RecordedCase.Read("takeover-server-side-apply");
        var answer = recorded.Answer;
        answer.Metadata!["managedFields"]![1]!["fieldsV1"]!["f:data"]!.AsObject().Remove("f:old");

        var plan = TakeOver.Plan(answer, Names.FieldManager, removeFields: false, FormerTools.Known);

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

        var plan = TakeOver.Plan(answer, Names.FieldManager, removeFields: true, FormerTools.Known);

        plan.Patch.ShouldBeNull();
        plan.OrphanedFields.ShouldBeEmpty();
    }

    [Fact]
    public void Another_former_tool_may_be_named()
    {
        var answer = RecordedCase.Read("takeover-server-side-apply").Answer;
        answer.Metadata!["managedFields"]![1]!["manager"] = "somebody";

        TakeOver.Plan(answer, Names.FieldManager, removeFields: false, FormerTools.With("somebody")).Patch.ShouldNotBeNull();
        TakeOver.Plan(answer, Names.FieldManager, removeFields: false, FormerTools.With("nobody", null)).Patch.ShouldBeNull();
    }

    [Theory]
    [InlineData("Update", true)]
    [InlineData("Apply", false)]
    public void What_our_own_replacing_of_the_object_left_is_ended(string operation, bool ends)
    {
        var answer = RecordedCase.Read("takeover-server-side-apply").Answer;
        answer.Metadata!["managedFields"]![1]!["manager"] = Names.FieldManager;
        answer.Metadata["managedFields"]![1]!["operation"] = operation;

        (TakeOver.Plan(answer, Names.FieldManager, removeFields: false, FormerTools.Known).Patch is not null).ShouldBe(ends);
    }

    [Fact]
    public void A_field_that_a_third_manager_owns_too_is_no_orphan()
    {
        var answer = RecordedCase.Read("takeover-server-side-apply").Answer;
        var entries = answer.Metadata!["managedFields"]!.AsArray();
        var third = entries[1]!.DeepClone();
        third["manager"] = "somebody";
        entries.Add(third);

        TakeOver.Plan(answer, Names.FieldManager, removeFields: true, FormerTools.Known).OrphanedFields.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("changed-value-edit")]
    [InlineData("recreated")]
    public void There_is_nothing_to_do_where_no_former_tool_was(string name)
    {
        TakeOver.Plan(RecordedCase.Read(name).Answer, Names.FieldManager, removeFields: true, FormerTools.Known).Patch.ShouldBeNull();
        TakeOver.Plan(RecordedCase.Read(name).Observed, Names.FieldManager, removeFields: true, FormerTools.Known).Patch.ShouldBeNull();
    }

    [Fact]
    public void A_kind_without_managed_fields_has_nothing_to_take_over()
    {
        var answer = RecordedCase.Read("takeover-helm-4").Answer;
        answer.Metadata!.Remove("managedFields");

        TakeOver.Plan(answer, Names.FieldManager, removeFields: true, FormerTools.Known).ShouldBe(TakeOverPlan.None);
    }

    private static IEnumerable<string> Operations(JsonArray patch) =>
        patch.Select(static operation => $"{(string?)operation!["op"]} {(string?)operation["path"]}");

    /// <summary>Whose what is of the rest; what is around our own fields exists by these.</summary>
    private static IEnumerable<string> Settings(KubernetesObject found, FieldSet ours) => ManagedFieldsEntry.Of(found)
        .SelectMany(entry => entry.Fields.Except(ours).Paths()
            .Where(path => IsLeaf(entry.Fields, path) && IsLeaf(ours, path)).Select(path => $"{entry.Manager} {entry.Subresource} {path}"))
        .Order(StringComparer.Ordinal);

    private static bool IsLeaf(FieldSet set, FieldPath path) =>
        path.Elements.Aggregate(set, static (below, element) => below.Below(element).Children).IsEmpty;

    private static KubernetesObject Patched(KubernetesObject answer, JsonArray? patch)
    {
        var patched = answer.DeepClone();
        var entries = patched.Metadata!["managedFields"]!.AsArray();
        foreach (var operation in (patch ?? []).Skip(1))
        {
            var index = int.Parse(((string?)operation!["path"])!.Split('/')[3], System.Globalization.CultureInfo.InvariantCulture);
            if ((string?)operation["op"] == "remove")
            {
                entries.RemoveAt(index);
            }
            else
            {
                entries[index]!["fieldsV1"] = operation["value"]!.DeepClone();
            }
        }

        return patched;
    }

    private static FieldSet Ours(KubernetesObject answer) => FieldSet.Parse(OwnEntry.Find(answer, Names.FieldManager)!.FieldsV1);
}
