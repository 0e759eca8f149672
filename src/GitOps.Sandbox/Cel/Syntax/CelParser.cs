using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace GitOps.Sandbox.Cel.Syntax;

/// <summary>
/// Parses an expression by recursive descent and expands its macros. Length and nesting are limited, so that everything after it
/// may recurse over the tree.
/// </summary>
internal sealed class CelParser
{
    private const int MaxLength = 100_000;
    private const int MaxDepth = 250;

    private const string Operand =
        "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

    private static readonly FrozenSet<string> Reserved = new[]
    {
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace",
        "return", "var", "void", "while",
    }.ToFrozenSet(StringComparer.Ordinal);

    private readonly List<CelToken> _tokens;
    private int _next;
    private int _nesting;

    private CelParser(List<CelToken> tokens) => _tokens = tokens;

    private CelToken Current => _tokens[_next];

    /// <summary>The tree; null if the expression cannot be read.</summary>
    public static CelNode? Parse(string source, CelErrors errors)
    {
        var length = source.EnumerateRunes().Count();
        if (length > MaxLength)
        {
            errors.Add(string.Create(
                CultureInfo.InvariantCulture, $"expression code point size exceeds limit: size: {length}, limit {MaxLength}"));
            return null;
        }

        try
        {
            var parser = new CelParser(CelLexer.Read(source, errors));
            var node = parser.Expression();
            if (parser.Current.Kind != CelTokenKind.End)
            {
                throw parser.Unexpected("<EOF>", CelTokenKind.End);
            }

            return errors.Count == 0 ? node : null;
        }
        catch (CelSyntaxException exception)
        {
            errors.Add(exception.Position, exception.Message);
            return null;
        }
    }

    private static CelNode Grown(CelNode node, params IEnumerable<CelNode> children)
    {
        node.Depth = 1;
        foreach (var child in children)
        {
            node.Depth = Math.Max(node.Depth, child.Depth + 1);
        }

        return node.Depth <= MaxDepth ? node : throw TooDeep();
    }

    private static CelSyntaxException TooDeep() =>
        new(-1, string.Create(CultureInfo.InvariantCulture, $"expression recursion limit exceeded: {MaxDepth}"));

    private CelSyntaxException Unexpected(string expected, CelTokenKind? kind = null)
    {
        var next = _next + 1 < _tokens.Count ? _tokens[_next + 1] : Current;
        var isExtraneous = Current.Kind != CelTokenKind.End
            && (next.Kind == kind || expected == $"'{next.Text}'" || (expected.StartsWith("{'[", StringComparison.Ordinal) && IsOperand(next)));
        return new(Current.Position, isExtraneous || expected[0] != '\'' || Current.Kind != CelTokenKind.End || expected == "':'"
            ? $"Syntax error: {(isExtraneous ? "extraneous" : "mismatched")} input '{Current.Text}' expecting {expected}"
            : $"Syntax error: missing {expected} at '<EOF>'");
    }

    private CelToken Take() => _tokens[_next++];

    private bool TryTake(string symbol)
    {
        if (!Current.Is(symbol))
        {
            return false;
        }

        _next++;
        return true;
    }

    private CelToken Expect(string symbol) => Current.Is(symbol) ? Take() : throw Unexpected($"'{symbol}'");

    private CelNode Expression()
    {
        if (++_nesting > MaxDepth)
        {
            throw TooDeep();
        }

        var node = Logic("||", CelOperators.Or, Conjunction);
        if (Current.Is("?"))
        {
            var at = Take().Position;
            var then = Logic("||", CelOperators.Or, Conjunction);
            Expect(":");
            var otherwise = Expression();
            node = Grown(new CallNode(at, CelOperators.Conditional, null, [node, then, otherwise]), node, then, otherwise);
        }

        _nesting--;
        return node;
    }

    private CelNode Conjunction() => Logic("&&", CelOperators.And, Relation);

    /// <summary>A chain becomes a balanced tree, so that a long one is not a deep one.</summary>
    private CelNode Logic(string symbol, string function, Func<CelNode> term)
    {
        var first = term();
        if (!Current.Is(symbol))
        {
            return first;
        }

        var terms = new List<CelNode> { first };
        var positions = new List<int>();
        while (Current.Is(symbol))
        {
            positions.Add(Take().Position);
            terms.Add(term());
        }

        return Balanced(function, terms, positions, 0, positions.Count - 1);
    }

    private static CelNode Balanced(string function, List<CelNode> terms, List<int> positions, int low, int high)
    {
        var middle = (low + high + 1) / 2;
        var left = middle == low ? terms[middle] : Balanced(function, terms, positions, low, middle - 1);
        var right = middle == high ? terms[middle + 1] : Balanced(function, terms, positions, middle + 1, high);
        return Grown(new CallNode(positions[middle], function, null, [left, right]), left, right);
    }

