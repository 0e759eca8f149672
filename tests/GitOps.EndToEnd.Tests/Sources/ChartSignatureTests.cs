using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Operator.Api;
using GitOps.Testing;

namespace GitOps.EndToEnd.Tests.Sources;

/// <summary>Charts that are not signed by the right people stay out, and what is there stays.</summary>
public sealed class ChartSignatureTests(Cluster cluster)
{
    private const string Verify = """{"keys": [{"configMapRef": {"name": "keys"}}]}""";

    [Fact]
    public async Task A_chart_is_deployed_only_with_a_good_provenance_file_and_the_last_good_one_stays()
    {
        await using var bed = await ChartRepositoryBed.WithIndexAsync(cluster);
        var signing = Signing.Require(cluster.NewDirectory("signing"));
        using var trusted = signing.OpenPgp("trusted");
        using var stranger = signing.OpenPgp("stranger");
        using var late = signing.OpenPgp("late", expire: "30d", at: "20200101T000000");
        late.SignAt("20200110T000000");
        await bed.WriteKeysAsync(trusted.Public, late.Public);
        await bed.PublishAsync(await bed.PackAsync("1.0.0", signer: trusted));
        await bed.AllowAsync();
        await bed.DeployAsync("^1.0", static source => source["verify"] = JsonNode.Parse(Verify));
        var first = await bed.Space.StartOperatorAsync();
        var synced = await bed.Space.UntilSyncedAsync(bed.Application, "1.0.0");
        synced.Status.Sync!.Commit!.Signature.ShouldBe($"Verified (openpgp {trusted.Fingerprint}, trusted <trusted@example.org>)");
        synced.Status.History[^1].Commit!.Signature.ShouldBe(synced.Status.Sync.Commit.Signature);
        synced.Status.Condition(Conditions.SourceVerified)!.Message.ShouldBe($"chart web 1.0.0: it is signed (openpgp {trusted.Fingerprint}, trusted <trusted@example.org>)");

        await bed.PublishAsync(await bed.PackAsync("1.1.0"));
        (await bed.UntilRefusedAsync("1.1.0", "NotSigned", "1.0.0")).Message.ShouldContain("has no provenance file");
        await bed.HealAsync("1.0.0");
        await first.DisposeAsync();
        await bed.Space.StartOperatorAsync();
        await bed.UntilRefusedAsync("1.1.0", "NotSigned", "1.0.0");
        await bed.HealAsync("1.0.0");

        await bed.PublishAsync(await bed.PackAsync("1.2.0", signer: stranger));
        (await bed.UntilRefusedAsync("1.2.0", "UnknownKey", "1.0.0")).Message.ShouldContain("not among the given ones");

        // The provenance file of one stays beside the other.
        await bed.PackAsync("1.3.0", signer: trusted);
        await bed.PublishAsync(await bed.PackAsync("1.3.0", ChartRepositoryBed.Map("{key: hostile}")));
        (await bed.UntilRefusedAsync("1.3.0", "BadSignature", "1.0.0")).Message.ShouldContain("for a package with another digest");

        var rewritten = await bed.PackAsync("1.4.0", signer: trusted);
        await File.WriteAllTextAsync(rewritten + ".prov", (await File.ReadAllTextAsync(rewritten + ".prov")).Replace("name: web", "name: wob", StringComparison.Ordinal));
        await bed.PublishAsync(rewritten);
        (await bed.UntilRefusedAsync("1.4.0", "BadSignature", "1.0.0")).Message.ShouldContain("its signature is bad");

        var old = await bed.PackAsync("1.5.0");
        await ChartRepositoryBed.SignAsync(old, "1.5.0", late);
        await bed.PublishAsync(old);
        (await bed.UntilRefusedAsync("1.5.0", "ExpiredKey", "1.0.0")).Message.ShouldContain("by a key that has expired");

        var good = await bed.PackAsync("1.6.0");
        await ChartRepositoryBed.SignAsync(good, "1.6.0", trusted);
        await bed.PublishAsync(good);
        (await bed.Space.UntilSyncedAsync(bed.Application, "1.6.0")).Status.Sync!.RefusedRevision.ShouldBeNull();
        (await bed.ValueAsync()).ShouldBe("1.6.0");

        await cluster.DeleteAsync(Kinds.ConfigMap, bed.Space.ApplicationNamespace, "keys");
        (await bed.UntilRefusedAsync("1.6.0", "KeysMissing", "1.6.0")).Status.ShouldBe("Unknown");
        await bed.WriteKeysAsync(stranger.Public);
        await bed.UntilRefusedAsync("1.6.0", "UnknownKey", "1.6.0");
        await bed.WriteKeysAsync(trusted.Public);
        await bed.Space.UntilConditionAsync(bed.Application, Conditions.SourceVerified, "True");
    }

    [Fact]
    public async Task A_chart_of_a_registry_is_verified_by_the_provenance_that_was_pushed_with_it_and_by_its_version()
    {
        await using var bed = await ChartRepositoryBed.WithRegistryAsync(cluster);
        using var trusted = Signing.Require(cluster.NewDirectory("signing")).OpenPgp("trusted");
        await bed.WriteKeysAsync(trusted.Public);
        await bed.PublishAsync(await bed.PackAsync("1.0.0", signer: trusted));
        await bed.AllowAsync();
        await bed.DeployAsync(">=1.0.0", static source =>
        {
            source["verify"] = JsonNode.Parse(Verify);
            source["allowedRevisions"] = new JsonArray("1.*", "3.0.0");
        });
        await bed.Space.StartOperatorAsync();
        (await bed.Space.UntilSyncedAsync(bed.Application, "1.0.0")).Status.History[^1].Commit!.Signature!.ShouldStartWith($"Verified (openpgp {trusted.Fingerprint}");

        await bed.PublishAsync(await bed.PackAsync("1.1.0"));
        await bed.UntilRefusedAsync("1.1.0", "NotSigned", "1.0.0");
        await bed.PublishAsync(await bed.PackAsync("2.0.0", signer: trusted));
        (await bed.UntilRefusedAsync("2.0.0", "RevisionNotAllowed", "1.0.0")).Message
            .ShouldBe("chart web 2.0.0 is not deployed: this version is not among the allowed revisions (1.*, 3.0.0)");
        await bed.PublishAsync(await bed.PackAsync("3.0.0", signer: trusted));
        await bed.Space.UntilSyncedAsync(bed.Application, "3.0.0");
        (await bed.ValueAsync()).ShouldBe("3.0.0");
    }
}
