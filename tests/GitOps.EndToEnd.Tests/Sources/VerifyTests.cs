using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.EndToEnd.Tests.Syncing;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Sources;

/// <summary>Who may deploy: commits that are not signed by the right people stay out, and what is there stays.</summary>
public sealed class VerifyTests(Cluster cluster)
{
    private const string Head = """{"mode": "HEAD", "keys": [{"configMapRef": {"name": "keys"}}]}""";

    [Fact]
    public async Task An_unsigned_push_is_not_deployed_and_the_last_signed_one_stays_and_is_healed()
    {
        await using var bed = await VerifyBed.CreateAsync(cluster);
        await bed.WriteKeysAsync(bed.Trusted.Public);
        var good = bed.Repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        await bed.DeployAsync(Head);
        var first = await bed.Space.StartOperatorAsync();
        var synced = await bed.Space.UntilSyncedAsync(bed.Application, good);
        synced.Status.Sync!.Commit!.Signature.ShouldBe($"Verified (ssh {bed.Trusted.Fingerprint}, trusted@example.org)");
        synced.Status.History[^1].Commit!.Signature.ShouldBe(synced.Status.Sync.Commit.Signature);
        synced.Status.Condition(Conditions.SourceVerified)!.ShouldSatisfyAllConditions(
            static verified => verified.IsTrue.ShouldBeTrue(), verified => verified.Message.ShouldContain(bed.Trusted.Fingerprint));

        bed.SignAs(null);
        var bad = bed.Repository.Commit(("a.yaml", Manifests.ConfigMap("a", "hostile")), ("b.yaml", "not: [yaml"));
        var refused = await bed.UntilRefusedAsync(bad, "NotSigned", good);
        refused.Status.Sync!.Status.ShouldBe(SyncCode.OutOfSync);
        refused.Status.Condition(Conditions.SourceVerified)!.Message.ShouldBe($"commit {bad[..7]} (main) is not deployed: it is not signed");
        await bed.Space.UntilEventAsync(bed.Application, "SourceUnverified", bad[..7]);

        // Drift is set right, and a restart changes nothing of it.
        foreach (var value in (string[])["by-hand", "by-hand-again"])
        {
            await cluster.MergeAsync(Kinds.ConfigMap, bed.Space.Target, "a", $$"""{"data":{"key":"{{value}}"} }""");
            await bed.Space.UntilAsync("the drift is healed", async () => await bed.ValueAsync("a") == "one");
            if (value == "by-hand")
            {
                await first.DisposeAsync();
                await bed.Space.StartOperatorAsync();
                await bed.UntilRefusedAsync(bad, "NotSigned", good);
            }
        }

        (await bed.CountEventsAsync("SourceUnverified", bad[..7])).ShouldBe(1);

        bed.SignAs(bed.Stranger);
        var strange = bed.Repository.Commit(("a.yaml", Manifests.ConfigMap("a", "strange")));
        (await bed.UntilRefusedAsync(strange, "UnknownKey", good)).Status.Condition(Conditions.SourceVerified)!.Message.ShouldContain(bed.Stranger.Fingerprint);
        (await bed.ValueAsync("a")).ShouldBe("one");

        bed.SignAs(bed.Trusted);
        var mended = bed.Repository.Commit(("a.yaml", Manifests.ConfigMap("a", "mended")), ("b.yaml", null));
        (await bed.Space.UntilSyncedAsync(bed.Application, mended)).Status.Sync!.RefusedRevision.ShouldBeNull();
        (await bed.ValueAsync("a")).ShouldBe("mended");
    }

    [Fact]
    public async Task A_key_that_is_taken_away_or_comes_takes_effect_at_once()
    {
        await using var bed = await VerifyBed.CreateAsync(cluster);
        var first = bed.Repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        await bed.DeployAsync(Head);
        await bed.Space.StartOperatorAsync();
        await bed.UntilRefusedAsync(first, "KeysMissing", stays: null);
        (await bed.ValueAsync("a")).ShouldBeNull("nobody can say who signed it");

        await bed.WriteKeysAsync(bed.Trusted.Public);
        await bed.Space.UntilSyncedAsync(bed.Application, first);

        await bed.WriteKeysAsync(bed.Stranger.Public);
        await bed.UntilRefusedAsync(first, "UnknownKey", first);
        var second = bed.Repository.Commit(("a.yaml", Manifests.ConfigMap("a", "two")));
        await bed.UntilRefusedAsync(second, "UnknownKey", first);

        await bed.WriteKeysAsync("hunter2");
        var unread = await bed.UntilRefusedAsync(second, "KeysInvalid", first);
        unread.Status.Condition(Conditions.SourceVerified)!.ShouldSatisfyAllConditions(
            static condition => condition.Status.ShouldBe("Unknown"), static condition => condition.Message.ShouldNotContain("hunter2"));

        await cluster.DeleteAsync(Kinds.ConfigMap, bed.Space.ApplicationNamespace, "keys");
        await bed.UntilRefusedAsync(second, "KeysMissing", first);
        (await bed.ValueAsync("a")).ShouldBe("one");

        await bed.WriteKeysAsync(bed.Stranger.Public, bed.Trusted.Public);
        await bed.Space.UntilSyncedAsync(bed.Application, second);
        (await bed.ValueAsync("a")).ShouldBe("two");
    }

