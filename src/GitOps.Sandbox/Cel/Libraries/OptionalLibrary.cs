using System.Collections.Immutable;

namespace GitOps.Sandbox.Cel.Libraries;

/// <summary>Values that may be there or not.</summary>
internal static class OptionalLibrary
{
    public static ImmutableArray<CelOverload> Overloads { get; } =
    [
        Of("optional_of", "optional.of(V): optional(V)", static a => CelOptional.Of(a[0])),
        Of("optional_ofNonZeroValue", "optional.ofNonZeroValue(V): optional(V)", static a => a[0].IsZero ? CelOptional.None : CelOptional.Of(a[0])),
        Of("optional_none", "optional.none(): optional(V)", static _ => CelOptional.None),
        Of("optional_value", "(optional(V)).value(): V", static a => ((CelOptional)a[0]).Value ?? new CelError("optional.none() dereference")),
        Of("optional_hasValue", "(optional(V)).hasValue(): bool", static a => CelBool.Of(((CelOptional)a[0]).Value is not null)),
        Of("optional_or_optional", "(optional(V)).or(optional(V)): optional(V)", null),
        Of("optional_orValue_value", "(optional(V)).orValue(V): V", null),
        Of("select_optional_field", "_?._(dyn, string): optional(V)", null),
        Of("optional_unwrap", "optional.unwrap(list(optional(V))): list(V)", Unwrap),
        Of("optional_unwrapOpt", "(list(optional(V))).unwrapOpt(): list(V)", Unwrap),
        Of("list_first", "(list(V)).first(): optional(V)", static a => a[0] is CelList { Count: > 0 } list ? CelOptional.Of(list[0]) : CelOptional.None),
        Of("list_last", "(list(V)).last(): optional(V)", static a => a[0] is CelList { Count: > 0 } list ? CelOptional.Of(list[list.Count - 1]) : CelOptional.None),
    ];

    private static CelOverload Of(string id, string signature, Func<CelValue[], CelValue>? apply) => CelSignature.Read(id, signature, apply);

    private static CelValue Unwrap(CelValue[] arguments)
    {
        var items = new List<CelValue>();
        foreach (var item in ((CelList)arguments[0]).Items)
        {
            if (item is not CelOptional optional)
            {
                return CelError.NoSuchOverload;
            }

            if (optional.Value is { } value)
            {
                items.Add(value);
            }
        }

        return new CelArray(items);
    }
}
