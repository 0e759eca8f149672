using System.Text;
using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Operator.Reconcile.Reports;

namespace GitOps.EndToEnd.Tests.Sources;

/// <summary>Charts of repositories on real servers, from publishing to cluster.</summary>
public sealed class ChartRepositoryTests(Cluster cluster)
{
    [Fact]
    public async Task An_application_follows_a_range_of_versions_of_a_private_repository_with_an_index()
    {
        await using var bed = await ChartRepositoryBed.WithIndexAsync(cluster);
        var space = bed.Space;
        await bed.PublishAsync("1.0.0", null);
        await bed.PublishAsync("2.0.0", null);
        await bed.DeployAsync("^1.0");
        var running = await space.StartOperatorAsync();

        await space.UntilConditionAsync(bed.Application, StatusConditions.SourceReady, "False", "UntrustedServer");
        await bed.AllowAsync();
        await space.UntilSyncedAsync(bed.Application, "1.0.0");
        (await bed.ValueAsync()).ShouldBe("1.0.0");

        await bed.PublishAsync("1.1.0", null);
        await space.UntilSyncedAsync(bed.Application, "1.1.0");
        (await bed.ValueAsync()).ShouldBe("1.1.0");

        // What helm says is said, and the former state stays.
        await bed.PublishAsync("1.2.0", ChartRepositoryBed.Map("{key: {{ required \"say what is missing\" .Values.missing }} }"));
        var broken = await space.UntilConditionAsync(bed.Application, StatusConditions.SourceReady, "False", "RenderFailed");
        broken.Message.ShouldContain("say what is missing");
        (await bed.ValueAsync()).ShouldBe("1.1.0");
        await bed.HealAsync("1.1.0");
        await bed.PublishAsync("1.2.1", null);
        await space.UntilSyncedAsync(bed.Application, "1.2.1");

        bed.Index!.Stop();
        var lost = await space.UntilConditionAsync(bed.Application, StatusConditions.SourceReady, "False", "Unreachable");
        lost.Message.ShouldContain($"localhost:{bed.Index.Port}");
        await bed.HealAsync("1.2.1");
        (await space.FindApplicationAsync(bed.Application))!.Status.Sync!.Revision.ShouldBe("1.2.1");

        await bed.Index.StartAsync();
        await bed.PublishAsync("1.3.0", null);
        await space.UntilSyncedAsync(bed.Application, "1.3.0");

        // The login is nowhere that somebody could read.
        var events = await cluster.ListAsync(Kinds.Event, bed.Application.Namespace);
        var stored = (await cluster.GetAsync(Kinds.Application, bed.Application.Namespace, bed.Application.Name))!;
        var shown = string.Join('\n', [stored.Json.ToJsonString(), .. events.Select(static item => item.Json.ToJsonString()), .. running.Log]);
        shown.ShouldNotContain(ChartRepositoryBed.Password);
        shown.ShouldNotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes($"{ChartRepositoryBed.User}:{ChartRepositoryBed.Password}")));
    }

    [Fact]
    public async Task An_application_follows_a_range_of_versions_of_a_registry()
    {
        await using var bed = await ChartRepositoryBed.WithRegistryAsync(cluster);
        await bed.PublishAsync("1.0.0", null);
        await bed.AllowAsync();
        await bed.DeployAsync("1.x");
        await bed.Space.StartOperatorAsync();
        await bed.Space.UntilSyncedAsync(bed.Application, "1.0.0");

        await bed.PublishAsync("1.0.1", null);
        await bed.Space.UntilSyncedAsync(bed.Application, "1.0.1");
        (await bed.ValueAsync()).ShouldBe("1.0.1");

        await bed.PublishAsync("1.0.2", ChartRepositoryBed.Map("{key: [no text]}"));
        await bed.Space.UntilAsync(bed.Application, "says that the API server refuses it", static found => found.Status.Sync?.Revision == "1.0.2" && found.Status.Conditions.Any(
            static condition => condition.Message?.Contains("web-settings", StringComparison.Ordinal) == true));
        (await bed.ValueAsync()).ShouldBe("1.0.1");
        await bed.PublishAsync("1.0.3", null);
        await bed.Space.UntilSyncedAsync(bed.Application, "1.0.3");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_version_that_is_published_anew_is_deployed_and_said_to_be_replaced(bool hasIndex)
    {
        await using var bed = hasIndex ? await ChartRepositoryBed.WithIndexAsync(cluster) : await ChartRepositoryBed.WithRegistryAsync(cluster);
        await bed.PublishAsync("1.0.0", null);
        await bed.AllowAsync();
        await bed.DeployAsync("1.0.0");
        await bed.Space.StartOperatorAsync();
        await bed.Space.UntilSyncedAsync(bed.Application, "1.0.0");
        (await bed.ValueAsync()).ShouldBe("1.0.0");

        await bed.PublishAsync("1.0.0", ChartRepositoryBed.Map("{key: other content}"));
        await bed.Space.UntilObjectAsync(Kinds.ConfigMap, bed.Space.Target, "web-settings", "has the other content", static found => found.At("data", "key")?.GetValue<string>() == "other content");
        var said = await bed.Space.UntilConditionAsync(bed.Application, StatusConditions.SourceWarning, "True", "Warning");
        said.Message.ShouldContain("chart web 1.0.0 was replaced in its repository: it was sha256:");
        var synced = await bed.Space.UntilSyncedAsync(bed.Application, "1.0.0");
        synced.Status.History.Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_kustomization_brings_a_chart_of_a_private_repository()
    {
        await using var bed = await ChartRepositoryBed.WithIndexAsync(cluster);
        var space = bed.Space;
        await bed.PublishAsync("1.0.0", null);
        await bed.PublishAsync("1.1.0", ChartRepositoryBed.Map("{key: \"{{ .Values.key }}\", namespace: {{ .Release.Namespace }} }"));
        await bed.AllowAsync();
        var repository = space.NewRepository();
        repository.Commit(("kustomization.yaml", Kustomization("1.0.0")), ("patch.yaml", "- {op: add, path: /metadata/labels, value: {patched: 'yes'}}"));
        var application = await space.CreateApplicationAsync("shop", repository, change: static json => json["spec"]!["source"]!["kustomize"] = new JsonObject { ["kubeVersion"] = "1.30.0" });
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, repository.Head);
        (await bed.ValueAsync()).ShouldBe("1.0.0");

        var second = repository.Commit(("kustomization.yaml", Kustomization("1.1.0")));
        var synced = await space.UntilSyncedAsync(application, second);
        (await bed.ValueAsync()).ShouldBe("inline");
        var map = (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "web-settings"))!;
        map.At("metadata", "labels", "patched")!.GetValue<string>().ShouldBe("yes");
        map.At("data", "namespace")!.GetValue<string>().ShouldBe(space.Target);
        synced.Status.Sync!.HelmVersion.ShouldNotBeNull().ShouldStartWith("v");

        repository.Commit(("kustomization.yaml", Kustomization("9.9.9")));
        var missing = await space.UntilConditionAsync(application, StatusConditions.SourceReady, "False", "RenderFailed");
        missing.Message.ShouldContain("kustomization.yaml: helmCharts: chart 'web'");
        missing.Message.ShouldContain("9.9.9");
        (await bed.ValueAsync()).ShouldBe("inline");

        string Kustomization(string version) => $$"""
            namespace: {{space.Target}}
            helmCharts:
            - {name: web, repo: "{{bed.Url}}", version: {{version}}, releaseName: web, valuesInline: {key: inline} }
            patches:
            - path: patch.yaml
              target: {kind: ConfigMap}
            """;
    }
}
