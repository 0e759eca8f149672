using System.Diagnostics;

namespace GitOps.Benchmarks.Figures;

/// <summary>Arithmetic on measured values.</summary>
internal static class Sample
{
    public static double Median(IEnumerable<double> values) => Percentile(values, 50);

    /// <summary>The smallest value that <paramref name="percent"/> of them do not exceed; NaN of none.</summary>
    public static double Percentile(IEnumerable<double> values, double percent)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : sorted[Math.Clamp((int)Math.Ceiling(sorted.Length * percent / 100) - 1, 0, sorted.Length - 1)];
    }

    /// <summary>Between two <see cref="Stopwatch.GetTimestamp"/>, in milliseconds.</summary>
    public static double Milliseconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;
}
