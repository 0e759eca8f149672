using System.Text;

namespace GitOps.Sandbox.Cel.Evaluation;

/// <summary>What calls cost, in the units in which the API server counts: about one for each step, more for work over long values.</summary>
internal static class CelCosts
{
    private const double PerCharacter = 0.1;
    private const double PerPatternCharacter = 0.25;

    /// <param name="function">The function's name.</param>
    /// <param name="overload">The overload's id; empty while it depended on the values.</param>
    /// <param name="arguments">The values it was called with.</param>
    /// <param name="result">What it gave.</param>
    public static long OfCall(string function, string overload, CelValue[] arguments, CelValue result)
    {
        switch (function)
        {
            case "check":
                return 350_000;
            case "fieldSelector" or "labelSelector" when arguments.Length >= 2:
                return 10 + Traversal(arguments[1]) + Up(Up(arguments[1].Size * 0.5) * 50);
            case "isSorted" or "sum" or "max" or "min" or "indexOf" or "lastIndexOf":
                return arguments.Length > 0 ? OfTraversal(arguments[0]) : 0;
            case "url" or "lowerAscii" or "upperAscii" or "substring" or "trim" or "jsonpatch.escapeKey" or "cidr" or "isIP" or "isCIDR"
                or "quantity" or "isQuantity" or "semver" or "isSemver":
                return Traversal(arguments[0]);
            case "ip":
                return overload == "cidr_ip" ? 1 : Traversal(arguments[0]);
            case "replace" or "split" or "ip.isCanonical":
                return Up(arguments[0].Size * 2 * PerCharacter);
            case "join":
                return Up(result.Size * 2 * PerCharacter);
            case "find" or "findAll" when arguments.Length >= 2:
                return OfPattern(arguments[0].Size, arguments[1].Size);
            case "containsIP" when arguments.Length >= 2:
                return Up(2 * arguments[0].Size * PerCharacter) + (overload == "cidr_contains_ip_string" ? Traversal(arguments[1]) : 0);
            case "containsCIDR" when arguments.Length >= 2:
                return Up(2 * arguments[0].Size * PerCharacter) + Traversal(arguments[0]) + 1
                    + (overload == "cidr_contains_cidr_string" ? Traversal(arguments[1]) : 0);
            case "validate" when arguments is [CelNamedFormat format, ..]:
                return OfPattern(arguments[1].Size, format.MaxPatternSize);
            default:
                return OfOverload(overload, arguments, result);
        }
    }

    public static long OfEquality(CelValue left, CelValue right, bool isNegated) =>
        !isNegated && left is CelOpaque ? 1 : Up(Math.Min(left.Size, right.Size) * PerCharacter);

    private static long OfOverload(string overload, CelValue[] arguments, CelValue result) => overload switch
    {
        "starts_with_string" or "ends_with_string" or "string_to_bytes" or "bytes_to_string" or "strings_quote" or "string_format" =>
            Traversal(arguments[0]),
        "in_list" => arguments[1].Size,
        "less_string" or "greater_string" or "less_equals_string" or "greater_equals_string"
            or "less_bytes" or "greater_bytes" or "less_equals_bytes" or "greater_equals_bytes" =>
            Up(Math.Min(arguments[0].Size, arguments[1].Size) * PerCharacter),
        "add_string" or "add_bytes" => Up((arguments[0].Size + arguments[1].Size) * PerCharacter),
        "matches" or "matches_string" => OfPattern(arguments[0].Size, arguments[1].Size),
        "contains_string" => Traversal(arguments[0]) * Traversal(arguments[1]),
        _ when CelListCosts.Of(overload, arguments, result) is { } cost => cost,
        _ => 1,
    };

    private static long Up(double cost) => (long)Math.Ceiling(cost);

    private static long Traversal(CelValue value) => Up(value.Size * PerCharacter);

    private static long OfPattern(long text, long pattern) => Up((1.0 + text) * PerCharacter) * Up(pattern * PerPatternCharacter);

    /// <summary>Each value once, and a tenth of the bytes of texts.</summary>
    private static long OfTraversal(CelValue value) => value switch
    {
        CelString text => (long)(Encoding.UTF8.GetByteCount(text.Value) * PerCharacter),
        CelBytes bytes => (long)(bytes.Value.Length * PerCharacter),
        CelList list => list.Items.Sum(OfTraversal),
        CelMap map => map.Keys.Sum(key => OfTraversal(key) + OfTraversal(map.Find(key)!)),
        _ => 1,
    };
}
