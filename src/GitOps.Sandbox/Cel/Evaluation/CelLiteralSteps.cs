using System.Collections.Immutable;

namespace GitOps.Sandbox.Cel.Evaluation;

internal sealed class ListStep(ImmutableArray<(CelStep Step, bool IsOptional)> elements) : CelStep
{
    public override CelValue Evaluate(CelFrame frame)
    {
        var items = new List<CelValue>(elements.Length);
        var result = Fill(frame, items);
        frame.Charge(CelLiterals.ListCost);
        return result;
    }

    private CelValue Fill(CelFrame frame, List<CelValue> items)
    {
        foreach (var (step, isOptional) in elements)
        {
            var value = step.Evaluate(frame);
            if (value.IsError)
            {
                return value;
            }

            if (!isOptional)
            {
                items.Add(value);
            }
            else if (value is not CelOptional optional)
            {
                return CelLiterals.NotOptional(value);
            }
            else if (optional.Value is { } present)
            {
                items.Add(present);
            }
        }

        return new CelArray(items);
    }
}

internal sealed class MapStep(ImmutableArray<(CelStep Key, CelStep Value, bool IsOptional)> entries) : CelStep
{
    public override CelValue Evaluate(CelFrame frame)
    {
        var result = Fill(frame, new());
        frame.Charge(CelLiterals.MapCost);
        return result;
    }

    private CelValue Fill(CelFrame frame, CelDictionary map)
    {
        foreach (var entry in entries)
        {
            var key = entry.Key.Evaluate(frame);
            if (key.IsError)
            {
                return key;
            }

            var value = entry.Value.Evaluate(frame);
            if (value.IsError)
            {
                return value;
            }

            if (!entry.IsOptional)
            {
                map.Set(key, value);
            }
            else if (value is not CelOptional optional)
            {
                return CelLiterals.NotOptional(value);
            }
            else if (optional.Value is { } present)
            {
                map.Set(key, present);
            }
        }

        return map;
    }
}

internal sealed class StructStep(CelType type, ImmutableArray<(string Name, CelStep Step, bool IsOptional)> fields) : CelStep
{
    public override CelValue Evaluate(CelFrame frame)
    {
        var values = ImmutableSortedDictionary.CreateBuilder<string, CelValue>(StringComparer.Ordinal);
        foreach (var (name, step, isOptional) in fields)
        {
            var value = step.Evaluate(frame);
            if (value.IsError)
            {
                return value;
            }

            if (!isOptional)
            {
                values[name] = value;
            }
            else if (value is not CelOptional optional)
            {
                return CelLiterals.NotOptional(value);
            }
            else if (optional.Value is { } present)
            {
                values[name] = present;
            }
        }

        frame.Charge(CelLiterals.StructCost);
        return new CelObjectValue(type, values.ToImmutable());
    }
}

internal static class CelLiterals
{
    public const long ListCost = 10;
    public const long MapCost = 30;
    public const long StructCost = 40;

    public static CelError NotOptional(CelValue value) => new($"cannot initialize optional list element from non-optional value {CelFormat.Text(value)}");
}
