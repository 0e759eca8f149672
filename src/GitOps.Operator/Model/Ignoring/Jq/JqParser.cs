using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;

namespace GitOps.Operator.Model.Ignoring.Jq;

/// <summary>
/// Reads the part of jq's language that names places in an object: a path, and the conditions that choose among several. What
/// it does not know it refuses with the column and the word.
/// </summary>
internal sealed class JqParser
{
    private const int MaxLength = 4096;
    private const int MaxDepth = 64;

    private static readonly Dictionary<string, JqComparison> Comparisons = new(StringComparer.Ordinal)
    {
        ["=="] = JqComparison.Equal,
        ["!="] = JqComparison.NotEqual,
        ["<"] = JqComparison.Less,
        ["<="] = JqComparison.LessOrEqual,
        [">"] = JqComparison.Greater,
        [">="] = JqComparison.GreaterOrEqual,
    };

    private static readonly string[] Joints = ["and", "or", "then", "else", "elif", "end"];

    private readonly ImmutableArray<JqToken> _tokens;
    private int _position;
    private int _depth;

    private JqParser(ImmutableArray<JqToken> tokens) => _tokens = tokens;

    private JqToken Current => _tokens[_position];

    /// <exception cref="JqSyntaxException">It is not of the part of jq that is supported.</exception>
    public static JqNode Parse(string text)
    {
        if (text.Length > MaxLength)
        {
            throw new JqSyntaxException(MaxLength + 1, $"the expression is longer than {MaxLength} characters");
        }

        var parser = new JqParser(JqLexer.Read(text));
        var node = parser.Pipe();
        return parser.Current.Kind == JqTokenKind.End ? node : throw parser.Unexpected();
    }

    private JqNode Pipe()
    {
        if (++_depth > MaxDepth)
        {
            throw new JqSyntaxException(Current.Column, $"{Current}: this is nested deeper than {MaxDepth}");
        }

        var left = Comma();
        var node = Take("|") ? new JqNode.Pipe(left, Pipe()) : left;
        _depth--;
        return node;
    }

    private JqNode Comma()
    {
        var left = Alternative();
        while (Take(","))
        {
            left = new JqNode.Comma(left, Alternative());
        }

        return left;
    }

    private JqNode Alternative()
    {
        var left = Or();
        return Take("//") ? new JqNode.Alternative(left, Alternative()) : left;
    }

    private JqNode Or()
    {
        var left = And();
        while (TakeWord("or"))
        {
            left = new JqNode.Or(left, And());
        }

        return left;
    }

    private JqNode And()
    {
        var left = Compare();
        while (TakeWord("and"))
        {
            left = new JqNode.And(left, Compare());
        }

        return left;
    }

    private JqNode Compare()
    {
        var left = Postfix();
        if (Current.Kind != JqTokenKind.Mark || !Comparisons.TryGetValue(Current.Text, out var how))
        {
            return left;
        }

        _position++;
        return new JqNode.Compare(how, left, Postfix());
    }

    private JqNode Postfix()
    {
        var node = Primary();
        while (true)
        {
            if (Current.Kind == JqTokenKind.Field)
            {
                node = Field(node, _tokens[_position++].Text);
            }
            else if (Current.Is(".") && _tokens[_position + 1] is { Kind: JqTokenKind.Text } or { Kind: JqTokenKind.Mark, Text: "[" })
            {
                _position++;
                node = Current.Kind == JqTokenKind.Text ? Field(node, _tokens[_position++].Text) : Brackets(node);
            }
            else if (Current.Is("["))
            {
                node = Brackets(node);
            }
            else if (Take("?"))
            {
                node = node switch
                {
                    JqNode.Index index => index with { IsOptional = true },
                    JqNode.Slice slice => slice with { IsOptional = true },
                    JqNode.Iterate iterate => iterate with { IsOptional = true },
                    _ => new JqNode.Optional(node),
                };
            }
            else
            {
                return node;
            }
        }
    }

