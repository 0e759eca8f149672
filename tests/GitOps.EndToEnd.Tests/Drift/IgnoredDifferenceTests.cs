using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Drift;

/// <summary>Fields that somebody else may set: never drift, never healed; and with RespectIgnoreDifferences never written.</summary>
public sealed class IgnoredDifferenceTests(Cluster cluster)
{
    private const string Hpa = "kube-controller-manager";
    private const string Replicas = """[{"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]}]""";

    private static readonly ApiResource Webhooks =
        ApiResource.Of("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", namespaced: false);

    [Fact]
    public async Task Replicas_that_are_respected_are_the_autoscalers_until_the_rule_goes()
    {
        await using var bed = await StartAsync(Deployment(3, 1), Replicas, respect: true);
        (await ReplicasAsync(bed)).ShouldBe(3, "a new object is made as Git says");

        await CommitAsync(bed, Deployment(3, 2));
        (await ReplicasAsync(bed)).ShouldBe(3, "nobody has scaled, and to leave the field out would make it 1");

        await ScaleAsync(bed, 5);
        await CommitAsync(bed, Deployment(3, 3));
        (await ReplicasAsync(bed)).ShouldBe(5);
        (await ImageAsync(bed)).ShouldBe("example.com/web:3");
        (await OwnAsync(bed)).ShouldNotContain("f:replicas", customMessage: "they are the autoscaler's");

        await ScaleAsync(bed, 6);
        await bed.StopOperatorAsync();
        await bed.StartOperatorAsync();
        await CommitAsync(bed, Deployment(3, 4));
        (await ReplicasAsync(bed)).ShouldBe(6);
        bed.Rows.ShouldNotContain(static row => row.Name == "web");

        await SetRulesAsync(bed, null);
        DriftBed.Describe(await bed.ReportedAsync("web")).ShouldBe($"Modified Deployment/web: spec.replicas {Hpa} Update");
        await bed.UntilObjectAsync(Kinds.Deployment, "web", "is as Git says", static live => live.At("spec", "replicas")!.GetValue<int>() == 3);
        await bed.UntilCalmAsync();
    }

    [Fact]
    public async Task A_rule_that_went_while_nobody_ran_lets_Git_win_too()
    {
        await using var bed = await StartAsync(Deployment(3, 1), Replicas, respect: true);
        await ScaleAsync(bed, 5);
        await CommitAsync(bed, Deployment(3, 2));
        await bed.StopOperatorAsync();
        await SetRulesAsync(bed, null, waits: false);
        await bed.StartOperatorAsync();
        await bed.UntilObjectAsync(Kinds.Deployment, "web", "is as Git says", static live => live.At("spec", "replicas")!.GetValue<int>() == 3);
    }

    [Fact]
    public async Task What_only_our_entry_holds_with_its_live_value_is_Gits_again_without_the_rule()
    {
        await using var bed = await StartAsync(Deployment(3, 1), Replicas, respect: true);
        await CommitAsync(bed, Deployment(2, 2));
        (await ReplicasAsync(bed)).ShouldBe(3);
        (await OwnAsync(bed)).ShouldContain("f:replicas");

        await SetRulesAsync(bed, null);
        await bed.UntilObjectAsync(Kinds.Deployment, "web", "is as Git says", static live => live.At("spec", "replicas")!.GetValue<int>() == 2);
        await bed.UntilCalmAsync();
    }

    [Fact]
    public async Task Replicas_that_Git_lets_go_of_stay_while_they_are_respected()
    {
        await using var bed = await StartAsync(Deployment(3, 1), Replicas, respect: true);
        await CommitAsync(bed, Deployment(3, 2).Replace("  replicas: 3\n", string.Empty, StringComparison.Ordinal));
        (await ReplicasAsync(bed)).ShouldBe(3);
    }

