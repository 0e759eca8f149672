using System.Collections.Immutable;

namespace GitOps.Sandbox.Cel.Checking;

/// <summary>
/// Finds the type of every node and refuses what cannot be: names that mean nothing, fields that are not declared, functions that
/// take no such arguments. It notes in the tree what names and calls mean.
/// </summary>
internal sealed class CelChecker
{
    private readonly CelEnvironment _environment;
    private readonly CelErrors _errors;
    private readonly TypeBindings _bindings = new();
    private readonly List<(string Name, CelType Type)> _locals = [];
    private readonly HashSet<string> _variables = new(StringComparer.Ordinal);
    private readonly List<CelNode> _checked = [];

    private CelChecker(CelEnvironment environment, CelErrors errors) => (_environment, _errors) = (environment, errors);

    /// <summary>Checks the tree; its errors are added.</summary>
    /// <returns>The names of the variables it uses.</returns>
    public static IReadOnlySet<string> Check(CelNode root, CelEnvironment environment, CelErrors errors)
    {
        var checker = new CelChecker(environment, errors);
        checker.Check(root);
        foreach (var node in checker._checked)
        {
            node.Type = checker._bindings.Substitute(node.Type, toDyn: true);
        }

        return checker._variables;
    }

    private CelType Check(CelNode node)
    {
        node.Type = node switch
        {
            LiteralNode literal => literal.Value.Type,
            IdentifierNode identifier => Identifier(identifier),
            SelectNode select => Select(select),
            CallNode { Function: CelOperators.OptionalSelect } call => OptionalSelect(call),
            CallNode call => Call(call),
            ListNode list => List(list),
            MapNode map => Map(map),
            StructNode message => Struct(message),
            FoldNode fold => Fold(fold),
            _ => throw new InvalidOperationException($"unknown node {node.GetType().Name}"),
        };
        _checked.Add(node);
        return node.Type;
    }

    private CelType Undeclared(CelNode node, string name)
    {
        _errors.Add(node.Position, $"undeclared reference to '{name}' (in container '')");
        return CelType.Error;
    }

    private int Local(string name) => _locals.FindLastIndex(local => local.Name == name);

    private CelReference? Global(string name) =>
        _environment.FindVariable(name) is not null ? new(name, null)
        : _environment.FindType(name) is { } type ? new(name, type)
        : null;

    private CelType Referenced(CelReference reference)
    {
        if (reference.TypeValue is { } type)
        {
            return CelType.TypeOf(type);
        }

        _variables.Add(reference.Variable);
        return _environment.FindVariable(reference.Variable)!;
    }

    private CelType Identifier(IdentifierNode node)
    {
        var isGlobal = node.Name.StartsWith('.');
        if (!isGlobal && Local(node.Name) is >= 0 and var local)
        {
            return _locals[local].Type;
        }

        node.Reference = Global(isGlobal ? node.Name[1..] : node.Name);
        return node.Reference is null ? Undeclared(node, node.Name) : Referenced(node.Reference);
    }

    private CelType Select(SelectNode node)
    {
        if (!node.IsTest && QualifiedName(node) is { } name)
        {
            var isGlobal = name.StartsWith('.');
            var first = name.Split('.')[0];
            if ((isGlobal || Local(first) < 0) && Global(isGlobal ? name[1..] : name) is { } reference)
            {
                node.Reference = reference;
                return Referenced(reference);
            }
        }

        var type = Field(node, node.Operand, node.Field, isOptional: false);
        return node.IsTest ? CelType.Bool : _bindings.Substitute(type, toDyn: false);
    }

    /// <summary><c>a.b.c</c>; null if it is not made of names alone.</summary>
    private static string? QualifiedName(CelNode node) => node switch
    {
        IdentifierNode identifier => identifier.Name,
        SelectNode { IsTest: false } select when QualifiedName(select.Operand) is { } prefix => $"{prefix}.{select.Field}",
        _ => null,
    };

