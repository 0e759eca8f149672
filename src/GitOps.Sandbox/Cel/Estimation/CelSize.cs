using System.Runtime.InteropServices;

namespace GitOps.Sandbox.Cel.Estimation;

/// <summary>How long a value can be.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CelSize(ulong Min, ulong Max)
{
    public static readonly CelSize Unknown = new(0, ulong.MaxValue);

    /// <summary>Less than any size: what a union starts from.</summary>
    public static readonly CelSize Nothing = new(ulong.MaxValue, 0);

    public static CelSize Of(long size) => new((ulong)size, (ulong)size);

    public CelSize Union(CelSize other) => new(Math.Min(Min, other.Min), Math.Max(Max, other.Max));

    public CelSize Add(CelSize other) => new(CelMath.Add(Min, other.Min), CelMath.Add(Max, other.Max));

    public CelSize Multiply(CelSize other) => new(CelMath.Multiply(Min, other.Min), CelMath.Multiply(Max, other.Max));

    /// <summary>The most that work over the whole value costs.</summary>
    public ulong Cost(double perUnit) => CelMath.Scale(Max, perUnit);
}

/// <summary>How long the keys and values of a map, or the items of a list, can be.</summary>
internal sealed record CelEntrySizes(CelKind Container, CelSize Key, CelSize Value)
{
    public static CelEntrySizes? Union(CelEntrySizes? left, CelEntrySizes? right) =>
        left is null || right is null ? null : left with { Key = left.Key.Union(right.Key), Value = left.Value.Union(right.Value) };
}

/// <summary>Arithmetic that stops at the largest number.</summary>
internal static class CelMath
{
    private const double TwoTo64 = 18446744073709551616.0;

    public static ulong Add(ulong left, ulong right) => left > ulong.MaxValue - right ? ulong.MaxValue : left + right;

    public static ulong Multiply(ulong left, ulong right) => right != 0 && left > ulong.MaxValue / right ? ulong.MaxValue : left * right;

    public static ulong Scale(ulong value, double factor)
    {
        var scaled = Math.Ceiling(value * factor);
        return scaled >= TwoTo64 ? ulong.MaxValue : (ulong)scaled;
    }
}
