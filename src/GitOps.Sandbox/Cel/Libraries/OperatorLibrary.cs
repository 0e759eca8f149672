using System.Collections.Immutable;

namespace GitOps.Sandbox.Cel.Libraries;

/// <summary>The operators, and <c>size</c>.</summary>
internal static class OperatorLibrary
{
    private static readonly CelError IntOverflow = new("integer overflow");
    private static readonly CelError UintOverflow = new("unsigned integer overflow");
    private static readonly CelError NotOrdered = new("NaN values cannot be ordered");

    public static ImmutableArray<CelOverload> Overloads { get; } =
    [
        Of("conditional", "_?_:_(bool, A, A): A", null),
        Of("logical_and", "_&&_(bool, bool): bool", null),
        Of("logical_or", "_||_(bool, bool): bool", null),
        Of("logical_not", "!_(bool): bool", static a => CelBool.Of(!((CelBool)a[0]).Value)),
        Of("not_strictly_false", "@not_strictly_false(bool): bool", null),
        Of("equals", "_==_(A, A): bool", null),
        Of("not_equals", "_!=_(A, A): bool", null),
        .. Arithmetic(),
        .. Comparisons("less", CelOperators.Less, static order => order < 0),
        .. Comparisons("less_equals", CelOperators.LessOrEqual, static order => order <= 0),
        .. Comparisons("greater", CelOperators.Greater, static order => order > 0),
        .. Comparisons("greater_equals", CelOperators.GreaterOrEqual, static order => order >= 0),
        Of("index_list", "_[_](list(A), int): A", null),
        Of("index_map", "_[_](map(A, B), A): B", null),
        Of("optional_list_index_int", "_[_](optional(list(V)), int): optional(V)", null),
        Of("optional_map_index_value", "_[_](optional(map(K, V)), K): optional(V)", null),
        Of("list_optindex_optional_int", "_[?_](list(V), int): optional(V)", null),
        Of("optional_list_optindex_optional_int", "_[?_](optional(list(V)), int): optional(V)", null),
        Of("map_optindex_optional_value", "_[?_](map(K, V), K): optional(V)", null),
        Of("optional_map_optindex_optional_value", "_[?_](optional(map(K, V)), K): optional(V)", null),
        Of("in_list", "@in(A, list(A)): bool", static a => CelBool.Of(((CelList)a[1]).Items.Any(a[0].Same))),
        Of("in_map", "@in(A, map(A, B)): bool", static a => CelBool.Of(((CelMap)a[1]).Find(a[0]) is not null)),
        Of("map_insert_key_value", "cel.@mapInsert(map(K, V), K, V): map(K, V)", null),
        Of("map_insert_map", "cel.@mapInsert(map(K, V), map(K, V)): map(K, V)", null),
        .. Sizes(),
    ];

    /// <summary>The order of two values; null if there is none between them.</summary>
    public static int? Compare(CelValue left, CelValue right) => (left, right) switch
    {
        (CelString l, CelString r) => CelString.Compare(l.Value, r.Value),
        (CelBytes l, CelBytes r) => l.Value.AsSpan().SequenceCompareTo(r.Value),
        (CelBool l, CelBool r) => l.Value.CompareTo(r.Value),
        (CelTimestamp l, CelTimestamp r) => l.Order(r),
        (CelDuration l, CelDuration r) => l.Nanoseconds.CompareTo(r.Nanoseconds),
        _ => CelNumbers.Compare(left, right),
    };

    private static CelOverload Of(string id, string signature, Func<CelValue[], CelValue>? apply) => CelSignature.Read(id, signature, apply);

    private static CelOverload Ints(string id, string signature, Func<long, long, long> apply, string? byZero = null) => Of(id, signature, a =>
    {
        var (left, right) = (((CelInt)a[0]).Value, ((CelInt)a[1]).Value);
        if (byZero is not null && right == 0)
        {
            return new CelError(byZero);
        }

        try
        {
            return CelInt.Of(apply(left, right));
        }
        catch (OverflowException)
        {
            return IntOverflow;
        }
    });

    private static CelOverload Uints(string id, string signature, Func<ulong, ulong, ulong> apply, string? byZero = null) => Of(id, signature, a =>
    {
        var (left, right) = (((CelUint)a[0]).Value, ((CelUint)a[1]).Value);
        if (byZero is not null && right == 0)
        {
            return new CelError(byZero);
        }

        try
        {
            return new CelUint(apply(left, right));
        }
        catch (OverflowException)
        {
            return UintOverflow;
        }
    });

    private static CelOverload Doubles(string id, string signature, Func<double, double, double> apply) =>
        Of(id, signature, a => new CelDouble(apply(((CelDouble)a[0]).Value, ((CelDouble)a[1]).Value)));

    private static CelOverload Durations(string id, string signature, Func<long, long, long> apply) => Of(id, signature, a =>
    {
        try
        {
            return new CelDuration(apply(((CelDuration)a[0]).Nanoseconds, ((CelDuration)a[1]).Nanoseconds));
        }
        catch (OverflowException)
        {
            return IntOverflow;
        }
    });

