using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Revisions;

public sealed class SubmoduleTests(Cluster cluster)
{
    [Fact]
    public async Task A_directory_in_a_submodule_is_deployed_at_the_commit_that_is_recorded_for_it()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "submodules");
        var library = space.NewRepository();
        var one = library.Commit(("base/a.yaml", Manifests.ConfigMap("settings", "1")), ("base/kustomization.yaml", "resources: [a.yaml]\n"));
        var repository = space.NewRepository();
        repository.Commit(("web/kustomization.yaml", "resources: [../vendor/lib/base]\nnamePrefix: web-\n"));
        var first = repository.CommitSubmodule("vendor/lib", library.Url, one);
        await space.StartOperatorAsync();
        var plain = await space.CreateApplicationAsync("plain", repository, "vendor/lib/base");
        var kustomized = await space.CreateApplicationAsync("kustomized", repository, "web");

        await space.UntilSyncedAsync(plain, first);
        await space.UntilSyncedAsync(kustomized, first);
        await UntilIsAsync(space, "settings", "1");
        await UntilIsAsync(space, "web-settings", "1");

        // A commit of the submodule's repository alone deploys nothing; one that takes it does.
        var two = library.Commit(("base/a.yaml", Manifests.ConfigMap("settings", "2")));
        var second = repository.CommitSubmodule("vendor/lib", library.Url, two);
        await space.UntilSyncedAsync(plain, second);
        await space.UntilSyncedAsync(kustomized, second);
        await UntilIsAsync(space, "settings", "2");
        await UntilIsAsync(space, "web-settings", "2");
    }

    [Fact]
    public async Task A_submodule_that_is_not_there_yet_is_looked_for_again()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "submodules");
        var library = space.NewRepository();
        var commit = library.Commit(("a.yaml", Manifests.ConfigMap("settings", "1")));
        library.Vanish();
        var repository = space.NewRepository();
        repository.Commit(("own/b.yaml", Manifests.ConfigMap("own", "1")));
        var head = repository.CommitSubmodule("lib", library.Url, commit);
        await space.StartOperatorAsync();
        var own = await space.CreateApplicationAsync("own", repository, "own");
        var inside = await space.CreateApplicationAsync("inside", repository, "lib");

        await space.UntilSyncedAsync(own, head);
        var failed = await space.UntilConditionAsync(inside, Conditions.Ready, "False", "NotFound");
        failed.Message.ShouldContain("the submodule 'lib' of ");

        library.Restore();
        await space.UntilSyncedAsync(inside, head);
        await UntilIsAsync(space, "settings", "1");
    }

    [Fact]
    public async Task A_submodule_whose_history_was_rewritten_is_named_and_what_was_deployed_stays()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "submodules");
        var library = space.NewRepository();
        var one = library.Commit(("a.yaml", Manifests.ConfigMap("settings", "1")));
        var repository = space.NewRepository();
        repository.Commit(("readme", "text"));
        var first = repository.CommitSubmodule("lib", library.Url, one);
        await space.StartOperatorAsync();
        var inside = await space.CreateApplicationAsync("inside", repository, "lib");
        await space.UntilSyncedAsync(inside, first);

        var gone = library.Commit(("a.yaml", Manifests.ConfigMap("settings", "2")));
        library.ForcePush(one);
        library.ForgetUnreachable();
        library.Has(gone).ShouldBeFalse();
        repository.CommitSubmodule("lib", library.Url, gone);

        var failed = await space.UntilConditionAsync(inside, Conditions.Ready, "False", "RevisionNotFound");
        failed.Message.ShouldContain($"the submodule 'lib' of {repository.Url} at {gone[..7]}: ");
        failed.Message.ShouldContain($"there is no commit {gone}");
        await UntilIsAsync(space, "settings", "1");

        var second = repository.CommitSubmodule("lib", library.Url, library.Commit(("a.yaml", Manifests.ConfigMap("settings", "3"))));
        await space.UntilSyncedAsync(inside, second);
        await UntilIsAsync(space, "settings", "3");
    }

    private static Task<KubernetesObject> UntilIsAsync(TestSpace space, string name, string value) =>
        space.UntilObjectAsync(Kinds.ConfigMap, space.Target, name, $"is {value}", found => found.Json["data"]!["key"]!.GetValue<string>() == value);
}
