using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;

namespace GitOps.EndToEnd.Tests.Drift;

/// <summary>What was applied is known by its hash alone after a restart: its content comes from the repository.</summary>
public sealed class RestartTests(Cluster cluster)
{
    private static readonly string Manifests = DriftManifests.All(DriftManifests.ConfigMap(), DriftManifests.ConfigMap("other"));

    [Fact]
    public async Task Drift_is_healed_while_the_newest_commit_cannot_be_rendered()
    {
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);
        bed.Repository.Commit((DriftBed.File, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings\ndata: ["));
        await bed.UntilAsync("says that it cannot be rendered", static status => status.Condition("SourceReady")?.Status == "False");
        await EditAndWaitAsync(bed);
    }

    [Fact]
    public async Task Drift_is_healed_after_a_restart_with_an_empty_cache()
    {
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);
        await bed.StopOperatorAsync();
        await bed.StartOperatorAsync();
        bed.Proxy.Forget();
        await EditAndWaitAsync(bed);
        bed.RequestsOf("other").Where(static request => request.IsWrite).ShouldBeEmpty();
    }

    [Fact]
    public async Task Drift_is_healed_after_a_restart_with_an_empty_cache_while_the_newest_commit_cannot_be_rendered()
    {
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);
        await bed.StopOperatorAsync();
        bed.Repository.Commit((DriftBed.File, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings\ndata: ["));
        await cluster.MergeAsync(Kinds.ConfigMap, bed.Target, "settings", """{"data": {"color": "red"} }""", "vi");
        await bed.StartOperatorAsync();
        DriftBed.Describe(await bed.ReportedAsync("settings")).ShouldBe("Modified ConfigMap/settings: data.color vi Update");
        await UntilBlueAsync(bed);
        await bed.UntilAsync("is calm", static status => status.Drift.IsEmpty && status.Condition("SourceReady")?.Status == "False");
    }

    [Fact]
    public async Task Drift_is_reported_and_healing_blocked_while_the_repository_is_gone_after_a_restart()
    {
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);
        await bed.StopOperatorAsync();
        bed.Repository.Vanish();
        await bed.StartOperatorAsync();
        await cluster.MergeAsync(Kinds.ConfigMap, bed.Target, "settings", """{"data": {"color": "red"} }""", "vi");
        await cluster.DeleteAsync(Kinds.ConfigMap, bed.Target, "other");

        var status = (await bed.UntilAsync("reports drift that it cannot heal", static status =>
            status.DriftCount == 2 && status.Condition("HealBlocked")?.Status == "True")).Status;
        status.Drift.Select(static row => row.Name).Order(StringComparer.Ordinal).ShouldBe(["other", "settings"]);
        (await bed.LiveAsync(Kinds.ConfigMap, "settings"))!.At("data", "color")!.GetValue<string>().ShouldBe("red");

        bed.Repository.Restore();
        await UntilBlueAsync(bed);
        await bed.UntilObjectAsync(Kinds.ConfigMap, "other", "is there again", static live => live.Name.Length > 0);
        await bed.UntilAsync("is calm", static status => status.Drift.IsEmpty && status.Condition("HealBlocked") is null);
    }

    [Fact]
    public async Task Drift_is_healed_from_the_mirror_while_the_repository_is_gone()
    {
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);
        await bed.StopOperatorAsync();
        bed.Repository.Vanish();
        await bed.StartOperatorAsync(keepCache: true);
        await cluster.MergeAsync(Kinds.ConfigMap, bed.Target, "settings", """{"data": {"color": "red"} }""", "vi");
        await UntilBlueAsync(bed);
        await bed.UntilAsync("is calm", static status => status.Drift.IsEmpty && status.Condition("HealBlocked") is null);
    }

    [Fact]
    public async Task What_happened_while_the_operator_was_away_is_seen_by_the_next_one()
    {
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);
        await bed.StopOperatorAsync();
        await cluster.MergeAsync(Kinds.ConfigMap, bed.Target, "settings", """{"data": {"color": "red"} }""", "vi");
        await cluster.DeleteAsync(Kinds.ConfigMap, bed.Target, "other");
        await bed.StartOperatorAsync();
        DriftBed.Describe(await bed.ReportedAsync("settings")).ShouldBe("Modified ConfigMap/settings: data.color vi Update");
        DriftBed.Describe(await bed.ReportedAsync("other")).ShouldBe("Deleted ConfigMap/other: ");
        await UntilBlueAsync(bed);
        await bed.UntilCalmAsync();
    }

    private static async Task EditAndWaitAsync(DriftBed bed)
    {
        await bed.Cluster.MergeAsync(Kinds.ConfigMap, bed.Target, "settings", """{"data": {"color": "red"} }""", "vi");
        DriftBed.Describe(await bed.ReportedAsync("settings")).ShouldBe("Modified ConfigMap/settings: data.color vi Update");
        await UntilBlueAsync(bed);
        await bed.UntilAsync("has no drift", static status => status.Drift.IsEmpty);
    }

    private static Task<KubernetesObject> UntilBlueAsync(DriftBed bed) =>
        bed.UntilObjectAsync(Kinds.ConfigMap, "settings", "is right again", static live => live.At("data", "color")!.GetValue<string>() == "blue");
}
