using System.Collections.Immutable;

namespace GitOps.Sandbox.Cel.Syntax;

/// <summary>Calls that are rewritten while parsing: tests of presence, and everything that binds a variable.</summary>
internal static class CelMacros
{
    /// <summary>What <c>optMap</c> is called on.</summary>
    public const string Target = "@target";

    private const string Input = "@input";
    private const string Unused = "#unused";

    /// <summary>What the call stands for; null if it is a call of a function.</summary>
    /// <exception cref="CelSyntaxException">A wrong argument.</exception>
    public static CelNode? Expand(int at, string function, CelNode? target, ImmutableArray<CelNode> arguments)
    {
        if (target is null)
        {
            return function == "has" && arguments.Length == 1 ? Has(at, arguments[0]) : null;
        }

        return (function, arguments.Length) switch
        {
            ("all", 2) => All(at, target, Names(arguments, 1, "argument must be a simple name"), arguments[1]),
            ("all", 3) => All(at, target, Names(arguments, 2, "argument must be a simple name"), arguments[2]),
            ("exists", 2) => Exists(at, target, Names(arguments, 1, "argument must be a simple name"), arguments[1]),
            ("exists", 3) => Exists(at, target, Names(arguments, 2, "argument must be a simple name"), arguments[2]),
            ("exists_one", 2) => ExistsOne(at, target, Names(arguments, 1, "argument must be a simple name"), arguments[1]),
            ("exists_one" or "existsOne", 3) => ExistsOne(at, target, Names(arguments, 2, "argument must be a simple name"), arguments[2]),
            ("map", 2) => ToList(at, target, Names(arguments, 1, "argument is not an identifier"), null, arguments[1]),
            ("map", 3) => ToList(at, target, Names(arguments, 1, "argument is not an identifier"), arguments[1], arguments[2]),
            ("filter", 2) => ToList(at, target, Names(arguments, 1, "argument is not an identifier"), arguments[1], arguments[0]),
            ("transformList", 3) => ToList(at, target, Names(arguments, 2, "argument must be a simple name"), null, arguments[2]),
            ("transformList", 4) => ToList(at, target, Names(arguments, 2, "argument must be a simple name"), arguments[2], arguments[3]),
            ("transformMap", 3) => ToMap(at, target, Names(arguments, 2, "argument must be a simple name"), null, arguments[2], isEntry: false),
            ("transformMap", 4) => ToMap(at, target, Names(arguments, 2, "argument must be a simple name"), arguments[2], arguments[3], isEntry: false),
            ("transformMapEntry", 3) => ToMap(at, target, Names(arguments, 2, "argument must be a simple name"), null, arguments[2], isEntry: true),
            ("transformMapEntry", 4) => ToMap(at, target, Names(arguments, 2, "argument must be a simple name"), arguments[2], arguments[3], isEntry: true),
            ("sortBy", 2) => SortBy(at, target, arguments),
            ("optMap", 2) => OptionalMap(at, target, arguments[0], arguments[1], function, static (at, body) => Call(at, "optional.of", body)),
            ("optFlatMap", 2) => OptionalMap(at, target, arguments[0], arguments[1], function, static (_, body) => body),
            _ => null,
        };
    }

    private static CallNode Call(int at, string function, params CelNode[] arguments) => new(at, function, null, [.. arguments]);

    private static CallNode Method(int at, CelNode target, string function) => new(at, function, target, []);

    private static IdentifierNode Result(int at) => new(at, FoldNode.Accumulator);

    private static LiteralNode Literal(int at, CelValue value) => new(at, value);

    private static SelectNode Has(int at, CelNode argument) => argument is SelectNode { IsTest: false } select
        ? new(at, select.Operand, select.Field, isTest: true)
        : throw new CelSyntaxException(argument.Position, "invalid argument to has() macro");

    private static (string First, string? Second) Names(ImmutableArray<CelNode> arguments, int count, string otherwise)
    {
        var names = new string?[2];
        for (var i = 0; i < count; i++)
        {
            names[i] = arguments[i] is IdentifierNode identifier ? identifier.Name : throw new CelSyntaxException(arguments[i].Position, otherwise);
            if (names[i] == "__result__")
            {
                throw new CelSyntaxException(arguments[i].Position, "iteration variable overwrites accumulator variable");
            }
        }

        return names[0] == names[1]
            ? throw new CelSyntaxException(arguments[1].Position, $"duplicate variable name: {names[0]}")
            : (names[0]!, names[1]);
    }