    private CelNode Relation() => Chain(CelOperators.Relation, Sum);

    private CelNode Sum() => Chain(CelOperators.Sum, Product);

    private CelNode Product() => Chain(CelOperators.Product, Unary);

    private CelNode Chain(Func<CelToken, string?> operatorOf, Func<CelNode> term)
    {
        var node = term();
        while (operatorOf(Current) is { } function)
        {
            var at = Take().Position;
            var right = term();
            node = Grown(new CallNode(at, function, null, [node, right]), node, right);
        }

        return node;
    }

    private CelNode Unary()
    {
        if (!Current.Is("!") && !Current.Is("-"))
        {
            return Member(Primary());
        }

        var first = Current;
        var count = 0;
        while (Current.Is(first.Text))
        {
            Take();
            count++;
        }

        var isNegation = first.Text == "-";
        if (isNegation && count == 1 && Current.Kind is CelTokenKind.Integer or CelTokenKind.Double)
        {
            return Member(CelLiteralReader.Number(Take(), first.Position, "-"));
        }

        var operand = Member(Primary());
        return count % 2 == 0
            ? operand
            : Grown(new CallNode(first.Position, isNegation ? CelOperators.Negate : CelOperators.Not, null, [operand]), operand);
    }

    private CelNode Member(CelNode node)
    {
        while (true)
        {
            if (Current.Is("."))
            {
                node = Selection(node, Take().Position);
            }
            else if (Current.Is("["))
            {
                var at = Take().Position;
                var function = TryTake("?") ? CelOperators.OptionalIndex : CelOperators.Index;
                var index = Expression();
                Expect("]");
                node = Grown(new CallNode(at, function, null, [node, index]), node, index);
            }
            else
            {
                return node;
            }
        }
    }

    private CelNode Selection(CelNode operand, int at)
    {
        var isOptional = TryTake("?");
        var name = isOptional ? FieldName() : MemberName();
        if (isOptional)
        {
            var field = new LiteralNode(name.Position, CelString.Of(name.Text));
            return Grown(new CallNode(at, CelOperators.OptionalSelect, null, [operand, field]), operand);
        }

        if (!Current.Is("("))
        {
            return Grown(new SelectNode(at, operand, name.Text, isTest: false), operand);
        }

        var open = Current.Position;
        var arguments = Arguments();
        var expanded = CelMacros.Expand(open, name.Text, operand, arguments)
            ?? new CallNode(open, name.Text, operand, arguments);
        return Grown(expanded, arguments.Prepend(operand));
    }

    private CelToken FieldName()
    {
        if (Current.Kind == CelTokenKind.EscapedIdentifier)
        {
            throw new CelSyntaxException(Current.Position, "unsupported syntax: '`'");
        }

        return Current.Kind == CelTokenKind.Identifier ? Take() : throw Unexpected("IDENTIFIER");
    }

    private CelToken MemberName()
    {
        if (Current.Kind is CelTokenKind.Identifier or CelTokenKind.EscapedIdentifier)
        {
            return FieldName();
        }

        var text = Current.Kind == CelTokenKind.End ? string.Empty : Current.Text;
        throw new CelSyntaxException(Current.Position, $"Syntax error: no viable alternative at input '.{text}'");
    }

    private ImmutableArray<CelNode> Arguments()
    {
        Expect("(");
        var arguments = ImmutableArray.CreateBuilder<CelNode>();
        if (!Current.Is(")"))
        {
            do
            {
                arguments.Add(Expression());
            }
            while (TryTake(","));
        }

        Expect(")");
        return arguments.ToImmutable();
    }

    private CelNode Primary()
    {
        var token = Current;
        switch (token.Kind)
        {
            case CelTokenKind.Integer or CelTokenKind.Double or CelTokenKind.Unsigned:
                return CelLiteralReader.Number(Take(), token.Position, string.Empty);
            case CelTokenKind.Text or CelTokenKind.Bytes:
                return CelLiteralReader.Text(Take());
            case CelTokenKind.Identifier:
                return Named(string.Empty, token.Position);
            default:
                break;
        }

        if (token.Is("."))
        {
            Take();
            return Current.Kind == CelTokenKind.Identifier ? Named(".", token.Position) : throw Unexpected("IDENTIFIER");
        }

        if (token.Is("-") && _tokens[_next + 1].Kind is CelTokenKind.Integer or CelTokenKind.Double)
        {
            Take();
            return CelLiteralReader.Number(Take(), token.Position, "-");
        }

        if (token.Is("("))
        {
            Take();
            var node = Expression();
            Expect(")");
            return node;
        }

        if (token.Is("["))
        {
            return List();
        }

        if (token.Is("{"))
        {
            return Map();
        }

        CelValue? literal = token.Is("true") ? CelBool.True : token.Is("false") ? CelBool.False : token.Is("null") ? CelNull.Instance : null;
        if (literal is not null)
        {
            return new LiteralNode(Take().Position, literal);
        }

        var isCall = _next > 0 && _tokens[_next - 1].Is("(") && _next > 1 && _tokens[_next - 2].Kind == CelTokenKind.Identifier;
        throw Unexpected(isCall ? Operand.Replace("'('", "'(', ')'", StringComparison.Ordinal) : Operand);
    }

