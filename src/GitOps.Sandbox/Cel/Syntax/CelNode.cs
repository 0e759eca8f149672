using System.Collections.Immutable;

namespace GitOps.Sandbox.Cel.Syntax;

/// <summary>
/// A node of a parsed expression. The checker notes the node's type and what its names mean; a tree belongs to one compilation.
/// </summary>
internal abstract class CelNode(int position)
{
    /// <summary>The offset in the expression's text that errors point at: a name, or an operator.</summary>
    public int Position { get; } = position;

    /// <summary>How many nodes are nested in each other up to the deepest below this one; set by the parser, which limits it.</summary>
    public int Depth { get; set; } = 1;

    /// <summary>Set by the checker.</summary>
    public CelType Type { get; set; } = CelType.Dyn;
}

internal sealed class LiteralNode(int position, CelValue value) : CelNode(position)
{
    public CelValue Value { get; } = value;
}

internal sealed class IdentifierNode(int position, string name) : CelNode(position)
{
    /// <summary>As written; a leading dot asks for a global name.</summary>
    public string Name { get; } = name;

    /// <summary>The name of the variable it means, or the type it is; set by the checker.</summary>
    public CelReference? Reference { get; set; }
}

/// <summary><c>operand.field</c>, or <c>has(operand.field)</c>.</summary>
internal sealed class SelectNode(int position, CelNode operand, string field, bool isTest) : CelNode(position)
{
    public CelNode Operand { get; } = operand;

    public string Field { get; } = field;

    public bool IsTest { get; } = isTest;

    /// <summary>Set by the checker when the whole chain is a qualified name.</summary>
    public CelReference? Reference { get; set; }
}

internal sealed class CallNode(int position, string function, CelNode? target, ImmutableArray<CelNode> arguments) : CelNode(position)
{
    public string Function { get; } = function;

    public CelNode? Target { get; } = target;

    public ImmutableArray<CelNode> Arguments { get; } = arguments;

    /// <summary>The overloads the arguments may fit, in order of declaration; set by the checker.</summary>
    public ImmutableArray<CelOverload> Overloads { get; set; } = [];

    /// <summary>Whether the target is only the first part of the function's name; set by the checker.</summary>
    public bool IsQualified { get; set; }

    public IEnumerable<CelNode> AllArguments => Target is null || IsQualified ? Arguments : Arguments.Prepend(Target);
}

internal readonly record struct ElementNode(CelNode Value, bool IsOptional);

internal sealed class ListNode(int position, ImmutableArray<ElementNode> elements) : CelNode(position)
{
    public ImmutableArray<ElementNode> Elements { get; } = elements;
}

internal readonly record struct EntryNode(int Position, CelNode Key, CelNode Value, bool IsOptional);

internal sealed class MapNode(int position, ImmutableArray<EntryNode> entries) : CelNode(position)
{
    public ImmutableArray<EntryNode> Entries { get; } = entries;
}

internal readonly record struct FieldNode(int Position, string Name, CelNode Value, bool IsOptional);

/// <summary><c>Type.Name{field: value}</c>.</summary>
internal sealed class StructNode(int position, string typeName, ImmutableArray<FieldNode> fields) : CelNode(position)
{
    public string TypeName { get; } = typeName;

    public ImmutableArray<FieldNode> Fields { get; } = fields;
}

/// <summary>What macros such as <c>all</c> and <c>map</c> become: a fold over a list or a map.</summary>
internal sealed class FoldNode(int position) : CelNode(position)
{
    public const string Accumulator = "@result";

    public required CelNode Range { get; init; }

    public required string Variable { get; init; }

    /// <summary>The second variable: then the first is the index or the key, and this is the value.</summary>
    public string? Variable2 { get; init; }

    public string AccumulatorName { get; init; } = Accumulator;

    public required CelNode Initial { get; init; }

    public required CelNode Condition { get; init; }

    public required CelNode Step { get; init; }

    public required CelNode Result { get; init; }
}

/// <summary>What a name means: a variable, or a type used as a value.</summary>
internal sealed record CelReference(string Variable, CelType? TypeValue);
