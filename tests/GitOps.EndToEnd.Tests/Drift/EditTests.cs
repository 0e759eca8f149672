using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Drift;

/// <summary>Somebody edits what we applied: it is told who, which field and when, and put right.</summary>
public sealed class EditTests(Cluster cluster)
{
    public static TheoryData<string> Cases => [.. EditCase.All.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task An_edit_is_reported_with_its_author_and_healed(string name)
    {
        var edit = EditCase.All[name];
        await using var bed = await DriftBed.StartAsync(cluster, edit.Manifest);
        var applied = (await bed.LiveAsync(edit.Resource, edit.Name))!;
        edit.IsRight(applied).ShouldBeTrue();
        var before = DateTimeOffset.UtcNow.AddSeconds(-2);

        await edit.Edit(bed);

        var row = await bed.ReportedAsync(edit.Name);
        DriftBed.Describe(row).ShouldBe($"Modified {edit.Resource.Kind}/{edit.Name}: {string.Join(" | ", edit.Fields)}");
        row.Namespace.ShouldBe(bed.Target);
        row.DetectedAt!.Value.ShouldBeInRange(before, DateTimeOffset.UtcNow.AddSeconds(2));
        foreach (var field in row.Fields)
        {
            // A removal has neither a name nor a time: when it was seen is all there is. The server keeps no time of scaling.
            (field.Time is null).ShouldBe(field.Manager is null || name == "it is scaled");
            (field.Time ?? before).ShouldBeInRange(before, DateTimeOffset.UtcNow.AddSeconds(2));
        }

        var healed = await bed.UntilObjectAsync(edit.Resource, edit.Name, "is right again", live =>
            live.ResourceVersion != applied.ResourceVersion && edit.IsRight(live));
        healed.Uid.ShouldBe(applied.Uid);
        await bed.UntilCalmAsync();
        foreach (var field in edit.Fields.Select(static text => text.Split(' ')))
        {
            string[] texts = field[1] == "-" ? [field[0]] : [field[0], $"by {field[1]}"];
            await bed.UntilEventAsync("DriftDetected", texts);
            await bed.UntilEventAsync("DriftHealed", texts);
            (await bed.CountedAsync(field[1] == "-" ? "unknown" : field[1], DriftChange.Modified)).ShouldBe(1);
        }

        DriftBed.Describe(bed.Rows).ShouldBe(DriftBed.Describe(row), "nothing else was ever reported");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Without_self_healing_an_edit_is_only_reported_until_it_is_set_back(string name)
    {
        var edit = EditCase.All[name];
        await using var bed = await DriftBed.StartAsync(cluster, edit.Manifest, selfHeal: false);
        var applied = (await bed.LiveAsync(edit.Resource, edit.Name))!;
        await edit.Edit(bed);

        var status = (await bed.UntilAsync("reports drift", static status => status.Drift.Length == 1 && status.DriftCount == 1)).Status;
        DriftBed.Describe(status.Drift[0]).ShouldBe($"Modified {edit.Resource.Kind}/{edit.Name}: {string.Join(" | ", edit.Fields)}");
        status.Condition(Conditions.Drifted)!.Status.ShouldBe("True");
        status.Sync!.Status.ShouldBe(SyncCode.OutOfSync);

        var edited = (await bed.LiveAsync(edit.Resource, edit.Name))!;
        applied.Metadata!.Remove("managedFields");
        applied.Metadata!["resourceVersion"] = edited.ResourceVersion;
        edit.IsRight(edited).ShouldBeFalse();
        await bed.Cluster.Client.ReplaceAsync(edit.Resource, applied, new("kubectl-replace"), TestContext.Current.CancellationToken);

        await bed.UntilCalmAsync();
        bed.RequestsOf(edit.Name).Count(static request => request.IsWrite).ShouldBe(1, "the sync wrote it once, and nothing else did");
    }

    [Fact]
    public async Task What_happens_to_an_object_without_our_label_is_told_too_and_forgotten_when_it_is_set_back()
    {
        await using var bed = await DriftBed.StartAsync(cluster, DriftManifests.All(DriftManifests.ConfigMap(), DriftManifests.ConfigMap("other")), selfHeal: false);
        var applied = (await bed.LiveAsync(Kinds.ConfigMap, "settings"))!;
        await bed.EditAsync(Kinds.ConfigMap, "settings", """{"metadata": {"labels": {"gitops-operator.dev/application": null} } }""");
        await bed.UntilAsync("reports the label", static status => status.DriftCount == 1);

        // One edit at once, and one when another watch has long begun.
        await bed.EditAsync(Kinds.ConfigMap, "settings", """{"data": {"color": "red"} }""", "vi");
        await bed.ReportedAsync("settings", static row => row.Fields.Any(static field => field is { Path: "data.color", Manager: "vi" }));
        await bed.Space.UntilAsync("the object is watched", () => Task.FromResult(
            bed.Proxy.Requests.Any(static request => request is { IsWatch: true, Resource: "configmaps", Namespace.Length: > 0 })));
        await bed.EditAsync(Kinds.ConfigMap, "settings", """{"data": {"size": "small"} }""", "nano");
        await bed.ReportedAsync("settings", static row => row.Fields.Any(static field => field is { Path: "data.size", Manager: "nano" }));

        applied.Metadata!.Remove("managedFields");
        applied.Metadata.Remove("resourceVersion");
        await bed.Cluster.Client.ReplaceAsync(Kinds.ConfigMap, applied, new("kubectl-replace"), TestContext.Current.CancellationToken);
        await bed.UntilCalmAsync();
    }
}
