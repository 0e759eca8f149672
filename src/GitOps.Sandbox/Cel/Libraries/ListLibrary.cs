using System.Collections.Immutable;
using System.Globalization;

namespace GitOps.Sandbox.Cel.Libraries;

/// <summary>Functions over lists, and lists as sets.</summary>
internal static class ListLibrary
{
    private static readonly string[] Comparable = ["int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes"];
    private static readonly string[] Summable = ["int", "uint", "double", "duration"];

    public static ImmutableArray<CelOverload> Overloads { get; } =
    [
        .. Comparable.Select(static type => Of($"list_{type}_is_sorted_bool", $"(list({type})).isSorted(): bool", IsSorted)),
        .. Summable.Select(static type => Of($"list_{type}_sum_{type}", $"(list({type})).sum(): {type}", a => Sum((CelList)a[0], type))),
        .. Comparable.Select(static type => Of($"list_{type}_max_{type}", $"(list({type})).max(): {type}", static a => Extreme((CelList)a[0], "max", -1))),
        .. Comparable.Select(static type => Of($"list_{type}_min_{type}", $"(list({type})).min(): {type}", static a => Extreme((CelList)a[0], "min", 1))),
        Of("list_a_index_of_int", "(list(A)).indexOf(A): int", static a => Index(((CelList)a[0]).Items.Select((item, at) => (item, at)), a[1])),
        Of("list_a_last_index_of_int", "(list(A)).lastIndexOf(A): int", static a => Index(((CelList)a[0]).Items.Select((item, at) => (item, at)).Reverse(), a[1])),
        Of("list_slice", "(list(T)).slice(int, int): list(T)", static a => Slice((CelList)a[0], Number(a[1]), Number(a[2]))),
        Of("list_flatten", "(list(list(T))).flatten(): list(T)", static a => Flat((CelList)a[0], 1)),
        Of("list_flatten_int", "(list(dyn)).flatten(int): list(dyn)", static a => Flat((CelList)a[0], Number(a[1]))),
        .. Comparable.Select(static type => Of($"list_{type}_sort", $"(list({type})).sort(): list({type})", static a => Sort((CelList)a[0], (CelList)a[0]))),
        .. Comparable.Select(static type => Of(
            $"list_{type}_sortByAssociatedKeys", $"(list(T)).@sortByAssociatedKeys(list({type})): list(T)", static a => Sort((CelList)a[0], (CelList)a[1]))),
        Of("lists_range", "lists.range(int): list(int)", static a => Range(Number(a[0]))),
        Of("list_reverse", "(list(T)).reverse(): list(T)", static a => new CelArray([.. ((CelList)a[0]).Items.Reverse()])),
        Of("list_distinct", "(list(T)).distinct(): list(T)", static a => Distinct((CelList)a[0])),
        Of("list_sets_contains_list", "sets.contains(list(T), list(T)): bool", static a => CelBool.Of(Contains((CelList)a[0], (CelList)a[1]))),
        Of("list_sets_equivalent_list", "sets.equivalent(list(T), list(T)): bool", static a => CelBool.Of(Contains((CelList)a[0], (CelList)a[1]) && Contains((CelList)a[1], (CelList)a[0]))),
        Of("list_sets_intersects_list", "sets.intersects(list(T), list(T)): bool", static a => CelBool.Of(((CelList)a[0]).Items.Any(item => Has((CelList)a[1], item)))),
    ];

    private static CelOverload Of(string id, string signature, Func<CelValue[], CelValue> apply) => CelSignature.Read(id, signature, apply);

    private static long Number(CelValue value) => ((CelInt)value).Value;

    private static bool Has(CelList list, CelValue item) => list.Items.Any(item.Same);

    private static bool Contains(CelList list, CelList part) => part.Items.All(item => Has(list, item));

    private static CelValue IsSorted(CelValue[] arguments)
    {
        CelValue? before = null;
        foreach (var item in ((CelList)arguments[0]).Items)
        {
            if (before is not null)
            {
                if (OperatorLibrary.Compare(before, item) is not { } order)
                {
                    return CelError.NoSuchOverload;
                }

                if (order > 0)
                {
                    return CelBool.False;
                }
            }

            before = item;
        }

        return CelBool.True;
    }

