using GitOps.Manifests.Trees;
using GitOps.Operator.Git;
using GitOps.Operator.Git.Signatures;
using GitOps.Operator.Model;

namespace GitOps.Operator.Charts;

/// <summary>A chart of a repository of charts, and which of its versions is meant.</summary>
/// <param name="Repository">Of an https repository with an index, or of an OCI registry (<c>oci://…</c> or without a scheme).</param>
/// <param name="Name">
/// Of the chart; below the registry's path in an OCI registry. Empty: the repository's URL is itself an OCI artefact, of manifests or
/// of a chart.
/// </param>
/// <param name="Version">A version, or a range of them; empty: any. <c>VERSION@sha256:…</c> or, in a registry, <c>sha256:…</c> alone: just that content.</param>
internal readonly record struct ChartReference(RepositoryAddress Repository, string Name, string Version)
{
    /// <summary>Asked for: the repository's credentials go to other hosts too, where its index says that packages are there.</summary>
    public bool PassCredentials { get; init; }

    public override string ToString() => Name.Length == 0 ? $"{Repository} {Version}" : $"{Name} {Version} of {Repository}";
}

/// <param name="Chart">What is of interest.</param>
/// <param name="Interval">How old the answer may get.</param>
/// <param name="Changed">Called when it resolves to something else, or the repository begins to fail or recovers. Must return quickly.</param>
internal sealed record ChartSubscription(ChartReference Chart, TimeSpan Interval, Action Changed);

/// <param name="Version">The one version that was found.</param>
/// <param name="Digest"><c>sha256:…</c> of the package (or of the OCI layer); empty: the repository tells none before the package is read.</param>
/// <param name="ObservedAt">When it was first seen there.</param>
/// <param name="Warning">Something the user should know.</param>
internal sealed record ResolvedChart(string Version, string Digest, DateTimeOffset ObservedAt, string? Warning);

/// <summary>All repositories of charts. Each is asked once per interval however many subscribe; one that fails hurts only its users.</summary>
internal interface IChartRepositories
{
    /// <returns>Dispose it to end the interest.</returns>
    IDisposable Subscribe(ChartSubscription subscription);

    /// <exception cref="GitException">It was never reached, or has no such chart or version.</exception>
    ValueTask<ResolvedChart> ResolveAsync(ChartReference chart, CancellationToken cancellationToken);

    /// <summary>
    /// The files of a chart, Chart.yaml at the root (of an artefact of manifests: its files as they are); the tree's revision is the
    /// version. Kept by digest.
    /// </summary>
    /// <exception cref="GitException">It cannot be had, or is not what the repository says that it is.</exception>
    Task<ISourceTree> OpenAsync(ChartReference chart, ResolvedChart resolved, CancellationToken cancellationToken);

    /// <summary>Checks the chart's provenance file (<c>.prov</c>): signed by one of the keys, and for just this package.</summary>
    /// <param name="chart">What was resolved.</param>
    /// <param name="resolved">To what.</param>
    /// <param name="keys">OpenPGP public keys, armored or binary.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Who signed it.</returns>
    /// <exception cref="GitException"><see cref="GitFailure.NotVerified"/>: unsigned, by an unknown key, or for something else; other kinds: it cannot be told now.</exception>
    Task<ChartSignature> VerifyAsync(
        ChartReference chart, ResolvedChart resolved, IReadOnlyCollection<ReadOnlyMemory<byte>> keys, CancellationToken cancellationToken);

    /// <summary>Of the repository as this reference reaches it; in an OCI registry each chart is a repository of its own.</summary>
    RepositoryState StateOf(ChartReference chart);

    /// <summary>Asks now and tells subscribers what changed.</summary>
    /// <exception cref="GitException">It failed.</exception>
    Task RefreshAsync(ChartReference chart, CancellationToken cancellationToken);
}

/// <summary>Of a provenance file that holds.</summary>
/// <param name="Finding">By whom, and until when it is good.</param>
/// <param name="Digest"><c>sha256:…</c> of the package that it is for.</param>
internal sealed record ChartSignature(SignatureFinding Finding, string Digest);
