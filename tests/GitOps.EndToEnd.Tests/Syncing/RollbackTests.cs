using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Syncing;

/// <summary>The emergency brake: an Application that is held at a revision of its history.</summary>
public sealed class RollbackTests(Cluster cluster)
{
    [Fact]
    public async Task It_goes_back_stays_there_over_a_restart_and_goes_on_when_it_is_let()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "back");
        var (repository, application, first, _) = await TwiceSyncedAsync(space);
        var operators = await space.StartOperatorAsync();
        await SyncedTwiceAsync(space, repository, application);

        await space.KubectlAsync(application, "annotate", $"{Annotations.RollbackTo}=1");
        var back = await space.UntilSyncedAsync(application, first);
        (await ValueAsync(space, "a")).ShouldBe("one");
        (await space.HasAsync("b")).ShouldBeFalse("what came later is pruned, as automated sync says");
        var held = await space.UntilConditionAsync(application, Conditions.RolledBack, "True");
        held.Message.ShouldContain($"held at {first[..7]} (history entry 1)");
        held.Message.ShouldContain("set by kubectl-annotate at ");
        held.Message.ShouldContain($"{Annotations.RollbackTo}-");
        var entry = back.Status.History[^1];
        (entry.Trigger, entry.Revision, entry.InitiatedBy!.Username).ShouldBe((SyncTrigger.Rollback, first, "kubectl-annotate"));
        await space.UntilEventAsync(application, "RollbackStarted", first[..7]);

        // Newer commits wait, drift is set right, and a restart changes nothing of it.
        var third = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "three")));
        await operators.DisposeAsync();
        await space.StartOperatorAsync();
        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "a", """{"data":{"key":"by-hand"}}""");
        await space.UntilAsync("the drift is healed", async () => await ValueAsync(space, "a") == "one");
        await RefreshAsync(space, application);
        (await space.UntilSyncedAsync(application, first)).Status.Rollback!.Id.ShouldBe(1);
        (await ValueAsync(space, "a")).ShouldBe("one");

        await space.AnnotateAsync(application, Annotations.RollbackTo, null);
        var lifted = await space.UntilSyncedAsync(application, third);
        lifted.Status.Condition(Conditions.RolledBack).ShouldBeNull();
        lifted.Status.Rollback.ShouldBeNull();
        await space.UntilEventAsync(application, "RollbackLifted", first[..7]);
    }

    [Fact]
    public async Task Until_newer_is_released_by_the_next_commit_and_not_taken_up_again()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "back");
        var (repository, application, first, _) = await TwiceSyncedAsync(space);
        var operators = await space.StartOperatorAsync();
        await SyncedTwiceAsync(space, repository, application);
        await space.AnnotateAsync(application, Annotations.RollbackTo, "1,until-newer");
        await space.UntilSyncedAsync(application, first);
        await RefreshAsync(space, application);
        (await space.FindApplicationAsync(application))!.Status.Sync!.Revision.ShouldBe(first, "the commit that was rolled back is no newer one");

        var mended = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "mended")));
        var released = await space.UntilSyncedAsync(application, mended);
        released.Status.Rollback!.ReleasedBy.ShouldBe(mended);
        released.Status.Condition(Conditions.RolledBack).ShouldBeNull();
        await space.UntilEventAsync(application, "RollbackReleased", mended[..7]);

        await operators.DisposeAsync();
        await space.StartOperatorAsync();
        var next = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "next")));
        await space.UntilSyncedAsync(application, next);
    }

    [Theory]
    [InlineData("7", "there is no history entry 7; status.history has 1 (")]
    [InlineData("soon", "'soon' is neither the id of a history entry")]
    [InlineData("1,forever", "'1,forever' is neither")]
    public async Task What_is_no_entry_is_said_with_those_there_are(string value, string expected)
    {
        await using var space = await TestSpace.CreateAsync(cluster, "back");
        var (repository, application, _, second) = await TwiceSyncedAsync(space);
        await space.StartOperatorAsync();
        await SyncedTwiceAsync(space, repository, application);
        await space.AnnotateAsync(application, Annotations.RollbackTo, value);
        (await space.UntilConditionAsync(application, Conditions.SpecValid, "False", "InvalidAnnotation")).Message.ShouldContain(expected);
        (await ValueAsync(space, "a")).ShouldBe("two");

        await space.AnnotateAsync(application, Annotations.RollbackTo, null);
        await space.UntilConditionAsync(application, Conditions.SpecValid, "True");
        await space.UntilSyncedAsync(application, second);
    }

    [Fact]
    public async Task An_entry_of_another_source_is_refused()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "back");
        var repository = space.NewRepository();
        var revision = repository.Commit(("x/a.yaml", Manifests.ConfigMap("a", "one")), ("y/a.yaml", Manifests.ConfigMap("a", "two")));
        var application = await space.CreateApplicationAsync("web", repository, "x");
        await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, revision);
        await cluster.MergeAsync(Kinds.Application, application.Namespace, application.Name, """{"spec":{"source":{"path":"y"}}}""");
        await space.UntilAsync(application, "has synced the other path", static found => found.Status.History.Length == 2);
        await space.AnnotateAsync(application, Annotations.RollbackTo, "1");
        (await space.UntilConditionAsync(application, Conditions.SpecValid, "False", "InvalidAnnotation")).Message
            .ShouldContain("spec.source was changed after history entry 1 (path was x)");
        (await ValueAsync(space, "a")).ShouldBe("two");
    }

    [Fact]
    public async Task The_branch_may_have_been_rewritten_and_its_server_have_forgotten_what_was_before()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "back");
        var repository = space.NewRepository();
        var root = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "zero")));
        var application = await space.CreateApplicationAsync("web", repository);
        var operators = await space.StartOperatorAsync();
        await space.UntilSyncedAsync(application, root);
        var first = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        await space.UntilSyncedAsync(application, first);
        var second = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "two")));
        await space.UntilSyncedAsync(application, second);

        repository.ForcePush(root);
        var rewritten = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "rewritten")));
        repository.ForgetUnreachable();
        (repository.Has(root), repository.Has(first), repository.Has(second)).ShouldBe((true, false, false));
        await space.UntilSyncedAsync(application, rewritten);

        await space.AnnotateAsync(application, Annotations.RollbackTo, "2");
        await space.UntilSyncedAsync(application, first);
        (await ValueAsync(space, "a")).ShouldBe("one");

        // Another process, from the same mirror.
        await operators.DisposeAsync();
        await space.StartOperatorAsync();
        await space.AnnotateAsync(application, Annotations.RollbackTo, "3");
        await space.UntilSyncedAsync(application, second);
        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "a", """{"data":{"key":"by-hand"}}""");
        await space.UntilAsync("the drift is healed from the mirror", async () => await ValueAsync(space, "a") == "two");
        await space.AnnotateAsync(application, Annotations.RollbackTo, null);
        await space.UntilSyncedAsync(application, rewritten);
    }

    [Fact]
    public async Task Waiting_for_an_approval_it_is_not_rolled_back_yet()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "back");
        await space.LetEverybodyApproveAsync();
        var (repository, application, first, _) = await TwiceSyncedAsync(space);
        await space.StartOperatorAsync();
        await SyncedTwiceAsync(space, repository, application);
        await cluster.MergeAsync(Kinds.Application, application.Namespace, application.Name, """{"spec":{"approval":{"required":true}}}""");
        await space.AnnotateAsync(application, Annotations.RollbackTo, "1");

        var plan = await space.UntilPlanWaitsAsync(application, first);
        var waits = await space.UntilConditionAsync(application, Conditions.RolledBack, "False", "ApprovalRequired");
        waits.Message.ShouldStartWith("not there yet: ");
        waits.Message.ShouldContain($"is to be held at {first[..7]} (history entry 1)");
        (await ValueAsync(space, "a")).ShouldBe("two");

        await space.ApproveAsync(application, first, plan.Hash!, "alice@example.com");
        await space.UntilSyncedAsync(application, first);
        (await space.UntilConditionAsync(application, Conditions.RolledBack, "True")).Message.ShouldStartWith("held at ");
        (await ValueAsync(space, "a")).ShouldBe("one");
    }

    [Fact]
    public async Task The_repository_may_be_away()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "back");
        var (repository, application, first, _) = await TwiceSyncedAsync(space);
        var operators = await space.StartOperatorAsync();
        await SyncedTwiceAsync(space, repository, application);
        await space.AnnotateAsync(application, Annotations.RollbackTo, "1");
        await space.UntilSyncedAsync(application, first);

        await operators.DisposeAsync();
        repository.Vanish();
        await space.StartOperatorAsync();
        await space.UntilConditionAsync(application, "SourceReady", "False");
        var away = (await space.FindApplicationAsync(application))!;
        away.Status.Rollback!.Revision.ShouldBe(first);
        away.Status.Condition(Conditions.RolledBack)!.Status.ShouldBe("True");
        await cluster.MergeAsync(Kinds.ConfigMap, space.Target, "a", """{"data":{"key":"by-hand"}}""");
        await space.UntilAsync("the drift is healed from the mirror", async () => await ValueAsync(space, "a") == "one");
        repository.Restore();
        await space.UntilSyncedAsync(application, first);
    }

    [Fact]
    public async Task Where_nothing_is_synced_by_itself_the_annotation_asks_for_the_sync()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "back");
        var repository = space.NewRepository();
        var first = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateManualAsync(repository);
        await space.StartOperatorAsync();
        await space.OperateAsync(application, """{"sync":{}}""");
        await space.UntilSyncedAsync(application, first);
        var second = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "two")));
        await space.OperateAsync(application, """{"sync":{}}""");
        await space.UntilOperationAsync(application, OperationPhase.Succeeded, state => state.SyncResult!.Revision == second);

        await space.AnnotateAsync(application, Annotations.RollbackTo, "1");
        await space.UntilSyncedAsync(application, first);
        await space.OperateAsync(application, $$"""{"sync":{"revision":"{{second}}"} }""");
        (await space.UntilOperationAsync(application, OperationPhase.Error)).Message.ShouldNotBeNull().ShouldContain("is held at");
        (await ValueAsync(space, "a")).ShouldBe("one");
        await space.AnnotateAsync(application, Annotations.RollbackTo, null);
        await space.UntilConditionAsync(application, Conditions.Ready, "False", "ManualSync");
        (await ValueAsync(space, "a")).ShouldBe("one");
    }

    private static async Task<(GitRepo Repository, NamespacedName Application, string First, string Second)> TwiceSyncedAsync(TestSpace space)
    {
        var repository = space.NewRepository();
        var first = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        var application = await space.CreateApplicationAsync("web", repository);
        await using (await space.StartOperatorAsync())
        {
            await space.UntilSyncedAsync(application, first);
        }

        var second = repository.Commit(("a.yaml", Manifests.ConfigMap("a", "two")), ("b.yaml", Manifests.ConfigMap("b", "one")));
        return (repository, application, first, second);
    }

    private static Task<ApplicationResource> SyncedTwiceAsync(TestSpace space, GitRepo repository, NamespacedName application) =>
        space.UntilSyncedAsync(application, repository.Head);

    private static async Task RefreshAsync(TestSpace space, NamespacedName application)
    {
        await space.AnnotateAsync(application, "gitops-operator.dev/refresh", "normal");
        await space.UntilAsync(application, "has refreshed", static found => !found.Metadata.Annotations.ContainsKey("gitops-operator.dev/refresh"));
    }

    private async Task<string?> ValueAsync(TestSpace space, string name) =>
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, name))?.Json["data"]?["key"]?.GetValue<string>();
}