    private static CelValue Sum(CelList list, string type)
    {
        CelValue sum = list.Count > 0 ? list[0] switch
        {
            CelUint => new CelUint(0),
            CelDouble => new CelDouble(0),
            CelDuration => new CelDuration(0),
            _ => CelInt.Of(0),
        }
        : type switch
        {
            "uint" => new CelUint(0),
            "double" => new CelDouble(0),
            "duration" => new CelDuration(0),
            _ => CelInt.Of(0),
        };
        foreach (var item in list.Items)
        {
            CelValue[] both = [sum, item];
            var add = OperatorLibrary.Overloads.FirstOrDefault(overload => overload.Function == CelOperators.Add && overload.Takes(both));
            if (add is null)
            {
                return CelError.NoSuchOverload;
            }

            sum = add.Apply!(both);
            if (sum.IsError)
            {
                return sum;
            }
        }

        return sum;
    }

    private static CelValue Extreme(CelList list, string name, int worse)
    {
        CelValue? best = null;
        foreach (var item in list.Items)
        {
            if (best is null)
            {
                best = item;
            }
            else if (OperatorLibrary.Compare(best, item) is not { } order)
            {
                return CelError.NoSuchOverload;
            }
            else if (Math.Sign(order) == worse)
            {
                best = item;
            }
        }

        return best ?? new CelError($"{name} called on empty list");
    }

    private static CelInt Index(IEnumerable<(CelValue Item, int At)> items, CelValue wanted)
    {
        foreach (var (item, at) in items)
        {
            if (item.Same(wanted))
            {
                return CelInt.Of(at);
            }
        }

        return CelInt.Of(-1);
    }

    private static CelValue Slice(CelList list, long start, long end)
    {
        var reason = start < 0 || end < 0 ? "negative indexes not supported"
            : start > end ? "start index must be less than or equal to end index"
            : list.Count < end ? string.Create(CultureInfo.InvariantCulture, $"list is length {list.Count}")
            : null;
        return reason is null
            ? new CelArray([.. list.Items.Skip((int)start).Take((int)(end - start))])
            : new CelError(string.Create(CultureInfo.InvariantCulture, $"cannot slice({start}, {end}), {reason}"));
    }

    private static CelValue Flat(CelList list, long depth)
    {
        if (depth < 0)
        {
            return new CelError("level must be non-negative");
        }

        var items = new List<CelValue>();
        Collect(list, depth, items);
        return new CelArray(items);
    }

    private static void Collect(CelList list, long depth, List<CelValue> items)
    {
        foreach (var item in list.Items)
        {
            if (item is CelList inner && depth > 0)
            {
                Collect(inner, depth - 1, items);
            }
            else
            {
                CelLimits.Items(items.Count);
                items.Add(item);
            }
        }
    }

    private static CelValue Sort(CelList list, CelList keys)
    {
        if (list.Count != keys.Count)
        {
            return new CelError(string.Create(
                CultureInfo.InvariantCulture,
                $"@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got {list.Count} and {keys.Count} elements respectively"));
        }

        var all = keys.Items.ToList();
        if (all.Exists(static key => key is CelNull or CelList or CelMap or CelOpaque or CelOptional or CelTypeValue or CelObjectValue))
        {
            return new CelError("list elements must be comparable");
        }

        return all.Exists(key => !key.Type.Is(all[0].Type))
            ? new CelError("list elements must have the same type")
            : new CelArray([.. list.Items.Zip(all).OrderBy(static pair => pair.Second, Comparer<CelValue>.Create(static (l, r) => OperatorLibrary.Compare(l, r) ?? 0)).Select(static pair => pair.First)]);
    }

    private static CelArray Range(long count)
    {
        CelLimits.Items(count);
        return new([.. Enumerable.Range(0, (int)Math.Max(0, count)).Select(static number => CelInt.Of(number))]);
    }

    private static CelArray Distinct(CelList list)
    {
        var items = new List<CelValue>();
        foreach (var item in list.Items)
        {
            if (!items.Exists(item.Same))
            {
                items.Add(item);
            }
        }

        return new(items);
    }
}
