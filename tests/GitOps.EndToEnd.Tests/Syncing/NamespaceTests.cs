using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Syncing;

public sealed class NamespaceTests(Cluster cluster)
{
    [Fact]
    public async Task Its_metadata_is_kept_and_follows_the_spec_and_is_taken_off_at_the_end()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "home");
        var home = $"{space.Name}-made";
        var repository = space.NewRepository();
        var revision = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: json => Into(json, home, new JsonObject
        {
            ["labels"] = new JsonObject { ["team"] = "a" },
            ["annotations"] = new JsonObject { ["example.com/owner"] = "web" },
        }));
        await space.StartOperatorAsync();

        await space.UntilSyncedAsync(application, revision);
        var made = (await cluster.GetAsync(Kinds.Namespace, string.Empty, home))!;
        made.Label("team").ShouldBe("a");
        made.Annotation("example.com/owner").ShouldBe("web");
        (await cluster.GetAsync(Kinds.ConfigMap, home, "a")).ShouldNotBeNull();

        // Somebody changes it.
        await cluster.MergeAsync(Kinds.Namespace, string.Empty, home, """{"metadata": {"labels": {"team": "b", "other": "x"} } }""");
        await space.UntilObjectAsync(Kinds.Namespace, string.Empty, home, "is set right", static found => found.Label("team") == "a");

        // The spec changes it, and no commit does.
        await space.PatchAsync(application, """{"spec": {"syncPolicy": {"managedNamespaceMetadata": {"labels": {"team": "c"}, "annotations": null} } } }""");
        var changed = await space.UntilObjectAsync(Kinds.Namespace, string.Empty, home, "follows the spec", static found => found.Label("team") == "c");
        changed.Annotation("example.com/owner").ShouldBeNull();
        changed.Label("other").ShouldBe("x");
        await space.UntilSyncedAsync(application, revision);

        // The spec says nothing of it any more: it stays, without anything of ours.
        await space.PatchAsync(application, """{"spec": {"syncPolicy": {"managedNamespaceMetadata": null} } }""");
        var left = await space.UntilObjectAsync(Kinds.Namespace, string.Empty, home, "is let go", static found => found.Label(Names.ApplicationLabel) is null);
        left.Label("team").ShouldBeNull();
        left.Annotation(Names.TrackingIdAnnotation).ShouldBeNull();
        left.Label("other").ShouldBe("x");
        left.IsTerminating.ShouldBeFalse();
        await space.UntilSyncedAsync(application, revision);
        (await space.InventoryAsync(application)).Entries.Keys.Select(static key => key.Kind).ShouldBe(["ConfigMap"]);
    }

    [Fact]
    public async Task A_manifest_of_it_goes_before_the_spec()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "home");
        var home = $"{space.Name}-made";
        var repository = space.NewRepository();
        var revision = repository.Commit(
            ("a.yaml", Manifests.ConfigMap("a", "one")),
            ("namespace.yaml", $"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {home}, labels: {{team: git}} }}\n"));
        var application = await space.CreateApplicationAsync("web", repository, change: json => Into(json, home, new JsonObject
        {
            ["labels"] = new JsonObject { ["team"] = "spec", ["more"] = "x" },
        }));
        await space.StartOperatorAsync();

        await space.UntilSyncedAsync(application, revision);
        var made = (await cluster.GetAsync(Kinds.Namespace, string.Empty, home))!;
        made.Label("team").ShouldBe("git");
        made.Label("more").ShouldBeNull();
    }

    [Fact]
    public async Task It_outlives_the_Application_and_does_not_count_as_a_rendering()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "home");
        var home = $"{space.Name}-made";
        var repository = space.NewRepository();
        var revision = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")), ("README.md", "nothing\n"));
        var application = await space.CreateApplicationAsync("web", repository, change: json =>
        {
            Into(json, home, new JsonObject { ["labels"] = new JsonObject { ["team"] = "a" } });
            json["metadata"]!["finalizers"] = new JsonArray(Names.ArgoResourcesFinalizer);
        });
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, revision);

        repository.Commit(("a.yaml", null));
        await space.UntilConditionAsync(application, Conditions.PruneBlocked, "True", "EmptyRendering");
        (await cluster.GetAsync(Kinds.ConfigMap, home, "a")).ShouldNotBeNull();

        await cluster.DeleteAsync(Kinds.Application, application.Namespace, application.Name);
        await space.UntilGoneAsync(Kinds.Application, application.Namespace, application.Name);
        (await cluster.GetAsync(Kinds.ConfigMap, home, "a")).ShouldBeNull();
        (await cluster.GetAsync(Kinds.Namespace, string.Empty, home))!.IsTerminating.ShouldBeFalse();
    }

    [Fact]
    public async Task Without_metadata_it_is_made_and_left_alone()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "home");
        var home = $"{space.Name}-made";
        var repository = space.NewRepository();
        var revision = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository, change: json => Into(json, home, null));
        await space.StartOperatorAsync();

        await space.UntilSyncedAsync(application, revision);
        var made = (await cluster.GetAsync(Kinds.Namespace, string.Empty, home))!;
        made.Label(Names.ApplicationLabel).ShouldBeNull();
        made.Annotation(Names.TrackingIdAnnotation).ShouldBeNull();
    }

    private static void Into(JsonObject application, string home, JsonObject? metadata)
    {
        application["spec"]!["destination"]!["namespace"] = home;
        SyncOptionBed.Options("CreateNamespace=true")(application);
        if (metadata is not null)
        {
            application["spec"]!["syncPolicy"]!["managedNamespaceMetadata"] = metadata;
        }
    }
}
