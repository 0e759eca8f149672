using System.Diagnostics.CodeAnalysis;

namespace GitOps.Operator.Model.Versions;

/// <summary>
/// Which versions are wanted, as Argo CD and Helm read it (both with Masterminds' semver): <c>*</c>, <c>^1.2</c>, <c>~1.2.3</c>,
/// <c>1.2.x</c>, <c>&gt;=1.0 &lt;2.0</c>, <c>1.0 - 2.0</c>, alternatives with <c>||</c>. Prereleases count only where an alternative
/// names one (<c>&gt;=1.0-0</c>).
/// </summary>
internal sealed class VersionRange
{
    private const int MaxLength = 1024;

    private readonly string _text;
    private readonly VersionBound[][] _alternatives;

    private VersionRange(string text, VersionBound[][] alternatives)
    {
        _text = text;
        _alternatives = alternatives;
    }

    /// <summary>Reads a range. A plain version is one too: <c>1.2.3</c> allows just that, <c>1.2</c> every patch of it.</summary>
    /// <returns>Whether it is one; an empty text is none.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out VersionRange? range)
    {
        range = null;
        if (text.Length > MaxLength)
        {
            return false;
        }

        var parts = text.Split("||");
        var alternatives = new VersionBound[parts.Length][];
        for (var i = 0; i < parts.Length; i++)
        {
            if (BoundsOf(parts[i]) is not { } bounds)
            {
                return false;
            }

            alternatives[i] = bounds;
        }

        range = new(text, alternatives);
        return true;
    }

    /// <summary>Whether a text asks for a choice among versions: it is a range, and not just a version (<c>1.2</c>), which is a name.</summary>
    public static bool IsRange(string text) => SemanticVersion.Parse(text) is null && TryParse(text, out _);

    public bool Allows(SemanticVersion version) => _alternatives.Any(bounds =>
        (!version.IsPrerelease || bounds.Any(static bound => bound.NamesPrerelease)) && bounds.All(bound => bound.Allows(version)));

    /// <summary>The greatest version that is allowed, as it is written; of equal ones the first by ordinal order. What is no version is passed over.</summary>
    /// <returns>Null where none is.</returns>
    public string? Best(IEnumerable<string> versions)
    {
        SemanticVersion? best = null;
        foreach (var text in versions)
        {
            if (SemanticVersion.Parse(text) is not { } version || !Allows(version))
            {
                continue;
            }

            var order = version.CompareTo(best);
            if (order > 0 || (order == 0 && string.CompareOrdinal(text, best!.Text) < 0))
            {
                best = version;
            }
        }

        return best?.Text;
    }

    public override string ToString() => _text;

    /// <returns>Null where the text is no list of bounds.</returns>
    private static VersionBound[]? BoundsOf(string text)
    {
        var bounds = new List<VersionBound?>();
        var reader = new VersionReader(text);
        reader.Space();
        while (true)
        {
            var sign = reader.Operator();
            reader.Space();
            if (reader.Version() is not { } version)
            {
                return null;
            }

            var upper = sign.Length == 0 ? reader.UpperEnd() : null;
            bounds.Add(VersionBound.Of(upper is null ? sign : ">=", version));
            if (upper is { } end)
            {
                bounds.Add(VersionBound.Of("<=", end));
            }

            // Bounds stand apart by spaces or a comma; after a range with a hyphen nothing is needed.
            var isApart = reader.Space() || upper is not null;
            var hasComma = reader.Take(',');
            reader.Space();
            if (reader.IsAtEnd)
            {
                return hasComma || bounds.Contains(null) ? null : [.. bounds.OfType<VersionBound>()];
            }

            if (!isApart && !hasComma)
            {
                return null;
            }
        }
    }
}
