using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Drift;

/// <summary>What is no drift must cost nothing: no report, no request, no write of the status.</summary>
public sealed class NoDriftTests(Cluster cluster)
{
    private static readonly string Deployments = DriftManifests.All(DriftManifests.Deployment(), DriftManifests.Deployment("other"));

    public static TheoryData<string, string> ForeignFields => new()
    {
        { "an annotation", """{"metadata": {"annotations": {"example.com/note": "x"} } }""" },
        { "a label", """{"metadata": {"labels": {"example.com/note": "x"} } }""" },
        { "a container", """{"spec": {"template": {"spec": {"containers": [{"name": "sidecar", "image": "example.com/sidecar:1"}] } } } }""" },
        { "an environment variable", """{"spec": {"template": {"spec": {"containers": [{"name": "main", "env": [{"name": "C", "value": "3"}] }] } } } }""" },
        { "a field that we leave out", """{"spec": {"minReadySeconds": 5} }""" },
        { "what is below a leaf applied empty", """{"spec": {"template": {"spec": {"volumes": [{"name": "tmp", "emptyDir": {"medium": "Memory"} }] } } } }""" },
        { "a restart", """{"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"} } } } }""" },
    };

    [Theory]
    [MemberData(nameof(ForeignFields))]
    public async Task A_foreign_field_beside_ours_is_nobodys_business(string what, string patch)
    {
        await using var bed = await DriftBed.StartAsync(cluster, Deployments);
        await bed.SettleAsync(Kinds.Deployment, "other");
        bed.Proxy.Forget();
        await bed.EditAsync(Kinds.Deployment, "web", patch);
        var edited = (await bed.LiveAsync(Kinds.Deployment, "web"))!;
        await bed.SettleAsync(Kinds.Deployment, "other");

        bed.RequestsOf("web").Where(static request => request.Resource == "deployments").ShouldBeEmpty(what);
        bed.Rows.ShouldNotContain(static row => row.Name == "web");
        (await bed.LiveAsync(Kinds.Deployment, "web"))!.ResourceVersion.ShouldBe(edited.ResourceVersion, "it is left as it is");
    }

    [Fact]
    public async Task Foreign_data_beside_ours_in_a_kind_without_generation_is_nobodys_business()
    {
        await using var bed = await DriftBed.StartAsync(cluster, DriftManifests.All(DriftManifests.ConfigMap(), DriftManifests.ConfigMap("other")));
        await bed.SettleAsync(Kinds.ConfigMap, "other");
        bed.Proxy.Forget();
        await bed.EditAsync(Kinds.ConfigMap, "settings", """{"data": {"extra": "x"} }""");
        await bed.SettleAsync(Kinds.ConfigMap, "other");

        bed.RequestsOf("settings").ShouldBeEmpty();
        bed.Rows.ShouldNotContain(static row => row.Name == "settings");
    }

    [Fact]
    public async Task What_is_changed_and_set_back_is_owned_again_quietly()
    {
        await using var bed = await DriftBed.StartAsync(cluster, Deployments);
        await bed.SettleAsync(Kinds.Deployment, "other");

        // Both edits are there before the operator is: it sees their outcome alone.
        await bed.StopOperatorAsync();
        await bed.EditAsync(Kinds.Deployment, "web", """{"spec": {"replicas": 7} }""");
        await bed.EditAsync(Kinds.Deployment, "web", """{"spec": {"replicas": 2} }""");
        var lost = (await bed.LiveAsync(Kinds.Deployment, "web"))!;
        await bed.StartOperatorAsync();

        await bed.UntilObjectAsync(Kinds.Deployment, "web", "is ours again", live => live.ResourceVersion != lost.ResourceVersion && Owns(live, "f:replicas"));
        await bed.SettleAsync(Kinds.Deployment, "other");
        bed.Rows.ShouldNotContain(static row => row.Name == "web");
        (await bed.EventsAsync("DriftDetected")).ShouldNotContain(static note => note.Contains("/web", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Status_traffic_costs_nothing_but_the_health_it_changes()
    {
        await using var bed = await DriftBed.StartAsync(cluster, Deployments);
        await bed.SettleAsync(Kinds.Deployment, "other");
        await WriteStatusAsync(bed, "web", replicas: 2, text: "start");
        await bed.UntilAsync("knows one healthy object", static status => status.Summary is { Healthy: 1 });
        await bed.SettleAsync(Kinds.Deployment, "other");
        bed.Proxy.Forget();
        for (var i = 0; i < 20; i++)
        {
            await WriteStatusAsync(bed, "web", replicas: 2, text: $"round {i}");
        }

        // An end that is seen: the last write changes the health.
        var written = bed.Statuses.Count;
        await WriteStatusAsync(bed, "web", replicas: 1, text: "end");
        await bed.UntilAsync("knows that it is not healthy", static status => status.Summary is { Healthy: 0 });

        bed.Proxy.Requests.Where(static request => !request.IsWatch && request.Resource is not ("leases" or "events"))
            .Select(static request => $"{request.Verb} {request.Resource}/{request.Name}/{request.Subresource}")
            .ShouldBe(["apply applications/web/status"], "one change of health is one write of the status");
        bed.Statuses.Skip(written).ShouldAllBe(static status => status.Drift.IsEmpty);
    }

    [Fact]
    public async Task A_watch_that_begins_anew_tells_nothing_new()
    {
        await using var bed = await DriftBed.StartAsync(cluster, Deployments);
        await bed.SettleAsync(Kinds.Deployment, "other");
        bed.Proxy.Forget();
        bed.Proxy.DropWatches(reset: true);
        await bed.SettleAsync(Kinds.Deployment, "other");
        bed.RequestsOf("web").Where(static request => request.Resource == "deployments").ShouldBeEmpty();
        bed.Rows.ShouldNotContain(static row => row.Name == "web");
    }

    private static bool Owns(KubernetesObject live, string field) => live.Metadata!["managedFields"]!.AsArray().Any(entry =>
        entry!["manager"]!.GetValue<string>() == Names.FieldManager && entry["fieldsV1"]!["f:spec"]?[field] is not null);

    private static Task<KubernetesObject> WriteStatusAsync(DriftBed bed, string name, int replicas, string text)
    {
        var status = new JsonObject
        {
            ["status"] = new JsonObject
            {
                ["observedGeneration"] = 1,
                ["replicas"] = 2,
                ["updatedReplicas"] = 2,
                ["readyReplicas"] = replicas,
                ["availableReplicas"] = replicas,
                ["unavailableReplicas"] = 2 - replicas,
                ["conditions"] = new JsonArray(new JsonObject
                {
                    ["type"] = "Available",
                    ["status"] = replicas == 2 ? "True" : "False",
                    ["reason"] = "Test",
                    ["message"] = text,
                    ["lastTransitionTime"] = "2026-01-01T00:00:00Z",
                    ["lastUpdateTime"] = "2026-01-01T00:00:00Z",
                }),
            },
        };
        return bed.Cluster.MergeAsync(Kinds.Deployment, bed.Target, name, status.ToJsonString(), "kube-controller-manager", "status");
    }
}
