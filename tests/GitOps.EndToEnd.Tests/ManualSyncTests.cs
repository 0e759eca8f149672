using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.EndToEnd.Tests;

/// <summary>An Application without <c>syncPolicy.automated</c> writes nothing and says what a sync would do.</summary>
public sealed class ManualSyncTests(Cluster cluster)
{
    [Fact]
    public async Task The_plan_says_what_would_change_and_follows_what_others_do()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "manual");
        await cluster.ApplyAsync(Kinds.ConfigMap, Existing(space, "same", "wanted"));
        await cluster.ApplyAsync(Kinds.ConfigMap, Existing(space, "other", "found"));
        var repository = space.NewRepository();
        repository.Commit(
            ("new.yaml", Manifests.ConfigMap("new", "wanted")), ("same.yaml", Manifests.ConfigMap("same", "wanted")),
            ("other.yaml", Manifests.ConfigMap("other", "wanted")));
        var application = await space.CreateApplicationAsync("web", repository, change: static json =>
            json["spec"]!["syncPolicy"]!.AsObject().Remove("automated"));
        var proxy = await space.StartProxyAsync();
        await space.StartOperatorAsync(proxy);
        var told = await UntilPlanAsync(space, application, "Create new", "Update other");
        told.Status.Sync!.Status.ShouldBe(SyncCode.OutOfSync);
        var row = told.Status.Plan!.Changes.Single(static row => row.Name == "other");
        var field = row.Fields.Single();
        (field.Path, field.Change, field.Live, field.Desired).ShouldBe(("data.key", FieldChange.Changed, "\"found\"", "\"wanted\""));
        row.Diff.ShouldNotBeNull().ShouldContain("\n-  key: found\n+  key: wanted\n");

        // Somebody changes objects by hand: the plan follows.
        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "same", """{"data": {"key": "by-hand"}}""");
        await UntilPlanAsync(space, application, "Create new", "Update other", "Update same");
        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "other", """{"data": {"key": "wanted"}}""");
        await UntilPlanAsync(space, application, "Create new", "Update same");
        await cluster.DeleteAsync(Kinds.ConfigMap, space.Target, "other");
        await UntilPlanAsync(space, application, "Create new", "Create other", "Update same");

        proxy.Requests.Where(static request => request.IsWrite && request.Group != Names.Group && request.Resource != "secrets").ShouldBeEmpty();
        (await cluster.ListAsync(Kinds.ConfigMap, space.Target)).ShouldAllBe(static found => found.Label(Names.ApplicationLabel) == null);

        // Told to sync by itself, it does what the plan said.
        await cluster.MergeAsync(Kinds.Application, application.Namespace, application.Name, """{"spec": {"syncPolicy": {"automated": {"prune": true}}}}""");
        await space.UntilSyncedAsync(application, repository.Head);
        (await space.FindApplicationAsync(application))!.Status.Plan.ShouldBeNull();
    }

    private static Task<ApplicationResource> UntilPlanAsync(TestSpace space, NamespacedName application, params string[] rows) =>
        space.UntilAsync(application, $"plans {string.Join(", ", rows)}", found =>
            found.Status.Plan is { } plan
            && plan.Changes.Select(static row => $"{row.Action} {row.Name}").Order(StringComparer.Ordinal).SequenceEqual(rows, StringComparer.Ordinal));

    private static KubernetesObject Existing(TestSpace space, string name, string value) => KubernetesObject.Parse($$"""
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "{{space.Target}}", "name": "{{name}}"}, "data": {"key": "{{value}}"} }
        """);
}
