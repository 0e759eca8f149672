using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.FirstContact;

/// <summary>Other reconcilers that have, or had, the same objects.</summary>
public sealed class ForeignManagerTests(Cluster cluster)
{
    private const string Argo = "argocd.argoproj.io/tracking-id";

    [Theory]
    [InlineData("argocd-controller", "annotations", Argo, "shop:/ConfigMap:NS/settings", "Argo CD's Application shop", "argocd app set shop --sync-policy none")]
    [InlineData("kustomize-controller", "labels", "kustomize.toolkit.fluxcd.io/name", "apps", "Flux's Kustomization apps", "flux suspend kustomization apps")]
    [InlineData("helm-controller", "labels", "helm.toolkit.fluxcd.io/name", "shop", "Flux's HelmRelease shop", "flux suspend helmrelease shop")]
    [InlineData("configsync", "annotations", "configmanagement.gke.io/managed", "enabled", "Config Sync", "configmanagement.gke.io/managed: disabled")]
    [InlineData("kapp", "labels", "kapp.k14s.io/app", "123", "kapp's app 123", "no more kapp deploy")]
    public async Task A_mark_is_told_with_what_to_switch_off_until_it_goes(string manager, string map, string key, string value, string name, string way)
    {
        await using var bed = await ContactBed.CreateAsync(cluster);
        await cluster.ApplyAsync(Kinds.ConfigMap, await MarkedAsync(bed, "red", map, key, value), manager);
        await bed.AdoptAsync(Settings("blue"));

        var told = await bed.UntilForeignAsync("Marked");
        told.Message.ShouldContain(name);
        told.Message.ShouldContain(way);
        told.Message.ShouldContain($"ConfigMap {bed.Space.Target}/settings");
        await bed.UntilEventAsync("ForeignManager", name);

        await cluster.MergeAsync(Kinds.ConfigMap, bed.Space.Target, "settings", $$"""{"metadata": {"{{map}}": {"{{key}}": null} } }""");
        await bed.UntilNotForeignAsync();
    }

    [Fact]
    public async Task One_that_writes_on_is_told_to_be_active_and_fought_with_openly()
    {
        await using var bed = await ContactBed.CreateAsync(cluster);
        var theirs = await MarkedAsync(bed, "red", "annotations", Argo, "team_shop:/ConfigMap:NS/settings");
        await cluster.ApplyAsync(Kinds.ConfigMap, theirs, "argocd-controller");
        await bed.AdoptAsync(Settings("blue"), static json => json["spec"]!["syncPolicy"]!["automated"]!["selfHeal"] = false);
        await bed.UntilForeignAsync("Marked");

        // Times of field managers are in seconds: it writes until it has written in a later one.
        await Eventually.IsTrueAsync("it is told to be active", async () =>
        {
            await cluster.Client.ApplyAsync(Kinds.ConfigMap, theirs, new("argocd-controller"), TestContext.Current.CancellationToken);
            await cluster.MergeAsync(Kinds.ConfigMap, bed.Space.Target, "settings", """{"data": {"color": "green"} }""", "argocd-controller");
            return (await bed.Space.FindApplicationAsync(bed.Application))!.Status.Condition(Conditions.ForeignManager)?.Reason == "Active";
        });
        var told = await bed.UntilForeignAsync("Active");
        told.Message.ShouldContain("Argo CD's Application team/shop");
        told.Message.ShouldContain("overwrite each other");
        (await bed.Space.UntilConditionAsync(bed.Application, Conditions.Drifted, "True")).Message.ShouldContain("argocd-controller");
    }

