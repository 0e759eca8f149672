namespace GitOps.Sandbox.Cel.Evaluation;

/// <summary>A part of a planned expression.</summary>
internal abstract class CelStep
{
    public abstract CelValue Evaluate(CelFrame frame);
}

internal sealed class ConstantStep(CelValue value) : CelStep
{
    public CelValue Value { get; } = value;

    public override CelValue Evaluate(CelFrame frame) => Value;
}

/// <param name="slot">Where folds of this depth keep the variable.</param>
/// <param name="cost">1, or 0 where the language counts nothing.</param>
internal sealed class LocalStep(int slot, long cost) : CelStep
{
    public int Slot => slot;

    public override CelValue Evaluate(CelFrame frame)
    {
        frame.Charge(cost);
        return frame.Locals[slot];
    }
}

internal sealed class GlobalStep(int index, string name, long cost) : CelStep
{
    public override CelValue Evaluate(CelFrame frame)
    {
        frame.Charge(cost);
        return frame.Global(index, name);
    }
}

/// <summary><c>&amp;&amp;</c> and <c>||</c>: either side may decide alone, whatever error the other one has.</summary>
internal sealed class LogicStep(CelStep left, CelStep right, CelBool deciding) : CelStep
{
    public override CelValue Evaluate(CelFrame frame)
    {
        var first = left.Evaluate(frame);
        if (ReferenceEquals(first, deciding))
        {
            return first;
        }

        var second = right.Evaluate(frame);
        if (ReferenceEquals(second, deciding))
        {
            return second;
        }

        return Error(first) ?? Error(second) ?? second;
    }

    private static CelError? Error(CelValue value) => value is CelBool ? null : value as CelError ?? CelError.NoSuchOverload;
}

internal sealed class ConditionalStep(CelStep condition, CelStep then, CelStep otherwise) : CelStep
{
    public override CelValue Evaluate(CelFrame frame) => condition.Evaluate(frame) switch
    {
        CelBool truth => (truth.Value ? then : otherwise).Evaluate(frame),
        CelError error => error,
        _ => CelError.NoSuchOverload,
    };
}

/// <summary>The loop of a macro goes on unless it is certain that nothing can change any more.</summary>
internal sealed class NotStrictlyFalseStep(CelStep operand) : CelStep
{
    public override CelValue Evaluate(CelFrame frame)
    {
        var value = operand.Evaluate(frame);
        frame.Charge(1);
        return CelBool.Of(!ReferenceEquals(value, CelBool.False));
    }
}

/// <summary><c>or</c> and <c>orValue</c> of optionals: the other side is looked at only if it is needed.</summary>
internal sealed class OptionalOrStep(CelStep target, CelStep other, bool unwraps) : CelStep
{
    public override CelValue Evaluate(CelFrame frame) => target.Evaluate(frame) switch
    {
        CelOptional { Value: { } value } optional => unwraps ? value : optional,
        CelOptional => other.Evaluate(frame),
        var value => value,
    };
}
