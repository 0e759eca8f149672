using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.EndToEnd.Tests.Syncing;

public sealed class ObjectOptionTests(Cluster cluster)
{
    private static readonly ResourceFilter WithoutSecrets = new([], [new([string.Empty], ["Secret"], [])]);

    [Fact]
    public async Task A_misspelt_option_is_said_and_applies_nothing()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "options");
        var repository = space.NewRepository();
        repository.Commit(("a.yaml", SyncOptionBed.ConfigMap("a", "sync-options=Prun=false")), ("b.yaml", Manifests.ConfigMap("b", "one")));
        var application = await space.CreateApplicationAsync("web", repository);
        await space.StartOperatorAsync();

        var refused = await space.UntilConditionAsync(application, Conditions.SpecValid, "False", "InvalidAnnotation");
        refused.Message.ShouldContain("a.yaml");
        refused.Message.ShouldContain("'Prun' is no option of an object");
        (await space.HasAsync("b")).ShouldBeFalse();
    }

    [Fact]
    public async Task Validation_and_migration_are_as_the_options_say()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "options");
        foreach (var name in (string[])["kept", "ended"])
        {
            await cluster.Client.CreateAsync(
                Kinds.ConfigMap, await TestSpace.ParseAsync(Manifests.ConfigMap(name, "one", space.Target)), new("my-tool"), TestContext.Current.CancellationToken);
        }

        var repository = space.NewRepository();
        repository.Commit(
            ("kept/kept.yaml", Manifests.ConfigMap("kept", "one")),
            ("ended/ended.yaml", SyncOptionBed.ConfigMap("ended", "sync-options=Validate=false")), ("ended/strict.yaml", Manifests.ConfigMap("strict", "one")));
        var proxy = await space.StartProxyAsync();
        await space.StartOperatorAsync(proxy);
        foreach (var name in (string[])["kept", "ended"])
        {
            var application = await space.CreateApplicationAsync(name, repository, name, json =>
            {
                json["metadata"]!["annotations"] = new JsonObject { ["argocd.argoproj.io/client-side-apply-migration-manager"] = "my-tool" };
                SyncOptionBed.Options($"ClientSideApplyMigration={(name == "ended" ? "true" : "false")}")(json);
            });
            await space.UntilSyncedAsync(application, repository.Head);
        }

        ManagersOf(await space.ConfigMapAsync("kept")).ShouldContain("my-tool", StringComparer.Ordinal);
        ManagersOf(await space.ConfigMapAsync("ended")).ShouldNotContain("my-tool", StringComparer.Ordinal);
        var applies = proxy.Requests.Where(static request => request is { Verb: "apply", Resource: "configmaps" }).ToList();
        applies.Where(static request => request.Path.Contains("fieldValidation=Ignore", StringComparison.Ordinal)).Select(static request => request.Name)
            .Distinct(StringComparer.Ordinal).ShouldBe(["ended"]);

        static IEnumerable<string> ManagersOf(KubernetesObject found) => ManagedFieldsEntry.Of(found).Select(static entry => entry.Manager);
    }

    [Fact]
    public async Task What_leaves_the_health_still_holds_up_its_wave()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "options");
        var repository = space.NewRepository();
        var first = repository.Commit(("slow.yaml", Workloads.Deployment("slow", Workloads.Argo("ignore-healthcheck=true"))));
        var application = await space.CreateApplicationAsync("web", repository);
        var running = await space.StartOperatorAsync();
        (await space.UntilSyncedAsync(application, first)).Status.Health!.Status.ShouldBe(HealthCode.Healthy);

        // Known after a restart too, without a rendering.
        await running.DisposeAsync();
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, repository.Commit(("README.md", "more\n")));

        var second = repository.Commit(("a.yaml", SyncOptionBed.ConfigMap("a", "sync-wave=1")));
        await space.UntilAsync(application, "waits", static found =>
            found.Status.OperationState is { Phase: OperationPhase.Running, Message: { } message } && message.Contains("slow", StringComparison.Ordinal));
        (await space.HasAsync("a")).ShouldBeFalse();
        await space.RollOutAsync("slow");
        await space.UntilSyncedAsync(application, second);
    }

    [Fact]
    public async Task An_excluded_kind_is_neither_written_nor_pruned()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "excluded");
        var repository = space.NewRepository();
        var first = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")), ("s.yaml", Manifests.Secret("s", "one")));
        var application = await space.CreateApplicationAsync("web", repository);
        var running = await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, first);
        await running.DisposeAsync();

        space.Options = space.Options with { Resources = WithoutSecrets };
        running = await space.StartOperatorAsync();
        (await space.UntilConditionAsync(application, "SourceWarning", "True")).Message.ShouldContain("ExcludedResource");
        var second = repository.Commit(("s.yaml", null), ("t.yaml", Manifests.Secret("t", "one")));
        await space.UntilSyncedAsync(application, second);
        (await cluster.GetAsync(Kinds.Secret, space.Target, "s")).ShouldNotBeNull();
        (await cluster.GetAsync(Kinds.Secret, space.Target, "t")).ShouldBeNull();
        (await space.InventoryAsync(application)).Entries.Keys.ShouldAllBe(static key => key.Kind == "ConfigMap");
        await running.DisposeAsync();

        space.Options = space.Options with { Resources = ResourceFilter.Everything };
        await space.StartOperatorAsync();
        await space.UntilObjectAsync(Kinds.Secret, space.Target, "t", "is there", static _ => true);
    }
}