    [Theory]
    [InlineData("annotations", Argo, "shop:/ConfigMap:NS/another")]
    [InlineData("annotations", "configmanagement.gke.io/managed", "disabled")]
    [InlineData("labels", "app.kubernetes.io/instance", "shop")]
    public async Task What_is_no_mark_is_not_told(string map, string key, string value)
    {
        await using var bed = await ContactBed.CreateAsync(cluster);
        await cluster.ApplyAsync(Kinds.ConfigMap, await MarkedAsync(bed, "red", map, key, value));
        var synced = await bed.AdoptAsync(Settings("blue"));
        synced.Status.Condition(Conditions.ForeignManager).ShouldBeNull();
        (await bed.EventsAsync("ForeignManager")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_mark_that_stands_in_the_manifest_is_not_told()
    {
        await using var bed = await ContactBed.CreateAsync(cluster);
        await cluster.ApplyAsync(Kinds.ConfigMap, await MarkedAsync(bed, "red", "labels", "kustomize.toolkit.fluxcd.io/name", "apps"), "kustomize-controller");
        var synced = await bed.AdoptAsync(Settings("blue").Replace("settings}", "settings, labels: {kustomize.toolkit.fluxcd.io/name: apps}}", StringComparison.Ordinal));
        synced.Status.Condition(Conditions.ForeignManager).ShouldBeNull();
    }

    [Fact]
    public async Task It_survives_a_restart_and_is_not_told_twice()
    {
        await using var bed = await ContactBed.CreateAsync(cluster);
        await cluster.ApplyAsync(Kinds.ConfigMap, await MarkedAsync(bed, "red", "labels", "kapp.k14s.io/app", "1"), "kapp");
        await bed.AdoptAsync(Settings("blue"));
        var told = await bed.UntilForeignAsync("Marked");
        await bed.UntilEventAsync("ForeignManager", "kapp");

        await bed.RestartAsync();
        await cluster.MergeAsync(Kinds.ConfigMap, bed.Space.Target, "settings", """{"data": {"color": "green"} }""");
        await bed.Space.UntilObjectAsync(Kinds.ConfigMap, bed.Space.Target, "settings", "is healed", static live => live.At("data", "color")!.GetValue<string>() == "blue");
        (await bed.UntilForeignAsync("Marked")).ShouldBe(told);
        (await bed.EventsAsync("ForeignManager")).Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("--server-side=true")]
    [InlineData("--server-side=false")]
    public async Task A_release_of_helm_is_told_until_it_is_forgotten(string way)
    {
        await using var bed = await ContactBed.CreateAsync(cluster);
        var helm = Tool.Helm(bed.Space);
        var chart = Chart(bed);
        await helm.RunAsync("install", "shop", chart, way);
        await helm.RunAsync("upgrade", "shop", chart, way, "--set", "color=red");

        var adopted = await bed.AdoptAsync(Settings("blue"));

        adopted.Status.History.Single().Changes!.Adopt.ShouldBe(1);
        var row = adopted.Status.Drift.Single();
        row.Fields.Select(static field => (field.Path, field.Live, field.Desired, field.Manager)).ShouldBe([("data.color", "\"red\"", "\"blue\"", "helm")]);
        var live = await bed.LiveAsync(Kinds.ConfigMap, "settings");
        live.At("data", "only")!.GetValue<string>().ShouldBe("of the chart");
        ContactBed.OwnersOf(live, "data.size").ShouldBe([Names.FieldManager]);
        var told = await bed.UntilForeignAsync("Marked");
        told.Message.ShouldContain($"Helm's release {bed.Space.Target}/shop");
        told.Message.ShouldContain($"kubectl delete secret -n {bed.Space.Target} -l owner=helm,name=shop");

        // As the message says.
        await Tool.Kubectl(bed.Space).RunAsync("delete", "secret", "-l", "owner=helm,name=shop", "--timeout=20s");
        await bed.UntilNotForeignAsync();
        await bed.CommitAsync(Settings("blue").Replace(", size: '1'", string.Empty, StringComparison.Ordinal));
        (await bed.LiveAsync(Kinds.ConfigMap, "settings")).At("data", "size").ShouldBeNull();
    }

    private static string Chart(ContactBed bed)
    {
        var chart = bed.Cluster.NewDirectory("chart");
        Directory.CreateDirectory(Path.Combine(chart, "templates"));
        File.WriteAllText(Path.Combine(chart, "Chart.yaml"), "apiVersion: v2\nname: shop\nversion: 1.0.0\n");
        File.WriteAllText(Path.Combine(chart, "values.yaml"), "color: green\n");
        File.WriteAllText(Path.Combine(chart, "templates", "settings.yaml"), """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: settings}
            data: {color: {{ .Values.color }}, size: '1', only: of the chart}
            """);
        return chart;
    }

    private static async Task<KubernetesObject> MarkedAsync(ContactBed bed, string color, string map, string key, string value)
    {
        var made = await TestSpace.ParseAsync(Settings(color));
        made.Metadata!["namespace"] = bed.Space.Target;
        made.Metadata[map] = new System.Text.Json.Nodes.JsonObject { [key] = value.Replace("NS", bed.Space.Target, StringComparison.Ordinal) };
        return made;
    }

    private static string Settings(string color) => $$"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings}
        data: {color: {{color}}, size: '1'}
        """;
}
