using GitOps.Operator.Charts;
using GitOps.Operator.Credentials;
using GitOps.Operator.Options;
using Microsoft.Extensions.Logging;

namespace GitOps.Operator.Controllers;

/// <summary>Makes what fetches charts from the operator's options.</summary>
internal static class ChartStage
{
    public static ChartRepositories Create(
        OperatorOptions options, IRepositoryCredentials credentials, IChartObserver observer, TimeProvider time, ILogger logger) => new(
        new ChartOptions { CacheDirectory = Path.Combine(options.CacheDirectory, "charts") },
        new ChartServices(credentials, observer, time, Random.Shared.NextDouble, logger));
}
