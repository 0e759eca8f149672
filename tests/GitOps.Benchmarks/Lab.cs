using GitOps.Benchmarks.Figures;

namespace GitOps.Benchmarks;

/// <summary>What the rows of a run share: the settings, the report, a directory, and the fleet once a row needs it.</summary>
internal sealed class Lab : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("gitops-benchmarks-");
    private Fleet? _fleet;

    public Lab(BenchmarkSettings settings, Report report) => (Settings, Report) = (settings, report);

    public BenchmarkSettings Settings { get; }

    public Report Report { get; }

    /// <summary>A new empty directory that goes with the run.</summary>
    public string NewDirectory(string name) => _directory.CreateSubdirectory($"{name}-{Guid.NewGuid():N}").FullName;

    /// <summary>Many Applications, synced; made when the first row asks.</summary>
    public async Task<Fleet> FleetAsync(CancellationToken cancellationToken) => _fleet ??= await Fleet.CreateAsync(this, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_fleet is not null)
        {
            await _fleet.DisposeAsync();
        }

        _directory.Delete(recursive: true);
    }
}
