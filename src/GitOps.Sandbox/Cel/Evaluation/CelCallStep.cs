using System.Collections.Immutable;

namespace GitOps.Sandbox.Cel.Evaluation;

/// <summary>Calls the overload that takes the values the arguments turn out to have.</summary>
/// <param name="function">The function's name.</param>
/// <param name="overloads">Those the checker left.</param>
/// <param name="arguments">With the target first.</param>
internal sealed class CallStep(string function, ImmutableArray<CelOverload> overloads, ImmutableArray<CelStep> arguments) : CelStep
{
    private readonly string _overload = overloads.Length == 1 ? overloads[0].Id : string.Empty;

    public override CelValue Evaluate(CelFrame frame)
    {
        var values = new CelValue[arguments.Length];
        CelValue? error = null;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = arguments[i].Evaluate(frame);
            if (values[i].IsError)
            {
                error ??= values[i];
                if (values.Length > 2)
                {
                    return error;
                }
            }
        }

        var result = error ?? Apply(values);
        frame.Charge(CelCosts.OfCall(function, _overload, values, result));
        return result;
    }

    private CelValue Apply(CelValue[] values)
    {
        foreach (var overload in overloads)
        {
            if (overload.Takes(values))
            {
                return overload.Apply!(values);
            }
        }

        return Mismatch(values);
    }

    /// <summary>How much the API server says about it depends on how it dispatches the function.</summary>
    private CelError Mismatch(CelValue[] values) => function switch
    {
        "startsWith" or "endsWith" or "contains" or "matches" => CelError.NoSuchOverload,
        "sort" when values[0] is CelList => new("list elements must be comparable"),
        "size" or "sort" => new($"no such overload: {function}"),
        "duration" or "timestamp" => CelError.Conversion(values[0], function == "duration" ? CelType.Duration : CelType.Timestamp),
        _ when !char.IsAsciiLetter(function[0]) => CelError.NoSuchOverload,
        _ => new($"no such overload: {function}({string.Join(", ", values.Select(static value => value.Type.Name))})"),
    };
}

/// <summary><c>==</c> and <c>!=</c>, which any two values have.</summary>
internal sealed class EqualStep(CelStep left, CelStep right, bool isNegated) : CelStep
{
    public override CelValue Evaluate(CelFrame frame)
    {
        var first = left.Evaluate(frame);
        var second = right.Evaluate(frame);
        frame.Charge(CelCosts.OfEquality(first, second, isNegated));
        if (first.IsError || second.IsError)
        {
            return first.IsError ? first : second;
        }

        return first is CelOpaque && second is not CelNull && !second.Type.Is(first.Type)
            ? CelError.NoSuchOverload
            : CelBool.Of(first.Same(second) != isNegated);
    }
}

/// <summary><c>value in [constants]</c>, which costs nothing but the value.</summary>
internal sealed class MemberStep(CelStep operand, CelDictionary members) : CelStep
{
    public override CelValue Evaluate(CelFrame frame)
    {
        var value = operand.Evaluate(frame);
        return value.IsError ? value : CelBool.Of(CelDictionary.IsKey(value) && members.Find(value) is not null);
    }
}