    /// <summary>A name, a call of a function, or a message.</summary>
    private CelNode Named(string dot, int position)
    {
        if (IsMessage())
        {
            return Struct(dot);
        }

        var name = Take();
        if (Reserved.Contains(name.Text))
        {
            throw new CelSyntaxException(position, $"reserved identifier: {name.Text}");
        }

        if (!Current.Is("("))
        {
            return new IdentifierNode(name.Position, dot + name.Text);
        }

        var open = Current.Position;
        var arguments = Arguments();
        var expanded = CelMacros.Expand(open, dot + name.Text, null, arguments) ?? new CallNode(open, dot + name.Text, null, arguments);
        return Grown(expanded, arguments);
    }

    private bool IsMessage()
    {
        var at = _next + 1;
        while (_tokens[at].Is(".") && _tokens[at + 1].Kind == CelTokenKind.Identifier)
        {
            at += 2;
        }

        return _tokens[at].Is("{");
    }

    private CelNode Struct(string dot)
    {
        var name = new StringBuilder(dot).Append(Take().Text);
        while (TryTake("."))
        {
            name.Append('.').Append(Take().Text);
        }

        var at = Take().Position;
        var fields = ImmutableArray.CreateBuilder<FieldNode>();
        while (!Current.Is("}") && !Current.Is(","))
        {
            var isOptional = TryTake("?");
            var field = FieldName();
            var colon = Colon();
            fields.Add(new(colon, field.Text, Expression(), isOptional));
            if (!Current.Is(",") || _tokens[_next + 1].Is("}"))
            {
                break;
            }

            Take();
        }

        TryTake(",");
        EndOfEntries();
        return Grown(new StructNode(at, name.ToString(), fields.ToImmutable()), fields.Select(static field => field.Value));
    }

    private CelNode List()
    {
        var at = Take().Position;
        var elements = ImmutableArray.CreateBuilder<ElementNode>();
        while (!Current.Is("]") && !Current.Is(",") && (elements.Count == 0 || Current.Kind != CelTokenKind.End))
        {
            var isOptional = TryTake("?");
            elements.Add(new(Expression(), isOptional));
            if (!Current.Is(",") || _tokens[_next + 1].Is("]"))
            {
                if (Current.Kind == CelTokenKind.End)
                {
                    throw Unexpected("{']', ','}");
                }

                break;
            }

            Take();
        }

        TryTake(",");
        Expect("]");
        return Grown(new ListNode(at, elements.ToImmutable()), elements.Select(static element => element.Value));
    }

    private CelNode Map()
    {
        var at = Take().Position;
        var entries = ImmutableArray.CreateBuilder<EntryNode>();
        while (!Current.Is("}") && !Current.Is(","))
        {
            var isOptional = TryTake("?");
            var key = Expression();
            var colon = Colon();
            entries.Add(new(colon, key, Expression(), isOptional));
            if (!Current.Is(",") || _tokens[_next + 1].Is("}"))
            {
                break;
            }

            Take();
        }

        TryTake(",");
        EndOfEntries();
        return Grown(new MapNode(at, entries.ToImmutable()), entries.SelectMany(static entry => new[] { entry.Key, entry.Value }));
    }

    private int Colon()
    {
        if (!Current.Is(":") && IsOperand(Current))
        {
            throw new CelSyntaxException(Current.Position, $"Syntax error: missing ':' at '{Current.Text}'");
        }

        return Expect(":").Position;
    }

    private static bool IsOperand(CelToken token) => token.Kind switch
    {
        CelTokenKind.End or CelTokenKind.EscapedIdentifier => false,
        CelTokenKind.Symbol => token.Text is "[" or "{" or "(" or "." or "-" or "!" or "true" or "false" or "null",
        _ => true,
    };

    private void EndOfEntries()
    {
        if (Current.Kind == CelTokenKind.End)
        {
            throw Unexpected("{'}', ','}");
        }

        Expect("}");
    }
}
