using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Sources;

/// <summary>Secrets in plain text among the manifests: told of or refused, and never shown.</summary>
public sealed class SecretPolicyTests(Cluster cluster)
{
    private const string Value = "Kd83hGq0ZxW5tPn2LsVb7RyCm4JfTa9EuQoI";

    [Fact]
    public async Task A_secret_in_Git_is_told_of_once_and_applied()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "secrets");
        var repository = space.NewRepository();
        var first = repository.Commit(("db.yaml", Manifests.Secret("db", Value)), ("web.yaml", Manifests.ConfigMap("web", "ghp_" + Value)));
        var application = await space.CreateApplicationAsync("web", repository);
        var running = await space.StartOperatorAsync();
        var synced = await space.UntilSyncedAsync(application, first);
        var told = synced.Status.Condition(Conditions.SecretsInGit).ShouldNotBeNull();
        (told.Status, told.Reason).ShouldBe(("True", "SecretsFound"));
        told.Message.ShouldBe(
            "2 secret(s) in plain text: Secret db (db.yaml:1): stringData.key: a value of a Secret; ConfigMap web (web.yaml:1): data.key: a GitHub token");
        (await cluster.GetAsync(Kinds.Secret, space.Target, "db")).ShouldNotBeNull();
        (await running.MetricsAsync()).ShouldContain("gitops_operator_secrets_in_git{policy=\"warned\"} 1\n");

        // The same of another commit is no news.
        var second = repository.Commit(("more.yaml", Manifests.ConfigMap("more", "x")));
        await space.UntilSyncedAsync(application, second);
        await space.UntilAsync("the event is there", async () => await EventsAsync(space) == 1);

        var third = repository.Commit(("db.yaml", null), ("web.yaml", Manifests.ConfigMap("web", "fine")));
        (await space.UntilSyncedAsync(application, third)).Status.Condition(Conditions.SecretsInGit).ShouldBeNull();
        (await EventsAsync(space)).ShouldBe(1);
        string.Join('\n', running.Log).ShouldNotContain(Value[..12]);
    }

    [Fact]
    public async Task Nothing_of_a_commit_with_a_secret_is_written_where_that_is_denied()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "secrets");
        var repository = space.NewRepository();
        var first = repository.Commit(("web.yaml", Manifests.ConfigMap("web", "one")));
        var application = await space.CreateApplicationAsync(
            "web", repository, change: static application => application["spec"]!["secretPolicy"] = "Deny");
        var running = await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, first);

        repository.Commit(("web.yaml", Manifests.ConfigMap("web", "two")), ("db.yaml", Manifests.Secret("db", Value)));
        var held = await space.UntilConditionAsync(application, Conditions.SecretsInGit, "True", "SecretsDenied");
        held.Message.ShouldStartWith("nothing of this commit is written: 1 secret(s) in plain text: Secret db (db.yaml:1): stringData.key: a value of a Secret; ");
        await space.UntilConditionAsync(application, Conditions.Ready, "False", "SecretsDenied");
        (await space.FindApplicationAsync(application))!.Status.Condition(Conditions.Stalled)!.Reason.ShouldBe("SecretsDenied");
        (await running.MetricsAsync()).ShouldContain("gitops_operator_gates_shut{gate=\"SecretsInGit\"} 1\n");

        // What was applied before is kept as it was applied.
        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "web", """{"data": {"key": "edited"} }""");
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "web", "is healed", static found => (string?)found.At("data", "key") == "one");
        (await cluster.GetAsync(Kinds.Secret, space.Target, "db")).ShouldBeNull();

        var allowed = repository.Commit(("db.yaml", Manifests.Secret("db", Value)
            .Replace("metadata: {", "metadata: {annotations: {gitops-operator.dev/allow-secret: \"of a demo\"}, ", StringComparison.Ordinal)));
        (await space.UntilSyncedAsync(application, allowed)).Status.Condition(Conditions.SecretsInGit).ShouldBeNull();
        (await cluster.GetAsync(Kinds.Secret, space.Target, "db")).ShouldNotBeNull();
        repository.Commit(("db.yaml", Manifests.Secret("db", Value)
            .Replace("metadata: {", "metadata: {annotations: {gitops-operator.dev/allow-secret: \" \"}, ", StringComparison.Ordinal)));
        (await space.UntilConditionAsync(application, Conditions.SpecValid, "False", "InvalidAnnotation")).Message.ShouldContain("has to say why");
        string.Join('\n', running.Log).ShouldNotContain(Value[..12]);
    }

    private async Task<int> EventsAsync(TestSpace space) => (await cluster.ListAsync(Kinds.Event, space.ApplicationNamespace))
        .Where(static item => (string?)item.At("reason") is "SecretsFound" or "SecretsDenied")
        .Sum(static item => (int?)item.At("series", "count") ?? 1);
}
