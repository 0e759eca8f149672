using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.EndToEnd.Tests.Syncing;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Sources;

/// <summary>One Application of several repositories: rendered together, judged together, gone back to together.</summary>
public sealed class SeveralSourcesTests(Cluster cluster)
{
    [Fact]
    public async Task Two_repositories_are_one_Application_and_each_may_move_it()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "several");
        var (web, shared) = (space.NewRepository(), space.NewRepository());
        var first = web.Commit(("web/web.yaml", Manifests.ConfigMap("web", "one")), ("web/both.yaml", Manifests.ConfigMap("both", "web")));
        var second = shared.Commit(("deploy/shared.yaml", Manifests.ConfigMap("shared", "one")), ("deploy/both.yaml", Manifests.ConfigMap("both", "shared")));
        var application = await CreateAsync(space, web, shared);
        await space.StartOperatorAsync();

        var synced = await UntilSyncedAsync(space, application, first, second);
        (await ValueAsync(space, "web")).ShouldBe("one");
        (await ValueAsync(space, "shared")).ShouldBe("one");
        (await ValueAsync(space, "both")).ShouldBe("shared");
        synced.Status.Sync!.Revision.ShouldBeNull();
        synced.Status.Sync.Commits.Select(static row => (row.Source, row.Revision)).ShouldBe([(0, first), (1, second)]);
        synced.Status.Condition("SourceWarning")!.Message.ShouldContain("RepeatedResource");
        var entry = synced.Status.History.ShouldHaveSingleItem();
        entry.Revisions.ShouldBe([first, second]);
        entry.Sources.Select(static source => source.Path).ShouldBe(["web", "deploy"]);

        var third = shared.Commit(("deploy/shared.yaml", Manifests.ConfigMap("shared", "two")), ("deploy/both.yaml", null));
        synced = await UntilSyncedAsync(space, application, first, third);
        (await ValueAsync(space, "shared")).ShouldBe("two");
        (await ValueAsync(space, "both")).ShouldBe("web");
        synced.Status.Condition("SourceWarning").ShouldBeNull();

        // A source whose directory is gone takes nothing along, neither its own objects nor those of the other.
        shared.Commit(("deploy/shared.yaml", null));
        var broken = await space.UntilConditionAsync(application, "SourceReady", "False");
        broken.Message.ShouldContain("spec.sources[1]");
        (await ValueAsync(space, "shared")).ShouldBe("two");
        (await ValueAsync(space, "web")).ShouldBe("one");

        // The commit that mends it has just what was rendered before.
        shared.Revert();
        await UntilSyncedAsync(space, application, first, third);
        var inventory = await space.InventoryAsync(application);
        inventory.Header!.Inputs.Select(static input => input.Source ?? 0).Distinct().Order().ShouldBe([0, 1]);
    }

    [Fact]
    public async Task A_restart_renders_nothing_and_a_repository_that_is_away_destroys_nothing()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "several");
        var (web, shared) = (space.NewRepository(), space.NewRepository());
        var first = web.Commit(("web/web.yaml", Manifests.ConfigMap("web", "one")));
        var second = shared.Commit(("deploy/shared.yaml", Manifests.ConfigMap("shared", "one")));
        var application = await CreateAsync(space, web, shared);
        var before = await space.StartOperatorAsync();
        await UntilSyncedAsync(space, application, first, second);
        await before.StopAsync();

        // The first commit touches nothing that was read; the other repository is moved away.
        var later = web.Commit(("elsewhere/other.yaml", Manifests.ConfigMap("other", "x")));
        shared.Vanish();
        var after = await space.StartOperatorAsync();
        var away = await space.UntilConditionAsync(application, "SourceReady", "False");
        away.Message.ShouldContain("spec.sources[1]");
        (await ValueAsync(space, "shared")).ShouldBe("one");

        shared.Restore();
        await space.UntilConditionAsync(application, "SourceReady", "True");
        await UntilReadyAsync(space, application);
        (await RenderingsAsync(after)).ShouldBe(0);
        later.ShouldNotBe(first, StringComparer.Ordinal);
        var third = web.Commit(("web/web.yaml", Manifests.ConfigMap("web", "two")));
        await UntilSyncedAsync(space, application, third, second);
        (await ValueAsync(space, "web")).ShouldBe("two");
    }

    [Fact]
    public async Task A_rollback_brings_all_sources_back_and_a_request_names_one_revision_for_each()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "several");
        var (web, shared) = (space.NewRepository(), space.NewRepository());
        var first = web.Commit(("web/web.yaml", Manifests.ConfigMap("web", "one")));
        var second = shared.Commit(("deploy/shared.yaml", Manifests.ConfigMap("shared", "one")));
        var application = await CreateAsync(space, web, shared);
        await space.StartOperatorAsync();
        await UntilSyncedAsync(space, application, first, second);
        var third = web.Commit(("web/web.yaml", Manifests.ConfigMap("web", "two")));
        await UntilSyncedAsync(space, application, third, second);
        var fourth = shared.Commit(("deploy/shared.yaml", Manifests.ConfigMap("shared", "two")));
        await UntilSyncedAsync(space, application, third, fourth);

        await space.AnnotateAsync(application, Annotations.RollbackTo, "1");
        await UntilSyncedAsync(space, application, first, second);
        (await ValueAsync(space, "web")).ShouldBe("one");
        (await ValueAsync(space, "shared")).ShouldBe("one");
        await space.AnnotateAsync(application, Annotations.RollbackTo, null);
        await UntilSyncedAsync(space, application, third, fourth);

        await cluster.MergeAsync(Kinds.Application, application.Namespace, application.Name, $$$"""
            {"spec": {"syncPolicy": {"automated": null} }, "operation": {"sync": {"revisions": ["{{{first}}}", ""] } } }
            """);
        await UntilRevisionsAsync(space, application, first, fourth);
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "web", "is as it was", static found => Value(found) == "one");
        (await ValueAsync(space, "shared")).ShouldBe("two");
    }

    private static Task<NamespacedName> CreateAsync(TestSpace space, GitRepo web, GitRepo shared) =>
        space.CreateApplicationAsync("web", web, change: json =>
        {
            var spec = json["spec"]!.AsObject();
            spec.Remove("source");
            spec["sources"] = new JsonArray(
                new JsonObject { ["repoURL"] = web.Url, ["targetRevision"] = "main", ["path"] = "web" },
                new JsonObject { ["repoURL"] = shared.Url, ["targetRevision"] = "main", ["path"] = "deploy", ["ref"] = "shared" });
        });

    private static Task<ApplicationResource> UntilSyncedAsync(TestSpace space, NamespacedName application, params string[] revisions) =>
        space.UntilAsync(application, $"is synced to {string.Join(", ", revisions)}", found =>
            found.Status.Sync is { Status: SyncCode.Synced } sync && sync.Revisions.SequenceEqual(revisions, StringComparer.Ordinal)
            && found.Status.ObservedGeneration == found.Metadata.Generation && found.Status.Condition(Conditions.Ready)?.Status == "True");

    private static Task<ApplicationResource> UntilReadyAsync(TestSpace space, NamespacedName application) =>
        space.UntilAsync(application, "is ready", static found => found.Status.Condition(Conditions.Ready)?.Status == "True");

    /// <summary>What a sync ended with; afterwards the newest revisions are compared again.</summary>
    private static Task<ApplicationResource> UntilRevisionsAsync(TestSpace space, NamespacedName application, params string[] revisions) =>
        space.UntilAsync(application, $"was synced to {string.Join(", ", revisions)}", found =>
            found.Status.History.LastOrDefault() is { } entry && entry.Revisions.SequenceEqual(revisions, StringComparer.Ordinal));

    private static async Task<int> RenderingsAsync(OperatorInstance running) => (await running.MetricsAsync()).Split('\n')
        .Where(static line => line.StartsWith("gitops_operator_renders_total", StringComparison.Ordinal) && !line.Contains("cached", StringComparison.Ordinal))
        .Sum(static line => int.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    private async Task<string?> ValueAsync(TestSpace space, string name) => Value(await cluster.GetAsync(Kinds.ConfigMap, space.Target, name));

    private static string? Value(KubernetesObject? map) => map?.At("data", "key")?.GetValue<string>();
}
