using System.Globalization;

namespace GitOps.Operator.Model.Versions;

/// <summary>
/// A version as people write it: <c>1.2.3-rc.1+build</c>, with a leading <c>v</c> or without, minor and patch left out or not, with
/// zeros in front or not. Compared as semantic versions are; what stands after a plus is not compared.
/// </summary>
internal sealed class SemanticVersion : IComparable<SemanticVersion>
{
    private const int MaxLength = 256;

    private readonly string[] _prerelease;

    private SemanticVersion(string text, ulong major, ulong minor, ulong patch, string prerelease)
    {
        Text = text;
        Major = major;
        Minor = minor;
        Patch = patch;
        _prerelease = prerelease.Length == 0 ? [] : prerelease.Split('.');
    }

    /// <summary>As it is written.</summary>
    public string Text { get; }

    public ulong Major { get; }

    public ulong Minor { get; }

    public ulong Patch { get; }

    public bool IsPrerelease => _prerelease.Length > 0;

    /// <summary>The version that this is a prerelease of; itself where it is none.</summary>
    public SemanticVersion Release => IsPrerelease ? new(Text, Major, Minor, Patch, string.Empty) : this;

    /// <returns>Null where the text is no version.</returns>
    public static SemanticVersion? Parse(string text)
    {
        if (text.Length > MaxLength)
        {
            return null;
        }

        var reader = new VersionReader(text);
        return reader.Version() is { HasWildcard: false } written && reader.IsAtEnd ? Of(text, written) : null;
    }

    public int CompareTo(SemanticVersion? other)
    {
        if (other is null)
        {
            return 1;
        }

        var order = (Major, Minor, Patch).CompareTo((other.Major, other.Minor, other.Patch));
        return order != 0 ? order : ComparePrerelease(other);
    }

    /// <summary>Only what stands after the hyphen; nothing is later than anything.</summary>
    public int ComparePrerelease(SemanticVersion other)
    {
        if (!IsPrerelease || !other.IsPrerelease)
        {
            return other.IsPrerelease.CompareTo(IsPrerelease);
        }

        for (var i = 0; i < Math.Min(_prerelease.Length, other._prerelease.Length); i++)
        {
            if (ComparePart(_prerelease[i], other._prerelease[i]) is not 0 and var order)
            {
                return order;
            }
        }

        return _prerelease.Length.CompareTo(other._prerelease.Length);
    }

    public override string ToString() => Text;

    /// <returns>Null where a number has too many digits.</returns>
    internal static SemanticVersion? Of(string text, WrittenVersion written) =>
        TryNumber(written.Major, out var major) && TryNumber(written.Minor, out var minor) && TryNumber(written.Patch, out var patch)
            ? new(text, major, minor, patch, written.Prerelease)
            : null;

    private static bool TryNumber(string? digits, out ulong number)
    {
        number = 0;
        return digits is null || ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    // Numbers before words; a number that fits no 64 bits is a word.
    private static int ComparePart(string left, string right)
    {
        var leftIsNumber = ulong.TryParse(left, NumberStyles.None, CultureInfo.InvariantCulture, out var leftNumber);
        var rightIsNumber = ulong.TryParse(right, NumberStyles.None, CultureInfo.InvariantCulture, out var rightNumber);
        return (leftIsNumber, rightIsNumber) switch
        {
            (true, true) => leftNumber.CompareTo(rightNumber),
            (false, false) => Math.Sign(string.CompareOrdinal(left, right)),
            _ => rightIsNumber.CompareTo(leftIsNumber),
        };
    }
}
