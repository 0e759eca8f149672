namespace GitOps.Sandbox.Cel.Estimation;

/// <summary>The most a call can cost, and how long its result can be.</summary>
internal static class CelCallEstimate
{
    private const double Character = CelEstimate.PerCharacter;
    private const double PatternCharacter = CelEstimate.PerPatternCharacter;
    private const ulong FormatPattern = 128;

    /// <param name="estimate">Knows the sizes of the arguments.</param>
    /// <param name="node">The call.</param>
    /// <param name="overload">Which overload it would be.</param>
    /// <param name="costs">What the arguments cost, without the target.</param>
    public static (ulong Cost, CelSize? Result) Of(CelEstimate estimate, CallNode node, string overload, ulong[] costs)
    {
        var all = costs.Aggregate(0UL, CelMath.Add);
        switch (overload)
        {
            case "logical_and" or "logical_or":
                return (all, null);
            case "conditional":
                return (
                    CelMath.Add(costs[0], Math.Max(costs[1], costs[2])),
                    estimate.SizeOf(node.Arguments[1]).Union(estimate.SizeOf(node.Arguments[2])));
            default:
                var (cost, result) = Library(estimate, node, overload) ?? Standard(estimate, node, overload);
                return (CelMath.Add(cost, all), result);
        }
    }

    private static CelSize Target(CelEstimate estimate, CallNode node) => estimate.SizeOf(node is { Target: { } target, IsQualified: false } ? target : node.Arguments[0]);

    private static CelSize First(CelEstimate estimate, CallNode node) => estimate.SizeOf(node.Arguments[0]);

    private static ulong Pattern(CelSize text, CelSize pattern) =>
        CelMath.Multiply(text.Add(CelSize.Of(1)).Cost(Character), pattern.Cost(PatternCharacter));

    private static (ulong Cost, CelSize? Result)? Library(CelEstimate estimate, CallNode node, string overload)
    {
        switch (node.Overloads[0].Function)
        {
            case "check":
                return (350_000, null);
            case "fieldSelector" or "labelSelector":
                var selector = First(estimate, node);
                return (CelMath.Add(10, CelMath.Add(selector.Cost(Character), CelMath.Scale(selector.Cost(0.5), 50))), null);
            case "isSorted" or "sum" or "max" or "min" or "indexOf" or "lastIndexOf":
                return (Traversal(estimate, node), null);
            case "url" or "jsonpatch.escapeKey":
                return (First(estimate, node).Cost(Character), First(estimate, node));
            case "lowerAscii" or "upperAscii" or "substring" or "trim":
                return (Target(estimate, node).Cost(Character), Target(estimate, node));
            case "replace":
                return (Target(estimate, node).Cost(2 * Character), Replaced(estimate, node));
            case "split":
                var parts = node.Arguments is [_, LiteralNode { Value: CelInt limit }] ? (ulong)limit.Value : Target(estimate, node).Max;
                return (Target(estimate, node).Cost(2 * Character), new(0, parts));
            case "join":
                var joined = Joined(estimate, node);
                return (joined.Cost(Character), joined);
            case "find" or "findAll":
                return (Pattern(Target(estimate, node), First(estimate, node)), new(0, Target(estimate, node).Max));
            case "ip" when overload == "cidr_ip":
                return (1, null);
            case "cidr" or "isIP" or "isCIDR" or "ip" or "quantity" or "isQuantity" or "semver" or "isSemver":
                return (First(estimate, node).Cost(Character), null);
            case "ip.isCanonical":
                return (First(estimate, node).Cost(2 * Character), null);
            case "containsIP":
                return (CelMath.Add(4, overload == "cidr_contains_ip_string" ? First(estimate, node).Cost(Character) : 0), null);
            case "containsCIDR":
                return (CelMath.Add(7, overload == "cidr_contains_cidr_string" ? First(estimate, node).Cost(Character) : 0), null);
            case "validate":
                return (CelMath.Multiply(First(estimate, node).Cost(Character), CelMath.Scale(FormatPattern, PatternCharacter)), null);
            case CelOperators.Equal when node.Arguments is [{ Type: { Kind: CelKind.Opaque, IsOptional: false } type }, var right] && right.Type.Is(type):
                return (type.Is(CelTypes.NamedFormat) ? 7UL : 1, null);
            default:
                return Lists(estimate, node, overload);
        }
    }

