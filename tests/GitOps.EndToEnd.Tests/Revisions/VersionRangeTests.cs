using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Revisions;

public sealed class VersionRangeTests(Cluster cluster)
{
    [Fact]
    public async Task The_newest_tag_of_a_range_is_deployed_as_soon_as_it_is_there()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "ranges");
        var repository = space.NewRepository();
        var first = repository.Commit(("a.yaml", Manifests.ConfigMap("settings", "1.0")));
        repository.Tag("web-1.0.0");
        repository.Commit(("a.yaml", Manifests.ConfigMap("settings", "2.0-rc")));
        repository.Tag("web-1.1.0-rc.1");
        repository.Tag("other-1.9.0");
        await space.StartOperatorAsync();
        var application = await space.CreateApplicationAsync("web", repository, change: static json => Source(json, "^1.0", "web-"));

        var synced = await space.UntilSyncedAsync(application, first);
        synced.Status.Sync!.Ref.ShouldBe("refs/tags/web-1.0.0");

        // A commit without a tag and one out of the range change nothing; the next in it is deployed.
        repository.Commit(("a.yaml", Manifests.ConfigMap("settings", "2.0")));
        repository.Tag("web-2.0.0");
        var next = repository.Commit(("a.yaml", Manifests.ConfigMap("settings", "1.2")));
        repository.Tag("web-1.2.0");
        var upgraded = await space.UntilSyncedAsync(application, next);
        (upgraded.Status.Sync!.Ref, upgraded.Status.History.Length).ShouldBe(("refs/tags/web-1.2.0", 2));
        upgraded.Status.History[^1].Source!.TargetRevision.ShouldBe("^1.0");
        await space.UntilObjectAsync(Kinds.ConfigMap, space.Target, "settings", "is of 1.2", static found => found.Json["data"]!["key"]!.GetValue<string>() == "1.2");

        // The tag is taken back: so is what it brought, and that is said.
        repository.DeleteTag("web-1.2.0");
        var back = await space.UntilSyncedAsync(application, first);
        back.Status.Sync!.Ref.ShouldBe("refs/tags/web-1.0.0");
        (await space.UntilConditionAsync(application, "SourceWarning", "True")).Message.ShouldContain("the tag web-1.2.0, which '^1.0' meant before, is gone");

        // None is left: what was deployed stays.
        repository.DeleteTag("web-1.0.0");
        var failed = await space.UntilConditionAsync(application, Conditions.Ready, "False", "RevisionNotFound");
        failed.Message.ShouldContain("no tag is in the range '^1.0'");
        failed.Message.ShouldContain("web-2.0.0");
        (await cluster.GetAsync(Kinds.ConfigMap, space.Target, "settings")).ShouldNotBeNull();
    }

    private static void Source(JsonObject application, string revision, string prefix)
    {
        var source = application["spec"]!["source"]!;
        source["targetRevision"] = revision;
        source["tagPrefix"] = prefix;
    }
}
