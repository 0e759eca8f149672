namespace GitOps.Kubernetes.Objects;

/// <summary>A selector that cannot be read.</summary>
public sealed class SelectorException : Exception
{
    public SelectorException(string message)
        : base(message)
    {
    }
}

/// <summary>Reads the pieces of a label selector's text one after the other.</summary>
internal ref struct SelectorText
{
    private readonly ReadOnlySpan<char> _text;
    private int _position;

    public SelectorText(ReadOnlySpan<char> text) => _text = text;

    public bool IsAtEnd
    {
        get
        {
            SkipSpace();
            return _position >= _text.Length;
        }
    }

    public bool TryTake(string symbol)
    {
        SkipSpace();
        if (!_text[_position..].StartsWith(symbol, StringComparison.Ordinal))
        {
            return false;
        }

        _position += symbol.Length;
        return true;
    }

    public bool TryTakeWord(string word)
    {
        var start = _position;
        if (TakeName() == word)
        {
            return true;
        }

        _position = start;
        return false;
    }

    public void Expect(string symbol)
    {
        if (!TryTake(symbol))
        {
            throw new SelectorException(
                $"unable to parse requirement: found '{_text[_position..]}', expected: '{symbol}'");
        }
    }

    /// <summary>A key or a value; may be empty.</summary>
    public string TakeName()
    {
        SkipSpace();
        var start = _position;
        while (_position < _text.Length && (char.IsAsciiLetterOrDigit(_text[_position]) || _text[_position] is '-' or '_' or '.' or '/'))
        {
            _position++;
        }

        return _text[start.._position].ToString();
    }

    private void SkipSpace()
    {
        while (_position < _text.Length && char.IsWhiteSpace(_text[_position]))
        {
            _position++;
        }
    }
}
