using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Resources;
using GitOps.Soak;

namespace GitOps.EndToEnd.Tests.Drift;

/// <summary>Webhooks and policies that rewrite what is written: what they make of our applies is no drift, and hides none.</summary>
public sealed class AdmissionTests(Cluster cluster)
{
    private static readonly ApiResource Pod = ApiResource.Of("v1", "Pod", "pods", namespaced: true, "status");
    private static readonly string Manifests = DriftManifests.All(DriftManifests.ConfigMap(), DriftManifests.ConfigMap("other"));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_value_that_is_always_rewritten_is_no_drift_and_another_beside_it_is_told_alone(bool isPolicy)
    {
        await using var admission = await Admission.StartAsync(cluster);
        await using var bed = await DriftBed.StartAsync(cluster, Manifests, prepare: space => PaintAsync(admission, space, isPolicy));
        (await LiveColorAsync(bed)).ShouldBe("BLUE");
        await bed.SettleAsync(Kinds.ConfigMap, "other");
        bed.Rows.ShouldNotContain(static row => row.Name == "settings");

        await bed.EditAsync(Kinds.ConfigMap, "settings", """{"data": {"size": "small"} }""", "vi");
        DriftBed.Describe(await bed.ReportedAsync("settings")).ShouldBe("Modified ConfigMap/settings: data.size vi Update");
        await bed.UntilObjectAsync(Kinds.ConfigMap, "settings", "is healed", static live => live.At("data", "size")!.GetValue<string>() == "large");
        await bed.UntilCalmAsync();
        await bed.SettleAsync(Kinds.ConfigMap, "other");
        bed.RequestsOf("settings").Count(static request => request.IsWrite).ShouldBe(2, "applied once and healed once");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_rewriting_that_comes_later_is_told_once_with_nobodys_name_and_is_no_fight(bool isPolicy)
    {
        await using var admission = await Admission.StartAsync(cluster);
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);
        await PaintAsync(admission, bed.Space, isPolicy);
        await bed.SettleAsync(Kinds.ConfigMap, "other");
        bed.Rows.ShouldNotContain(static row => row.Name == "settings");

        // Somebody's write of another field lets it in.
        await bed.EditAsync(Kinds.ConfigMap, "settings", """{"data": {"size": "small"} }""", "vi");
        DriftBed.Describe(await bed.ReportedAsync("settings")).ShouldBe("Modified ConfigMap/settings: data.color - | data.size vi Update");
        await bed.UntilObjectAsync(Kinds.ConfigMap, "settings", "is healed", static live => live.At("data", "size")!.GetValue<string>() == "large");
        await bed.UntilCalmAsync();
        (await LiveColorAsync(bed)).ShouldBe("BLUE", "it rewrites ours too");
        await bed.SettleAsync(Kinds.ConfigMap, "other");
        bed.RequestsOf("settings").Count(static request => request.IsWrite).ShouldBe(2, "applied once and healed once");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_drift_is_reported_a_rewriting_that_an_apply_would_meet_too_is_none(bool isPolicy)
    {
        await using var admission = await Admission.StartAsync(cluster);
        await using var bed = await DriftBed.StartAsync(cluster, Manifests, selfHeal: false);
        await PaintAsync(admission, bed.Space, isPolicy);
        await bed.EditAsync(Kinds.ConfigMap, "settings", """{"data": {"size": "small"} }""", "vi");
        await bed.UntilAsync("reports drift", static status => status.DriftCount == 1);
        DriftBed.Describe(bed.Rows).ShouldBe("Modified ConfigMap/settings: data.size vi Update");
    }

    [Fact]
    public async Task A_value_that_is_rewritten_in_the_request_of_another_is_told_though_a_field_beside_it_was_taken_over_unchanged()
    {
        await using var admission = await Admission.StartAsync(cluster);
        await using var bed = await DriftBed.StartAsync(cluster, DriftManifests.ConfigMap(), selfHeal: false, prepare: space =>
            admission.AddWebhookAsync(space, string.Empty, "configmaps", static (subject, old) => Annotation(subject) is { } sign && sign != Annotation(old)
                ? [Admission.Operation("replace", "/data/size", sign)]
                : null));

        // Changed and set back: the value is right, and no longer ours. Then the webhook is given its sign.
        await bed.EditAsync(Kinds.ConfigMap, "settings", """{"data": {"color": "red"} }""", "vi");
        await bed.ReportedAsync("settings");
        await bed.EditAsync(Kinds.ConfigMap, "settings", """{"data": {"color": "blue"} }""", "vi");
        await bed.UntilCalmAsync();
        await bed.EditAsync(Kinds.ConfigMap, "settings", """{"metadata": {"annotations": {"example.com/size": "tiny"} } }""", "somebody");
        DriftBed.Describe(await bed.ReportedAsync("settings", static row => row.Fields.Any(static field => field.Path == "data.size")))
            .ShouldBe("Modified ConfigMap/settings: data.size -");

        static string? Annotation(JsonObject? subject) => subject?["metadata"]!["annotations"]?["example.com/size"]?.GetValue<string>();
    }

    [Fact]
    public async Task A_service_meshs_container_in_deployments_is_no_drift_and_an_edit_beside_it_is()
    {
        await using var admission = await Admission.StartAsync(cluster);
        await using var bed = await DriftBed.StartAsync(
            cluster, DriftManifests.All(DriftManifests.Deployment(), DriftManifests.Deployment("other")),
            prepare: space => admission.AddWebhookAsync(space, "apps", "deployments", static subject => Inject(subject["spec"]!["template"]!["spec"]!, "/spec/template/spec")));
        EditCase.PodSpec((await bed.LiveAsync(Kinds.Deployment, "web"))!)["containers"]!.AsArray().Count.ShouldBe(2);
        await bed.SettleAsync(Kinds.Deployment, "other");
        bed.Rows.ShouldNotContain(static row => row.Name == "web");

        await bed.EditAsync(
            Kinds.Deployment, "web", """{"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "example.com/web:2"}] } } } }""");
        DriftBed.Describe(await bed.ReportedAsync("web")).ShouldBe("Modified Deployment/web: spec.template.spec.containers[name=main].image kubectl-edit Update");
        await bed.UntilCalmAsync();
        var live = (await bed.LiveAsync(Kinds.Deployment, "web"))!;
        EditCase.Container(live)["image"]!.GetValue<string>().ShouldBe("example.com/web:1");
        EditCase.PodSpec(live)["containers"]!.AsArray().Count.ShouldBe(2, "the mesh's container stays");
    }

    [Fact]
    public async Task What_a_mesh_and_an_autoscaler_of_resources_make_of_our_pods_is_no_drift()
    {
        await using var admission = await Admission.StartAsync(cluster);
        await using var bed = await DriftBed.StartAsync(
            cluster,
            DriftManifests.All(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: tool, labels: {team: a}}
                spec:
                  containers: [{name: main, image: "example.com/tool:1", resources: {requests: {cpu: 100m, memory: 64Mi} } }]

                """),
            selfHeal: false,
            prepare: space => admission.AddWebhookAsync(space, string.Empty, "pods", static subject =>
                subject["metadata"]!["name"]!.GetValue<string>() != "tool" || subject["spec"]!["containers"]!.AsArray().Count > 1 ? null :
                [
                    .. Inject(subject["spec"]!, "/spec")!.Select(static item => item!.DeepClone()),
                    Admission.Operation("replace", "/spec/containers/0/resources/requests/cpu", "250m"),
                ]));
        var live = (await bed.LiveAsync(Pod, "tool"))!;
        live.At("spec", "containers")![0]!["resources"]!["requests"]!["cpu"]!.GetValue<string>().ShouldBe("250m");
        await bed.Cluster.MergeAsync(Pod, bed.Target, "tool", """{"metadata": {"labels": {"team": "b"} } }""", "kubectl-label");
        DriftBed.Describe(await bed.ReportedAsync("tool")).ShouldBe("Modified Pod/tool: metadata.labels.team kubectl-label Update");
    }

    [Theory]
    [InlineData("", "")]
    [InlineData(", caBundle: Cg==", "webhooks[name=hook.example.com].clientConfig.caBundle cert-manager-cainjector Update")]
    public async Task An_injected_authority_is_drift_only_where_the_manifest_has_one(string ours, string expected)
    {
        await using var host = await WebhookHost.StartAsync();
        await using var admission = await Admission.StartAsync(cluster);
        var name = $"injected-{Guid.NewGuid():N}"[..20];
        await using var bed = await DriftBed.StartAsync(
            cluster,
            DriftManifests.All(
                $$"""
                apiVersion: admissionregistration.k8s.io/v1
                kind: MutatingWebhookConfiguration
                metadata: {name: {{name}}, annotations: {cert-manager.io/inject-ca-from: "a/b"} }
                webhooks:
                - name: hook.example.com
                  sideEffects: None
                  admissionReviewVersions: [v1]
                  failurePolicy: Ignore
                  clientConfig: {url: "https://127.0.0.1:1/"{{ours}}}
                  namespaceSelector: {matchLabels: {nowhere: "true"} }
                  rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [podtemplates]}]

                """, DriftManifests.ConfigMap("other")),
            selfHeal: false);
        await bed.Cluster.Client.PatchAsync(
            Admission.Webhooks, string.Empty, name, PatchType.StrategicMerge,
            JsonNode.Parse($$"""{"webhooks": [{"name": "hook.example.com", "clientConfig": {"caBundle": "{{host.CaBundle}}"} }] }""")!,
            new WriteOptions("cert-manager-cainjector"), TestContext.Current.CancellationToken);
        await bed.EditAsync(Kinds.ConfigMap, "other", """{"data": {"color": "red"} }""", "vi");
        await bed.ReportedAsync("other");
        if (expected.Length > 0)
        {
            DriftBed.Describe(await bed.ReportedAsync(name)).ShouldBe($"Modified MutatingWebhookConfiguration/{name}: {expected}");
        }
        else
        {
            await bed.Cluster.MergeAsync(Admission.Webhooks, string.Empty, name, """{"metadata": {"annotations": {"cert-manager.io/inject-ca-from": "c/d"} } }""", "barrier");
            DriftBed.Describe(await bed.ReportedAsync(name)).ShouldBe(
                $"Modified MutatingWebhookConfiguration/{name}: metadata.annotations[\"cert-manager.io/inject-ca-from\"] barrier Update");
        }

        await cluster.DeleteAsync(Admission.Webhooks, string.Empty, name);
    }

    private static Task PaintAsync(Admission admission, TestSpace space, bool isPolicy) => isPolicy
        ? admission.AddPolicyAsync(space, "color", "BLUE")
        : admission.AddWebhookAsync(space, string.Empty, "configmaps", static subject =>
            subject["data"]?["color"] is { } color && color.GetValue<string>() != "BLUE" ? [Admission.Operation("replace", "/data/color", "BLUE")] : null);

    private static JsonArray? Inject(JsonNode podSpec, string path) =>
        podSpec["containers"]!.AsArray().Any(static item => item!["name"]!.GetValue<string>() == "mesh-proxy")
            ? null
            : [Admission.Operation("add", $"{path}/containers/-", new JsonObject { ["name"] = "mesh-proxy", ["image"] = "example.com/proxy:1" })];

    private static async Task<string> LiveColorAsync(DriftBed bed) => (await bed.LiveAsync(Kinds.ConfigMap, "settings"))!.At("data", "color")!.GetValue<string>();
}
