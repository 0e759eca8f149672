using GitOps.Operator.Git;

namespace GitOps.Operator.Charts;

/// <summary>What is known of a chart without waiting.</summary>
internal static class KnownCharts
{
    /// <summary>The newest version that is known now; null: none is.</summary>
    public static ResolvedChart? Found(this IChartRepositories repositories, ChartReference chart)
    {
        try
        {
            var resolving = repositories.ResolveAsync(chart, CancellationToken.None);
            return resolving.IsCompletedSuccessfully ? resolving.Result : null;
        }
        catch (GitException)
        {
            return null;
        }
    }
}
