using System.Globalization;
using System.Text.Json.Nodes;

namespace GitOps.Sandbox.Cel.Values;

/// <summary>A semantic version.</summary>
internal sealed class CelSemver : CelOpaque
{
    private readonly string[] _before;
    private readonly string _text;

    private CelSemver(ulong major, ulong minor, ulong patch, string[] before, string text)
        : base(CelTypes.Semver) => (Major, Minor, Patch, _before, _text) = (major, minor, patch, before, text);

    public ulong Major { get; }

    public ulong Minor { get; }

    public ulong Patch { get; }

    /// <summary>Null, with the reason, if the text is no version.</summary>
    public static CelSemver? Parse(string text, out string mistake)
    {
        mistake = string.Empty;
        var parts = text.Split('.', 3);
        if (text.Length == 0 || parts.Length != 3)
        {
            mistake = text.Length == 0 ? "Version string empty" : "No Major.Minor.Patch elements found";
            return null;
        }

        var (patch, build) = Cut(parts[2], '+');
        (patch, var before) = Cut(patch, '-');
        if (Number(parts[0], "Major", ref mistake) is not { } major
            || Number(parts[1], "Minor", ref mistake) is not { } minor
            || Number(patch, "Patch", ref mistake) is not { } patchNumber)
        {
            return null;
        }

        var identifiers = before?.Split('.') ?? [];
        mistake = Mistake(identifiers, build?.Split('.') ?? []) ?? string.Empty;
        return mistake.Length > 0 ? null : new(major, minor, patchNumber, identifiers, text);
    }

    /// <summary>Without a leading v, with zeros for what is missing, without leading zeros.</summary>
    public static CelSemver? ParseTolerant(string text, out string mistake)
    {
        text = text.StartsWith('v') ? text[1..] : text;
        var parts = text.Split('.', 3);
        for (var i = 0; i < parts.Length; i++)
        {
            var trimmed = parts[i].TrimStart('0');
            parts[i] = parts[i].Length <= 1 ? parts[i]
                : trimmed.Length == 0 || !char.IsAsciiDigit(trimmed[0]) ? $"0{trimmed}"
                : trimmed;
        }

        if (parts.Length < 3 && parts[^1].AsSpan().IndexOfAny('+', '-') >= 0)
        {
            mistake = "short version cannot contain PreRelease/Build meta data";
            return null;
        }

        return Parse(string.Join('.', parts.Concat(Enumerable.Repeat("0", 3 - parts.Length))), out mistake);
    }

    public int Compare(CelSemver other)
    {
        foreach (var (mine, theirs) in new[] { (Major, other.Major), (Minor, other.Minor), (Patch, other.Patch) })
        {
            if (mine != theirs)
            {
                return mine < theirs ? -1 : 1;
            }
        }

        if (_before.Length == 0 || other._before.Length == 0)
        {
            return other._before.Length.CompareTo(0) - _before.Length.CompareTo(0);
        }

        for (var i = 0; i < Math.Min(_before.Length, other._before.Length); i++)
        {
            if (Compare(_before[i], other._before[i]) is not 0 and var order)
            {
                return order;
            }
        }

        return _before.Length.CompareTo(other._before.Length);
    }

    public override bool Same(CelValue other) => other is CelSemver version && Compare(version) == 0;

    public override JsonNode ToJson() => _text;

    private static (string Head, string? Tail) Cut(string text, char separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
    }

    private static ulong? Number(string text, string name, ref string mistake)
    {
        if (text.Length == 0 || !text.All(char.IsAsciiDigit))
        {
            mistake = $"Invalid character(s) found in {name.ToLowerInvariant()} number \"{text}\"";
            return null;
        }

        if (text.Length > 1 && text[0] == '0')
        {
            mistake = $"{name} number must not contain leading zeroes \"{text}\"";
            return null;
        }

        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        mistake = $"strconv.ParseUint: parsing \"{text}\": value out of range";
        return null;
    }

    private static string? Mistake(string[] before, string[] build)
    {
        foreach (var identifier in before)
        {
            if (identifier.Length == 0)
            {
                return "Prerelease is empty";
            }

            if (identifier.All(char.IsAsciiDigit))
            {
                if (identifier.Length > 1 && identifier[0] == '0')
                {
                    return $"Numeric PreRelease version must not contain leading zeroes \"{identifier}\"";
                }
            }
            else if (!identifier.All(IsIdentifier))
            {
                return $"Invalid character(s) found in prerelease \"{identifier}\"";
            }
        }

        foreach (var identifier in build)
        {
            if (identifier.Length == 0 || !identifier.All(IsIdentifier))
            {
                return identifier.Length == 0 ? "Build meta data is empty" : $"Invalid character(s) found in build meta data \"{identifier}\"";
            }
        }

        return null;
    }

    private static bool IsIdentifier(char c) => char.IsAsciiLetterOrDigit(c) || c == '-';

    private static int Compare(string left, string right)
    {
        var (isLeft, isRight) = (left.All(char.IsAsciiDigit), right.All(char.IsAsciiDigit));
        if (isLeft && isRight)
        {
            return left.Length != right.Length ? left.Length.CompareTo(right.Length) : Math.Sign(string.CompareOrdinal(left, right));
        }

        return isLeft != isRight ? (isLeft ? -1 : 1) : Math.Sign(string.CompareOrdinal(left, right));
    }
}