    [Fact]
    public async Task On_a_production_branch_a_direct_push_is_no_deployment_not_even_under_a_merge()
    {
        await using var bed = await VerifyBed.CreateAsync(cluster);
        await bed.WriteKeysAsync(bed.Trusted.Public);
        bed.SignAs(null);
        bed.Repository.Commit(("a.yaml", Manifests.ConfigMap("a", "zero")));
        bed.SignAs(bed.Trusted);
        bed.Repository.CommitAside("topic", ("a.yaml", Manifests.ConfigMap("a", "one")));
        var merged = bed.Repository.Merge("topic");
        await bed.DeployAsync("""{"mode": "FirstParent", "requireReview": ["MergeCommit"], "keys": [{"configMapRef": {"name": "keys"}}]}""");
        await bed.Space.StartOperatorAsync();
        await bed.Space.UntilSyncedAsync(bed.Application, merged);

        var pushed = bed.Repository.Commit(("a.yaml", Manifests.ConfigMap("a", "pushed")));
        await bed.UntilRefusedAsync(pushed, "NotReviewed", merged);

        bed.Repository.CommitAside("next", ("b.yaml", Manifests.ConfigMap("b", "two")));
        var over = bed.Repository.Merge("next");
        var refused = await bed.UntilRefusedAsync(over, "NotReviewed", merged);
        refused.Status.Condition(Conditions.SourceVerified)!.Message.ShouldContain($"commit {pushed[..7]} before it was pushed without a review");
        (await bed.ValueAsync("a")).ShouldBe("one");

        // A person who may change the Application looked at it.
        await cluster.MergeAsync(
            Kinds.Application, bed.Application.Namespace, bed.Application.Name, $$"""{"spec":{"source":{"verify":{"since":"{{over}}"} } } }""");
        bed.Repository.CommitAside("last", ("a.yaml", Manifests.ConfigMap("a", "three")));
        var last = bed.Repository.Merge("last");
        await bed.Space.UntilSyncedAsync(bed.Application, last);
        (await bed.ValueAsync("a")).ShouldBe("three");
    }

    [Fact]
    public async Task A_sync_that_is_asked_for_is_judged_too()
    {
        await using var bed = await VerifyBed.CreateAsync(cluster);
        await bed.WriteKeysAsync(bed.Trusted.Public);
        bed.SignAs(null);
        var unsigned = bed.Repository.Commit(("a.yaml", Manifests.ConfigMap("a", "unsigned")));
        bed.SignAs(bed.Trusted);
        var good = bed.Repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        await bed.DeployAsync(Head, static json => json["spec"]!["syncPolicy"]!.AsObject().Remove("automated"));
        await bed.Space.StartOperatorAsync();
        await bed.Space.UntilConditionAsync(bed.Application, Conditions.SourceVerified, "True");

        await AskAsync(bed, unsigned);
        var answer = await bed.Space.UntilAsync(bed.Application, "refuses the request", static application => application.Status.OperationState?.Phase == OperationPhase.Error);
        answer.Status.OperationState!.Message!.ShouldContain($"commit {unsigned[..7]} is not deployed: it is not signed");
        (await bed.ValueAsync("a")).ShouldBeNull();

        await AskAsync(bed, good);
        await bed.Space.UntilSyncedAsync(bed.Application, good);
    }

    [Fact]
    public async Task Only_allowed_revisions_and_signed_tags_are_deployed()
    {
        await using var bed = await VerifyBed.CreateAsync(cluster);
        await bed.WriteKeysAsync(bed.Trusted.Public);
        var first = bed.Repository.Commit(("a.yaml", Manifests.ConfigMap("a", "one")));
        bed.Repository.TagAnnotated("v1");
        bed.SignAs(null);
        bed.Repository.TagAnnotated("v2");
        await bed.DeployAsync("""{"mode": "Tag", "keys": [{"configMapRef": {"name": "keys"}}]}""", static json =>
        {
            json["spec"]!["source"]!["targetRevision"] = "v1";
            json["spec"]!["source"]!["allowedRevisions"] = new JsonArray("v*");
        });
        await bed.Space.StartOperatorAsync();
        (await bed.Space.UntilSyncedAsync(bed.Application, first)).Status.Sync!.Commit!.Signature!.ShouldStartWith("Verified (tag v1: ssh SHA256:");

        await TargetAsync(bed, "main");
        await bed.UntilRefusedAsync(first, "RevisionNotAllowed", first);
        await TargetAsync(bed, "v2");
        await bed.UntilRefusedAsync(first, "NotSigned", first);
        await TargetAsync(bed, "v1");
        await bed.Space.UntilSyncedAsync(bed.Application, first);
    }

    private static Task<KubernetesObject> TargetAsync(VerifyBed bed, string revision) => bed.Space.Cluster.MergeAsync(
        Kinds.Application, bed.Application.Namespace, bed.Application.Name, $$"""{"spec":{"source":{"targetRevision":"{{revision}}"} } }""");

    private static Task<KubernetesObject> AskAsync(VerifyBed bed, string revision) => bed.Space.Cluster.MergeAsync(
        Kinds.Application, bed.Application.Namespace, bed.Application.Name, $$"""{"operation":{"sync":{"revision":"{{revision}}"} } }""");
}