    private CelType Field(CelNode node, CelNode operand, string field, bool isOptional)
    {
        var declared = _bindings.Substitute(Check(operand), toDyn: false);
        var type = declared.IsOptional ? declared.Parameters[0] : declared;
        CelType result;
        switch (type.Kind)
        {
            case CelKind.Map:
                result = type.Parameters[1];
                break;
            case CelKind.Object when type.Fields.Find(field) is { } found:
                result = found.Type;
                break;
            case CelKind.Object:
                _errors.Add(node.Position, $"undefined field '{field}'");
                result = CelType.Error;
                break;
            case CelKind.Parameter:
                _bindings.TryAssign(CelType.Dyn, type);
                result = CelType.Dyn;
                break;
            case CelKind.Dyn or CelKind.Error:
                result = CelType.Dyn;
                break;
            default:
                _errors.Add(node.Position, $"type '{type}' does not support field selection");
                result = CelType.Dyn;
                break;
        }

        return declared.IsOptional || isOptional ? CelType.OptionalOf(result) : result;
    }

    private CelType OptionalSelect(CallNode node)
    {
        if (node is not { Target: null, Arguments: [var operand, LiteralNode { Value: CelString field } literal] })
        {
            _errors.Add(node.Position, "unsupported optional field selection");
            return CelType.Error;
        }

        literal.Type = CelType.String;
        return _bindings.Substitute(Field(node, operand, field.Value, isOptional: true), toDyn: false);
    }

    private CelType Call(CallNode node)
    {
        var types = node.Arguments.Select(Check).ToList();
        if (node.Target is null)
        {
            var name = node.Function.TrimStart('.');
            return _environment.FindFunction(name) is { } function
                ? Resolve(node, name, function, types, isMember: false)
                : Undeclared(node, node.Function);
        }

        if (QualifiedName(node.Target) is { } prefix
            && _environment.FindFunction($"{prefix.TrimStart('.')}.{node.Function}") is { } qualified)
        {
            node.IsQualified = true;
            return Resolve(node, $"{prefix}.{node.Function}", qualified, types, isMember: false);
        }

        types.Insert(0, Check(node.Target));
        return _environment.FindFunction(node.Function) is { } member
            ? Resolve(node, node.Function, member, types, isMember: true)
            : Undeclared(node, node.Function);
    }

    private CelType Resolve(CallNode node, string name, ImmutableArray<CelOverload> overloads, List<CelType> types, bool isMember)
    {
        if (name is CelOperators.And or CelOperators.Or)
        {
            node.Overloads = overloads;
            return Logic(node, types);
        }

        CelType? result = null;
        var fitting = ImmutableArray.CreateBuilder<CelOverload>();
        foreach (var overload in overloads)
        {
            if (overload.IsMember != isMember)
            {
                continue;
            }

            var (parameters, declared) = _bindings.Instantiate(overload);
            if (!_bindings.TryAssign(types, parameters))
            {
                continue;
            }

            fitting.Add(overload);
            var type = _bindings.Substitute(declared, toDyn: false);
            result = result is null || (!result.IsDyn && type.Is(result)) ? type : CelType.Dyn;
        }

        if (result is null)
        {
            var texts = types.Select(type => _bindings.Substitute(type, toDyn: true).ToString()).ToList();
            var target = isMember ? $"{texts[0]}." : string.Empty;
            _errors.Add(
                node.Position, $"found no matching overload for '{name}' applied to '{target}({string.Join(", ", texts.Skip(isMember ? 1 : 0))})'");
            return CelType.Error;
        }

        node.Overloads = fitting.ToImmutable();
        return result;
    }

    private CelType Logic(CallNode node, List<CelType> types)
    {
        var result = CelType.Bool;
        for (var i = 0; i < types.Count; i++)
        {
            if (!_bindings.TryAssign(types[i], CelType.Bool))
            {
                Mismatch(node.Arguments[i], CelType.Bool, types[i]);
                result = CelType.Error;
            }
        }

        return result;
    }

    private void Mismatch(CelNode node, CelType expected, CelType found) =>
        _errors.Add(node.Position, $"expected type '{expected}' but found '{found}'");

