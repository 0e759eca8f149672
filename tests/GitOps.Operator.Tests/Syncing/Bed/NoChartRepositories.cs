using GitOps.Manifests.Trees;
using GitOps.Operator.Charts;
using GitOps.Operator.Git;

namespace GitOps.Operator.Tests.Syncing.Bed;

/// <summary>Where no charts can be had: says so.</summary>
internal sealed class NoChartRepositories : IChartRepositories
{
    public static readonly NoChartRepositories Instance = new();

    public IDisposable Subscribe(ChartSubscription subscription) => new Nothing();

    public ValueTask<ResolvedChart> ResolveAsync(ChartReference chart, CancellationToken cancellationToken) =>
        ValueTask.FromException<ResolvedChart>(Refusal(chart));

    public Task<ISourceTree> OpenAsync(ChartReference chart, ResolvedChart resolved, CancellationToken cancellationToken) =>
        Task.FromException<ISourceTree>(Refusal(chart));

    public Task<ChartSignature> VerifyAsync(
        ChartReference chart, ResolvedChart resolved, IReadOnlyCollection<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken) =>
        Task.FromException<ChartSignature>(Refusal(chart));

    public RepositoryState StateOf(ChartReference chart) => RepositoryState.Unknown;

    public Task RefreshAsync(ChartReference chart, CancellationToken cancellationToken) => Task.CompletedTask;

    private static GitException Refusal(ChartReference chart) => new(
        GitFailure.NotAllowed, $"chart {chart}: this operator reads no repositories of charts; commit the chart to Git");

    private sealed class Nothing : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
