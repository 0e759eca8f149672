namespace GitOps.Sandbox.Cel.Syntax;

/// <summary>Splits an expression into tokens.</summary>
internal sealed class CelLexer
{
    private static readonly string[] Symbols =
        ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "[", "]", "{", "}", "(", ")", ".", ",", "-", "!", "?", ":", "+", "*", "/", "%"];

    private readonly string _source;
    private readonly CelErrors _errors;
    private int _position;

    private CelLexer(string source, CelErrors errors) => (_source, _errors) = (source, errors);

    /// <summary>All tokens, the last of them the end. What no token starts with is an error and is passed over.</summary>
    public static List<CelToken> Read(string source, CelErrors errors)
    {
        var lexer = new CelLexer(source, errors);
        var tokens = new List<CelToken>();
        while (true)
        {
            lexer.SkipBlanks();
            if (lexer.Next() is not { } token)
            {
                continue;
            }

            tokens.Add(token);
            if (token.Kind == CelTokenKind.End)
            {
                return tokens;
            }
        }
    }

    private static bool IsLetter(char c) => char.IsAsciiLetter(c) || c == '_';

    private char At(int offset) => _position + offset < _source.Length ? _source[_position + offset] : '\0';

    private void SkipBlanks()
    {
        while (_position < _source.Length)
        {
            if (At(0) is ' ' or '\t' or '\r' or '\n' or '\f')
            {
                _position++;
            }
            else if (At(0) == '/' && At(1) == '/')
            {
                var end = _source.IndexOf('\n', _position);
                _position = end < 0 ? _source.Length : end;
            }
            else
            {
                return;
            }
        }
    }

    private CelToken? Next()
    {
        if (_position >= _source.Length)
        {
            return new(CelTokenKind.End, "<EOF>", _source.Length);
        }

        var c = At(0);
        if (TextPrefix() is { } prefix)
        {
            return QuotedText(prefix);
        }

        if (IsLetter(c))
        {
            return Word();
        }

        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(At(1))))
        {
            return Number();
        }

        if (c == '`')
        {
            return EscapedIdentifier();
        }

        foreach (var symbol in Symbols)
        {
            if (string.CompareOrdinal(_source, _position, symbol, 0, symbol.Length) == 0)
            {
                return Take(CelTokenKind.Symbol, symbol.Length);
            }
        }

        return Unrecognized(_position + (char.IsHighSurrogate(c) || c is '=' or '&' or '|' ? 2 : 1));
    }

    private CelToken? Unrecognized(int end)
    {
        end = Math.Min(end, _source.Length);
        var text = _source[_position..end].Replace("\n", "\\n", StringComparison.Ordinal);
        _errors.Add(_position, $"Syntax error: token recognition error at: '{text}'");
        _position = end;
        return null;
    }

    private CelToken Take(CelTokenKind kind, int length)
    {
        var token = new CelToken(kind, _source.Substring(_position, length), _position);
        _position += length;
        return token;
    }

    private CelToken Word()
    {
        var length = 1;
        while (IsLetter(At(length)) || char.IsAsciiDigit(At(length)))
        {
            length++;
        }

        var isSymbol = _source.AsSpan(_position, length) is "in" or "true" or "false" or "null";
        return Take(isSymbol ? CelTokenKind.Symbol : CelTokenKind.Identifier, length);
    }

    private CelToken? EscapedIdentifier()
    {
        var length = 1;
        while (IsLetter(At(length)) || char.IsAsciiDigit(At(length)) || At(length) is '.' or '-' or '/' or ' ')
        {
            length++;
        }

        if (length == 1 || At(length) != '`')
        {
            return Unrecognized(_position + length);
        }

        return Take(CelTokenKind.EscapedIdentifier, length + 1);
    }

    private int Digits(int from)
    {
        while (char.IsAsciiDigit(At(from)))
        {
            from++;
        }

        return from;
    }

    private CelToken Number()
    {
        if (At(0) == '0' && At(1) == 'x' && char.IsAsciiHexDigit(At(2)))
        {
            var hex = 2;
            while (char.IsAsciiHexDigit(At(hex)))
            {
                hex++;
            }

            return At(hex) is 'u' or 'U' ? Take(CelTokenKind.Unsigned, hex + 1) : Take(CelTokenKind.Integer, hex);
        }

        var length = Digits(0);
        var isDouble = false;
        if (At(length) == '.' && char.IsAsciiDigit(At(length + 1)))
        {
            (length, isDouble) = (Digits(length + 1), true);
        }

        var exponent = At(length + 1) is '+' or '-' ? length + 2 : length + 1;
        if (At(length) is 'e' or 'E' && char.IsAsciiDigit(At(exponent)))
        {
            (length, isDouble) = (Digits(exponent), true);
        }

        if (isDouble)
        {
            return Take(CelTokenKind.Double, length);
        }

        return At(length) is 'u' or 'U' ? Take(CelTokenKind.Unsigned, length + 1) : Take(CelTokenKind.Integer, length);
    }

    /// <summary>How many letters (<c>b</c>, <c>r</c>, <c>br</c>) stand before a quote here; null if no text starts here.</summary>
    private int? TextPrefix()
    {
        var length = At(0) is 'b' or 'B' ? 1 : 0;
        if (At(length) is 'r' or 'R')
        {
            length++;
        }

        return At(length) is '"' or '\'' ? length : null;
    }

    private CelToken? QuotedText(int prefix)
    {
        var isBytes = prefix > 0 && At(0) is 'b' or 'B';
        var isRaw = prefix > 0 && At(prefix - 1) is 'r' or 'R';
        var quote = At(prefix);
        var isTriple = At(prefix + 1) == quote && At(prefix + 2) == quote;
        var at = prefix + (isTriple ? 3 : 1);
        while (true)
        {
            var c = At(at);
            if (_position + at >= _source.Length || (!isTriple && c is '\n' or '\r'))
            {
                return Unrecognized(_position + at + 1);
            }

            if (c == '\\' && !isRaw)
            {
                var length = CelText.EscapeLength(_source, _position + at);
                if (length < 0)
                {
                    return Unrecognized(_position + at - length);
                }

                at += length;
                continue;
            }

            if (c == quote && (!isTriple || (At(at + 1) == quote && At(at + 2) == quote)))
            {
                return Take(isBytes ? CelTokenKind.Bytes : CelTokenKind.Text, at + (isTriple ? 3 : 1));
            }

            at++;
        }
    }
}
