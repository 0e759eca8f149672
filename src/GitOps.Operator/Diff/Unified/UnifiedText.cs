using System.Globalization;
using System.Text;

namespace GitOps.Operator.Diff.Unified;

/// <summary>Writes two texts as a unified diff: what <c>diff -U3</c> writes.</summary>
internal static class UnifiedText
{
    private const int Context = 3;

    /// <returns>Empty where they are the same.</returns>
    public static string Of(string fromName, string from, string toName, string to)
    {
        var edits = LineDiff.Of(Lines(from), Lines(to));
        var text = new StringBuilder();
        foreach (var (first, end) in Hunks(edits))
        {
            if (text.Length == 0)
            {
                text.Append("--- ").Append(fromName).Append("\n+++ ").Append(toName).Append('\n');
            }

            Hunk(text, edits, first, end);
        }

        return text.ToString();
    }

    private static string[] Lines(string text) =>
        text.Length == 0 ? [] : (text.EndsWith('\n') ? text[..^1] : text).Split('\n');

    // Ranges of edits: each change with its context, those that touch joined.
    private static IEnumerable<(int First, int End)> Hunks(List<(LineEdit Edit, string Line)> edits)
    {
        (int First, int End)? open = null;
        for (var i = 0; i < edits.Count; i++)
        {
            if (edits[i].Edit == LineEdit.Keep)
            {
                continue;
            }

            var (first, end) = (Math.Max(0, i - Context), Math.Min(edits.Count, i + Context + 1));
            if (open is { } hunk && first > hunk.End)
            {
                yield return hunk;
                open = null;
            }

            open = (open?.First ?? first, end);
        }

        if (open is { } last)
        {
            yield return last;
        }
    }

    private static void Hunk(StringBuilder text, List<(LineEdit Edit, string Line)> edits, int first, int end)
    {
        var before = edits.Take(first).ToList();
        var inside = edits[first..end];
        text.Append("@@ -");
        Range(text, before, inside, LineEdit.Insert);
        text.Append(" +");
        Range(text, before, inside, LineEdit.Delete);
        text.Append(" @@\n");
        foreach (var (edit, line) in inside)
        {
            text.Append(edit switch { LineEdit.Delete => '-', LineEdit.Insert => '+', _ => ' ' }).Append(line).Append('\n');
        }
    }

    private static void Range(StringBuilder text, List<(LineEdit Edit, string Line)> before, List<(LineEdit Edit, string Line)> inside, LineEdit absent)
    {
        var count = inside.Count(item => item.Edit != absent);
        // Of nothing, the line before it is named.
        var start = before.Count(item => item.Edit != absent) + (count == 0 ? 0 : 1);
        text.Append(start.ToString(CultureInfo.InvariantCulture));
        if (count != 1)
        {
            text.Append(',').Append(count.ToString(CultureInfo.InvariantCulture));
        }
    }
}
