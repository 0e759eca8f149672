using System.Text;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.EndToEnd.Tests.Syncing;
using GitOps.Kubernetes.Objects;

namespace GitOps.EndToEnd.Tests.Survival;

/// <summary>
/// An Application whose inventory has several pages, which are stored one after the other: its sync is cut off at each of these
/// writes, and at those of its status. What the history tells is whole all the same.
/// </summary>
public sealed class CutOffPagesTests(Cluster cluster)
{
    private const int Objects = 1010;

    [Fact]
    public async Task A_sync_that_is_cut_off_between_its_pages_is_told_once_and_whole()
    {
        var (writes, told) = await UndisturbedAsync();
        writes.ShouldBeGreaterThan(4);
        for (var write = 1; write <= writes; write++)
        {
            (await CutOffAsync(write, write % 2 == 0 ? Moment.AfterTheAnswer : Moment.BeforeTheAnswer)).ShouldBe(told, $"cut off at write {write}");
        }
    }

    private async Task<(int Writes, string Told)> UndisturbedAsync()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "pages");
        var (repository, application) = await SyncedOnceAsync(space);
        var proxy = await space.StartProxyAsync();
        await space.StartOperatorAsync(proxy);
        await space.UntilSyncedAsync(application, CommitMany(repository));
        var told = await ToldAsync(space, application);
        told.ShouldContain($"Create={Objects} Update=1 Delete=1");
        return (proxy.Requests.Count(IsBookkeeping), told);
    }

    private async Task<string> CutOffAsync(int write, Moment moment)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "pages");
        var (repository, application) = await SyncedOnceAsync(space);
        var proxy = await space.StartProxyAsync();
        var cut = KillSwitch.Arm(proxy, IsBookkeeping, write, moment, static () => Task.CompletedTask);
        var first = await space.StartOperatorAsync(proxy);
        var head = CommitMany(repository);
        await space.UntilAsync("it is cut off or done", async () => cut.IsCompleted || (await space.FindApplicationAsync(application))!.Status.History.Length == 2);
        proxy.Freeze();
        await first.DisposeAsync();
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, head);
        (await space.HasAsync("removed")).ShouldBeFalse();
        (await space.InventoryAsync(application)).Entries.Count.ShouldBe(Objects + 1);
        return await ToldAsync(space, application);
    }

    private static async Task<(GitRepo Repository, NamespacedName Application)> SyncedOnceAsync(TestSpace space)
    {
        var repository = space.NewRepository();
        var head = repository.Commit(("kept.yaml", Manifests.ConfigMap("kept", "one")), ("removed.yaml", Manifests.ConfigMap("removed", "x")));
        var application = await space.CreateApplicationAsync("web", repository);
        await using var before = await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, head);
        return (repository, application);
    }

    private static string CommitMany(GitRepo repository)
    {
        var all = new StringBuilder();
        for (var i = 0; i < Objects; i++)
        {
            all.Append(Manifests.ConfigMap($"item-{i:0000}", "x")).Append("---\n");
        }

        return repository.Commit(("kept.yaml", Manifests.ConfigMap("kept", "two")), ("removed.yaml", null), ("many.yaml", all.ToString()));
    }

    private static bool IsBookkeeping(ProxiedRequest request) =>
        request.IsWrite && request.Resource is "resourceinventories" or "applications" && request.Verb is not ("get" or "list" or "watch");

    private static async Task<string> ToldAsync(TestSpace space, NamespacedName application) =>
        (await space.FindApplicationAsync(application))!.Told().Replace(space.Name, "SPACE", StringComparison.Ordinal);
}
