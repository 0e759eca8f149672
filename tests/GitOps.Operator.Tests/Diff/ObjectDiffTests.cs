using GitOps.Operator.Api;
using GitOps.Operator.Diff;
using GitOps.Operator.Diff.Masking;
using GitOps.Operator.Diff.Unified;

namespace GitOps.Operator.Tests.Diff;

public sealed class ObjectDiffTests
{
    private static readonly KeyedHash Hash = new("0123456789abcdef0123456789abcdef"u8);
    private static readonly DriftJudge Judge = new(Names.FieldManager, Hash);

    /// <summary>Recorded events; the drift as a unified diff, without the two lines of names.</summary>
    public static TheoryData<string> Recorded =>
    [
        "changed-value-scale", "changed-value-edit", "removed-env", "removed-all-env", "removed-label", "removed-data-key", "secret-edited",
        "reordered-init-containers", "own-name-added", "service-port-removed", "custom-resource-changed", "null-leaves", "empty-leaf-replaced",
        "stripped-label", "atomic-list-added-to",
    ];

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Drift_is_shown_as_a_unified_diff(string name)
    {
        var recorded = RecordedCase.Read(name);
        var verdict = Judge.Judge(recorded.Observed, recorded.Fingerprint(Hash), recorded.Desired).ShouldBeOfType<Verdict.Modified>();

        var diff = ObjectDiff.OfDrift(SecretMask.Default, recorded.Desired, recorded.Observed, verdict.Fields);

        Golden.Check($"Diff/Unified/{name}.diff", diff);
    }

    [Fact]
    public void A_plan_shows_what_the_server_answered_and_nothing_that_only_the_server_keeps()
    {
        var recorded = RecordedCase.Read("changed-value-edit");

        var diff = ObjectDiff.OfPlan(SecretMask.Default, recorded.Observed, recorded.HealDryRun!);

        Golden.Check("Diff/Unified/plan-changed-value-edit.diff", diff);
        diff.ShouldNotContain("managedFields");
        diff.ShouldNotContain("resourceVersion");
    }

    [Fact]
    public void What_is_the_same_has_no_diff()
    {
        var recorded = RecordedCase.Read("changed-value-edit");
        ObjectDiff.OfPlan(SecretMask.Default, recorded.Answer, recorded.Answer).ShouldBeEmpty();
    }

    [Fact]
    public void No_value_of_a_Secret_is_in_a_diff()
    {
        var recorded = RecordedCase.Read("secret-edited");

        var diff = ObjectDiff.OfPlan(SecretMask.Default, recorded.Observed, recorded.Desired);

        foreach (var secret in new[] { recorded.Desired, recorded.Observed })
        {
            foreach (var (_, value) in secret.Json["data"]!.AsObject())
            {
                diff.ShouldNotContain((string)value!);
            }
        }

        diff.ShouldContain("+  password: (secret, changed)");
    }

    [Theory]
    [InlineData(100, "a\nb\n")]
    [InlineData(4, "a\nb\n")]
    public void A_short_diff_is_not_cut(int length, string diff) => ObjectDiff.Cut(diff, length).ShouldBe(diff);

    [Fact]
    public void A_long_diff_is_cut_at_the_end_of_a_line()
    {
        var diff = string.Concat(Enumerable.Range(0, 100).Select(static i => $" line {i}\n"));

        var cut = ObjectDiff.Cut(diff, 50);

        cut.Length.ShouldBeLessThanOrEqualTo(50);
        cut.ShouldBe(" line 0\n line 1\n line 2\n line 3\n line 4\n… cut\n");
    }
}
