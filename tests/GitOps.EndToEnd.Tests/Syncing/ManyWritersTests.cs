using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;

namespace GitOps.EndToEnd.Tests.Syncing;

/// <summary>A person, another operator and a pipeline write to one Application's objects while commit after commit is synced in waves.</summary>
public sealed class ManyWritersTests(Cluster cluster)
{
    private const string Person = "kubectl-edit";
    private const string Operator = "other-operator";
    private const string Pipeline = "kubectl-client-side-apply";
    private const int Commits = 4;

    [Fact]
    public async Task What_stands_in_Git_comes_out_and_everybody_is_named()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "writers");
        await using var player = new WorkloadPlayer(space);
        var repository = space.NewRepository();
        var head = Commit(repository, 0);
        var application = await space.CreateApplicationAsync("web", repository);
        var proxy = await space.StartProxyAsync();
        await space.StartOperatorAsync(proxy);
        await space.UntilSyncedAsync(application, head);
        proxy.Forget();

        var edits = 0;
        for (var commit = 1; commit <= Commits; commit++)
        {
            head = Commit(repository, commit);
            await Task.WhenAll(EditAsync(commit), TakeAsync(commit), DeployAsync(commit));
            edits += 3;
            await space.UntilSyncedAsync(application, head, TimeSpan.FromSeconds(120));
        }

        await space.UntilAsync("everything is as in Git", async () =>
            await ValueAsync("first") == $"{Commits}" && await ValueAsync("second") == $"{Commits}"
            && (await cluster.GetAsync(Kinds.Deployment, space.Target, "web"))!.Json["spec"]!["replicas"]!.GetValue<int>() == 1, TimeSpan.FromSeconds(120));
        await space.UntilSyncedAsync(application, head, TimeSpan.FromSeconds(120));

        // Each commit and each edit costs a few writes; a fight would cost hundreds.
        var writes = proxy.Requests.Count(static request => request is { IsWrite: true, Resource: "configmaps" or "deployments" or "jobs" });
        writes.ShouldBeLessThan((Commits * 8) + (edits * 4), string.Join('\n', proxy.Requests.Where(static request => request.IsWrite)));
        var notes = string.Join('\n', (await cluster.ListAsync(Kinds.Event, application.Namespace))
            .Select(static found => $"{KubernetesObject.GetString(found.Json, "reason")} {KubernetesObject.GetString(found.Json, "note")}"));
        notes.ShouldContain(Person);
        notes.ShouldContain(Operator);
        notes.ShouldContain(Pipeline);

        async Task<string?> ValueAsync(string name) => (await cluster.GetAsync(Kinds.ConfigMap, space.Target, name))?.Json["data"]?["key"]?.ToString();

        Task EditAsync(int number) => EnsureAsync(() => cluster.MergeAsync(
            Kinds.ConfigMap, space.Target, "first", $$$"""{"data": {"key": "person-{{{number}}}"} }""", Person));

        Task TakeAsync(int number) => EnsureAsync(() => cluster.ApplyAsync(Kinds.ConfigMap, new KubernetesObject(new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject { ["namespace"] = space.Target, ["name"] = "second" },
            ["data"] = new JsonObject { ["key"] = $"operator-{number}" },
        }), Operator));

        Task DeployAsync(int number) => EnsureAsync(() => cluster.MergeAsync(
            Kinds.Deployment, space.Target, "web", $$$"""{"spec": {"replicas": {{{number + 1}}} } }""", Pipeline));
    }

    private static async Task EnsureAsync(Func<Task> write) =>
        await Eventually.IsTrueAsync("the write is taken", async () =>
        {
            try
            {
                await write();
                return true;
            }
            catch (ApiException refusal) when (refusal.IsConflict)
            {
                return false;
            }
        });

    private static string Commit(GitRepo repository, int number) => repository.Commit(
        ("pre.yaml", Workloads.Job("name: before", Workloads.Argo("hook=PreSync"))),
        ("web.yaml", Workloads.Deployment("web")),
        ("first.yaml", InWave("first", 0, number)), ("second.yaml", InWave("second", 1, number)));

    private static string InWave(string name, int wave, int number) => $$"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: "{{name}}", annotations: {{Workloads.Argo($"sync-wave={wave}")}} }
        data: {key: "{{number}}"}

        """;
}
