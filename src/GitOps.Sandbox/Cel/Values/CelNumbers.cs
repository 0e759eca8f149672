using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Cel.Values;

internal sealed class CelInt : CelValue
{
    private const int Least = -8;

    private static readonly CelInt[] Small = [.. Enumerable.Range(Least, 264).Select(static value => new CelInt(value))];

    private CelInt(long value) => Value = value;

    public long Value { get; }

    public override CelType Type => CelType.Int;

    public override bool IsZero => Value == 0;

    public static CelInt Of(long value) => value >= Least && value < Least + Small.Length ? Small[value - Least] : new(value);

    public override bool Same(CelValue other) => CelNumbers.Compare(this, other) == 0;

    public override JsonNode ToJson() => Value;
}

internal sealed class CelUint(ulong value) : CelValue
{
    public ulong Value { get; } = value;

    public override CelType Type => CelType.Uint;

    public override bool IsZero => Value == 0;

    public override bool Same(CelValue other) => CelNumbers.Compare(this, other) == 0;

    public override JsonNode ToJson() => Value;
}

internal sealed class CelDouble(double value) : CelValue
{
    public double Value { get; } = value;

    public override CelType Type => CelType.Double;

    public override bool IsZero => Value == 0;

    public override bool Same(CelValue other) => CelNumbers.Compare(this, other) == 0;

    public override JsonNode ToJson() => double.IsFinite(Value) ? Value : CelFormat.Double(Value);
}

/// <summary>Order and equality across the three types of numbers.</summary>
internal static class CelNumbers
{
    public static bool IsNumber(CelValue value) => value is CelInt or CelUint or CelDouble;

    /// <summary>The order of two numbers; null if one of them is none, or is not a number.</summary>
    public static int? Compare(CelValue left, CelValue right) => (left, right) switch
    {
        (CelInt l, CelInt r) => l.Value.CompareTo(r.Value),
        (CelUint l, CelUint r) => l.Value.CompareTo(r.Value),
        (CelDouble l, CelDouble r) => Order(l.Value, r.Value),
        (CelInt l, CelUint r) => l.Value < 0 ? -1 : ((ulong)l.Value).CompareTo(r.Value),
        (CelUint l, CelInt r) => r.Value < 0 ? 1 : l.Value.CompareTo((ulong)r.Value),
        (CelInt l, CelDouble r) => Integer(l.Value, r.Value),
        (CelDouble l, CelInt r) => -Integer(r.Value, l.Value),
        (CelUint l, CelDouble r) => Natural(l.Value, r.Value),
        (CelDouble l, CelUint r) => -Natural(r.Value, l.Value),
        _ => null,
    };

    private static int? Order(double left, double right) => double.IsNaN(left) || double.IsNaN(right) ? null : left.CompareTo(right);

    private static int? Integer(long left, double right) => right switch
    {
        double.NaN => null,
        < -9223372036854775808.0 => 1,
        > 9223372036854775808.0 => -1,
        _ => Order(left, right),
    };

    private static int? Natural(ulong left, double right) => right switch
    {
        double.NaN => null,
        < 0 => 1,
        > 18446744073709551616.0 => -1,
        _ => Order(left, right),
    };
}
