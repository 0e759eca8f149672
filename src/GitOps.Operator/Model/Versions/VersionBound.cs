namespace GitOps.Operator.Model.Versions;

/// <summary>One comparison of a range, for example <c>&gt;=1.2</c>.</summary>
internal sealed class VersionBound
{
    private readonly string _operator;
    private readonly SemanticVersion _version;

    /// <summary>How many of major, minor and patch are given.</summary>
    private readonly int _depth;

    private VersionBound(string sign, SemanticVersion version, int depth)
    {
        _operator = sign;
        _version = version;
        _depth = depth;
    }

    public bool NamesPrerelease => _version.IsPrerelease;

    /// <returns>Null where there is no such sign, or a number has too many digits.</returns>
    public static VersionBound? Of(string sign, WrittenVersion written)
    {
        if (sign is not ("" or "=" or "!=" or ">" or "<" or ">=" or "=>" or "<=" or "=<" or "~" or "~>" or "^"))
        {
            return null;
        }

        var depth = written.Major is null ? 0 : written.Minor is null ? 1 : written.Patch is null ? 2 : 3;
        var floor = new WrittenVersion(
            written.Major, depth > 1 ? written.Minor : null, depth > 2 ? written.Patch : null, written.Prerelease, HasWildcard: false);
        return SemanticVersion.Of(string.Empty, floor) is { } version ? new(sign, version, depth) : null;
    }

    /// <summary>Whether a version is inside; whether prereleases count at all is the range's to say.</summary>
    public bool Allows(SemanticVersion version) => _operator switch
    {
        "" or "=" => _depth < 3 ? IsLike(version) : version.CompareTo(_version) == 0,
        "!=" => IsOther(version),
        ">" => IsAbove(version),
        "<" => version.CompareTo(_version) < 0,
        ">=" or "=>" => version.CompareTo(_version) >= 0,
        "<=" or "=<" => IsUpTo(version),
        "^" => IsCompatible(version),
        _ => IsLike(version),
    };

    // What is not given is not compared: nothing of 11 is above 11.
    private bool IsAbove(SemanticVersion version) => _depth switch
    {
        1 => version.Major > _version.Major,
        2 => (version.Major, version.Minor).CompareTo((_version.Major, _version.Minor)) > 0,
        _ => version.CompareTo(_version) > 0,
    };

    private bool IsUpTo(SemanticVersion version) => _depth switch
    {
        3 => version.CompareTo(_version) <= 0,
        1 => version.Major <= _version.Major,
        _ => (version.Major, version.Minor).CompareTo((_version.Major, _version.Minor)) <= 0,
    };

    private bool IsOther(SemanticVersion version) => _depth switch
    {
        1 => version.Major != _version.Major,
        2 => (version.Major, version.Minor) != (_version.Major, _version.Minor)
            || ((version.IsPrerelease || _version.IsPrerelease) && version.ComparePrerelease(_version) != 0),
        _ => version.CompareTo(_version) != 0,
    };

    /// <summary><c>~1.2.3</c>: the patch may grow; <c>~1</c>: the minor, too.</summary>
    private bool IsLike(SemanticVersion version)
    {
        if (version.CompareTo(_version) < 0)
        {
            return false;
        }

        var isAny = _depth is 0 or 3 && (_version.Major, _version.Minor, _version.Patch) == (0, 0, 0);
        return isAny || (version.Major == _version.Major && (_depth == 1 || version.Minor == _version.Minor));
    }

    /// <summary><c>^1.2.3</c>: what is left of the first part that is not zero stays.</summary>
    private bool IsCompatible(SemanticVersion version)
    {
        if (version.CompareTo(_version) < 0 || version.Major != _version.Major)
        {
            return false;
        }

        if (_version.Major > 0 || _depth == 1)
        {
            return true;
        }

        return version.Minor == _version.Minor && (_version.Minor > 0 || _depth == 2 || version.Patch == _version.Patch);
    }
}
