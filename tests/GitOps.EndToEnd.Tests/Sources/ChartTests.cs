using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.FirstContact;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.EndToEnd.Tests.Syncing;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Sources;

/// <summary>A chart of one repository with the values of another, from commit to cluster, through the real helm in its jail.</summary>
public sealed class ChartTests(Cluster cluster)
{
    [Fact]
    public async Task A_chart_with_values_of_another_repository_is_deployed_healed_and_rendered_only_for_what_it_reads()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "chart");
        var (charts, values, application) = await CreateAsync(space);
        await using var player = new WorkloadPlayer(space);
        var running = await space.StartOperatorAsync();

        var synced = await UntilSyncedAsync(space, application, charts.Head, values.Head);
        (await ValueAsync(space, "web-settings")).ShouldBe("from the values");
        synced.Status.Sync!.HelmVersion.ShouldNotBeNull().ShouldStartWith("v");
        synced.Status.History.ShouldHaveSingleItem().Objects.Select(static row => row.Name).ShouldContain("web-settings", StringComparer.Ordinal);
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "web-test")).ShouldBeNull("a test of the chart is not deployed");
        (await cluster.GetAsync(Kinds.Job, space.Target, "web-migrate")).ShouldBeNull("the hook has run, and is gone as it asks");

        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "web-settings", """{"data": {"key": "by hand"} }""");
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "web-settings", "is healed", static found => Value(found) == "from the values");

        // What the chart reads of neither repository renders nothing.
        var renderings = await RenderingsAsync(running);
        charts.Commit(("other/README.md", "not of the chart"));
        values.Commit(("env/other.yaml", "key: of somebody else"));
        await space.UntilAsync(application, "has looked at both commits", found => found.Status.Sync is { Status: SyncCode.Synced });
        var changed = values.Commit(("env/production.yaml", "key: changed"));
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "web-settings", "is changed", static found => Value(found) == "changed");
        (await RenderingsAsync(running)).ShouldBe(renderings + 1);
        (await space.UntilAsync(application, "has told", found => found.Status.History.Length == 2)).Status.History[^1].Revisions[1].ShouldBe(changed);
    }

    [Fact]
    public async Task Values_that_the_chart_refuses_are_said_with_helms_words_and_what_was_applied_stays()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "chart");
        var (charts, values, application) = await CreateAsync(space);
        await using var player = new WorkloadPlayer(space);
        await space.StartOperatorAsync();
        string[] applied = [charts.Head, values.Head];
        await UntilSyncedAsync(space, application, applied);

        values.Commit(("env/production.yaml", "key: 7"));
        var refused = await space.UntilConditionAsync(application, "SourceReady", "False", "RenderFailed");
        refused.Message.ShouldContain("spec.sources[0]/charts/web");
        refused.Message.ShouldContain("'/key': got number, want string");
        (await ValueAsync(space, "web-settings")).ShouldBe("from the values");

        // What is rendered now is what was rendered then.
        values.Revert();
        await space.UntilConditionAsync(application, "SourceReady", "True");
        await UntilSyncedAsync(space, application, applied);
    }

    private static async Task<(GitRepo Charts, GitRepo Values, NamespacedName Application)> CreateAsync(TestSpace space)
    {
        space.Options = space.Options with { Helm = Tool.HelmProgram() };
        var (charts, values) = (space.NewRepository(), space.NewRepository());
        charts.Commit(
            ("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
            ("charts/web/values.yaml", "key: default\n"),
            ("charts/web/values.schema.json", """{"properties": {"key": {"type": "string"} } }"""),
            ("charts/web/templates/settings.yaml", Map("settings", string.Empty)),
            ("charts/web/templates/tests/test.yaml", Map("test", "helm.sh/hook: test")),
            ("charts/web/templates/migrate.yaml", """
                apiVersion: batch/v1
                kind: Job
                metadata:
                  name: {{ .Release.Name }}-migrate
                  annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: "before-hook-creation,hook-succeeded"}
                spec:
                  template:
                    spec:
                      restartPolicy: Never
                      containers: [{name: migrate, image: registry.example.com/migrate:1}]
                """));
        values.Commit(("env/production.yaml", "key: from the values\n"));
        var application = await space.CreateApplicationAsync("web", charts, change: json =>
        {
            var spec = json["spec"]!.AsObject();
            spec.Remove("source");
            spec["sources"] = new JsonArray(
                new JsonObject
                {
                    ["repoURL"] = charts.Url,
                    ["targetRevision"] = "main",
                    ["path"] = "charts/web",
                    ["helm"] = new JsonObject { ["valueFiles"] = new JsonArray("$values/env/production.yaml") },
                },
                new JsonObject { ["repoURL"] = values.Url, ["targetRevision"] = "main", ["ref"] = "values" });
        });
        return (charts, values, application);
    }

    private static string Map(string name, string annotations) => $$$"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: "{{ .Release.Name }}-{{{name}}}", annotations: { {{{annotations}}} } }
        data: {key: "{{ .Values.key }}"}
        """;

    private static Task<ApplicationResource> UntilSyncedAsync(TestSpace space, NamespacedName application, params string[] revisions) =>
        space.UntilAsync(application, $"is synced to {string.Join(", ", revisions)}", found =>
            found.Status.Sync is { Status: SyncCode.Synced } sync && sync.Revisions.SequenceEqual(revisions, StringComparer.Ordinal)
            && found.Status.Condition(Conditions.Ready)?.Status == "True");

    private static async Task<int> RenderingsAsync(OperatorInstance running) => (await running.MetricsAsync()).Split('\n')
        .Where(static line => line.StartsWith("gitops_operator_renders_total", StringComparison.Ordinal) && !line.Contains("cached", StringComparison.Ordinal))
        .Sum(static line => int.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    private async Task<string?> ValueAsync(TestSpace space, string name) => Value(await cluster.GetAsync(Kinds.ConfigMap, space.Target, name));

    private static string? Value(KubernetesObject? map) => map?.At("data", "key")?.GetValue<string>();
}
