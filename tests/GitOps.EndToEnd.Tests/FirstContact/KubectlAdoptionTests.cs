using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.FirstContact;

/// <summary>Objects that somebody made and worked on with kubectl, and that come under an Application.</summary>
public sealed class KubectlAdoptionTests(Cluster cluster)
{
    [Fact]
    public async Task No_live_setting_is_lost_that_git_does_not_contradict()
    {
        await using var bed = await ContactBed.CreateAsync(cluster);
        var kubectl = Tool.Kubectl(bed.Space);
        await kubectl.RunAsync("apply", "-f", bed.File(Deployment("nginx:1", replicas: "replicas: 2", note: "a")));
        await kubectl.RunAsync("scale", "deployment/web", "--replicas=5");
        await kubectl.RunAsync("set", "image", "deployment/web", "main=nginx:9");
        await kubectl.RunAsync("set", "env", "deployment/web", "LEVEL=debug");
        await kubectl.RunAsync("rollout", "restart", "deployment/web");
        var before = await bed.LiveAsync(Kinds.Deployment, "web");

        var adopted = await bed.AdoptAsync(Deployment("nginx:2", replicas: string.Empty, note: "a"));

        var live = await bed.LiveAsync(Kinds.Deployment, "web");
        live.Uid.ShouldBe(before.Uid);
        live.At("spec", "replicas")!.GetValue<int>().ShouldBe(5);
        Container(live)["image"]!.GetValue<string>().ShouldBe("nginx:2");
        Container(live)["env"]![0]!["value"]!.GetValue<string>().ShouldBe("debug");
        live.At("spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt").ShouldNotBeNull();
        ContactBed.OwnersOf(live, "spec.template.spec.containers[name=main].image").ShouldBe([Names.FieldManager]);

        var entry = adopted.Status.History.Single();
        entry.Changes.ShouldBe(new() { Adopt = 1 });
        entry.Objects.Single().Action.ShouldBe(ChangeAction.Adopt);
        var row = adopted.Status.Drift.Single();
        (row.Change, row.Name).ShouldBe((DriftChange.Adopted, "web"));
        row.Fields.Select(static field => (field.Path, field.Live, field.Desired, field.Manager))
            .ShouldBe([("spec.template.spec.containers[name=main].image", "\"nginx:9\"", "\"nginx:2\"", "kubectl-set")]);
        (adopted.Status.DriftCount ?? 0).ShouldBe(0);
        adopted.Status.Condition(Conditions.Drifted)!.Status.ShouldBe("False");
        await bed.UntilEventAsync("Adopted", "Deployment", "/web from kubectl-client-side-apply", "containers[name=main].image (kubectl-set)", "not in Git");

        // What was in both and is removed from Git goes; what another sync adopts is news, what the last one did is history.
        var next = await bed.CommitAsync(Deployment("nginx:2", replicas: string.Empty, note: null));
        (await bed.LiveAsync(Kinds.Deployment, "web")).Annotation("note").ShouldBeNull();
        next.Status.Drift.ShouldBeEmpty();
        next.Status.History[^1].Changes.ShouldBe(new() { Update = 1 });
    }

    [Theory]
    [InlineData("create", "kubectl-create")]
    [InlineData("apply", "kubectl-client-side-apply")]
    [InlineData("apply --server-side", "kubectl")]
    [InlineData("replace", "kubectl-replace")]
    [InlineData("edit", "kubectl-edit")]
    [InlineData("patch", "kubectl-patch")]
    public async Task What_is_removed_from_git_goes_whoever_had_set_it_too(string how, string manager)
    {
        await using var bed = await ContactBed.CreateAsync(cluster);
        var kubectl = Tool.Kubectl(bed.Space);
        switch (how)
        {
            case "replace":
                await cluster.ApplyAsync(Kinds.ConfigMap, await ParseAsync(bed, Settings("size: '1'")));
                await kubectl.RunAsync("replace", "-f", bed.File(Settings("size: '1', color: blue")));
                break;
            case "edit":
                await cluster.ApplyAsync(Kinds.ConfigMap, await ParseAsync(bed, Settings("size: '1', color: red")));
                await kubectl.RunAsync([("KUBE_EDITOR", "sed -i s/red/blue/")], "edit", "configmap/settings");
                break;
            case "patch":
                await cluster.ApplyAsync(Kinds.ConfigMap, await ParseAsync(bed, Settings("size: '1'")));
                await kubectl.RunAsync("patch", "configmap/settings", "-p", """{"data": {"color": "blue"} }""");
                break;
            default:
                await kubectl.RunAsync([.. how.Split(' '), "-f", bed.File(Settings("size: '1', color: blue, kept: 'yes'"))]);
                break;
        }

        ContactBed.OwnersOf(await bed.LiveAsync(Kinds.ConfigMap, "settings"), "data.color").ShouldBe([manager]);
        await bed.AdoptAsync(Settings("size: '1', color: blue"));
        ContactBed.OwnersOf(await bed.LiveAsync(Kinds.ConfigMap, "settings"), "data.color").ShouldBe([Names.FieldManager]);
        await bed.UntilEventAsync("Adopted", "/settings", manager);

        await bed.CommitAsync(Settings("size: '1'"));
        var live = await bed.LiveAsync(Kinds.ConfigMap, "settings");
        live.At("data", "color").ShouldBeNull();
        live.At("data", "kept")?.GetValue<string>().ShouldBe("yes");
    }

