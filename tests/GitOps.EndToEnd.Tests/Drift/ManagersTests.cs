using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Drift;

/// <summary>Who is named where many write, where the version of entries moves, and where a controller owns a field of ours.</summary>
public sealed class ManagersTests(Cluster cluster)
{
    private const int Many = 12;

    private static readonly string Settings = DriftManifests.All(DriftManifests.ConfigMap(), DriftManifests.ConfigMap("other"));

    private static readonly ApiResource OldAutoscaler =
        ApiResource.Of("autoscaling/v1", "HorizontalPodAutoscaler", "horizontalpodautoscalers", namespaced: true, "status");

    [Fact]
    public async Task More_managers_than_the_server_keeps_are_no_drift_while_none_has_touched_ours()
    {
        await using var bed = await DriftBed.StartAsync(cluster, Settings);
        await AnnotateByManyAsync(bed);
        Managers((await bed.LiveAsync(Kinds.ConfigMap, "settings"))!).ShouldContain("ancient-changes", StringComparer.Ordinal);
        await bed.SettleAsync(Kinds.ConfigMap, "other");
        bed.Rows.ShouldNotContain(static row => row.Name == "settings");
    }

    [Fact]
    public async Task A_change_older_than_the_server_keeps_is_told_as_the_servers_ancient_changes()
    {
        await using var bed = await DriftBed.StartAsync(cluster, Settings);
        await bed.StopOperatorAsync();
        await bed.EditAsync(Kinds.ConfigMap, "settings", """{"data": {"color": "red"} }""", "vi");
        await UntilLaterAsync(bed, "vi");
        await AnnotateByManyAsync(bed);
        Managers((await bed.LiveAsync(Kinds.ConfigMap, "settings"))!).ShouldNotContain("vi", StringComparer.Ordinal);
        await bed.StartOperatorAsync();
        DriftBed.Describe(await bed.ReportedAsync("settings")).ShouldBe("Modified ConfigMap/settings: data.color ancient-changes Update");
        await bed.UntilObjectAsync(Kinds.ConfigMap, "settings", "is healed", static live => live.At("data", "color")!.GetValue<string>() == "blue");
        await bed.UntilCalmAsync();
    }

    [Fact]
    public async Task A_manifest_that_moves_to_another_version_is_no_drift_and_drift_in_either_version_is_told_afterwards()
    {
        await using var bed = await DriftBed.StartAsync(cluster, DriftManifests.Autoscaler);
        await bed.CommitAsync(
            """
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: {name: scaler}
            spec:
              scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
              minReplicas: 1
              maxReplicas: 4
              metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70} } }]

            """);
        await bed.Cluster.MergeAsync(Kinds.Autoscaler, bed.Target, "scaler", """{"status": {"currentReplicas": 1, "desiredReplicas": 2} }""", "kube-controller-manager", "status");
        bed.Rows.ShouldBeEmpty();

        await bed.Cluster.MergeAsync(OldAutoscaler, bed.Target, "scaler", """{"spec": {"maxReplicas": 9} }""", "kubectl-edit");
        DriftBed.Describe(await bed.ReportedAsync("scaler")).ShouldBe("Modified HorizontalPodAutoscaler/scaler: spec.maxReplicas kubectl-edit Update");
        await bed.UntilObjectAsync(Kinds.Autoscaler, "scaler", "is healed", static live => live.At("spec", "maxReplicas")!.GetValue<int>() == 4);
        await bed.UntilCalmAsync();
    }

    [Fact]
    public async Task Replicas_that_an_autoscaler_sets_are_its_own_where_the_manifest_leaves_them_out()
    {
        var manifest = DriftManifests.Deployment().Replace("  replicas: 2\n", string.Empty, StringComparison.Ordinal);
        manifest.ShouldNotContain("replicas");
        await using var bed = await DriftBed.StartAsync(cluster, DriftManifests.All(manifest, DriftManifests.Deployment("other")));
        await ScaleAsync(bed, 5);
        await bed.SettleAsync(Kinds.Deployment, "other");
        await ScaleAsync(bed, 6);
        await bed.SettleAsync(Kinds.Deployment, "other");
        bed.Rows.ShouldNotContain(static row => row.Name == "web");
        (await bed.LiveAsync(Kinds.Deployment, "web"))!.At("spec", "replicas")!.GetValue<int>().ShouldBe(6);
    }

    [Fact]
    public async Task Replicas_that_an_autoscaler_sets_over_ours_are_told_by_the_controllers_name()
    {
        await using var bed = await DriftBed.StartAsync(cluster, DriftManifests.Deployment(), selfHeal: false);
        await ScaleAsync(bed, 5);
        DriftBed.Describe(await bed.ReportedAsync("web")).ShouldBe("Modified Deployment/web: spec.replicas kube-controller-manager Update");
    }

    [Fact]
    public async Task A_second_operator_under_our_name_with_another_commit_is_told_field_by_field()
    {
        await using var bed = await DriftBed.StartAsync(cluster, Settings, selfHeal: false);
        var live = (await bed.LiveAsync(Kinds.ConfigMap, "settings"))!;
        await UntilLaterAsync(bed, Names.FieldManager);

        // It has another value, lacks one of ours, and brings one that we do not have.
        var desired = await TestSpace.ParseAsync(DriftManifests.ConfigMap(color: "red"));
        desired.Metadata!["namespace"] = bed.Target;
        desired.Metadata["labels"] = live.Metadata!["labels"]!.DeepClone();
        desired.Metadata["annotations"] = live.Metadata["annotations"]!.DeepClone();
        desired.Json["data"] = new JsonObject { ["color"] = "red", ["extra"] = "theirs" };
        await bed.Cluster.ApplyAsync(Kinds.ConfigMap, desired, Names.FieldManager);
        DriftBed.Describe(await bed.ReportedAsync("settings")).ShouldBe(
            "Modified ConfigMap/settings: data.color gitops-operator Apply | data.extra gitops-operator Apply | data.size -");
    }

    private static Task<KubernetesObject> ScaleAsync(DriftBed bed, int replicas) => bed.Cluster.MergeAsync(
        Kinds.Deployment, bed.Target, "web", $$"""{"spec": {"replicas": {{replicas}} } }""", "kube-controller-manager", "scale");

    private static async Task AnnotateByManyAsync(DriftBed bed)
    {
        for (var i = 0; i < Many; i++)
        {
            await bed.EditAsync(Kinds.ConfigMap, "settings", $$$"""{"metadata": {"annotations": {"example.com/note-{{{i}}}": "x"} } }""", $"manager-{i:00}");
        }
    }

    /// <summary>The server counts seconds, and takes the oldest entries together first.</summary>
    private static async Task UntilLaterAsync(DriftBed bed, string manager)
    {
        var entry = ManagedFieldsEntry.Of((await bed.LiveAsync(Kinds.ConfigMap, "settings"))!).First(item => item.Manager == manager);
        await Eventually.IsTrueAsync("a second has passed", () => DateTimeOffset.UtcNow > DateTimeOffset.Parse(entry.Time, CultureInfo.InvariantCulture).AddSeconds(1));
    }

    private static IEnumerable<string> Managers(KubernetesObject live) => ManagedFieldsEntry.Of(live).Select(static entry => entry.Manager);
}
