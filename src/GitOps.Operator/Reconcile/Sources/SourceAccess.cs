using System.Collections.Immutable;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;
using GitOps.Operator.Charts;
using GitOps.Operator.Git;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Sources;

/// <summary>Where sources come from: repositories of Git and of charts, asked alike.</summary>
internal sealed class SourceAccess
{
    private readonly IGitRepositories _repositories;
    private readonly IChartRepositories _charts;

    public SourceAccess(IGitRepositories repositories, IChartRepositories charts)
    {
        _repositories = repositories;
        _charts = charts;
    }

    /// <returns>Dispose it to end the interest.</returns>
    /// <exception cref="GitException">The URL cannot be used.</exception>
    public IDisposable Subscribe(CheckedSource source, TimeSpan interval, Action changed) => source.IsChart
        ? _charts.Subscribe(new(source.ChartReference, interval, changed))
        : _repositories.Subscribe(new(source.Repository, source.RevisionName, interval, changed));

    /// <summary>Answers at once where the repository has been polled and no commit has to be fetched for it.</summary>
    /// <param name="source">The source.</param>
    /// <param name="wanted">Another revision than its own; null: its own.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="GitException">It was never reached, or has no such revision, chart or version.</exception>
    public ValueTask<ResolvedSource> ResolveAsync(CheckedSource source, string? wanted, CancellationToken cancellationToken)
    {
        if (source.IsChart)
        {
            var chart = _charts.ResolveAsync(Reference(source, wanted), cancellationToken);
            return chart.IsCompletedSuccessfully ? new(Of(source, chart.Result)) : ChartAsync(source, chart);
        }

        var commit = _repositories.ResolveAsync(source.Repository, wanted is null ? source.RevisionName : new(wanted, source.TagPrefix), cancellationToken);
        return commit.IsCompletedSuccessfully ? new(Of(source, commit.Result)) : CommitAsync(source, commit);
    }

    /// <summary>The files of a source, of its whole repository or chart.</summary>
    /// <exception cref="GitException">They cannot be had.</exception>
    public Task<ISourceTree> OpenAsync(ResolvedSource resolved, CancellationToken cancellationToken)
    {
        var source = resolved.Source;
        return source.IsChart
            ? _charts.OpenAsync(
                Reference(source, resolved.Revision), new(resolved.Revision, resolved.Digest, resolved.ObservedAt, resolved.Warning), cancellationToken)
            : _repositories.OpenAsync(source.Repository, resolved.Revision, cancellationToken);
    }

    /// <summary>What a commit says about itself; null: it is a chart.</summary>
    public async Task<CommitFacts?> CommitAsync(CheckedSource source, string revision, CancellationToken cancellationToken)
    {
        if (source.IsChart)
        {
            return null;
        }

        var commit = await _repositories.CommitAsync(source.Repository, revision, cancellationToken);
        return new(commit.Sha, commit.Author, commit.Committer, commit.Subject, commit.CommittedAt, commit.SignatureFormat) { PullRequest = commit.PullRequest };
    }

    public RepositoryState StateOf(CheckedSource source) =>
        source.IsChart ? _charts.StateOf(source.ChartReference) : _repositories.StateOf(source.Repository);

    /// <summary>Asks now and tells subscribers what changed.</summary>
    /// <exception cref="GitException">It failed.</exception>
    public Task RefreshAsync(CheckedSource source, CancellationToken cancellationToken) => source.IsChart
        ? _charts.RefreshAsync(source.ChartReference, cancellationToken)
        : _repositories.RefreshAsync(source.Repository, cancellationToken);

    /// <summary>Asks all of them now, each repository once.</summary>
    /// <exception cref="GitException">One of them failed; the others were asked all the same.</exception>
    public Task RefreshAsync(IEnumerable<CheckedSource> sources, CancellationToken cancellationToken) => Task.WhenAll(sources
        .DistinctBy(static source => (source.Repository, source.Chart))
        .Select(source => RefreshAsync(source, cancellationToken)).ToList());

    /// <summary>Keeps what was applied in the mirrors, in place of what this name kept there before.</summary>
    /// <param name="sources">The sources.</param>
    /// <param name="name">Of the Application.</param>
    /// <param name="revision">Of all sources.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="GitException">A mirror cannot be written.</exception>
    public async Task PinAsync(ImmutableArray<CheckedSource> sources, string name, string revision, CancellationToken cancellationToken)
    {
        // A mirror keeps one commit by this name: those of other sources of the same repository are claimed.
        foreach (var (source, sha) in sources.Zip(Revisions.Split(revision)).Where(static pair => !pair.First.IsChart).DistinctBy(static pair => pair.First.Repository))
        {
            await _repositories.PinAsync(source.Repository, name, sha, cancellationToken);
        }
    }

    /// <summary>Keeps these commits from the next housekeeping on, in place of those that the name claimed there before.</summary>
    public void Claim(RepositoryAddress repository, string name, IReadOnlyCollection<string> shas) => _repositories.Claim(repository, name, shas);

    /// <summary>Lets the name's commits go.</summary>
    public void Unpin(RepositoryAddress repository, string name) => _repositories.Unpin(repository, name);

    /// <summary>The newest known revision of all sources; null: of one at least, none is known.</summary>
    public string? Known(ValidatedSpec spec)
    {
        if (!spec.HasSeveralSources)
        {
            return Known(spec.Sources[0])?.Revision;
        }

        var known = new string[spec.Sources.Length];
        for (var i = 0; i < known.Length; i++)
        {
            if (Known(spec.Sources[i]) is not { } source)
            {
                return null;
            }

            known[i] = source.Revision;
        }

        return Revisions.Join(known);
    }

    /// <summary>Its own newest state that is known without waiting; null: none is.</summary>
    public KnownSource? Known(CheckedSource source)
    {
        if (source.IsChart)
        {
            return _charts.Found(source.ChartReference) is { } chart ? new(chart.Version, chart.Digest, chart.Warning) : null;
        }

        return _repositories.Found(source.Repository, source.RevisionName) is { } commit ? new(commit.Sha, string.Empty, commit.Warning) : null;
    }

    private static async ValueTask<ResolvedSource> CommitAsync(CheckedSource source, ValueTask<ResolvedRevision> resolving) => Of(source, await resolving);

    private static async ValueTask<ResolvedSource> ChartAsync(CheckedSource source, ValueTask<ResolvedChart> resolving) => Of(source, await resolving);

    private static ResolvedSource Of(CheckedSource source, ResolvedRevision resolved) =>
        new(source, resolved.Sha, string.Empty, resolved.ObservedAt, resolved.Warning) { Ref = resolved.Ref };

    private static ResolvedSource Of(CheckedSource source, ResolvedChart resolved) =>
        new(source, resolved.Version, resolved.Digest, resolved.ObservedAt, resolved.Warning);

    private static ChartReference Reference(CheckedSource source, string? wanted) =>
        wanted is null ? source.ChartReference : source.ChartReference with { Version = wanted };
}
