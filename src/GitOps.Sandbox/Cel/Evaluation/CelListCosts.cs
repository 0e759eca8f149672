namespace GitOps.Sandbox.Cel.Evaluation;

/// <summary>What the functions over whole lists cost.</summary>
internal static class CelListCosts
{
    /// <summary>Null: it is no such function.</summary>
    public static long? Of(string overload, CelValue[] arguments, CelValue result)
    {
        switch (overload)
        {
            case "list_slice" or "lists_range" or "list_reverse":
                return Allocating(1, result.Size);
            case "list_flatten":
                return Allocating(1, arguments[0].Size);
            case "list_flatten_int":
                return Allocating(arguments[1] is CelInt depth ? depth.Value : 1, arguments[0].Size);
            case "list_distinct":
                return SelfCompare(arguments[0]);
            case "list_sets_contains_list" or "list_sets_intersects_list":
                return 1 + (arguments[0].Size * arguments[1].Size);
            case "list_sets_equivalent_list":
                return 1 + (2 * arguments[0].Size * arguments[1].Size);
            default:
                return overload.EndsWith("_sort", StringComparison.Ordinal) ? SelfCompare(arguments[0])
                    : overload.EndsWith("_sortByAssociatedKeys", StringComparison.Ordinal) ? SelfCompare(arguments[1])
                    : null;
        }
    }

    private static long SelfCompare(CelValue value)
    {
        var factor = value is CelList { Count: > 0 } list && list[0] is CelString or CelBytes ? 2.1 : 2.0;
        return Allocating(factor, value.Size * value.Size);
    }

    private static long Allocating(double factor, long size) => (long)(factor * size) + 1 + CelLiterals.ListCost;
}
