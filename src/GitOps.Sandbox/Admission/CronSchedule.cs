using System.Globalization;

namespace GitOps.Sandbox.Admission;

/// <summary>The times at which a CronJob runs: five fields, or a word.</summary>
internal static class CronSchedule
{
    private static readonly (int Least, int Most)[] Ranges = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];
    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    public static bool IsValid(string text)
    {
        if (text.StartsWith('@'))
        {
            return text is "@yearly" or "@annually" or "@monthly" or "@weekly" or "@daily" or "@midnight" or "@hourly"
                || (text.StartsWith("@every ", StringComparison.Ordinal) && TextFormats.IsValid("duration", text["@every ".Length..]));
        }

        var fields = text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return fields.Length == Ranges.Length && fields.Index().All(static field => field.Item.Split(',').All(part => IsPart(part, field.Index)));
    }

    private static bool IsPart(string part, int field)
    {
        var steps = part.Split('/');
        var ends = steps[0].Split('-');
        if (steps.Length > 2 || ends.Length > 2 || (steps.Length == 2 && (!TryNumber(steps[1], -1, out var step) || step == 0)))
        {
            return false;
        }

        if (steps[0] is "*" or "?")
        {
            return true;
        }

        var (least, most) = Ranges[field];
        var last = 0;
        return TryNumber(ends[0], field, out var first) && TryNumber(ends[^1], field, out last) && first >= least && last <= most && first <= last;
    }

    private static bool TryNumber(string text, int field, out int number)
    {
        var names = field switch { 3 => Months, 4 => Days, _ => [] };
        var index = Array.FindIndex(names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (index >= 0)
        {
            number = field == 3 ? index + 1 : index;
            return true;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