    [Fact]
    public async Task What_is_left_of_a_former_tool_goes_only_where_it_is_told_to()
    {
        await using var bed = await ContactBed.CreateAsync(cluster);
        var kubectl = Tool.Kubectl(bed.Space);
        await kubectl.RunAsync("apply", "-f", bed.File(Settings("size: '1', old: 'yes'")));
        await kubectl.RunAsync("patch", "configmap/settings", "-p", """{"data": {"byHand": "yes"} }""");

        await bed.AdoptAsync(Settings("size: '1'"), static json => json["metadata"]!["annotations"] = new System.Text.Json.Nodes.JsonObject
        {
            [Names.AdoptAnnotation] = "remove-fields",
        });

        var live = await bed.LiveAsync(Kinds.ConfigMap, "settings");
        live.At("data", "old").ShouldBeNull();
        live.Annotation("kubectl.kubernetes.io/last-applied-configuration").ShouldBeNull();
        live.At("data", "byHand")!.GetValue<string>().ShouldBe("yes");
    }

    [Fact]
    public async Task Others_keep_their_shares_unless_the_platform_team_names_them()
    {
        await using var bed = await ContactBed.CreateAsync(cluster);
        await cluster.ApplyAsync(Kinds.ConfigMap, await ParseAsync(bed, Settings("color: blue")), "Terraform");
        await cluster.ApplyAsync(Kinds.ConfigMap, await ParseAsync(bed, Settings("color: blue").Replace("settings", "other", StringComparison.Ordinal)), "pulumi");
        bed.Space.Options = bed.Space.Options with { FormerManagers = ["pulumi"] };

        var adopted = await bed.AdoptAsync(Settings("color: blue") + "\n---\n" + Settings("color: blue").Replace("settings", "other", StringComparison.Ordinal));

        ContactBed.OwnersOf(await bed.LiveAsync(Kinds.ConfigMap, "settings"), "data.color").ShouldBe(["Terraform", Names.FieldManager]);
        ContactBed.OwnersOf(await bed.LiveAsync(Kinds.ConfigMap, "other"), "data.color").ShouldBe([Names.FieldManager]);
        adopted.Status.History.Single().Changes!.Adopt.ShouldBe(2);
        await bed.UntilEventAsync("SharedFields", "/settings (Terraform)", "--former-managers");
    }

    private static async Task<KubernetesObject> ParseAsync(ContactBed bed, string text)
    {
        var parsed = await TestSpace.ParseAsync(text);
        parsed.Metadata!["namespace"] = bed.Space.Target;
        return parsed;
    }

    private static System.Text.Json.Nodes.JsonNode Container(KubernetesObject live) => live.At("spec", "template", "spec", "containers")![0]!;

    private static string Settings(string data) => $$"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings}
        data: { {{data}} }
        """;

    private static string Deployment(string image, string replicas, string? note) => $$"""
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
          labels: {app: web}
          annotations: {{(note is null ? "{}" : "{note: " + note + "}")}}
        spec:
          {{replicas}}
          selector: {matchLabels: {app: web} }
          template:
            metadata: {labels: {app: web} }
            spec:
              containers: [{name: main, image: "{{image}}" }]
        """;
}
