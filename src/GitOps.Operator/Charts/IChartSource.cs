using GitOps.Operator.Git;

namespace GitOps.Operator.Charts;

/// <summary>One version of a chart that a repository has.</summary>
/// <param name="Name">Of the chart; empty for an artefact that is not asked for by a name.</param>
/// <param name="Version">As the repository writes it.</param>
/// <param name="Digest"><c>sha256:…</c> of the package; empty: not told.</param>
/// <param name="Location">Where the package is: a URL, or a digest in its registry.</param>
internal sealed record ChartRelease(string Name, string Version, string Digest, string Location)
{
    /// <summary>Whether it is a chart, packed into one directory, and not an artefact of manifests.</summary>
    public bool IsChart { get; init; } = true;

    /// <summary>A tar that is not compressed.</summary>
    public bool IsPlainTar { get; init; }

    /// <summary>Where the provenance file is, in a registry; null: there is none, or it has to be asked for.</summary>
    public string? Provenance { get; init; }

    public string? Warning { get; init; }
}

/// <param name="Name">Of the chart; may be empty.</param>
/// <param name="Version">What was asked for.</param>
internal readonly record struct ChartQuestion(string Name, string Version);

/// <summary>One of both is set.</summary>
internal sealed record ChartAnswer(ChartRelease? Release, GitException? Failure);

/// <summary>What a repository had at one time, as far as it was asked.</summary>
internal interface IChartListing
{
    /// <returns>Null: that was not asked for when the listing was made.</returns>
    ChartAnswer? Find(ChartQuestion question);
}

/// <summary>One repository of charts: its server's side.</summary>
internal interface IChartSource
{
    /// <summary>Asks for these, and returns the last listing where nothing changed.</summary>
    /// <exception cref="GitException">It cannot be asked.</exception>
    Task<IChartListing> ListAsync(IReadOnlyCollection<ChartQuestion> questions, IChartListing? last, CancellationToken cancellationToken);

    /// <summary>A package, not larger than the limit; its digest is not checked.</summary>
    /// <exception cref="GitException">It cannot be had.</exception>
    Task<byte[]> DownloadAsync(ChartRelease release, bool passCredentials, CancellationToken cancellationToken);

    /// <summary>The provenance file of a package.</summary>
    /// <returns>Null: there is none.</returns>
    /// <exception cref="GitException">It cannot be told.</exception>
    Task<byte[]?> ProvenanceAsync(ChartRelease release, bool passCredentials, CancellationToken cancellationToken);
}