    private static FoldNode Fold(
        int at, CelNode range, (string First, string? Second) names, CelNode initial, CelNode condition, CelNode step, CelNode result) => new(at)
        {
            Range = range,
            Variable = names.First,
            Variable2 = names.Second,
            Initial = initial,
            Condition = condition,
            Step = step,
            Result = result,
        };

    private static FoldNode All(int at, CelNode range, (string, string?) names, CelNode predicate) => Fold(
        at, range, names, Literal(at, CelBool.True), Call(at, CelOperators.NotStrictlyFalse, Result(at)),
        Call(at, CelOperators.And, Result(at), predicate), Result(at));

    private static FoldNode Exists(int at, CelNode range, (string, string?) names, CelNode predicate) => Fold(
        at, range, names, Literal(at, CelBool.False), Call(at, CelOperators.NotStrictlyFalse, Call(at, CelOperators.Not, Result(at))),
        Call(at, CelOperators.Or, Result(at), predicate), Result(at));

    private static FoldNode ExistsOne(int at, CelNode range, (string, string?) names, CelNode predicate) => Fold(
        at, range, names, Literal(at, CelInt.Of(0)), Literal(at, CelBool.True),
        When(at, predicate, Call(at, CelOperators.Add, Result(at), Literal(at, CelInt.Of(1)))),
        Call(at, CelOperators.Equal, Result(at), Literal(at, CelInt.Of(1))));

    private static CallNode When(int at, CelNode? filter, CallNode step) =>
        filter is null ? step : Call(at, CelOperators.Conditional, filter, step, Result(at));

    private static FoldNode ToList(int at, CelNode range, (string, string?) names, CelNode? filter, CelNode element) => Fold(
        at, range, names, new ListNode(at, []), Literal(at, CelBool.True),
        When(at, filter, Call(at, CelOperators.Add, Result(at), new ListNode(at, [new(element, false)]))), Result(at));

    private static FoldNode ToMap(int at, CelNode range, (string First, string?) names, CelNode? filter, CelNode value, bool isEntry) => Fold(
        at, range, names, new MapNode(at, []), Literal(at, CelBool.True),
        When(at, filter, isEntry
            ? Call(at, CelOperators.MapInsert, Result(at), value)
            : Call(at, CelOperators.MapInsert, Result(at), new IdentifierNode(at, names.First), value)),
        Result(at));

    private static FoldNode SortBy(int at, CelNode target, ImmutableArray<CelNode> arguments)
    {
        if (target is LiteralNode or MapNode or StructNode)
        {
            throw new CelSyntaxException(
                target.Position, "sortBy can only be applied to a list, identifier, comprehension, call or select expression");
        }

        var keys = ToList(at, new IdentifierNode(at, Input), Names(arguments, 1, "argument is not an identifier"), null, arguments[1]);
        return Let(at, Input, target, new CallNode(at, "@sortByAssociatedKeys", new IdentifierNode(at, Input), [keys]));
    }

    /// <summary>The target is bound to a name, so that it stands only once in the tree however many of these are chained.</summary>
    private static FoldNode OptionalMap(
        int at, CelNode target, CelNode variable, CelNode body, string function, Func<int, CelNode, CelNode> wrap)
    {
        var name = variable is IdentifierNode identifier
            ? identifier.Name
            : throw new CelSyntaxException(variable.Position, $"{function}() variable name must be a simple identifier");
        var mapped = Let(at, name, Method(at, new IdentifierNode(at, Target), "value"), body);
        return Let(at, Target, target, Call(
            at, CelOperators.Conditional, Method(at, new IdentifierNode(at, Target), "hasValue"), wrap(at, mapped), Call(at, "optional.none")));
    }

    private static FoldNode Let(int at, string name, CelNode value, CelNode body) => new(at)
    {
        Range = new ListNode(at, []),
        Variable = Unused,
        AccumulatorName = name,
        Initial = value,
        Condition = Literal(at, CelBool.False),
        Step = new IdentifierNode(at, name),
        Result = body,
    };
}
