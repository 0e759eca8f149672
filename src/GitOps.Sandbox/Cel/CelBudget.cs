namespace GitOps.Sandbox.Cel;

/// <summary>What a number of evaluations may cost together. Not to be shared between threads.</summary>
/// <param name="total">In the units of <see cref="CelResult.Cost"/>.</param>
internal sealed class CelBudget(long total)
{
    /// <summary>What a single evaluation may cost.</summary>
    public const long PerCall = 1_000_000;

    /// <summary>What all rules of one object, or all expressions of one policy, may cost.</summary>
    public const long PerRequest = 10_000_000;

    /// <summary>What the match conditions of one policy or webhook may cost.</summary>
    public const long PerMatchConditions = 2_500_000;

    public long Remaining { get; private set; } = total;

    /// <summary>False: it costs more than is left, and nothing is left now.</summary>
    public bool TrySpend(long cost)
    {
        var isEnough = cost <= Remaining;
        Remaining = isEnough ? Remaining - cost : 0;
        return isEnough;
    }
}
