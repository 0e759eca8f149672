using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;

namespace GitOps.EndToEnd.Tests.Drift;

/// <summary>A definition changes under objects that were applied: what the server makes of them then is nobody's edit.</summary>
public sealed class SchemaChangeTests(Cluster cluster)
{
    private const string Color = """ "color": {"type": "string"} """;
    private const string Fields = Color + """, "size": {"type": "integer"} """;

    [Fact]
    public async Task A_field_that_is_added_with_a_default_is_no_drift_and_hides_none()
    {
        var kind = new Kind();
        await using var bed = await StartAsync(kind);
        await kind.DefineAsync(cluster, Version("v1", Fields + """, "mode": {"type": "string", "default": "auto"} """));
        await TouchUntilAsync(bed, kind, static live => live.At("spec", "mode")?.GetValue<string>() == "auto");
        await bed.SettleAsync(kind.Resource, "other");
        bed.Rows.ShouldNotContain(static row => row.Name == "gear");

        await bed.Cluster.MergeAsync(kind.Resource, bed.Target, "gear", """{"spec": {"color": "red"} }""", "vi");
        DriftBed.Describe(await bed.ReportedAsync("gear")).ShouldBe("Modified Gear/gear: spec.color vi Update");
        await bed.UntilObjectAsync(kind.Resource, "gear", "is healed", static live => live.At("spec", "color")!.GetValue<string>() == "blue");
        await bed.UntilCalmAsync();
    }

    [Fact]
    public async Task A_field_that_is_dropped_is_said_to_be_gone_and_what_cannot_be_healed_waits_for_the_manifest()
    {
        var kind = new Kind();
        await using var bed = await StartAsync(kind);
        await kind.DefineAsync(cluster, Version("v1", Color));
        await TouchUntilAsync(bed, kind, static live => live.At("spec", "size") is null);
        DriftBed.Describe(await bed.ReportedAsync("gear")).ShouldBe("Modified Gear/gear: spec.size -");
        await bed.Cluster.MergeAsync(kind.Resource, bed.Target, "gear", """{"spec": {"color": "red"} }""", "vi");
        await bed.ReportedAsync("gear", static row => DriftBed.Describe(row) == "Modified Gear/gear: spec.color vi Update | spec.size -");
        (await bed.Space.UntilConditionAsync(bed.Application, "HealBlocked", "True")).Message!.ShouldContain("size");

        await bed.CommitAsync(kind.Manifests("v1").Replace(", size: 3", string.Empty, StringComparison.Ordinal));
        (await bed.LiveAsync(kind.Resource, "gear"))!.At("spec", "color")!.GetValue<string>().ShouldBe("blue");
        await bed.UntilCalmAsync();
    }

    [Fact]
    public async Task Where_drift_is_reported_an_edit_beside_a_dropped_field_is_told_with_its_author()
    {
        var kind = new Kind();
        await using var bed = await StartAsync(kind, selfHeal: false);
        await kind.DefineAsync(cluster, Version("v1", Color));
        await TouchUntilAsync(bed, kind, static live => live.At("spec", "size") is null);
        await bed.Cluster.MergeAsync(kind.Resource, bed.Target, "gear", """{"spec": {"color": "red"} }""", "vi");
        await bed.ReportedAsync("gear", static row => DriftBed.Describe(row) == "Modified Gear/gear: spec.color vi Update | spec.size -");
    }