    [Fact]
    public async Task An_ignored_field_is_no_drift_costs_nothing_and_is_still_none_after_a_restart()
    {
        await using var bed = await StartAsync(Deployment(3, 1) + DriftManifests.Separator + DriftManifests.ConfigMap("other"), Replicas);
        bed.Proxy.Forget();
        await ScaleAsync(bed, 5);
        await bed.SettleAsync(Kinds.ConfigMap, "other");
        await bed.StopOperatorAsync();
        await bed.StartOperatorAsync();
        await bed.SettleAsync(Kinds.ConfigMap, "other");
        await ScaleAsync(bed, 4);
        await bed.SettleAsync(Kinds.ConfigMap, "other");

        (await ReplicasAsync(bed)).ShouldBe(4);
        bed.Rows.ShouldNotContain(static row => row.Name == "web");
        bed.RequestsOf("web").Where(static request => request.Resource.StartsWith("deployments", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_respect_a_new_manifest_is_applied_whole_and_a_heal_leaves_the_ignored_field()
    {
        await using var bed = await StartAsync(Deployment(3, 1), Replicas);
        await ScaleAsync(bed, 5);
        await bed.EditAsync(Kinds.Deployment, "web", """{"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "example.com/bad:1"}] } } } }""");
        await bed.UntilObjectAsync(Kinds.Deployment, "web", "is healed", static live => live.Json.ToJsonString().Contains("example.com/web:1", StringComparison.Ordinal));
        await bed.UntilCalmAsync();
        (await ReplicasAsync(bed)).ShouldBe(5, "nobody asked for this field to be set right");
        DriftBed.Describe(await bed.ReportedAsync("web")).ShouldBe("Modified Deployment/web: spec.template.spec.containers[name=main].image kubectl-edit Update");

        await CommitAsync(bed, Deployment(3, 2));
        (await ReplicasAsync(bed)).ShouldBe(3, "a sync sends the manifest as it is");
    }

    [Fact]
    public async Task A_commit_that_changes_only_what_is_ignored_writes_nothing_until_the_rule_goes()
    {
        await using var bed = await StartAsync(Deployment(3, 1), Replicas);
        var before = (await bed.LiveAsync(Kinds.Deployment, "web"))!.ResourceVersion;
        await CommitAsync(bed, Deployment(4, 1));
        (await bed.LiveAsync(Kinds.Deployment, "web"))!.ResourceVersion.ShouldBe(before);

        await SetRulesAsync(bed, null);
        await bed.UntilObjectAsync(Kinds.Deployment, "web", "is as Git says", static live => live.At("spec", "replicas")!.GetValue<int>() == 4);
        await bed.UntilCalmAsync();
    }

    [Fact]
    public async Task Another_rule_is_looked_at_at_once_and_writes_to_nothing_that_is_in_sync()
    {
        await using var bed = await DriftBed.StartAsync(cluster, DriftManifests.All(DriftManifests.Deployment(), DriftManifests.Deployment("other")), selfHeal: false);
        await bed.EditAsync(Kinds.Deployment, "web", """{"metadata": {"labels": {"team": "b"} } }""", "vi");
        await bed.UntilAsync("has drift", static status => status.DriftCount == 1 && status.Sync?.Status == SyncCode.OutOfSync);
        bed.Proxy.Forget();
        await SetRulesAsync(bed, """[{"group": "*", "kind": "Deploy*", "name": "w*", "jqPathExpressions": [".metadata.labels | select(.barrier == \"set\") | .team"]}]""");
        await bed.UntilCalmAsync();
        await SetRulesAsync(bed, """[{"group": "apps", "kind": "Deployment", "name": "other", "jsonPointers": ["/metadata/labels"]}]""");
        await bed.UntilAsync("has drift again", static status => status.DriftCount == 1);
        await SetRulesAsync(bed, """[{"group": "apps", "kind": "Deployment", "managedFieldsManagers": ["vi"]}]""");
        await bed.UntilCalmAsync();
        bed.Proxy.Requests.Where(static request => request.Resource == "deployments" && request.IsWrite).ShouldBeEmpty();
        bed.RequestsOf("other").ShouldBeEmpty();
    }

    [Fact]
    public async Task An_injected_bundle_is_ignored_and_respected()
    {
        await using var bed = await StartAsync(DriftManifests.ConfigMap(), """
            [{"group": "admissionregistration.k8s.io", "kind": "ValidatingWebhookConfiguration", "jqPathExpressions": [".webhooks[]?.clientConfig.caBundle"]}]
            """, respect: true);
        var name = $"{bed.Space.Name}.example.com";
        try
        {
            await CommitAsync(bed, Hooks(name, "Q0E=", 5));
            await cluster.Client.PatchAsync(
                Webhooks, string.Empty, name, PatchType.StrategicMerge,
                JsonNode.Parse("""{"webhooks": [{"name": "a.example.com", "clientConfig": {"caBundle": "TkVX"} }]}""")!, new WriteOptions("cainjector"), TestContext.Current.CancellationToken);
            await CommitAsync(bed, Hooks(name, "Q0E=", 7));
            var live = (await cluster.GetAsync(Webhooks, string.Empty, name))!.At("webhooks")!.AsArray();
            live[0]!["clientConfig"]!["caBundle"]!.GetValue<string>().ShouldBe("TkVX");
            live[0]!["timeoutSeconds"]!.GetValue<int>().ShouldBe(7);
            bed.Rows.ShouldBeEmpty();
        }
        finally
        {
            await cluster.DeleteAsync(Webhooks, string.Empty, name);
        }
    }

    private static string Hooks(string name, string bundle, int timeout) => DriftManifests.ConfigMap() + DriftManifests.Separator + $$"""
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingWebhookConfiguration
        metadata: {name: {{name}} }
        webhooks:
        - name: a.example.com
          admissionReviewVersions: [v1]
          sideEffects: None
          failurePolicy: Ignore
          timeoutSeconds: {{timeout}}
          clientConfig: {url: "https://127.0.0.1:1/x", caBundle: {{bundle}} }
          rules: [{apiGroups: [nobody.example.com], apiVersions: [v1], operations: [CREATE], resources: [things]}]

        """;

    private static string Deployment(int replicas, int image) => DriftManifests.Deployment()
        .Replace("replicas: 2", $"replicas: {replicas}", StringComparison.Ordinal)
        .Replace("example.com/web:1", $"example.com/web:{image}", StringComparison.Ordinal);

    private async Task<DriftBed> StartAsync(string manifests, string rules, bool respect = false)
    {
        var bed = await DriftBed.StartAsync(cluster, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: first}\n");
        await SetRulesAsync(bed, rules, respect);
        await bed.UntilSyncedAsync(bed.Repository.Commit((DriftBed.File, manifests)));
        return bed;
    }

    private async Task SetRulesAsync(DriftBed bed, string? rules, bool respect = false, bool waits = true)
    {
        var options = respect ? """["RespectIgnoreDifferences=true"]""" : "[]";
        var patched = await cluster.MergeAsync(Kinds.Application, bed.Application.Namespace, bed.Application.Name,
            $$"""{"spec": {"ignoreDifferences": {{rules ?? "null"}}, "syncPolicy": {"syncOptions": {{options}} } } }""");
        if (waits)
        {
            await bed.Space.UntilAsync(bed.Application, "has looked at its rules", application => application.Status.ObservedGeneration >= patched.Generation);
        }
    }

    private static async Task CommitAsync(DriftBed bed, string manifests) =>
        await bed.UntilSyncedAsync(bed.Repository.Commit((DriftBed.File, manifests)));

    private static Task ScaleAsync(DriftBed bed, int replicas) =>
        bed.EditAsync(Kinds.Deployment, "web", $$"""{"spec": {"replicas": {{replicas}} } }""", Hpa, "scale");

    private static async Task<int> ReplicasAsync(DriftBed bed) => (await bed.LiveAsync(Kinds.Deployment, "web"))!.At("spec", "replicas")!.GetValue<int>();

    private static async Task<string> ImageAsync(DriftBed bed) =>
        (await bed.LiveAsync(Kinds.Deployment, "web"))!.At("spec", "template", "spec", "containers")![0]!["image"]!.GetValue<string>();

    private static async Task<string> OwnAsync(DriftBed bed) =>
        (await bed.LiveAsync(Kinds.Deployment, "web"))!.Metadata!["managedFields"]!.AsArray()
            .First(static entry => entry!["manager"]!.GetValue<string>() == Names.FieldManager)!["fieldsV1"]!.ToJsonString();
}
