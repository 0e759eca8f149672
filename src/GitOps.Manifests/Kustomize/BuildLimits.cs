using System.Globalization;

namespace GitOps.Manifests.Kustomize;

/// <summary>How much one build may read and make, so that a hostile repository costs little.</summary>
internal sealed class BuildLimits
{
    private const int MaxKustomizations = 5_000;
    private const int MaxObjects = 50_000;
    private const int MaxBases = 100;
    private const int MaxCharts = 200;

    private readonly long _maxBytes;
    private long _bytes;
    private int _kustomizations;
    private int _charts;

    public BuildLimits(long maxBytes, bool allowFilesOutsideRoot) => (_maxBytes, AllowFilesOutsideRoot) = (maxBytes, allowFilesOutsideRoot);

    public bool AllowFilesOutsideRoot { get; }

    public void Spend(long bytes)
    {
        _bytes += bytes;
        if (_bytes > _maxBytes)
        {
            throw new KustomizeException(string.Create(
                CultureInfo.InvariantCulture, $"the files of the kustomization exceed {_maxBytes} bytes together, files that are read again counted again: split the application"));
        }
    }

    public void CountKustomization()
    {
        if (++_kustomizations > MaxKustomizations)
        {
            throw new KustomizeException(string.Create(
                CultureInfo.InvariantCulture, $"more than {MaxKustomizations} kustomizations are built, the same one counted again each time: remove repeated bases"));
        }
    }

    /// <summary>Each is a run of a program.</summary>
    public void CountChart()
    {
        if (++_charts > MaxCharts)
        {
            throw new KustomizeException(string.Create(
                CultureInfo.InvariantCulture, $"helmCharts: more than {MaxCharts} charts are rendered, the same one counted again each time: split the application"));
        }
    }

    /// <summary>Of a kustomization, its base, the base of that, and so on.</summary>
    public static void CheckBases(int depth)
    {
        if (depth > MaxBases)
        {
            throw new KustomizeException(string.Create(CultureInfo.InvariantCulture, $"more than {MaxBases} bases lie one below the other"));
        }
    }

    public static void CheckObjects(int count)
    {
        if (count > MaxObjects)
        {
            throw new KustomizeException(string.Create(CultureInfo.InvariantCulture, $"more than {MaxObjects} objects: split the application"));
        }
    }
}