    private CelType Unwrapped(CelNode node, CelType type, bool isOptional)
    {
        if (!isOptional)
        {
            return type;
        }

        if (type.IsOptional)
        {
            return type.Parameters[0];
        }

        if (!type.IsDyn)
        {
            Mismatch(node, CelType.OptionalOf(type), type);
        }

        return type;
    }

    /// <summary>The common type; that literals are of one type is checked later, when all types are known.</summary>
    private CelType Join(CelType? before, CelType type) =>
        before is null ? type
        : _bindings.TryAssign(before, type) ? TypeBindings.MostGeneral(before, type)
        : CelType.Dyn;

    private CelType List(ListNode node)
    {
        CelType? item = null;
        foreach (var element in node.Elements)
        {
            item = Join(item, Unwrapped(element.Value, Check(element.Value), element.IsOptional));
        }

        return CelType.ListOf(item ?? _bindings.Fresh());
    }

    private CelType Map(MapNode node)
    {
        CelType? key = null;
        CelType? value = null;
        foreach (var entry in node.Entries)
        {
            key = Join(key, Check(entry.Key));
            value = Join(value, Unwrapped(entry.Value, Check(entry.Value), entry.IsOptional));
        }

        return CelType.MapOf(key ?? _bindings.Fresh(), value ?? _bindings.Fresh());
    }

    private CelType Struct(StructNode node)
    {
        var type = _environment.FindType(node.TypeName.TrimStart('.'));
        if (type is null)
        {
            return Undeclared(node, node.TypeName);
        }

        if (type.Kind != CelKind.Object)
        {
            _errors.Add(node.Position, $"'{type.Name}' is not a message type");
            type = CelType.Error;
        }

        foreach (var field in node.Fields)
        {
            var value = Unwrapped(field.Value, Check(field.Value), field.IsOptional);
            if (type.Kind != CelKind.Object)
            {
                continue;
            }

            if (type.Fields.Find(field.Name) is not { } declared)
            {
                _errors.Add(field.Position, $"undefined field '{field.Name}'");
            }
            else if (!_bindings.TryAssign(declared.Type, value))
            {
                _errors.Add(
                    field.Position, $"expected type of field '{field.Name}' is '{declared.Type}' but provided type is '{value}'");
            }
        }

        return type;
    }

    private CelType Fold(FoldNode node)
    {
        var declared = Check(node.Range);
        var accumulator = Check(node.Initial);
        var range = _bindings.Substitute(declared, toDyn: false);
        var (first, second) = Variables(node, range);
        var depth = _locals.Count;
        _locals.Add((node.AccumulatorName, accumulator));
        _locals.Add((node.Variable, first));
        if (node.Variable2 is { } variable2)
        {
            _locals.Add((variable2, second));
        }

        Expect(node.Condition, CelType.Bool);
        Expect(node.Step, accumulator);
        _locals.RemoveRange(depth + 1, _locals.Count - depth - 1);
        var result = Check(node.Result);
        _locals.RemoveRange(depth, _locals.Count - depth);
        return _bindings.Substitute(result, toDyn: false);
    }

    private void Expect(CelNode node, CelType expected)
    {
        var type = Check(node);
        if (!_bindings.TryAssign(expected, type))
        {
            Mismatch(node, expected, type);
        }
    }

    private (CelType First, CelType Second) Variables(FoldNode node, CelType range)
    {
        switch (range.Kind)
        {
            case CelKind.List when node.Variable2 is null:
                return (range.Parameters[0], CelType.Dyn);
            case CelKind.List:
                return (CelType.Int, range.Parameters[0]);
            case CelKind.Map:
                return (range.Parameters[0], range.Parameters[1]);
            case CelKind.Dyn or CelKind.Error or CelKind.Parameter:
                _bindings.TryAssign(CelType.Dyn, range);
                return (CelType.Dyn, CelType.Dyn);
            default:
                _errors.Add(
                    node.Range.Position,
                    $"expression of type '{range}' cannot be range of a comprehension (must be list, map, or dynamic)");
                return (CelType.Error, CelType.Error);
        }
    }
}
