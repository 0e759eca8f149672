using System.Globalization;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;

namespace GitOps.EndToEnd.Tests.Survival;

/// <summary>An application of 10,000 objects.</summary>
public sealed class LargeApplicationTests(Cluster cluster)
{
    private const int Count = 10_000;
    private const int PerFile = 500;
    private const int Left = 10;
    private const int MaxObjectBytes = 1 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task It_is_synced_taken_over_after_a_restart_without_a_write_and_pruned_to_ten()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "large");
        var repository = space.NewRepository();
        var head = repository.Commit([.. Enumerable.Range(0, Count / PerFile).Select(static file => (Name(file), Content(file, PerFile)))]);
        var application = await space.CreateApplicationAsync("large", repository, "app");
        var proxy = await space.StartProxyAsync();
        var running = await space.StartOperatorAsync(proxy);
        await space.UntilSyncedAsync(application, head, Patience);
        proxy.Requests.Count(static request => request.Verb == "apply" && request.Resource == "configmaps").ShouldBe(Count);
        await CheckSizesAsync(space, application, Count);
        await running.StopAsync();

        // A restart with an empty disk: the inventory and one list tell all there is to know.
        space.Options = space.Options with { CacheDirectory = cluster.NewDirectory("cache") };
        var quiet = await space.StartProxyAsync();
        var second = await space.StartOperatorAsync(quiet);
        repository.Commit(("elsewhere/readme.txt", "not read by this application"));
        await cluster.MergeAsync(Kinds.Application, application.Namespace, application.Name, """{"spec": {"interval": "2s"} }""");
        await space.UntilSyncedAsync(application, head, Patience);
        quiet.Requests.ShouldNotContain(static request => request.IsWrite && request.Resource == "configmaps");
        quiet.Requests.ShouldNotContain(static request => request.Verb == "get" && request.Resource == "configmaps");
        (await second.MetricsAsync()).ShouldNotMatch("(?m)^gitops_operator_renders\\S*result=\"succeeded\"\\S* [1-9]");

        var pruned = repository.Commit(
        [
            .. Enumerable.Range(1, (Count / PerFile) - 1).Select(static file => (Name(file), (string?)null)),
            (Name(0), Content(0, Left)),
        ]);
        await space.UntilSyncedAsync(application, pruned, Patience);
        (await cluster.ListAsync(Kinds.ConfigMap, space.Target)).Count.ShouldBe(Left);
        await CheckSizesAsync(space, application, Left);
    }

    private async Task CheckSizesAsync(TestSpace space, NamespacedName application, int entries)
    {
        var inventory = await space.InventoryAsync(application);
        inventory.Unknown.ShouldBeNull();
        inventory.Entries.Count.ShouldBe(entries);
        foreach (var page in await cluster.ListAsync(Kinds.Inventory, application.Namespace))
        {
            page.ToUtf8().Length.ShouldBeLessThan(MaxObjectBytes);
        }

        (await cluster.GetAsync(Kinds.Application, application.Namespace, application.Name))!.ToUtf8().Length.ShouldBeLessThan(MaxObjectBytes);
    }

    private static string Name(int file) => string.Create(CultureInfo.InvariantCulture, $"app/part-{file:00}.yaml");

    private static string? Content(int file, int count) => string.Join("---\n", Enumerable.Range(file * PerFile, count).Select(static index =>
        Manifests.ConfigMap(string.Create(CultureInfo.InvariantCulture, $"settings-{index:00000}"), "x")));
}
