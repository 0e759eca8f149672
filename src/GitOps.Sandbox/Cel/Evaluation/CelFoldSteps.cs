namespace GitOps.Sandbox.Cel.Evaluation;

/// <summary>A macro's loop. The variables' slots follow the accumulator's.</summary>
internal sealed class FoldStep(
    CelStep range, CelStep initial, CelStep condition, CelStep step, CelStep result, int slot, bool hasTwo) : CelStep
{
    public override CelValue Evaluate(CelFrame frame)
    {
        var over = range.Evaluate(frame);
        if (over.IsError)
        {
            return over;
        }

        frame.Locals[slot] = initial.Evaluate(frame);
        switch (over)
        {
            case CelList list:
                for (var i = 0; i < list.Count; i++)
                {
                    if (!Step(frame, hasTwo ? CelInt.Of(i) : list[i], hasTwo ? list[i] : null))
                    {
                        break;
                    }
                }

                break;
            case CelMap map:
                foreach (var key in map.Keys)
                {
                    if (!Step(frame, key, hasTwo ? map.Find(key) : null))
                    {
                        break;
                    }
                }

                break;
            default:
                return new CelError($"got '{CelFormat.GoType(over)}', expected iterable type");
        }

        return result.Evaluate(frame);
    }

    private bool Step(CelFrame frame, CelValue first, CelValue? second)
    {
        frame.Locals[slot + 1] = first;
        if (second is not null)
        {
            frame.Locals[slot + 2] = second;
        }

        if (ReferenceEquals(condition.Evaluate(frame), CelBool.False))
        {
            return false;
        }

        frame.Locals[slot] = step.Evaluate(frame);
        return true;
    }
}

/// <summary>Binds a value to a name: a fold over nothing.</summary>
internal sealed class LetStep(CelStep value, CelStep body, int slot) : CelStep
{
    public override CelValue Evaluate(CelFrame frame)
    {
        var before = frame.Cost;
        frame.Locals[slot] = value.Evaluate(frame);
        frame.Locals[slot + 1] = CelInt.Of(frame.Cost - before);
        return body.Evaluate(frame);
    }
}

/// <summary>A bound value, for which is charged again what it cost: the API server evaluates it twice.</summary>
internal sealed class AgainStep(int slot) : CelStep
{
    public override CelValue Evaluate(CelFrame frame)
    {
        frame.Charge(((CelInt)frame.Locals[slot + 1]).Value);
        return frame.Locals[slot];
    }
}

/// <summary>
/// Appends to the result of a fold in place: nobody else can see it before the fold is done. Copying it for each item would take
/// time that grows with the square of its length.
/// </summary>
internal sealed class AppendStep(int slot, CelStep item) : CelStep
{
    // The accumulator, the list of one, and the operator.
    private const long Cost = 1 + CelLiterals.ListCost + 1;

    public override CelValue Evaluate(CelFrame frame)
    {
        var value = item.Evaluate(frame);
        frame.Charge(Cost);
        if (frame.Locals[slot] is not CelArray list)
        {
            return frame.Locals[slot];
        }

        if (value.IsError)
        {
            return value;
        }

        list.Append(value);
        return list;
    }
}

/// <summary>Adds entries to the result of a fold, likewise in place.</summary>
/// <param name="slot">The result's.</param>
/// <param name="key">Null: <paramref name="value"/> is a map of entries.</param>
/// <param name="value">The value, or the entries.</param>
internal sealed class InsertStep(int slot, CelStep? key, CelStep value) : CelStep
{
    public override CelValue Evaluate(CelFrame frame)
    {
        frame.Charge(1);
        if (frame.Locals[slot] is not CelDictionary map)
        {
            return frame.Locals[slot];
        }

        var name = key?.Evaluate(frame);
        var added = value.Evaluate(frame);
        frame.Charge(1);
        if (added.IsError || name is CelError)
        {
            return name as CelError ?? added;
        }

        if (name is not null)
        {
            return map.TryAdd(name, added) ? map : Exists(name);
        }

        if (added is not CelMap entries)
        {
            return CelError.NoSuchOverload;
        }

        foreach (var entry in entries.Keys)
        {
            if (!map.TryAdd(entry, entries.Find(entry)!))
            {
                return Exists(entry);
            }
        }

        return map;
    }

    private static CelError Exists(CelValue key) => new($"insert failed: key {CelFormat.Text(key)} already exists");
}
