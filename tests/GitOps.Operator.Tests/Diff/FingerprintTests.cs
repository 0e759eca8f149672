using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Diff;
using GitOps.Operator.Model;

namespace GitOps.Operator.Tests.Diff;

public sealed class FingerprintTests
{
    private static readonly KeyedHash Hash = new("0123456789abcdef0123456789abcdef"u8);

    [Fact]
    public void It_holds_what_identifies_the_applied_state()
    {
        var recorded = RecordedCase.Read("changed-value-scale");

        var fingerprint = recorded.Fingerprint(Hash);

        fingerprint.Uid.ShouldBe(recorded.Answer.Uid);
        fingerprint.Generation.ShouldBe(1);
        fingerprint.EntryTime.ShouldBe((string?)recorded.Answer.Metadata!["managedFields"]![0]!["time"]);
        fingerprint.EmptyLeaves.ShouldBe("""{"f:spec":{"f:template":{"f:spec":{"f:volumes":{"k:{\"name\":\"tmp\"}":{"f:emptyDir":{}}}}}}}""");
    }

    [Fact]
    public void A_ConfigMap_has_no_generation() => RecordedCase.Read("changed-data").Fingerprint(Hash).Generation.ShouldBeNull();

    [Theory]
    [InlineData("metadata.labels.team", "\"b\"", true, false)]
    [InlineData("metadata.labels.other", "\"b\"", false, false)]
    [InlineData("metadata.annotations.other", "\"b\"", false, false)]
    [InlineData("metadata.resourceVersion", "\"99\"", false, false)]
    [InlineData("spec.replicas", "4", false, true)]
    [InlineData("spec.replicas", "3.0", false, false)]
    [InlineData("spec.revisionHistoryLimit", "4", false, false)]
    [InlineData("spec.selector.matchLabels.app", "\"x\"", false, true)]
    [InlineData("spec.selector.matchLabels.more", "\"x\"", false, true)]
    [InlineData("spec.template.spec.containers.0.image", "\"x\"", false, true)]
    [InlineData("spec.template.spec.containers.0.terminationMessagePath", "\"x\"", false, false)]
    [InlineData("spec.template.spec.containers.0.env.0.value", "\"x\"", false, true)]
    [InlineData("spec.template.spec.volumes.0.emptyDir.medium", "\"Memory\"", false, false)]
    [InlineData("status.replicas", "4", false, false)]
    public void Only_values_that_we_own_are_in_the_hashes(string path, string value, bool inMetadata, bool inValues)
    {
        var recorded = RecordedCase.Read("changed-value-scale");
        var before = recorded.Fingerprint(Hash);
        var changed = recorded.Answer;
        Set(changed.Json, path, KubernetesJson.Parse(value)!);

        var after = FingerprintFactory.From(changed, Names.FieldManager, recorded.Desired, Hash);

        (after.MetadataHash != before.MetadataHash).ShouldBe(inMetadata);
        (after.ValuesHash != before.ValuesHash).ShouldBe(inValues);
        after.EntryHash.ShouldBe(before.EntryHash);
    }

    [Fact]
    public void Items_of_others_among_ours_do_not_change_the_values()
    {
        var recorded = RecordedCase.Read("changed-value-scale");
        var before = recorded.Fingerprint(Hash);
        var changed = recorded.Answer;
        var init = changed.At("spec", "template", "spec", "initContainers")!.AsArray();
        init.Insert(1, new JsonObject { ["name"] = "injected" });

        Fingerprint With() => FingerprintFactory.From(changed, Names.FieldManager, recorded.Desired, Hash);

        With().ValuesHash.ShouldBe(before.ValuesHash);
        var first = init[0]!;
        init.RemoveAt(0);
        init.Add(first);
        With().ValuesHash.ShouldNotBe(before.ValuesHash, StringComparer.Ordinal);
    }

    [Fact]
    public void The_version_of_the_entry_is_part_of_its_hash()
    {
        var recorded = RecordedCase.Read("changed-value-scale");
        var other = recorded.Answer;
        other.Metadata!["managedFields"]![0]!["apiVersion"] = "apps/v1beta1";

        FingerprintFactory.From(other, Names.FieldManager, recorded.Desired, Hash).EntryHash
            .ShouldNotBe(recorded.Fingerprint(Hash).EntryHash, StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("manager", "other")]
    [InlineData("operation", "Update")]
    [InlineData("subresource", "status")]
    public void Only_our_own_apply_is_our_entry(string field, string value)
    {
        var recorded = RecordedCase.Read("changed-value-scale");
        var other = recorded.Answer;
        other.Metadata!["managedFields"]![0]![field] = value;

        OwnEntry.Find(other, Names.FieldManager).ShouldBeNull();
        OwnEntry.Find(recorded.Answer, Names.FieldManager).ShouldNotBeNull();
    }

    private static void Set(JsonNode node, string path, JsonNode value)
    {
        var names = path.Split('.');
        foreach (var name in names[..^1])
        {
            node = int.TryParse(name, out var index) ? node[index]! : node[name] ?? Add((JsonObject)node, name);
        }

        node[names[^1]] = value;
    }

    private static JsonObject Add(JsonObject parent, string name)
    {
        var made = new JsonObject();
        parent[name] = made;
        return made;
    }
}
