using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Diff;

namespace GitOps.Operator.Tests.Diff;

/// <summary>Values of ours that a webhook rewrote in somebody else's request: they stay ours, and nobody's name is on them.</summary>
public sealed class ChangedValuesTests
{
    private const string Time = "2026-01-01T00:00:00Z";
    private static readonly KeyedHash Hash = new("0123456789abcdef0123456789abcdef"u8);
    private static readonly DriftJudge Judge = new(Names.FieldManager, Hash);
    private static readonly KubernetesObject Desired = Object("""{"color": "blue", "size": "large", "stamp": "ours"}""");

    // A webhook stamps it whenever it is written, our own applies included.
    private static readonly KubernetesObject Answer = Object("""{"color": "blue", "size": "large", "stamp": "stamped"}""", ["color", "size", "stamp"]);

    [Fact]
    public void What_a_webhook_made_of_the_apply_is_not_named_beside_what_was_rewritten_later() =>
        Fields(Object("""{"color": "blue", "size": "tiny", "stamp": "stamped"}""", ["color", "size", "stamp"])).ShouldBe("data.size");

    [Fact]
    public void What_the_webhook_stamped_otherwise_later_is_named() =>
        Fields(Object("""{"color": "blue", "size": "large", "stamp": "again"}""", ["color", "size", "stamp"])).ShouldBe("data.stamp");

    [Fact]
    public void A_value_that_is_still_ours_is_named_though_another_was_taken_over_unchanged() =>
        Fields(Object("""{"color": "blue", "size": "tiny", "stamp": "stamped"}""", ["size", "stamp"], ["color"])).ShouldBe("data.size");

    [Fact]
    public void A_value_that_is_still_ours_is_named_beside_one_that_somebody_changed() =>
        Fields(Object("""{"color": "red", "size": "tiny", "stamp": "stamped"}""", ["size", "stamp"], ["color"])).ShouldBe("data.color vi | data.size");

    [Fact]
    public void A_value_that_is_still_ours_is_named_beside_one_that_was_removed() =>
        Fields(Object("""{"size": "tiny", "stamp": "stamped"}""", ["size", "stamp"])).ShouldBe("data.color | data.size");

    [Fact]
    public void What_was_taken_over_unchanged_is_no_drift_whatever_was_stamped() =>
        Judge.Judge(Object("""{"color": "blue", "size": "large", "stamp": "stamped"}""", ["size", "stamp"], ["color"]), Print(), Desired)
            .ShouldBeOfType<Verdict.OwnAgainQuietly>();

    private static string Fields(KubernetesObject observed) => string.Join(" | ", Judge.Judge(observed, Print(), Desired).ShouldBeOfType<Verdict.Modified>()
        .Fields.Select(static field => $"{field.Path} {field.Manager}".TrimEnd()));

    private static GitOps.Operator.Model.Fingerprint Print() => FingerprintFactory.From(Answer, Names.FieldManager, Desired, Hash);

    private static KubernetesObject Object(string data, string[]? ours = null, string[]? theirs = null)
    {
        var subject = KubernetesObject.Parse($$"""
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "app", "uid": "u", "resourceVersion": "1"}, "data": {{data}} }
            """);
        if (ours is not null)
        {
            var entries = new JsonArray(Entry(Names.FieldManager, "Apply", ours));
            subject.Metadata!["managedFields"] = entries;
            if (theirs is not null)
            {
                entries.Add(Entry("vi", "Update", theirs));
            }
        }

        return subject;
    }

    private static JsonObject Entry(string manager, string operation, string[] keys) => new()
    {
        ["manager"] = manager,
        ["operation"] = operation,
        ["apiVersion"] = "v1",
        ["time"] = Time,
        ["fieldsType"] = "FieldsV1",
        ["fieldsV1"] = new JsonObject { ["f:data"] = new JsonObject(keys.Select(static key => KeyValuePair.Create<string, JsonNode?>("f:" + key, new JsonObject()))) },
    };
}
