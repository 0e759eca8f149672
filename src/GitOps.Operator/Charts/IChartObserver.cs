namespace GitOps.Operator.Charts;

/// <summary>Where it is told what was asked of repositories of charts; metrics are made of it.</summary>
internal interface IChartObserver
{
    /// <param name="operation">One of <see cref="ChartOperation"/>.</param>
    /// <param name="result"><c>ok</c>, <c>not-modified</c>, <c>canceled</c> or the name of a <see cref="Git.GitFailure"/>.</param>
    /// <param name="duration">Redirects and the whole body included.</param>
    void Ran(string operation, string result, TimeSpan duration);
}

/// <summary>What is asked of repositories of charts.</summary>
internal static class ChartOperation
{
    public const string Index = "index";
    public const string Tags = "tags";
    public const string Manifest = "manifest";
    public const string Package = "package";
    public const string Provenance = "provenance";
    public const string Token = "token";

    public static readonly string[] All = [Index, Tags, Manifest, Package, Provenance, Token];
}

/// <summary>For programs that keep no metrics.</summary>
internal sealed class NoChartObserver : IChartObserver
{
    public static readonly NoChartObserver Instance = new();

    public void Ran(string operation, string result, TimeSpan duration)
    {
    }
}
