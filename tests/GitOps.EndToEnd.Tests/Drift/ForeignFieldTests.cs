using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Drift;

/// <summary>Fields beside ours that no manifest asks for: allowed, told, or removed.</summary>
public sealed class ForeignFieldTests(Cluster cluster)
{
    private const string Added = """
        {"metadata": {"labels": {"extra": "x"}, "annotations": {"note": "by hand", "kubectl.kubernetes.io/restartedAt": "now"} },
         "spec": {"minReadySeconds": 5, "template": {"spec": {"containers": [
           {"name": "main", "env": [{"name": "C", "value": "3"}]}, {"name": "sidecar", "image": "example.com/sidecar:1"}] } } } }
        """;

    private static readonly string[] Named =
    [
        "metadata.annotations.note", "metadata.labels.extra", "spec.minReadySeconds",
        "spec.template.spec.containers[name=main].env[name=C]", "spec.template.spec.containers[name=sidecar]",
    ];

    [Fact]
    public async Task They_are_told_with_who_set_them_and_are_no_drift()
    {
        await using var bed = await StartAsync("Report");
        await bed.EditAsync(Kinds.Deployment, "web", Added);
        var edited = (await bed.LiveAsync(Kinds.Deployment, "web"))!;
        var status = (await bed.UntilAsync("tells foreign fields", static status => !status.ForeignFields.IsEmpty)).Status;

        var row = status.ForeignFields.ShouldHaveSingleItem();
        row.Change.ShouldBe(DriftChange.Foreign);
        row.Fields.Select(static field => field.Path).ShouldBe(Named);
        row.Fields.ShouldAllBe(static field => field.Manager == "kubectl-edit" && field.Operation == "Update" && field.Time != null);
        status.Sync!.Status.ShouldBe(SyncCode.Synced);
        status.Drift.ShouldBeEmpty();
        status.Condition(Conditions.Drifted)!.Status.ShouldBe("False");
        status.Condition(Conditions.ForeignFields)!.Message.ShouldContain("by kubectl-edit");
        await bed.UntilEventAsync(Conditions.ForeignFields, "env[name=C]", "kubectl-edit");
        (await bed.LiveAsync(Kinds.Deployment, "web"))!.ResourceVersion.ShouldBe(edited.ResourceVersion, "nothing is written");

        // A restart tells the same, and what is taken off again is told no more.
        await bed.StopOperatorAsync();
        await bed.StartOperatorAsync();
        await bed.EditAsync(Kinds.Deployment, "web", """{"metadata": {"labels": {"extra": null} } }""");
        await bed.UntilAsync("tells one less", static status => status.ForeignFields is [{ Fields.Length: 4 }]);
        await bed.EditAsync(Kinds.Deployment, "web", """
            {"metadata": {"annotations": {"note": null} }, "spec": {"minReadySeconds": null, "template": {"spec": {"containers": [
              {"name": "main", "env": [{"name": "C", "$patch": "delete"}]}, {"name": "sidecar", "$patch": "delete"}] } } } }
            """);
        await bed.UntilAsync("tells none", static status => status.ForeignFields.IsEmpty && status.Condition(Conditions.ForeignFields) is { Status: "False" });
    }

    [Fact]
    public async Task They_are_removed_and_nothing_else_is()
    {
        await using var bed = await StartAsync("Remove", "cert-manager-*");
        await bed.EditAsync(Kinds.Deployment, "web", """{"metadata": {"annotations": {"deployment.kubernetes.io/revision": "1", "hpa": "x"} } }""", "kube-controller-manager");
        await bed.EditAsync(Kinds.Deployment, "web", """{"metadata": {"annotations": {"cert": "x"} } }""", "cert-manager-cainjector");
        await bed.EditAsync(Kinds.Deployment, "web", """{"metadata": {"finalizers": ["example.com/hold"]}, "spec": {"template": {"metadata": {"labels": {"injected": "x"} } } } }""", "kubelet");
        await bed.EditAsync(Kinds.Deployment, "web", """{"status": {"observedGeneration": 1} }""", "somebody", "status");
        await bed.EditAsync(Kinds.Deployment, "web", Added);
        var live = await bed.UntilObjectAsync(Kinds.Deployment, "web", "is rid of them", static live => live.Label("extra") is null);

        live.Annotation("note").ShouldBeNull();
        live.Annotation("kubectl.kubernetes.io/restartedAt").ShouldBe("now", "a restart that was asked for is no setting");
        live.Annotation("deployment.kubernetes.io/revision").ShouldBe("1");
        live.Annotation("hpa").ShouldBe("x");
        live.Annotation("cert").ShouldBe("x");
        live.Finalizers.ShouldBe(["example.com/hold"]);
        live.At("status", "observedGeneration")!.GetValue<int>().ShouldBe(1);
        live.At("spec", "minReadySeconds").ShouldBeNull();
        live.At("spec", "replicas")!.GetValue<int>().ShouldBe(2);
        live.At("spec", "template", "metadata", "labels", "injected")!.GetValue<string>().ShouldBe("x");
        var containers = live.At("spec", "template", "spec", "containers")!.AsArray();
        containers.Count.ShouldBe(1);
        containers[0]!["env"]!.AsArray().Select(static item => item!["name"]!.GetValue<string>()).ShouldBe(["A", "B"]);
        await bed.UntilEventAsync("ForeignFieldsRemoved", "metadata.labels.extra", "kubectl-edit");
        await bed.UntilAsync("is calm", static status => status.ForeignFields.IsEmpty && status.Condition(Conditions.ForeignFields) is { Status: "False" });
        await cluster.MergeAsync(Kinds.Deployment, bed.Target, "web", """{"metadata": {"finalizers": null} }""");
    }

