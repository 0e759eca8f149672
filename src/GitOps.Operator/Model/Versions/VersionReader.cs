namespace GitOps.Operator.Model.Versions;

/// <summary>A version as it is written in a range, part by part.</summary>
/// <param name="Major">Digits; null: <c>*</c> or <c>x</c>.</param>
/// <param name="Minor">Digits; null: left out, or <c>*</c> or <c>x</c>.</param>
/// <param name="Patch">As the minor.</param>
/// <param name="Prerelease">What stands between hyphen and plus; empty: nothing.</param>
/// <param name="HasWildcard">Whether any part is <c>*</c> or <c>x</c>.</param>
internal readonly record struct WrittenVersion(string? Major, string? Minor, string? Patch, string Prerelease, bool HasWildcard);

/// <summary>Reads versions, operators and what stands between them out of a text.</summary>
internal struct VersionReader(string text)
{
    private int _position;

    public readonly bool IsAtEnd => _position == text.Length;

    /// <returns>Whether there was any.</returns>
    public bool Space()
    {
        var start = _position;
        while (!IsAtEnd && text[_position] is ' ' or '\t' or '\n' or '\r' or '\f')
        {
            _position++;
        }

        return _position > start;
    }

    public bool Take(char letter)
    {
        if (IsAtEnd || text[_position] != letter)
        {
            return false;
        }

        _position++;
        return true;
    }

    /// <returns>The signs of comparison that stand here; empty: none.</returns>
    public string Operator()
    {
        var start = _position;
        while (!IsAtEnd && text[_position] is '=' or '!' or '<' or '>' or '~' or '^')
        {
            _position++;
        }

        return text[start.._position];
    }

    /// <returns>Null where no version stands here; then the position means nothing.</returns>
    public WrittenVersion? Version()
    {
        Take('v');
        if (Part() is not { } major)
        {
            return null;
        }

        var minor = Take('.') ? Part() : string.Empty;
        var patch = minor is { Length: > 0 } && Take('.') ? Part() : string.Empty;
        var prerelease = Take('-') ? Identifiers(isPrerelease: true) : string.Empty;
        var build = Take('+') ? Identifiers(isPrerelease: false) : string.Empty;
        return minor is null || patch is null || prerelease is null || build is null
            ? null
            : new(Digits(major), Digits(minor), Digits(patch), prerelease, IsWildcard(major) || IsWildcard(minor) || IsWildcard(patch));
    }

    /// <summary>The rest of <c>1.0 - 2.0</c> after its first version; the position stays where that is not what stands here.</summary>
    public WrittenVersion? UpperEnd()
    {
        var start = _position;
        if (Space() && Take('-') && Space() && Version() is { } version)
        {
            return version;
        }

        _position = start;
        return null;
    }

    private static bool IsWildcard(string part) => part is "*" or "x" or "X";

    private static string? Digits(string part) => part.Length == 0 || IsWildcard(part) ? null : part;

    private string? Part()
    {
        if (!IsAtEnd && text[_position] is '*' or 'x' or 'X')
        {
            return text[_position++].ToString();
        }

        var start = _position;
        while (!IsAtEnd && char.IsAsciiDigit(text[_position]))
        {
            _position++;
        }

        return _position > start ? text[start.._position] : null;
    }

    // Of a prerelease, a number may not begin with a zero.
    private string? Identifiers(bool isPrerelease)
    {
        var start = _position;
        while (!IsAtEnd && (char.IsAsciiLetterOrDigit(text[_position]) || text[_position] is '-' or '.'))
        {
            _position++;
        }

        var found = text[start.._position];
        return found.Split('.').All(part => part.Length > 0 && !(isPrerelease && part.Length > 1 && part[0] == '0' && part.All(char.IsAsciiDigit))) ? found : null;
    }
}
