using System.Globalization;

namespace GitOps.Sandbox.Cel.Checking;

/// <summary>Whether the arguments of a <c>format</c> that is written out fit it.</summary>
internal static class FormatCheck
{
    public static void Check(CallNode call, LiteralNode format, ListNode arguments, CelErrors errors)
    {
        var used = 0;
        foreach (var part in TextFormatter.Parts(((CelString)format.Value).Value))
        {
            if (part.Literal is not null)
            {
                continue;
            }

            if (used >= arguments.Elements.Length)
            {
                errors.Add(call.Position, TextFormatter.OutOfRange(used));
                return;
            }

            if (part.Error is { } error)
            {
                errors.Add(call.Position, error);
                return;
            }

            var argument = arguments.Elements[used++].Value;
            if (Mismatch(part.Verb, argument) is { } mismatch)
            {
                errors.Add(mismatch.Node.Position, $"error during formatting: {mismatch.Text}");
                return;
            }
        }

        if (used < arguments.Elements.Length)
        {
            errors.Add(call.Position, string.Create(
                CultureInfo.InvariantCulture, $"too many arguments supplied to string.format (expected {used}, got {arguments.Elements.Length})"));
        }
    }

    private static (CelNode Node, string Text)? Mismatch(char verb, CelNode argument)
    {
        var type = argument.Type;
        var isSpecial = verb is 'f' or 'e' && type.Kind == CelKind.String;
        if (!type.IsDyn && !isSpecial && TextFormatter.Mismatch(verb, type.Kind, type.Name) is { } text)
        {
            return (argument, text);
        }

        if (verb != 's')
        {
            return null;
        }

        var inner = argument switch
        {
            ListNode list => list.Elements.Select(static element => element.Value),
            MapNode map => map.Entries.SelectMany(static entry => new[] { entry.Key, entry.Value }),
            _ => [],
        };
        return inner.Select(static node => Mismatch('s', node)).FirstOrDefault(static mismatch => mismatch is not null);
    }
}