    [Fact]
    public async Task A_version_that_is_served_no_more_is_no_deletion_and_the_manifest_may_follow_later()
    {
        var kind = new Kind();
        await using var bed = await StartAsync(kind);
        await kind.DefineAsync(cluster, Version("v1", Fields, isStored: false) + "," + Version("v2", Fields));
        await UntilServedAsync(bed, kind.Of("v2"), isServed: true);
        await bed.Cluster.MergeAsync(kind.Of("v2"), bed.Target, "gear", """{"metadata": {"annotations": {"example.com/note": "x"} } }""", "somebody");
        await bed.SettleAsync(kind.Resource, "other");

        await kind.DefineAsync(cluster, Version("v1", Fields, isServed: false, isStored: false) + "," + Version("v2", Fields));
        await UntilServedAsync(bed, kind.Resource, isServed: false);
        var uid = (await cluster.GetAsync(kind.Of("v2"), bed.Target, "gear"))!.Uid;
        bed.Proxy.DropWatches(reset: true);
        bed.Revision = bed.Repository.Commit((DriftBed.File, kind.Manifests("v2")));
        await bed.UntilSyncedAsync(bed.Revision);
        (await cluster.GetAsync(kind.Of("v2"), bed.Target, "gear"))!.Uid.ShouldBe(uid);
        bed.Rows.ShouldNotContain(static row => row.Name == "gear");

        await bed.Cluster.MergeAsync(kind.Of("v2"), bed.Target, "gear", """{"spec": {"color": "red"} }""", "vi");
        DriftBed.Describe(await bed.ReportedAsync("gear")).ShouldBe("Modified Gear/gear: spec.color vi Update");
        await bed.UntilObjectAsync(kind.Of("v2"), "gear", "is healed", static live => live.At("spec", "color")!.GetValue<string>() == "blue");
        await bed.UntilCalmAsync();
    }

    private Task<DriftBed> StartAsync(Kind kind, bool selfHeal = true) => DriftBed.StartAsync(cluster, () => kind.Manifests("v1"), selfHeal, async space =>
    {
        kind.Space = space;
        await kind.DefineAsync(cluster, Version("v1", Fields));
        await Eventually.IsTrueAsync("the kind is served", async () => await IsServedAsync(kind.Resource, space.Target));
    });

    private static async Task UntilServedAsync(DriftBed bed, ApiResource resource, bool isServed) => await bed.Space.UntilAsync(
        $"{resource.GroupVersionKind} is {(isServed ? string.Empty : "not ")}served", async () => await IsServedAsync(resource, bed.Target, bed.Cluster) == isServed);

    private async Task<bool> IsServedAsync(ApiResource resource, string home) => await IsServedAsync(resource, home, cluster);

    private static async Task<bool> IsServedAsync(ApiResource resource, string home, Cluster cluster)
    {
        try
        {
            await cluster.ListAsync(resource, home);
            return true;
        }
        catch (GitOps.Kubernetes.Http.ApiException refusal) when (refusal.IsNotFound)
        {
            return false;
        }
    }

    /// <summary>Objects are read through the new schema soon after it was stored; a write of something else lets watches see it.</summary>
    private static async Task TouchUntilAsync(DriftBed bed, Kind kind, Func<KubernetesObject, bool> isSo)
    {
        var round = 0;
        await bed.Space.UntilAsync("the new schema is in force", async () => isSo(await bed.Cluster.MergeAsync(
            kind.Resource, bed.Target, "gear", $$"""{"metadata": {"annotations": {"example.com/round": "{{round++}}"} } }""", "toucher")));
    }

    private static string Version(string name, string fields, bool isServed = true, bool isStored = true) => $$"""
        {"name": "{{name}}", "served": {{(isServed ? "true" : "false")}}, "storage": {{(isStored ? "true" : "false")}},
         "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object", "properties": { {{fields}} } } } } } }
        """;

    private sealed class Kind
    {
        public TestSpace? Space { get; set; }

        public ApiResource Resource => Of("v1");

        private string Group => $"{Space!.Name}.example.com";

        public ApiResource Of(string version) => ApiResource.Of($"{Group}/{version}", "Gear", "gears", namespaced: true);

        public Task<KubernetesObject> DefineAsync(Cluster cluster, string versions) => cluster.ApplyAsync(Kinds.Definition, KubernetesObject.Parse($$"""
            {
              "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "gears.{{Group}}"},
              "spec": {
                "group": "{{Group}}", "scope": "Namespaced", "names": {"kind": "Gear", "listKind": "GearList", "plural": "gears", "singular": "gear"},
                "versions": [{{versions}}]
              }
            }
            """));

        public string Manifests(string version) => DriftManifests.All(Manifest(version, "gear"), Manifest(version, "other"));

        private string Manifest(string version, string name) => $$"""
            apiVersion: {{Group}}/{{version}}
            kind: Gear
            metadata: {name: {{name}}, labels: {barrier: set} }
            spec: {color: blue, size: 3}

            """;
    }
}
