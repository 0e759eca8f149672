using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Survival;

/// <summary>However an Application goes: nothing leaks, and nothing foreign goes with it.</summary>
public sealed class DeletionTests(Cluster cluster)
{
    [Theory]
    [InlineData(Names.ResourcesFinalizer, "Foreground")]
    [InlineData(Names.ResourcesFinalizerTwin, "Foreground")]
    [InlineData(Names.ResourcesFinalizerTwin + "/foreground", "Foreground")]
    [InlineData(Names.ResourcesFinalizerTwin + "/background", "Background")]
    [InlineData(Names.ArgoResourcesFinalizer, "Foreground")]
    [InlineData(Names.ArgoResourcesFinalizer + "/foreground", "Foreground")]
    [InlineData(Names.ArgoResourcesFinalizer + "/background", "Background")]
    public async Task With_a_resources_finalizer_its_objects_go_with_it(string finalizer, string propagation)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "delete");
        var (application, proxy) = await SyncedAsync(space, finalizer);
        proxy.Forget();
        await cluster.DeleteAsync(Kinds.Application, application.Namespace, application.Name);
        await AllGoneAsync(space, application);
        proxy.Requests.Where(static request => request.Verb == "delete" && request.Resource == "configmaps")
            .Select(static request => request.Propagation).ShouldBe([propagation, propagation]);
    }

    [Theory]
    [InlineData("Background")]
    [InlineData("Foreground")]
    [InlineData("Orphan")]
    public async Task Whatever_propagation_a_user_names_the_finalizer_decides(string propagation)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "delete");
        var (application, _) = await SyncedAsync(space, Names.ResourcesFinalizer);
        await cluster.DeleteAsync(Kinds.Application, application.Namespace, application.Name, propagation);
        await AllGoneAsync(space, application);
    }

    [Theory]
    [InlineData("Background")]
    [InlineData("Foreground")]
    [InlineData("Orphan")]
    public async Task Without_a_finalizer_its_objects_stay_and_its_inventory_goes(string propagation)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "delete");
        var (application, proxy) = await SyncedAsync(space, null);
        await cluster.DeleteAsync(Kinds.Application, application.Namespace, application.Name, propagation);
        await space.UntilGoneAsync(Kinds.Application, application.Namespace, application.Name);
        await NoPagesAsync(space, application);
        await StillThereAsync(space, "a", "b", "foreign", "copied");
        proxy.Requests.ShouldNotContain(static request => request.Verb == "delete" && request.Resource == "configmaps");
    }

    [Fact]
    public async Task One_deleted_while_no_operator_runs_is_finished_by_the_next()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "delete");
        var repository = space.NewRepository();
        var head = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "x")), ("b.yaml", Manifests.ConfigMap("b", "x")));
        var held = await space.CreateApplicationAsync("held", repository, change: static json => json["metadata"]!["finalizers"] = new JsonArray(Names.ResourcesFinalizer));
        var free = await space.CreateApplicationAsync("free", repository, change: json => json["spec"]!["destination"]!["namespace"] = space.ApplicationNamespace);
        var running = await space.StartOperatorAsync();
        await space.UntilSyncedAsync(held, head);
        await space.UntilSyncedAsync(free, head);
        await running.StopAsync();

        await cluster.DeleteAsync(Kinds.Application, held.Namespace, held.Name, "Foreground");
        await cluster.DeleteAsync(Kinds.Application, free.Namespace, free.Name, "Foreground");
        await space.UntilGoneAsync(Kinds.Application, free.Namespace, free.Name);
        await space.StartOperatorAsync();
        await space.UntilGoneAsync(Kinds.Application, held.Namespace, held.Name);
        await space.UntilGoneAsync(Kinds.ConfigMap, space.Target, "a");
        await NoPagesAsync(space, held);
        await NoPagesAsync(space, free);
        (await cluster.GetAsync(Kinds.ConfigMap, space.ApplicationNamespace, "a")).ShouldNotBeNull("it had no finalizer: its objects stay");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Its_namespace_deleted_under_it_lets_it_go(bool hasFinalizer)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "delete");
        var (application, _) = await SyncedAsync(space, hasFinalizer ? Names.ResourcesFinalizer : null);
        await cluster.DeleteAsync(Kinds.Namespace, string.Empty, space.ApplicationNamespace);
        await space.UntilGoneAsync(Kinds.Namespace, string.Empty, space.ApplicationNamespace);
        (await cluster.ListAsync(Kinds.Inventory, string.Empty)).ShouldNotContain(page => page.Namespace == application.Namespace);
        if (hasFinalizer)
        {
            await space.UntilGoneAsync(Kinds.ConfigMap, space.Target, "a");
            await space.UntilGoneAsync(Kinds.ConfigMap, space.Target, "b");
            await StillThereAsync(space, "foreign", "copied");
        }
        else
        {
            await StillThereAsync(space, "a", "b", "foreign", "copied");
        }
    }

    [Fact]
    public async Task The_namespace_it_deploys_to_deleted_under_it_is_made_again_where_it_may_be()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "delete");
        var repository = space.NewRepository();
        var home = $"{space.Name}-made";
        var head = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "x")));
        var application = await space.CreateApplicationAsync("web", repository, change: json =>
        {
            json["spec"]!["destination"]!["namespace"] = home;
            json["spec"]!["syncPolicy"]!["syncOptions"] = new JsonArray("CreateNamespace=true");
        });
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, head);
        var uid = (await cluster.GetAsync(Kinds.Namespace, string.Empty, home))!.Uid;
        await cluster.DeleteAsync(Kinds.Namespace, string.Empty, home);
        await space.UntilObjectAsync(Kinds.Namespace, string.Empty, home, "is made again", found => found.Uid != uid && !found.IsTerminating);
        await space.UntilObjectAsync(Kinds.ConfigMap, home, "a", "is made again", static found => !found.IsTerminating);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_inventory_page_deleted_by_hand_comes_back_whole(bool finalizerIsRemovedByForce)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "page");
        var repository = space.NewRepository();
        var head = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "x")), ("b.yaml", Manifests.ConfigMap("b", "x")));
        await ForeignAsync(space);
        var application = await space.CreateApplicationAsync("web", repository);
        var proxy = await space.StartProxyAsync();
        await space.StartOperatorAsync(proxy);
        await space.UntilSyncedAsync(application, head);
        var page = (await cluster.ListAsync(Kinds.Inventory, application.Namespace)).ShouldHaveSingleItem();
        await cluster.DeleteAsync(Kinds.Inventory, page.Namespace, page.Name);
        if (finalizerIsRemovedByForce)
        {
            await RemoveFinalizersAsync(page);
        }

        await space.UntilAsync("the inventory is whole again", async () =>
        {
            var pages = await cluster.ListAsync(Kinds.Inventory, application.Namespace);
            return pages is [var only] && only.Uid != page.Uid && !only.IsTerminating
                && (await space.InventoryAsync(application)).Entries.Count == 2;
        });
        proxy.Requests.ShouldNotContain(static request => request.Verb == "delete" && request.Resource == "configmaps");

        // It is still good for what it is there for.
        await space.UntilSyncedAsync(application, repository.Commit(("a.yaml", null)));
        await space.UntilGoneAsync(Kinds.ConfigMap, space.Target, "a");
        await StillThereAsync(space, "b", "foreign", "copied");
    }

    [Fact]
    public async Task A_page_that_is_lost_while_no_operator_runs_is_rebuilt_before_anything_is_pruned()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "page");
        var repository = space.NewRepository();
        var head = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "x")), ("b.yaml", Manifests.ConfigMap("b", "x")));
        await ForeignAsync(space);
        var application = await space.CreateApplicationAsync("web", repository);
        var running = await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, head);
        await running.StopAsync();
        var page = (await cluster.ListAsync(Kinds.Inventory, application.Namespace)).ShouldHaveSingleItem();
        await cluster.DeleteAsync(Kinds.Inventory, page.Namespace, page.Name);
        await RemoveFinalizersAsync(page);
        await space.UntilGoneAsync(Kinds.Inventory, page.Namespace, page.Name);

        var next = repository.Commit(("a.yaml", null));
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, next);
        await space.UntilGoneAsync(Kinds.ConfigMap, space.Target, "a");
        await StillThereAsync(space, "b", "foreign", "copied");
        (await space.InventoryAsync(application)).Entries.Keys.Select(static key => key.Name).ShouldBe(["b"]);
    }

    private async Task<(NamespacedName Application, ApiProxy Proxy)> SyncedAsync(TestSpace space, string? finalizer)
    {
        await ForeignAsync(space);
        var repository = space.NewRepository();
        var head = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "x")), ("b.yaml", Manifests.ConfigMap("b", "x")));
        var application = await space.CreateApplicationAsync("web", repository, change: json =>
        {
            if (finalizer is not null)
            {
                json["metadata"]!["finalizers"] = new JsonArray(finalizer);
            }
        });
        var proxy = await space.StartProxyAsync();
        await space.StartOperatorAsync(proxy);
        await space.UntilSyncedAsync(application, head);
        return (application, proxy);
    }

    /// <summary>Objects that are nobody's, one of them with all the marks of another (a controller copies them so).</summary>
    private async Task ForeignAsync(TestSpace space)
    {
        var owner = new NamespacedName(space.ApplicationNamespace, "web");
        await cluster.ApplyAsync(Kinds.ConfigMap, KubernetesObject.Parse($$"""
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "{{space.Target}}", "name": "foreign"} }
            """));
        await cluster.ApplyAsync(Kinds.ConfigMap, KubernetesObject.Parse($$"""
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "{{space.Target}}", "name": "copied",
             "labels": {"{{Names.ApplicationLabel}}": "{{Marks.LabelValue(owner)}}"},
             "annotations": {"{{Names.TrackingIdAnnotation}}": "{{Marks.TrackingId(owner, new(string.Empty, "ConfigMap", space.Target, "a"))}}"} } }
            """));
    }

    private async Task AllGoneAsync(TestSpace space, NamespacedName application)
    {
        await space.UntilGoneAsync(Kinds.Application, application.Namespace, application.Name);
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "a")).ShouldBeNull("the Application goes after its objects");
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "b")).ShouldBeNull("the Application goes after its objects");
        await NoPagesAsync(space, application);
        await StillThereAsync(space, "foreign", "copied");
    }

    private Task NoPagesAsync(TestSpace space, NamespacedName application) => space.UntilAsync(
        $"no inventory of {application} is left",
        async () => !(await cluster.ListAsync(Kinds.Inventory, application.Namespace)).Any(page =>
            page.Label(Names.ApplicationLabel) == Marks.LabelValue(application)));

    private async Task StillThereAsync(TestSpace space, params IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            var found = await cluster.GetAsync(Kinds.ConfigMap, space.Target, name);
            found.ShouldNotBeNull(name);
            found.IsTerminating.ShouldBeFalse(name);
        }
    }

    /// <summary>As somebody does who thinks that the finalizer is stuck; the operator may be quicker at any moment.</summary>
    private async Task RemoveFinalizersAsync(KubernetesObject page)
    {
        if (await cluster.GetAsync(Kinds.Inventory, page.Namespace, page.Name) is not { IsTerminating: true } live
            || live.Uid != page.Uid)
        {
            return;
        }

        try
        {
            await cluster.MergeAsync(
                Kinds.Inventory, page.Namespace, page.Name, $$"""{"metadata": {"uid": "{{page.Uid}}", "finalizers": null} }""");
        }
        catch (ApiException exception) when (exception.IsNotFound || exception.IsConflict || exception.IsInvalid)
        {
            // Gone, or made anew under the same name (another uid is refused), between the two requests.
        }
    }
}