    private static (ulong Cost, CelSize? Result)? Lists(CelEstimate estimate, CallNode node, string overload)
    {
        static (ulong, CelSize?) Allocating(double factor, CelSize size) => (CelMath.Add(size.Cost(factor), 1 + CelLiterals.ListCost), size);

        switch (overload)
        {
            case "list_slice":
                var start = node.Arguments[0] is LiteralNode { Value: CelInt from } ? (ulong)Math.Max(0, from.Value) : 0;
                var end = node.Arguments[1] is LiteralNode { Value: CelInt to } ? (ulong)Math.Max(0, to.Value) : Target(estimate, node).Max;
                return Allocating(1, new(unchecked(end - start), unchecked(end - start)));
            case "lists_range":
                var count = node.Arguments[0] is LiteralNode { Value: CelInt number } ? (ulong)Math.Max(0, number.Value) : ulong.MaxValue;
                return Allocating(1, new(count, count));
            case "list_reverse" or "list_flatten":
                return Allocating(1, Target(estimate, node));
            case "list_flatten_int":
                var depth = node.Arguments[0] is LiteralNode { Value: CelInt levels } ? Math.Max(0, levels.Value) : (double)ulong.MaxValue;
                return Allocating(depth, Target(estimate, node));
            case "list_distinct":
                return Allocating(2, Target(estimate, node).Multiply(Target(estimate, node)));
            case "list_sets_contains_list" or "list_sets_intersects_list" or "list_sets_equivalent_list":
                var pairs = First(estimate, node).Multiply(estimate.SizeOf(node.Arguments[1]));
                return (CelMath.Add(pairs.Cost(overload == "list_sets_equivalent_list" ? 2 : 1), 1), null);
            default:
                var isSort = overload.EndsWith("_sort", StringComparison.Ordinal);
                if (!isSort && !overload.EndsWith("_sortByAssociatedKeys", StringComparison.Ordinal))
                {
                    return null;
                }

                var keys = isSort ? Target(estimate, node) : First(estimate, node);
                var isText = overload.StartsWith("list_string_", StringComparison.Ordinal) || overload.StartsWith("list_bytes_", StringComparison.Ordinal);
                return Allocating(isText ? 2 + Character : 2, keys.Multiply(keys));
        }
    }

    private static (ulong Cost, CelSize? Result) Standard(CelEstimate estimate, CallNode node, string overload)
    {
        switch (overload)
        {
            case "string_format":
                return (Target(estimate, node).Cost(Character), null);
            case "string_to_bytes" or "bytes_to_string" or "strings_quote":
                var size = First(estimate, node);
                return (size.Cost(Character), overload switch
                {
                    "string_to_bytes" => new(size.Min, CelMath.Multiply(size.Max, 4)),
                    "bytes_to_string" => new(size.Min / 4, size.Max),
                    _ => new(CelMath.Add(size.Min, 2), CelMath.Add(CelMath.Multiply(size.Max, 2), 2)),
                });
            case "starts_with_string" or "ends_with_string":
                return (First(estimate, node).Cost(Character), null);
            case "in_list":
                return (estimate.SizeOf(node.Arguments[1]).Max, null);
            case "matches_string":
                return (Pattern(Target(estimate, node), First(estimate, node)), null);
            case "contains_string":
                return (CelMath.Multiply(Target(estimate, node).Cost(Character), First(estimate, node).Cost(Character)), null);
            case "add_string" or "add_bytes" or "add_list":
                var sum = First(estimate, node).Add(estimate.SizeOf(node.Arguments[1]));
                return (overload == "add_list" ? 1 : sum.Cost(Character), sum);
            case "equals" or "not_equals"
                or "less_string" or "greater_string" or "less_equals_string" or "greater_equals_string"
                or "less_bytes" or "greater_bytes" or "less_equals_bytes" or "greater_equals_bytes":
                var shorter = Math.Min(First(estimate, node).Max, estimate.SizeOf(node.Arguments[1]).Max);
                return (CelMath.Scale(shorter, Character), null);
            default:
                return (1, null);
        }
    }

    private static ulong Traversal(CelEstimate estimate, CallNode node)
    {
        if (node.Target is not { } target || estimate.ItemSizeOf(target) is not { } item)
        {
            return Target(estimate, node).Cost(Character);
        }

        var isText = target.Type.Parameters[0].Kind is CelKind.String or CelKind.Bytes;
        return CelMath.Multiply(estimate.SizeOf(target).Max, isText ? CelMath.Add(1, item.Cost(Character)) : 1);
    }

    private static CelSize Replaced(CelEstimate estimate, CallNode node)
    {
        var (text, old, replacement) = (Target(estimate, node), First(estimate, node), estimate.SizeOf(node.Arguments[1]));
        ulong Count(ulong length, ulong part) => CelMath.Scale(length, 1.0 / part);

        var (most, kept) = old.Min == 0 ? (CelMath.Add(text.Max, 1), text.Max)
            : replacement.Max <= old.Min ? (0UL, text.Max)
            : (Count(text.Max, old.Min), 0UL);
        var (least, leastKept) = old.Max == 0 ? (CelMath.Add(text.Min, 1), text.Min)
            : old.Max <= replacement.Min ? (0UL, text.Min)
            : (Count(text.Min, old.Max), 0UL);
        return new CelSize(least, most).Multiply(replacement).Add(new(leastKept, kept));
    }

    private static CelSize Joined(CelEstimate estimate, CallNode node)
    {
        var list = Target(estimate, node);
        var size = node.Target is { } target && estimate.ItemSizeOf(target) is { } item ? list.Multiply(item) : new(0, 0);
        return node.Arguments.IsEmpty
            ? size
            : size.Add(First(estimate, node).Multiply(new(list.Min > 0 ? list.Min - 1 : 0, list.Max > 0 ? list.Max - 1 : 0)));
    }
}
