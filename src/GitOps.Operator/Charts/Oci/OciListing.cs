using System.Collections.Immutable;

namespace GitOps.Operator.Charts.Oci;

/// <summary>What a repository of a registry had, for what was asked.</summary>
/// <param name="Answers">By question.</param>
/// <param name="Releases">By tag or digest that was looked at, with the digest of the manifest.</param>
internal sealed record OciListing(
    ImmutableDictionary<ChartQuestion, ChartAnswer> Answers, ImmutableDictionary<string, (string Manifest, ChartRelease Release)> Releases) : IChartListing
{
    public ChartAnswer? Find(ChartQuestion question) => Answers.GetValueOrDefault(question);
}
