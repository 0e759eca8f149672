using System.Collections.Immutable;

namespace GitOps.Sandbox.Cel.Evaluation;

/// <summary>
/// Makes the steps of a checked tree: names become slots, literals become values, and conversions of literals are done once.
/// </summary>
internal sealed class CelPlanner
{
    private static readonly string[] Conversions =
        ["bool", "bytes", "double", "duration", "dyn", "int", "string", "timestamp", "type", "uint"];

    private readonly CelEnvironment _environment;
    private readonly List<string> _globals = [];
    private readonly List<(string Name, int Slot)> _locals = [];
    private int _depth;
    private int _slots;

    private CelPlanner(CelEnvironment environment) => _environment = environment;

    /// <exception cref="CelPlanException">A literal that can never be converted.</exception>
    public static CelPlan Plan(CelNode root, CelEnvironment environment)
    {
        var planner = new CelPlanner(environment);
        var step = planner.Plan(root);
        return new(step, planner._slots, planner._globals.Count);
    }

    private CelStep Plan(CelNode node, long baseCost = 1) => node switch
    {
        LiteralNode literal => new ConstantStep(literal.Value),
        IdentifierNode identifier => Identifier(identifier, baseCost),
        SelectNode select => Select(select, baseCost),
        CallNode call => Call(call, baseCost),
        ListNode list => List(list),
        MapNode map => Map(map),
        StructNode message => Struct(message),
        FoldNode fold => Fold(fold),
        _ => throw new InvalidOperationException($"unknown node {node.GetType().Name}"),
    };

    private CelStep Referenced(CelReference reference, long cost)
    {
        if (reference.TypeValue is { } type)
        {
            return new ConstantStep(new CelTypeValue(type));
        }

        var index = _globals.IndexOf(reference.Variable);
        if (index < 0)
        {
            (index, _) = (_globals.Count, 0);
            _globals.Add(reference.Variable);
        }

        return new GlobalStep(index, reference.Variable, cost);
    }

    private CelStep Identifier(IdentifierNode node, long cost) => node.Reference is { } reference
        ? Referenced(reference, cost)
        : new LocalStep(_locals.FindLast(local => local.Name == node.Name).Slot, cost);

    private CelStep Select(SelectNode node, long baseCost)
    {
        if (node.Reference is { } reference)
        {
            return Referenced(reference, baseCost);
        }

        if (node.IsTest)
        {
            return new TestStep(Plan(node.Operand, IsChain(node.Operand) ? 0 : 1), node.Field);
        }

        return new SelectStep(Plan(node.Operand, IsChain(node.Operand) ? baseCost : 1), node.Field, BaseCost(node.Operand, baseCost));
    }

    /// <summary>What a chain of fields that starts with this operand costs beside the operand.</summary>
    private static long BaseCost(CelNode operand, long baseCost) =>
        IsChain(operand) || operand is CallNode { Function: CelOperators.Conditional } ? 0 : baseCost;

    private static bool IsChain(CelNode node) => node is IdentifierNode or SelectNode { IsTest: false }
        or CallNode { Function: CelOperators.Index or CelOperators.OptionalIndex or CelOperators.OptionalSelect };

    private CelStep Call(CallNode node, long baseCost)
    {
        switch (node.Function)
        {
            case CelOperators.And:
                return new LogicStep(Plan(node.Arguments[0]), Plan(node.Arguments[1]), CelBool.False);
            case CelOperators.Or:
                return new LogicStep(Plan(node.Arguments[0]), Plan(node.Arguments[1]), CelBool.True);
            case CelOperators.Conditional:
                return new ConditionalStep(Plan(node.Arguments[0]), Branch(node.Arguments[1]), Branch(node.Arguments[2]));
            case CelOperators.NotStrictlyFalse:
                return new NotStrictlyFalseStep(Plan(node.Arguments[0]));
            case CelOperators.Equal or CelOperators.NotEqual:
                return new EqualStep(Plan(node.Arguments[0]), Plan(node.Arguments[1]), node.Function == CelOperators.NotEqual);
            case CelOperators.Index or CelOperators.OptionalIndex or CelOperators.OptionalSelect:
                var operand = Plan(node.Arguments[0], IsChain(node.Arguments[0]) ? baseCost : 1);
                return new IndexStep(
                    operand, Branch(node.Arguments[1]), node.Function != CelOperators.Index, BaseCost(node.Arguments[0], baseCost));
            case "hasValue" when node.Target is IdentifierNode { Name: CelMacros.Target } first:
                return new CallStep("hasValue", node.Overloads, [Plan(first, 0)]);
            case "value" when node.Target is IdentifierNode { Name: CelMacros.Target } again:
                return new CallStep("value", node.Overloads, [new AgainStep(_locals.FindLast(local => local.Name == again.Name).Slot)]);
            case "or" or "orValue" when node is { Target: { } target, IsQualified: false }:
                return new OptionalOrStep(Plan(target), Plan(node.Arguments[0]), node.Function == "orValue");
            default:
                return Function(node);
        }
    }

    /// <summary>That a chain of fields starts as a whole branch costs nothing.</summary>
    private CelStep Branch(CelNode node) => Plan(node, IsChain(node) ? 0 : 1);

