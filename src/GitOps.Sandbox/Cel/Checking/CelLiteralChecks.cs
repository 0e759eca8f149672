namespace GitOps.Sandbox.Cel.Checking;

/// <summary>
/// Refuses literals that can never be right where they stand: patterns, times, formats, and lists and maps of mixed types.
/// </summary>
internal static class CelLiteralChecks
{
    /// <param name="node">A checked tree.</param>
    /// <param name="errors">Where what is wrong is added.</param>
    /// <param name="isMixed">Whether it is within the arguments of a format, whose types may differ.</param>
    public static void Check(CelNode node, CelErrors errors, bool isMixed = false)
    {
        switch (node)
        {
            case SelectNode select:
                Check(select.Operand, errors, isMixed);
                break;
            case CallNode call:
                Call(call, errors);
                isMixed |= call.Function == "format";
                if (call is { Target: { } target, IsQualified: false })
                {
                    Check(target, errors, isMixed);
                }

                Each(call.Arguments, errors, isMixed);
                break;
            case ListNode list:
                if (!isMixed)
                {
                    SameType(list.Elements.Select(static element => (element.Value, element.IsOptional)), errors, isFirstOnly: true);
                }

                Each(list.Elements.Select(static element => element.Value), errors, isMixed);
                break;
            case MapNode map:
                if (!isMixed)
                {
                    SameType(map.Entries.Select(static entry => (entry.Key, false)), errors, isFirstOnly: false);
                    SameType(map.Entries.Select(static entry => (entry.Value, entry.IsOptional)), errors, isFirstOnly: false);
                }

                Each(map.Entries.SelectMany(static entry => new[] { entry.Key, entry.Value }), errors, isMixed);
                break;
            case StructNode message:
                Each(message.Fields.Select(static field => field.Value), errors, isMixed);
                break;
            case FoldNode fold:
                Each([fold.Range, fold.Initial, fold.Condition, fold.Step, fold.Result], errors, isMixed);
                break;
            default:
                break;
        }
    }

    private static void Each(IEnumerable<CelNode> nodes, CelErrors errors, bool isMixed)
    {
        foreach (var node in nodes)
        {
            Check(node, errors, isMixed);
        }
    }

    private static void SameType(IEnumerable<(CelNode Node, bool IsOptional)> values, CelErrors errors, bool isFirstOnly)
    {
        CelType? expected = null;
        foreach (var (node, isOptional) in values)
        {
            var type = isOptional && node.Type.IsOptional ? node.Type.Parameters[0] : node.Type;
            expected ??= type;
            if (!expected.Is(type))
            {
                errors.Add(node.Position, $"expected type '{expected}' but found '{type}'");
                if (isFirstOnly)
                {
                    return;
                }
            }
        }
    }

    private static CelValue Converted(CallNode call, CelValue value)
    {
        CelValue[] values = [value];
        return call.Overloads.FirstOrDefault(overload => overload.Takes(values))?.Apply!(values) ?? CelError.NoSuchOverload;
    }

    private static void Call(CallNode call, CelErrors errors)
    {
        var arguments = call.AllArguments.ToArray();
        switch (call.Function)
        {
            case "duration" or "timestamp" when arguments is [LiteralNode literal] && Converted(call, literal.Value).IsError:
                errors.Add(literal.Position, $"invalid {call.Function} argument");
                break;
            case "matches" when arguments is [_, LiteralNode { Value: CelString pattern } literal] && CelPatterns.Find(pattern.Value) is null:
                errors.Add(literal.Position, "invalid matches argument");
                break;
            case "format" when arguments is [LiteralNode { Value: CelString } literal, ListNode list]:
                FormatCheck.Check(call, literal, list, errors);
                break;
            default:
                break;
        }
    }
}
