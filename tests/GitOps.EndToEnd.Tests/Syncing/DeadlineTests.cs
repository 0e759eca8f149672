using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;

namespace GitOps.EndToEnd.Tests.Syncing;

public sealed class DeadlineTests(Cluster cluster)
{
    [Theory]
    [InlineData("wave", """{"wave":"2s"}""", "spec.deadlines.wave")]
    [InlineData("hook", """{"hook":"2s"}""", "spec.deadlines.hook")]
    [InlineData("operation", """{"operation":"2s"}""", "spec.deadlines.operation")]
    public async Task What_does_not_end_has_failed(string which, string deadlines, string expected)
    {
        await using var space = await TestSpace.CreateAsync(cluster, $"late-{which}");
        var repository = space.NewRepository();
        repository.Commit(
            ("db.yaml", which == "hook" ? Workloads.Job("name: db", Workloads.Argo("hook=Sync")) : Workloads.Deployment("db")),
            ("z.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: z, annotations: {gitops-operator.dev/sync-wave: '1'}}\n"));
        var application = await space.CreateApplicationAsync("web", repository, change: json =>
        {
            json["spec"]!["deadlines"] = JsonNode.Parse(deadlines);
            json["spec"]!["syncPolicy"]!["retry"]!["backoff"]!["duration"] = "1h";
        });
        await space.StartOperatorAsync();

        var failed = await space.UntilFailedAsync(application);
        failed.Message.ShouldContain(expected);
        failed.Message.ShouldContain("db");
        (await space.HasAsync("z")).ShouldBeFalse();
    }
}
