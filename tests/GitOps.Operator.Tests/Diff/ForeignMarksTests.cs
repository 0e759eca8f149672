using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Diff;
using GitOps.Operator.Model;

namespace GitOps.Operator.Tests.Diff;

/// <summary>What is a mark of another reconciler, and what only looks like one.</summary>
public sealed class ForeignMarksTests
{
    private const string Before = "2026-11-22T10:00:00Z";
    private const string Ours = "2026-11-22T10:00:01Z";
    private const string After = "2026-11-22T10:00:02Z";

    [Theory]
    [InlineData("""{"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:team/web"}}""", "ArgoCd /shop")]
    [InlineData("""{"annotations": {"argocd.argoproj.io/tracking-id": "ns_shop:apps/Deployment:team/web"}}""", "ArgoCd ns/shop")]
    [InlineData("""{"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:team/copied-from"}}""", null)]
    [InlineData("""{"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:elsewhere/web"}}""", null)]
    [InlineData("""{"annotations": {"argocd.argoproj.io/tracking-id": "shop:/Deployment:team/web"}}""", null)]
    [InlineData("""{"annotations": {"argocd.argoproj.io/tracking-id": "nonsense"}}""", null)]
    [InlineData("""{"labels": {"argocd.argoproj.io/instance": "shop"}}""", "ArgoCd /shop")]
    [InlineData("""{"labels": {"app.kubernetes.io/instance": "shop"}}""", null)]
    [InlineData("""{"labels": {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}}""", "FluxKustomization flux-system/apps")]
    [InlineData("""{"labels": {"helm.toolkit.fluxcd.io/name": "shop", "helm.toolkit.fluxcd.io/namespace": "team"}, "annotations": {"meta.helm.sh/release-name": "shop"}}""", "FluxHelmRelease team/shop")]
    [InlineData("""{"annotations": {"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "team"}}""", "Helm team/shop")]
    [InlineData("""{"annotations": {"configmanagement.gke.io/managed": "enabled", "configsync.gke.io/manager": ":root"}}""", "ConfigSync /:root")]
    [InlineData("""{"annotations": {"configmanagement.gke.io/managed": "disabled"}}""", null)]
    [InlineData("""{"labels": {"kapp.k14s.io/app": "1"}}""", "Kapp /1")]
    [InlineData("""{"labels": {"app.kubernetes.io/managed-by": "Helm"}, "annotations": {"note": "x"}}""", null)]
    [InlineData("{}", null)]
    public void A_mark_is_told_from_what_looks_like_one(string metadata, string? expected) =>
        Describe(ForeignMarks.Find(Live(metadata), Names.FieldManager)).ShouldBe(expected);

    [Theory]
    [InlineData("argocd-controller", "ArgoCd /shop")]
    [InlineData("argocd-application-controller", "ArgoCd /shop")]
    [InlineData("helm", null)]
    public void The_label_that_everybody_uses_is_argo_cds_on_what_argo_cd_has_written(string manager, string? expected) =>
        Describe(ForeignMarks.Find(Live("""{"labels": {"app.kubernetes.io/instance": "shop"}}""", (manager, Before)), Names.FieldManager)).ShouldBe(expected);

    [Theory]
    [InlineData("labels", "kustomize.toolkit.fluxcd.io/name", "apps")]
    [InlineData("labels", "kapp.k14s.io/app", "1")]
    [InlineData("annotations", "meta.helm.sh/release-name", "shop")]
    [InlineData("annotations", "argocd.argoproj.io/tracking-id", "shop:apps/Deployment:team/web")]
    public void What_we_apply_ourselves_is_no_mark(string map, string key, string value)
    {
        var live = Live($$"""{"{{map}}": {"{{key}}": "{{value}}"} }""");
        ForeignMarks.Find(live, Names.FieldManager).ShouldNotBeNull();

        live.Metadata!["managedFields"]![0]!["fieldsV1"] = new JsonObject
        {
            ["f:metadata"] = new JsonObject { ["f:" + map] = new JsonObject { ["f:" + key] = new JsonObject() } },
        };
        ForeignMarks.Find(live, Names.FieldManager).ShouldBeNull();
    }

    [Theory]
    [InlineData("kustomize-controller", After, true)]
    [InlineData("kustomize-controller", Ours, false)]
    [InlineData("kustomize-controller", Before, false)]
    [InlineData("kubectl-edit", After, false)]
    public void Who_has_written_after_us_is_active(string manager, string time, bool isActive) =>
        ForeignMarks.Find(Live("""{"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}""", (manager, time)), Names.FieldManager)!
            .IsActive.ShouldBe(isActive);

    [Fact]
    public void An_object_without_marks_costs_no_memory()
    {
        var live = Live("""{"labels": {"app": "web", "gitops-operator.dev/application": "a.b"}, "annotations": {"note": "x"}}""", ("kubectl-edit", After));
        ForeignMarks.Find(live, Names.FieldManager).ShouldBeNull();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            ForeignMarks.Find(live, Names.FieldManager);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1000);
    }

    private static string? Describe(ForeignMark? mark) => mark is null ? null : $"{mark.Tool} {mark.Namespace}/{mark.Name}";

    private static KubernetesObject Live(string metadata, params (string Manager, string Time)[] others)
    {
        var live = KubernetesObject.Parse($$"""{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {{metadata}} }""");
        live.Metadata!["namespace"] = "team";
        live.Metadata["name"] = "web";
        live.Metadata["managedFields"] = new JsonArray(
        [
            Entry(Names.FieldManager, "Apply", Ours), .. others.Select(static other => Entry(other.Manager, "Update", other.Time)),
        ]);
        return live;
    }

    private static JsonObject Entry(string manager, string operation, string time) => new()
    {
        ["manager"] = manager,
        ["operation"] = operation,
        ["apiVersion"] = "apps/v1",
        ["time"] = time,
        ["fieldsType"] = "FieldsV1",
        ["fieldsV1"] = new JsonObject(),
    };
}
