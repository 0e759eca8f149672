using GitOps.Manifests;
using GitOps.Manifests.Helm;
using GitOps.Manifests.Trees;
using GitOps.Operator.Charts.Packages;
using GitOps.Operator.Git;

namespace GitOps.Operator.Charts;

/// <summary>
/// Fetches the charts that a chart needs, from the repositories that its Chart.yaml names and with the credentials of the namespace
/// that the chart is rendered for.
/// </summary>
internal sealed class ChartDependencies : IChartDependencies
{
    private readonly IChartRepositories _repositories;
    private readonly string _tenant;
    private readonly bool _passCredentials;

    /// <param name="repositories">Where charts come from.</param>
    /// <param name="tenant">The namespace of the Application; empty: nobody's, without credentials.</param>
    /// <param name="passCredentials">As the Application asks for it.</param>
    public ChartDependencies(IChartRepositories repositories, string tenant, bool passCredentials)
    {
        (_repositories, _tenant, _passCredentials) = (repositories, tenant, passCredentials);
    }

    public async Task<ISourceTree> OpenAsync(ChartDependency dependency, CancellationToken cancellationToken)
    {
        var repository = dependency.Repository;
        if (repository.StartsWith('@') || repository.StartsWith("alias:", StringComparison.Ordinal))
        {
            throw Error($"{dependency.Role} '{dependency.Name}': '{GitErrors.Clean(repository)}' is the name that a repository has on somebody's computer: write its URL (https://… or oci://…)");
        }

        if (repository.Length == 0 || !repository.Contains("://", StringComparison.Ordinal))
        {
            throw Error($"{dependency.Role} '{dependency.Name}' is not in charts/, and its repository is no URL: write https://… or oci://…, or add the chart to charts/");
        }

        var chart = new ChartReference(new(repository, _tenant), dependency.Name, dependency.Version) { PassCredentials = _passCredentials };
        try
        {
            return await _repositories.OpenAsync(chart, await _repositories.ResolveAsync(chart, cancellationToken), cancellationToken);
        }
        catch (GitException exception) when (exception.NeedsUser)
        {
            throw Error($"{dependency.Role} '{dependency.Name}': {exception.Message}");
        }
    }

    private static ManifestException Error(string message) => new(new ManifestError(ChartFile.FileName, null, message));
}