    [Fact]
    public async Task What_the_server_sets_by_itself_is_nobodys_even_if_its_creator_owns_it()
    {
        await using var bed = await StartAsync("Remove", manifests: DriftManifests.ConfigMap("first"));
        var manifest = await TestSpace.ParseAsync(DriftManifests.Deployment());
        manifest.Metadata!["namespace"] = bed.Target;
        manifest.Metadata["labels"]!["mine"] = "x";
        await cluster.Client.CreateAsync(Kinds.Deployment, manifest, new WriteOptions("pipeline"), TestContext.Current.CancellationToken);
        var made = (await bed.LiveAsync(Kinds.Deployment, "web"))!;
        await bed.UntilSyncedAsync(bed.Repository.Commit((DriftBed.File, DriftManifests.All(DriftManifests.ConfigMap("first"), DriftManifests.Deployment()))));
        var live = await bed.UntilObjectAsync(Kinds.Deployment, "web", "is rid of the label", static live => live.Label("mine") is null);
        JsonNode.DeepEquals(live.At("spec"), made.At("spec")).ShouldBeTrue("what is defaulted comes back by itself, and is left alone");
        await bed.UntilAsync("is calm", static status => status.ForeignFields.IsEmpty && status.Condition(Conditions.ForeignFields) is { Status: "False" });
        (await bed.EventsAsync("ForeignFieldsRemoved")).ShouldAllBe(static note => note.Contains("metadata.labels.mine", StringComparison.Ordinal) && !note.Contains("spec.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whoever_puts_them_back_is_answered_more_and_more_seldom()
    {
        await using var bed = await StartAsync("Remove");
        for (var i = 0; i < 3; i++)
        {
            await bed.EditAsync(Kinds.Deployment, "web", """{"metadata": {"labels": {"extra": "x"} } }""", "stubborn");
            await bed.UntilObjectAsync(Kinds.Deployment, "web", "is rid of it", static live => live.Label("extra") is null);
        }

        bed.Statuses.ShouldContain(static status => !status.ForeignFields.IsEmpty, "between two removals it is told, for they back off");
    }

    [Fact]
    public async Task What_was_told_is_removed_when_that_is_asked_for()
    {
        await using var bed = await StartAsync("Report");
        await bed.EditAsync(Kinds.Deployment, "web", """{"metadata": {"labels": {"extra": "x"} } }""");
        await bed.UntilAsync("tells it", static status => !status.ForeignFields.IsEmpty);

        await AskForAsync(bed, "Remove");
        await bed.UntilObjectAsync(Kinds.Deployment, "web", "is rid of it", static live => live.Label("extra") is null);
        await bed.UntilAsync("tells none", static status => status.ForeignFields.IsEmpty);
    }

    [Fact]
    public async Task A_field_of_ours_that_somebody_takes_over_is_drift_and_never_foreign()
    {
        await using var bed = await StartAsync("Remove");
        await bed.EditAsync(Kinds.Deployment, "web", """{"metadata": {"labels": {"extra": "x"} }, "spec": {"replicas": 7} }""");
        var live = await bed.UntilObjectAsync(Kinds.Deployment, "web", "is rid of it", static live => live.Label("extra") is null);

        live.At("spec", "replicas")!.GetValue<int>().ShouldBe(2);
        await bed.UntilEventAsync("ForeignFieldsRemoved", "metadata.labels.extra");
        foreach (var reason in (string[])[Conditions.ForeignFields, "ForeignFieldsRemoved"])
        {
            (await bed.EventsAsync(reason)).ShouldAllBe(static note => !note.Contains("spec.replicas", StringComparison.Ordinal), "a field that Git asks for is never taken away");
        }
    }

    private async Task<DriftBed> StartAsync(string foreignFields, string? managers = null, string? manifests = null)
    {
        var bed = await DriftBed.StartAsync(cluster, manifests ?? DriftManifests.All(DriftManifests.Deployment(), DriftManifests.ConfigMap("other")));
        if (managers is not null)
        {
            await bed.StopOperatorAsync();
            bed.Space.Options = bed.Space.Options with { ForeignFieldManagers = [managers] };
            await bed.StartOperatorAsync();
        }

        await AskForAsync(bed, foreignFields);
        return bed;
    }

    private async Task AskForAsync(DriftBed bed, string foreignFields)
    {
        var patched = await cluster.MergeAsync(Kinds.Application, bed.Application.Namespace, bed.Application.Name,
            $$"""{"spec": {"drift": {"foreignFields": "{{foreignFields}}"} } }""");
        await bed.Space.UntilAsync(bed.Application, "looks for foreign fields", application => application.Status.ObservedGeneration >= patched.Generation);
    }
}
