using GitOps.Operator.Git;

namespace GitOps.Operator.Charts;

/// <summary>What is known of a chart without waiting.</summary>
internal static class KnownCharts
{
    /// <summary>The newest version that is known now, and its digest; nulls: none is.</summary>
    public static (string? Version, string? Digest) Known(this IChartRepositories repositories, ChartReference chart)
    {
        try
        {
            var resolving = repositories.ResolveAsync(chart, CancellationToken.None);
            return resolving.IsCompletedSuccessfully && resolving.Result is { } found ? (found.Version, found.Digest) : default;
        }
        catch (GitException)
        {
            return default;
        }
    }
}
