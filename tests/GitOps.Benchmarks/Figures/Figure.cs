namespace GitOps.Benchmarks.Figures;

/// <summary>One measured number.</summary>
/// <param name="Row">The row that measured it.</param>
/// <param name="Name">What it is.</param>
/// <param name="Value">In <paramref name="Unit"/>.</param>
/// <param name="Unit">As it is printed.</param>
/// <param name="Ratio">The same against something else of this very run; null: it is a count, or a ratio already.</param>
/// <param name="RatioOf">What <paramref name="Ratio"/> is measured against.</param>
/// <param name="Target">Null: informative only.</param>
internal sealed record Figure(string Row, string Name, double Value, string Unit, double? Ratio, string? RatioOf, Target? Target)
{
    /// <summary>Null without a target.</summary>
    public bool? Met => Target is null ? null : Target.IsMetBy(Value);
}

/// <summary>What a figure should be, in the figure's unit.</summary>
internal sealed record Target(double Bound, bool IsFloor)
{
    public static Target AtLeast(double bound) => new(bound, IsFloor: true);

    public static Target AtMost(double bound) => new(bound, IsFloor: false);

    public bool IsMetBy(double value) => IsFloor ? value >= Bound : value <= Bound;
}
