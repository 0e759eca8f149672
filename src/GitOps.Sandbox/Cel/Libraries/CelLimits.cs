namespace GitOps.Sandbox.Cel.Libraries;

/// <summary>
/// How large a single value may become. Costs are counted after the work is done, which is too late for what grows by
/// multiplication.
/// </summary>
internal static class CelLimits
{
    private const long MaxText = 16_000_000;
    private const long MaxItems = 1_000_000;

    /// <exception cref="CelCostException">The text would be too long.</exception>
    public static void Text(long length)
    {
        if (length > MaxText)
        {
            throw new CelCostException();
        }
    }

    /// <exception cref="CelCostException">The list, with all that is in it, would be too long.</exception>
    public static void Items(long count)
    {
        if (count > MaxItems)
        {
            throw new CelCostException();
        }
    }
}
