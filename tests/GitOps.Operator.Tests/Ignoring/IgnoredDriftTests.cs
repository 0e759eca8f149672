using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Diff;
using GitOps.Operator.Diff.Masking;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile;

namespace GitOps.Operator.Tests.Ignoring;

/// <summary>What the rules leave of a verdict on an object of which ignored fields were held.</summary>
public sealed class IgnoredDriftTests
{
    private static readonly Fingerprint Held = new("u", 1, "entry", "2026-01-01T00:00:00Z", "metadata", "values", null) { Holds = true };

    [Fact]
    public void What_is_found_beside_held_fields_is_masked_as_the_platform_team_says()
    {
        var mask = new SecretMask(["example.com/note"]);
        var judged = IgnoredDrift.Judge(
            new(Names.FieldManager, mask), Rules.Pointers("/data/replicas"), Subject("live-note", "5", "\"uid\": \"u\", "), Held, Subject("git-note", "3"),
            new Verdict.Modified([]));

        judged.NeedsServer.ShouldBeTrue();
        var field = judged.Verdict.ShouldBeOfType<Verdict.Modified>().Fields.ShouldHaveSingleItem();
        field.Path.ShouldBe("metadata.annotations[\"example.com/note\"]");
        (field.Desired, field.Live).ShouldBe(($"\"{SecretMask.Secret}\"", $"\"{SecretMask.Secret}\""));
    }

    private static KubernetesObject Subject(string note, string replicas, string identity = "") => KubernetesObject.Parse(
        $$"""
        {"apiVersion": "v1", "kind": "ConfigMap",
         "metadata": {{{identity}}"namespace": "shop", "name": "web", "annotations": {"example.com/note": "{{note}}"} },
         "data": {"replicas": "{{replicas}}"} }
        """);
}
