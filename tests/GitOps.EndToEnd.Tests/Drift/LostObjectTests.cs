using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Http;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Drift;

/// <summary>Objects that are deleted, replaced, made again by somebody, or on their way out.</summary>
public sealed class LostObjectTests(Cluster cluster)
{
    private static readonly string Manifests = DriftManifests.All(DriftManifests.ConfigMap(), DriftManifests.ConfigMap("other"));

    [Fact]
    public async Task A_deleted_object_is_reported_and_created_again()
    {
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);
        var before = (await bed.LiveAsync(Kinds.ConfigMap, "settings"))!;
        await cluster.DeleteAsync(Kinds.ConfigMap, bed.Target, "settings");

        var row = await bed.ReportedAsync("settings");
        DriftBed.Describe(row).ShouldBe("Deleted ConfigMap/settings: ");
        var after = await bed.UntilObjectAsync(Kinds.ConfigMap, "settings", "is there again", live => live.Uid != before.Uid);
        after.At("data", "color")!.GetValue<string>().ShouldBe("blue");
        await bed.UntilCalmAsync();
        await bed.UntilEventAsync("DriftDetected", "settings", "deleted");
        await bed.UntilEventAsync("DriftHealed", "settings", "deleted");
        (await bed.CountedAsync("unknown", DriftChange.Deleted)).ShouldBe(1);
        bed.RequestsOf("other").Count(static request => request.IsWrite).ShouldBe(1, "nobody touched the other one");
    }

    [Fact]
    public async Task Without_self_healing_a_deleted_object_stays_away_until_somebody_makes_it_again()
    {
        await using var bed = await DriftBed.StartAsync(cluster, Manifests, selfHeal: false);
        var before = (await bed.LiveAsync(Kinds.ConfigMap, "settings"))!;
        await cluster.DeleteAsync(Kinds.ConfigMap, bed.Target, "settings");

        var status = (await bed.UntilAsync("reports drift", static status => status.Drift.Length == 1)).Status;
        status.Drift[0].Change.ShouldBe(DriftChange.Deleted);
        status.DriftCount.ShouldBe(1);
        status.Summary!.Missing.ShouldBe(1);
        (await bed.LiveAsync(Kinds.ConfigMap, "settings")).ShouldBeNull();

        // Made again by somebody, it is another object: its values are right, but it is not the one that was applied.
        before.Metadata!.Remove("managedFields");
        before.Metadata!.Remove("resourceVersion");
        before.Metadata!.Remove("uid");
        await cluster.Client.CreateAsync(Kinds.ConfigMap, before, new("kubectl-create"), TestContext.Current.CancellationToken);
        await bed.UntilAsync("has seen the new one", static status => status is { Summary.Missing: 0, DriftCount: 1 });
        bed.RequestsOf("settings").Count(static request => request.IsWrite).ShouldBe(1, "the sync wrote it once, and nothing else did");
    }

    [Fact]
    public async Task An_object_replaced_by_force_is_taken_back()
    {
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);
        var before = (await bed.LiveAsync(Kinds.ConfigMap, "settings"))!;

        // kubectl replace --force: delete, and create what the file says, which knows nothing of our marks.
        await cluster.DeleteAsync(Kinds.ConfigMap, bed.Target, "settings");
        var file = await TestSpace.ParseAsync(DriftManifests.ConfigMap(color: "red"));
        file.Metadata!["namespace"] = bed.Target;
        try
        {
            await cluster.Client.CreateAsync(Kinds.ConfigMap, file, new("kubectl-replace"), TestContext.Current.CancellationToken);
        }
        catch (ApiException refusal) when (refusal.IsAlreadyExists)
        {
            // The operator was faster: then the file is put over what it made, as the user would with another try.
            await bed.EditAsync(Kinds.ConfigMap, "settings", """{"data": {"color": "red"} }""", "kubectl-replace");
        }

        await bed.ReportedAsync("settings");
        var after = await bed.UntilObjectAsync(
            Kinds.ConfigMap, "settings", "is ours again",
            live => live.At("data", "color")!.GetValue<string>() == "blue" && live.Label(Names.ApplicationLabel) is not null);
        (after.Uid == before.Uid).ShouldBeFalse();
        await bed.UntilCalmAsync();
    }

    [Fact]
    public async Task An_object_that_somebody_made_again_while_the_operator_was_away_is_taken_back()
    {
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);
        await bed.StopOperatorAsync();
        await cluster.DeleteAsync(Kinds.ConfigMap, bed.Target, "settings");
        var file = await TestSpace.ParseAsync(DriftManifests.ConfigMap(color: "red"));
        file.Metadata!["namespace"] = bed.Target;
        await cluster.Client.CreateAsync(Kinds.ConfigMap, file, new("kubectl-create"), TestContext.Current.CancellationToken);
        await bed.StartOperatorAsync();

        DriftBed.Describe(await bed.ReportedAsync("settings")).ShouldBe("Deleted ConfigMap/settings: ");
        await bed.UntilObjectAsync(
            Kinds.ConfigMap, "settings", "is ours",
            live => live.At("data", "color")!.GetValue<string>() == "blue" && live.Label(Names.ApplicationLabel) is not null);
        await bed.UntilCalmAsync();
    }

    [Fact]
    public async Task A_terminating_object_is_not_applied_to_and_made_again_when_it_is_gone()
    {
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);
        await cluster.MergeAsync(Kinds.ConfigMap, bed.Target, "settings", """{"metadata": {"finalizers": ["example.com/hold"] } }""");
        var before = (await bed.LiveAsync(Kinds.ConfigMap, "settings"))!;
        await cluster.DeleteAsync(Kinds.ConfigMap, bed.Target, "settings");

        var row = await bed.ReportedAsync("settings");
        DriftBed.Describe(row).ShouldBe("Deleted ConfigMap/settings: ");
        var status = (await bed.UntilAsync("names what holds it", static status =>
            status.Resources.Any(static item => item.Name == "settings" && item.Message?.Contains("example.com/hold", StringComparison.Ordinal) == true))).Status;
        status.Drift.Length.ShouldBe(1);

        // What is edited meanwhile is of no interest.
        await cluster.MergeAsync(Kinds.ConfigMap, bed.Target, "settings", """{"data": {"color": "red"} }""");
        await bed.SettleAsync(Kinds.ConfigMap, "other", calm: false);
        bed.RequestsOf("settings").Count(static request => request.IsWrite).ShouldBe(1, "a terminating object is not applied to");

        await cluster.MergeAsync(Kinds.ConfigMap, bed.Target, "settings", """{"metadata": {"finalizers": null} }""");
        var after = await bed.UntilObjectAsync(Kinds.ConfigMap, "settings", "is there again", live => live.Uid != before.Uid);
        after.IsTerminating.ShouldBeFalse();
        after.At("data", "color")!.GetValue<string>().ShouldBe("blue");
        await bed.UntilCalmAsync();
        (await bed.CountedAsync("unknown", DriftChange.Deleted)).ShouldBe(1, "it is one drift, from the request to the end");
    }

    [Fact]
    public async Task A_lost_watch_event_is_made_up_for_by_the_next_list()
    {
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);
        bed.Proxy.SilenceWatches();
        await cluster.DeleteAsync(Kinds.ConfigMap, bed.Target, "settings");
        await cluster.MergeAsync(Kinds.ConfigMap, bed.Target, "other", """{"data": {"color": "red"} }""", "vi");
        bed.Proxy.DropWatches();

        (await bed.ReportedAsync("settings")).Change.ShouldBe(DriftChange.Deleted);
        DriftBed.Describe(await bed.ReportedAsync("other")).ShouldBe("Modified ConfigMap/other: data.color vi Update");
        await bed.UntilObjectAsync(Kinds.ConfigMap, "settings", "is there again", static live => live.Name.Length > 0);
        await bed.UntilObjectAsync(Kinds.ConfigMap, "other", "is healed", static live => live.At("data", "color")!.GetValue<string>() == "blue");
        await bed.UntilCalmAsync();
    }
}
