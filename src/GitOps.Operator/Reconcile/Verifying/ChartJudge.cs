using System.Text;
using GitOps.Manifests.Plain;
using GitOps.Operator.Api;
using GitOps.Operator.Charts;
using GitOps.Operator.Git;
using GitOps.Operator.Reconcile.Sources;

namespace GitOps.Operator.Reconcile.Verifying;

/// <summary>Whether a chart of a repository may be deployed: its provenance file, by the keys of its policy, and its version. It knows no Application.</summary>
internal sealed class ChartJudge
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(30);

    private readonly IChartRepositories _charts;
    private readonly TimeProvider _time;

    public ChartJudge(IChartRepositories charts, TimeProvider time) => (_charts, _time) = (charts, time);

    /// <summary>What the signature of a chart is kept by in memory.</summary>
    public static string NameOf(CheckedSource source, string version) => $"chart {source.Chart} {version}";

    /// <summary>Never fails: what cannot be found out is a verdict, too, and no yes.</summary>
    /// <returns>With the chart as it was judged: just the package that is signed, and no other of its version.</returns>
    public async Task<(SourceVerdict Verdict, ResolvedSource Judged)> JudgeAsync(ResolvedSource chart, JudgedBy by, CancellationToken cancellationToken)
    {
        var said = new List<string>();
        if (!by.Policy.AllowedRevisions.IsEmpty)
        {
            if (!by.Policy.AllowedRevisions.Any(pattern => GlobPattern.Parse(pattern).IsMatch(chart.Revision)))
            {
                return (Refuse(chart, "RevisionNotAllowed", $"this version is not among the allowed revisions ({string.Join(", ", by.Policy.AllowedRevisions)})"), chart);
            }

            said.Add("this version is allowed");
        }

        if (by.Keys is not { } keys)
        {
            return (new(true, "Verified", $"{NameOf(chart)}: {string.Join("; ", said)}"), chart);
        }

        if (keys.OpenPgp.IsEmpty)
        {
            return (new(null, "KeysInvalid", $"{NameOf(chart)} cannot be verified: charts are signed with OpenPGP, and verify.keys give ssh keys only"), chart);
        }

        try
        {
            var signature = await _charts.VerifyAsync(
                chart.Source.ChartReference with { Version = chart.Revision }, new(chart.Revision, chart.Digest, chart.ObservedAt, chart.Warning),
                [.. keys.OpenPgp.Select(static key => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(key.Text))], cancellationToken);
            said.Add($"it {signature.Finding.Problem}");
            var verdict = new SourceVerdict(true, "Verified", $"{NameOf(chart)}: {string.Join("; ", said)}")
            {
                Signature = $"Verified ({signature.Finding.Who})",
                GoodUntil = signature.Finding.GoodUntil,
            };
            return (verdict, chart with { Digest = signature.Digest });
        }
        catch (GitException failure) when (failure.Kind == GitFailure.NotVerified)
        {
            // A provenance file can be uploaded, or replaced, without anything that would tell.
            var finding = failure.Signature;
            var refusal = Refuse(chart, finding?.State.ToString() ?? "BadSignature", failure.Message) with
            {
                Signature = finding is { State: not Git.Signatures.SignatureState.NotSigned } ? $"Refused ({finding.State}: {finding.Who})" : "None",
                RetryAt = _time.GetUtcNow() + LookAgain,
            };
            return (refusal, chart);
        }
        catch (GitException failure)
        {
            var unknown = new SourceVerdict(null, "VerificationFailed", $"{NameOf(chart)} cannot be verified: {failure.Message}")
            {
                RetryAt = _time.GetUtcNow() + RetryAfter,
                NeedsUser = failure.NeedsUser,
            };
            return (unknown, chart);
        }
    }

    private static string NameOf(ResolvedSource chart) => NameOf(chart.Source, chart.Revision);

    private static SourceVerdict Refuse(ResolvedSource chart, string reason, string problem) => new(false, reason, $"{NameOf(chart)} is not deployed: {problem}");
}
