using GitOps.EndToEnd.Tests.Fixture;

namespace GitOps.EndToEnd.Tests.Drift;

/// <summary>Somebody's write meets one of ours.</summary>
public sealed class MidSyncTests(Cluster cluster)
{
    private static readonly string Manifests = DriftManifests.All(DriftManifests.ConfigMap(), DriftManifests.ConfigMap("other"));

    [Fact]
    public async Task An_edit_that_a_sync_overwrites_is_told_all_the_same()
    {
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);
        var edited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bed.Proxy.Arrived = async request =>
        {
            if (request is { Name: "settings", IsWrite: true } && !edited.Task.IsCompleted)
            {
                // The apply has been sent, and has not reached the server: now somebody is faster.
                await cluster.MergeAsync(Kinds.ConfigMap, bed.Target, "settings", """{"data": {"size": "small"} }""", "vi");
                await bed.Cluster.MergeAsync(Kinds.ConfigMap, bed.Target, "other", """{"metadata": {"labels": {"seen": "yes"} } }""");
                edited.SetResult();
            }
        };
        var second = bed.Repository.Commit(
            (DriftBed.File, DriftManifests.All(DriftManifests.ConfigMap(color: "green"), DriftManifests.ConfigMap("other"))));
        await edited.Task.WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);
        await bed.UntilSyncedAsync(second);

        var live = (await bed.LiveAsync(Kinds.ConfigMap, "settings"))!;
        live.At("data", "size")!.GetValue<string>().ShouldBe("large");
        live.At("data", "color")!.GetValue<string>().ShouldBe("green");
        await bed.UntilEventAsync("DriftHealed", "settings", "data.size", "by vi", "overwritten");
        (await bed.EventsAsync("DriftHealed")).ShouldAllBe(static note => !note.Contains("data.color", StringComparison.Ordinal));
        await bed.SettleAsync(Kinds.ConfigMap, "other");
        bed.RequestsOf("settings").Count(static request => request.IsWrite).ShouldBe(2, "one write for each commit");
    }

    [Fact]
    public async Task An_edit_after_ours_reached_the_server_and_before_its_answer_reached_us_is_seen()
    {
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);
        var edited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bed.Proxy.Answering = async request =>
        {
            if (request is { Name: "settings", IsWrite: true } && !edited.Task.IsCompleted)
            {
                await cluster.MergeAsync(Kinds.ConfigMap, bed.Target, "settings", """{"data": {"size": "small"} }""", "vi");
                edited.SetResult();
            }
        };
        var second = bed.Repository.Commit(
            (DriftBed.File, DriftManifests.All(DriftManifests.ConfigMap(color: "green"), DriftManifests.ConfigMap("other"))));
        await edited.Task.WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);
        DriftBed.Describe(await bed.ReportedAsync("settings")).ShouldBe("Modified ConfigMap/settings: data.size vi Update");
        await bed.UntilObjectAsync(Kinds.ConfigMap, "settings", "is right", static live =>
            live.At("data", "size")!.GetValue<string>() == "large" && live.At("data", "color")!.GetValue<string>() == "green");
        await bed.UntilSyncedAsync(second);
        await bed.UntilCalmAsync();
    }

    [Fact]
    public async Task A_write_whose_answer_is_lost_is_no_drift()
    {
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);
        using var cut = bed.Proxy.Cut(afterEffect: true, static request => request is { Name: "settings", IsWrite: true }, times: 4);
        var second = bed.Repository.Commit(
            (DriftBed.File, DriftManifests.All(DriftManifests.ConfigMap(color: "green"), DriftManifests.ConfigMap("other"))));
        await bed.UntilSyncedAsync(second);
        await bed.SettleAsync(Kinds.ConfigMap, "other");
        (await bed.LiveAsync(Kinds.ConfigMap, "settings"))!.At("data", "color")!.GetValue<string>().ShouldBe("green");
        bed.Rows.ShouldNotContain(static row => row.Name == "settings");
        (await bed.EventsAsync("DriftDetected")).ShouldNotContain(static note => note.Contains("/settings", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Drift_of_an_object_that_was_found_as_desired_is_seen()
    {
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);

        // Its Application goes without taking it along, and comes again: the apply changes nothing, and has no echo.
        await cluster.DeleteAsync(Kinds.Application, bed.Application.Namespace, bed.Application.Name);
        await bed.Space.UntilGoneAsync(Kinds.Application, bed.Application.Namespace, bed.Application.Name);
        var settings = (await bed.LiveAsync(Kinds.ConfigMap, "settings"))!;
        await bed.Space.CreateApplicationAsync("web", bed.Repository);
        await bed.UntilSyncedAsync(bed.Revision);
        (await bed.LiveAsync(Kinds.ConfigMap, "settings"))!.ResourceVersion.ShouldBe(settings.ResourceVersion);

        await cluster.MergeAsync(Kinds.ConfigMap, bed.Target, "settings", """{"data": {"color": "red"} }""", "vi");
        DriftBed.Describe(await bed.ReportedAsync("settings")).ShouldBe("Modified ConfigMap/settings: data.color vi Update");
        await bed.UntilObjectAsync(Kinds.ConfigMap, "settings", "is right", static live => live.At("data", "color")!.GetValue<string>() == "blue");
        await bed.UntilCalmAsync();
    }
}