    private CelStep Function(CallNode node)
    {
        var arguments = node.AllArguments.Select(argument => Plan(argument)).ToImmutableArray();
        var name = node.Overloads[0].Function;
        if (arguments is [ConstantStep constant] && Conversions.Contains(name, StringComparer.Ordinal))
        {
            var converted = new CallStep(name, node.Overloads, arguments).Evaluate(new(ImmutableDictionary<string, object?>.Empty, 0, 0, long.MaxValue));
            return converted is CelError error ? throw new CelPlanException(error.Message) : new ConstantStep(converted);
        }

        if (name is "find" or "findAll" && arguments is [_, ConstantStep { Value: CelString pattern }, ..] && CelPatterns.Find(pattern.Value) is null)
        {
            throw new CelPlanException($"error parsing regexp: `{pattern.Value}`");
        }

        if (name == CelOperators.In && arguments[1] is ConstantStep { Value: CelList list } && Members(list) is { } members)
        {
            return list.Count == 0 ? new ConstantStep(CelBool.False) : new MemberStep(arguments[0], members);
        }

        return new CallStep(name, node.Overloads, arguments);
    }

    private static CelDictionary? Members(CelList list)
    {
        var members = new CelDictionary();
        foreach (var item in list.Items)
        {
            if (!CelDictionary.IsKey(item))
            {
                return null;
            }

            members.Set(item, CelBool.True);
        }

        return members;
    }

    private CelStep List(ListNode node)
    {
        var elements = node.Elements.Select(element => (Step: Plan(element.Value), element.IsOptional)).ToImmutableArray();
        return elements.All(static element => element is { IsOptional: false, Step: ConstantStep })
            ? new ConstantStep(new CelArray([.. elements.Select(static element => ((ConstantStep)element.Step).Value)]))
            : new ListStep(elements);
    }

    private CelStep Map(MapNode node)
    {
        var entries = node.Entries.Select(entry => (Key: Plan(entry.Key), Value: Plan(entry.Value), entry.IsOptional)).ToImmutableArray();
        if (!entries.All(static entry => entry is { IsOptional: false, Key: ConstantStep, Value: ConstantStep }))
        {
            return new MapStep(entries);
        }

        var made = new MapStep(entries).Evaluate(new(ImmutableDictionary<string, object?>.Empty, 0, 0, long.MaxValue));
        return made is CelError error ? throw new CelPlanException(error.Message) : new ConstantStep(made);
    }

    private StructStep Struct(StructNode node)
    {
        var type = node.Type;
        return new(type, [.. node.Fields.Select(field => (type.Fields.Find(field.Name)!.Name, Plan(field.Value), field.IsOptional))]);
    }

    private CelStep Fold(FoldNode node)
    {
        var isLet = node is { Range: ListNode { Elements.IsEmpty: true }, Condition: LiteralNode };
        var range = Plan(node.Range);
        var initial = node switch
        {
            { Initial: ListNode { Elements.IsEmpty: true } } => new FreshStep(static () => new CelArray([])),
            { Initial: MapNode { Entries.IsEmpty: true } } => new FreshStep(static () => new CelDictionary()),
            _ => Plan(node.Initial),
        };
        var slot = _depth;
        _depth += 3;
        _slots = Math.Max(_slots, _depth);
        var outer = _locals.Count;
        _locals.Add((node.AccumulatorName, slot));
        CelStep fold;
        if (isLet)
        {
            fold = new LetStep(initial, Plan(node.Result), slot);
        }
        else
        {
            _locals.Add((node.Variable, slot + 1));
            if (node.Variable2 is { } second)
            {
                _locals.Add((second, slot + 2));
            }

            var condition = Plan(node.Condition);
            var step = Step(node.Step, slot);
            _locals.RemoveRange(outer + 1, _locals.Count - outer - 1);
            fold = new FoldStep(range, initial, condition, step, Plan(node.Result), slot, node.Variable2 is not null);
        }

        _locals.RemoveRange(outer, _locals.Count - outer);
        _depth -= 3;
        return fold;
    }

    private CelStep Step(CelNode node, int slot) => node switch
    {
        CallNode { Function: CelOperators.Conditional, Arguments: [var filter, var step, IdentifierNode { Name: FoldNode.Accumulator } rest] } =>
            new ConditionalStep(Plan(filter), Step(step, slot), Branch(rest)),
        CallNode { Function: CelOperators.Add, Arguments: [IdentifierNode { Name: FoldNode.Accumulator }, ListNode { Elements: [{ IsOptional: false } item] }] } =>
            new AppendStep(slot, Plan(item.Value)),
        CallNode { Function: CelOperators.MapInsert } insert => new InsertStep(
            slot, insert.Arguments.Length == 3 ? Plan(insert.Arguments[1]) : null, Plan(insert.Arguments[^1])),
        _ => Plan(node),
    };

    private sealed class FreshStep(Func<CelValue> make) : CelStep
    {
        public override CelValue Evaluate(CelFrame frame) => make();
    }
}

internal sealed record CelPlan(CelStep Step, int Locals, int Globals);

/// <summary>The expression can be checked but never evaluated.</summary>
internal sealed class CelPlanException(string message) : Exception(message);