    private JqNode Primary()
    {
        var token = Current;
        switch (token.Kind)
        {
            case JqTokenKind.Field:
                _position++;
                return Field(new JqNode.Identity(), token.Text);
            case JqTokenKind.Text:
                _position++;
                return new JqNode.Literal(JsonValue.Create(token.Text));
            case JqTokenKind.Number:
                return new JqNode.Literal(JsonValue.Create(Number()));
            case JqTokenKind.Word when !Joints.Contains(token.Text, StringComparer.Ordinal):
                _position++;
                return token.Text == "if" ? If() : JqFunctions.Make(token, Arguments());
            case JqTokenKind.Mark when token.Text == "-" && _tokens[_position + 1].Kind == JqTokenKind.Number:
                return new JqNode.Literal(JsonValue.Create(Number()));
            case JqTokenKind.Mark when token.Text == "..":
                _position++;
                return new JqNode.Recurse();
            case JqTokenKind.Mark when token.Text == ".":
                _position++;
                return Current.Kind == JqTokenKind.Text ? Field(new JqNode.Identity(), _tokens[_position++].Text) : new JqNode.Identity();
            case JqTokenKind.Mark when token.Text == "(":
                _position++;
                var inner = Pipe();
                Expect(")");
                return Take("?") ? new JqNode.Optional(inner) : inner;
            case JqTokenKind.Mark when token.Text == "[":
                throw new JqSyntaxException(token.Column, "'[': lists are not built in a path; an item is named .[0], all are .[]");
            default:
                throw Unexpected();
        }
    }

    private JqNode.If If()
    {
        var condition = Pipe();
        ExpectWord("then");
        var then = Pipe();
        JqNode otherwise = new JqNode.Identity();
        if (TakeWord("elif"))
        {
            return new(condition, then, If());
        }

        if (TakeWord("else"))
        {
            otherwise = Pipe();
        }

        ExpectWord("end");
        return new(condition, then, otherwise);
    }

    private ImmutableArray<JqNode> Arguments()
    {
        if (!Take("("))
        {
            return [];
        }

        var arguments = ImmutableArray.CreateBuilder<JqNode>();
        do
        {
            arguments.Add(Pipe());
        }
        while (Take(";"));

        Expect(")");
        return arguments.DrainToImmutable();
    }

    private JqNode Brackets(JqNode target)
    {
        Expect("[");
        if (Take("]"))
        {
            return new JqNode.Iterate(target);
        }

        if (Take(":"))
        {
            var end = Bound();
            Expect("]");
            return new JqNode.Slice(target, null, end);
        }

        var begins = _position;
        var key = Pipe();
        if (Current.Is(":"))
        {
            _position = begins;
            var from = Bound();
            Expect(":");
            var to = Current.Is("]") ? (int?)null : Bound();
            Expect("]");
            return new JqNode.Slice(target, from, to);
        }

        Expect("]");
        return new JqNode.Index(target, key);
    }

    private int Bound()
    {
        var token = Current;
        var number = token.Kind == JqTokenKind.Number || token.Is("-") ? Number() : throw Unexpected();
        return number is >= int.MinValue and <= int.MaxValue && double.IsInteger(number)
            ? (int)number
            : throw new JqSyntaxException(token.Column, $"{token} is no whole number");
    }

    private double Number()
    {
        var isNegative = Take("-");
        var token = Current;
        if (token.Kind != JqTokenKind.Number || !double.TryParse(token.Text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            throw Unexpected();
        }

        _position++;
        return isNegative ? -number : number;
    }

    private static JqNode.Index Field(JqNode target, string name) => new(target, new JqNode.Literal(JsonValue.Create(name)));

    private bool Take(string mark)
    {
        var isIt = Current.Is(mark);
        _position += isIt ? 1 : 0;
        return isIt;
    }

    private bool TakeWord(string word)
    {
        var isIt = Current.IsWord(word);
        _position += isIt ? 1 : 0;
        return isIt;
    }

    private void Expect(string mark)
    {
        if (!Take(mark))
        {
            throw Unexpected($"'{mark}'");
        }
    }

    private void ExpectWord(string word)
    {
        if (!TakeWord(word))
        {
            throw Unexpected($"'{word}'");
        }
    }

    private JqSyntaxException Unexpected(string? wanted = null) => new(
        Current.Column, wanted is null ? $"{Current} is not expected or not supported here" : $"{Current} stands where {wanted} is expected");
}