    private static IEnumerable<CelOverload> Arithmetic() =>
    [
        Of("add_bytes", "_+_(bytes, bytes): bytes", static a => AddBytes((CelBytes)a[0], (CelBytes)a[1])),
        Doubles("add_double", "_+_(double, double): double", static (l, r) => l + r),
        Durations("add_duration_duration", "_+_(duration, duration): duration", static (l, r) => checked(l + r)),
        Of("add_duration_timestamp", "_+_(duration, timestamp): timestamp", static a => ((CelTimestamp)a[1]).Add(((CelDuration)a[0]).Nanoseconds)),
        Of("add_timestamp_duration", "_+_(timestamp, duration): timestamp", static a => ((CelTimestamp)a[0]).Add(((CelDuration)a[1]).Nanoseconds)),
        Ints("add_int64", "_+_(int, int): int", static (l, r) => checked(l + r)),
        Of("add_list", "_+_(list(A), list(A)): list(A)", static a => AddLists((CelList)a[0], (CelList)a[1])),
        Of("add_string", "_+_(string, string): string", static a => AddTexts(((CelString)a[0]).Value, ((CelString)a[1]).Value)),
        Uints("add_uint64", "_+_(uint, uint): uint", static (l, r) => checked(l + r)),
        Doubles("divide_double", "_/_(double, double): double", static (l, r) => l / r),
        Ints("divide_int64", "_/_(int, int): int", static (l, r) => checked(l / r), "division by zero"),
        Uints("divide_uint64", "_/_(uint, uint): uint", static (l, r) => l / r, "division by zero"),
        Ints("modulo_int64", "_%_(int, int): int", static (l, r) => l == long.MinValue && r == -1 ? throw new OverflowException() : l % r, "modulus by zero"),
        Uints("modulo_uint64", "_%_(uint, uint): uint", static (l, r) => l % r, "modulus by zero"),
        Doubles("multiply_double", "_*_(double, double): double", static (l, r) => l * r),
        Ints("multiply_int64", "_*_(int, int): int", static (l, r) => checked(l * r)),
        Uints("multiply_uint64", "_*_(uint, uint): uint", static (l, r) => checked(l * r)),
        Of("negate_double", "-_(double): double", static a => new CelDouble(-((CelDouble)a[0]).Value)),
        Of("negate_int64", "-_(int): int", static a => ((CelInt)a[0]).Value == long.MinValue ? IntOverflow : CelInt.Of(-((CelInt)a[0]).Value)),
        Doubles("subtract_double", "_-_(double, double): double", static (l, r) => l - r),
        Durations("subtract_duration_duration", "_-_(duration, duration): duration", static (l, r) => checked(l - r)),
        Ints("subtract_int64", "_-_(int, int): int", static (l, r) => checked(l - r)),
        Of("subtract_timestamp_duration", "_-_(timestamp, duration): timestamp", static a => ((CelDuration)a[1]).Nanoseconds == long.MinValue
            ? new CelError("timestamp overflow")
            : ((CelTimestamp)a[0]).Add(-((CelDuration)a[1]).Nanoseconds)),
        Of("subtract_timestamp_timestamp", "_-_(timestamp, timestamp): duration", static a => ((CelTimestamp)a[0]).Since((CelTimestamp)a[1])),
        Uints("subtract_uint64", "_-_(uint, uint): uint", static (l, r) => checked(l - r)),
    ];

    private static CelString AddTexts(string left, string right)
    {
        CelLimits.Text((long)left.Length + right.Length);
        return CelString.Of(left + right);
    }

    private static CelBytes AddBytes(CelBytes left, CelBytes right)
    {
        CelLimits.Text((long)left.Value.Length + right.Value.Length);
        return new([.. left.Value, .. right.Value]);
    }

    private static CelValue AddLists(CelList left, CelList right) => left.Add(right);

    private static IEnumerable<CelOverload> Comparisons(string id, string function, Func<int, bool> isWanted)
    {
        CelValue Apply(CelValue[] a) => Compare(a[0], a[1]) is { } order ? CelBool.Of(isWanted(order)) : NotOrdered;

        var pairs = new (string Id, string Left, string Right)[]
        {
            ("bool", "bool", "bool"), ("int64", "int", "int"), ("int64_double", "int", "double"), ("int64_uint64", "int", "uint"),
            ("uint64", "uint", "uint"), ("uint64_double", "uint", "double"), ("uint64_int64", "uint", "int"),
            ("double", "double", "double"), ("double_int64", "double", "int"), ("double_uint64", "double", "uint"),
            ("string", "string", "string"), ("bytes", "bytes", "bytes"), ("timestamp", "timestamp", "timestamp"),
            ("duration", "duration", "duration"),
        };
        return pairs.Select(pair => Of($"{id}_{pair.Id}", $"{function}({pair.Left}, {pair.Right}): bool", Apply));
    }

    private static IEnumerable<CelOverload> Sizes()
    {
        foreach (var type in new[] { "bytes", "list(A)", "map(A, B)", "string" })
        {
            yield return Of("size", $"size({type}): int", static a => CelInt.Of(a[0].Size));
            yield return Of("size", $"({type}).size(): int", static a => CelInt.Of(a[0].Size));
        }
    }
}
