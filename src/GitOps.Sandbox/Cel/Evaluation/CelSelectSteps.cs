namespace GitOps.Sandbox.Cel.Evaluation;

/// <summary>Looks into values: fields of objects and maps, items of lists, through optionals too.</summary>
internal static class CelFieldAccess
{
    /// <summary>The field; null if the value has none of that name.</summary>
    public static CelValue? Field(CelValue value, string name) => value switch
    {
        CelMap map => map.Find(name),
        CelObjectValue record => record.Find(name),
        _ => null,
    };

    /// <summary>The item; null if there is none.</summary>
    public static CelValue? Item(CelValue value, CelValue index)
    {
        switch (value)
        {
            case CelMap map:
                return map.Find(index);
            case CelList list:
                return Position(index) switch
                {
                    null when index is CelDouble or CelUint => new CelError($"unsupported index value {CelFormat.Text(index)} in list"),
                    null => new CelError($"unsupported index type '{index.Type.Name}' in list"),
                    { } at when at >= 0 && at < list.Count => list[(int)at],
                    _ => null,
                };
            case CelObjectValue record when index is CelString name:
                return record.Find(name.Value);
            default:
                return null;
        }
    }

    public static CelError Missing(CelValue value, CelValue index) => value is CelList
        ? new CelError($"index out of bounds: {CelFormat.Text(index)}")
        : CelError.NoSuchKey(CelFormat.Text(index));

    private static long? Position(CelValue index) => index switch
    {
        CelInt number => number.Value,
        CelUint number when number.Value <= long.MaxValue => (long)number.Value,
        CelDouble number when number.Value == Math.Floor(number.Value) && Math.Abs(number.Value) < long.MaxValue => (long)number.Value,
        _ => null,
    };
}

/// <summary><c>operand.field</c>.</summary>
/// <param name="operand">The operand.</param>
/// <param name="name">The field's name.</param>
/// <param name="baseCost">What it costs that a chain of fields starts here, beside the operand's own cost.</param>
internal sealed class SelectStep(CelStep operand, string name, long baseCost) : CelStep
{
    public override CelValue Evaluate(CelFrame frame)
    {
        var value = operand.Evaluate(frame);
        if (value.IsError)
        {
            return value;
        }

        if (value is CelOptional optional)
        {
            if (optional.Value is not { } present)
            {
                frame.Charge(baseCost);
                return optional;
            }

            var found = CelFieldAccess.Field(present, name);
            frame.Charge(baseCost + (found is null ? 0 : 1));
            return found is null ? CelOptional.None : Wrapped(found);
        }

        frame.Charge(baseCost + 1);
        return CelFieldAccess.Field(value, name) ?? CelError.NoSuchKey(name);
    }

    private static CelValue Wrapped(CelValue value) => value.IsError ? value : CelOptional.Of(value);
}

/// <summary><c>has(operand.field)</c>.</summary>
internal sealed class TestStep(CelStep operand, string name) : CelStep
{
    public override CelValue Evaluate(CelFrame frame)
    {
        var value = operand.Evaluate(frame);
        if (value is CelOptional optional)
        {
            if (optional.Value is not { } present)
            {
                return CelBool.False;
            }

            value = present;
        }

        if (value.IsError)
        {
            return value;
        }

        frame.Charge(1);
        return CelFieldAccess.Field(value, name) is { } found ? (found.IsError ? found : CelBool.True) : CelBool.False;
    }
}

/// <summary><c>operand[index]</c>, <c>operand[?index]</c> and <c>operand.?field</c>.</summary>
/// <param name="operand">The operand.</param>
/// <param name="index">The index, or the field's name.</param>
/// <param name="isOptional">Whether nothing there is no error.</param>
/// <param name="baseCost">As for <see cref="SelectStep"/>.</param>
internal sealed class IndexStep(CelStep operand, CelStep index, bool isOptional, long baseCost) : CelStep
{
    public override CelValue Evaluate(CelFrame frame)
    {
        var value = operand.Evaluate(frame);
        if (value.IsError)
        {
            return value;
        }

        frame.Charge(baseCost);
        var isWrapped = isOptional;
        if (value is CelOptional optional)
        {
            if (optional.Value is not { } present)
            {
                return optional;
            }

            (value, isWrapped) = (present, true);
        }

        var at = index.Evaluate(frame);
        if (at.IsError)
        {
            return at;
        }

        var found = CelFieldAccess.Item(value, at);
        if (found is not null || !isWrapped)
        {
            frame.Charge(1);
        }

        return found switch
        {
            null => isWrapped ? CelOptional.None : CelFieldAccess.Missing(value, at),
            CelError error => error,
            _ => isWrapped ? CelOptional.Of(found) : found,
        };
    }
}
