using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace GitOps.Manifests.Yaml;

/// <summary>Dates and times that Go's YAML library tells from other words, and writes its own way.</summary>
internal static partial class GoTimes
{
    private const int ShortestDate = 8;
    private const int Digits = 9;

    /// <returns>The time as JSON has it, <c>2024-01-01T00:00:00Z</c>; null if the word is none.</returns>
    public static string? ToJson(string text)
    {
        if (text.Length < ShortestDate || text[4] != '-' || !char.IsAsciiDigit(text[0]) || Pattern().Match(text) is not { Success: true } match)
        {
            return null;
        }

        var (year, month, day) = (Number("year"), Number("month"), Number("day"));
        var (hour, minute, second) = (Number("hour"), Number("minute"), Number("second"));
        var zone = match.Groups["zone"].Value;
        if (month is < 1 or > 12 || day < 1 || day > DaysIn(year, month) || hour > 23 || minute > 59 || second > 59 || !IsZone(zone))
        {
            return null;
        }

        var written = new StringBuilder(32);
        written.Append(CultureInfo.InvariantCulture, $"{year:0000}-{month:00}-{day:00}T{hour:00}:{minute:00}:{second:00}");
        var fraction = match.Groups["fraction"].ValueSpan;
        fraction = fraction[..Math.Min(fraction.Length, Digits)].TrimEnd('0');
        if (fraction.Length > 0)
        {
            written.Append('.').Append(fraction);
        }

        return written.Append(zone is "" or "+00:00" or "-00:00" ? "Z" : zone).ToString();

        int Number(string group) =>
            match.Groups[group] is { Success: true } found ? int.Parse(found.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>The year 0 is there for Go, and a leap year.</summary>
    private static int DaysIn(int year, int month) => DateTime.DaysInMonth(year == 0 ? 4 : year, month);

    private static bool IsZone(string zone) =>
        zone.Length < 6 || (string.CompareOrdinal(zone, 1, "24", 0, 2) < 0 && zone[4] < '6');

    [GeneratedRegex(
        "^(?<year>[0-9]{4})-(?<month>[0-9]{1,2})-(?<day>[0-9]{1,2})(([Tt](?<hour>[0-9]{1,2}):(?<minute>[0-9]{1,2}):(?<second>[0-9]{1,2})([.,](?<fraction>[0-9]+))?(?<zone>Z|[+-][0-9]{2}:[0-9]{2}))|( +(?<hour>[0-9]{1,2}):(?<minute>[0-9]{1,2}):(?<second>[0-9]{1,2})([.,](?<fraction>[0-9]+))?))?\\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Pattern();
}
