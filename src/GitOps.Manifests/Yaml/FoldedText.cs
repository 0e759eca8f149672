using System.Text;

namespace GitOps.Manifests.Yaml;

/// <summary>
/// What remains of the text of a folded block (<c>&gt;</c>) when Go's library writes it and reads it again, which kustomize does
/// once with every object. Before lines that are indented deeper it adds a line feed; where the whole text begins with a blank it
/// loses some.
/// </summary>
internal static class FoldedText
{
    private const char LineSeparator = (char)0x2028;
    private const char ParagraphSeparator = (char)0x2029;

    public static string Rewrite(string text) =>
        text.Contains('\n', StringComparison.Ordinal) && IsBlock(text) ? Read(Write(text), text) : text;

    /// <summary>Whether it is written as a block again; if not, it is quoted, which loses nothing.</summary>
    private static bool IsBlock(string text)
    {
        if (text[^1] == ' ' || text.Contains(" \n", StringComparison.Ordinal))
        {
            return false;
        }

        foreach (var c in text)
        {
            if (c is (< ' ' and not ('\n' or '\t')) or (>= (char)0x7F and < (char)0xA0) or LineSeparator or ParagraphSeparator or (char)0xFEFF or >= (char)0xFFFE
                || char.IsSurrogate(c))
            {
                return false;
            }
        }

        return true;
    }

    private static string Write(string text)
    {
        var first = text.AsSpan().TrimStart('\n');
        var doubles = first.Length > 0 && !IsBlank(first[0]);
        var written = new StringBuilder(text.Length + 16);
        var (afterBreak, isIndented) = (true, true);
        foreach (var c in text)
        {
            if (c == '\n')
            {
                written.Append(doubles && !afterBreak && !isIndented ? "\n\n" : "\n");
                afterBreak = true;
            }
            else
            {
                isIndented = afterBreak ? IsBlank(c) : isIndented;
                afterBreak = false;
                written.Append(c);
            }
        }

        return written.ToString();
    }

    private static string Read(string written, string original)
    {
        var read = new StringBuilder(written.Length);
        var position = 0;
        var breaks = SkipBreaks(written, ref position);
        var (hasBreak, wasIndented) = (false, false);
        while (position < written.Length)
        {
            var isIndented = IsBlank(written[position]);
            if (hasBreak && (wasIndented || isIndented))
            {
                read.Append('\n');
            }
            else if (hasBreak && breaks == 0)
            {
                read.Append(' ');
            }

            read.Append('\n', breaks);
            wasIndented = isIndented;
            var end = written.IndexOf('\n', position);
            hasBreak = end >= 0;
            read.Append(written, position, (hasBreak ? end : written.Length) - position);
            position = hasBreak ? end + 1 : written.Length;
            breaks = SkipBreaks(written, ref position);
        }

        var (keepsOne, keepsAll) = (original.EndsWith('\n'), original.EndsWith("\n\n", StringComparison.Ordinal) || original == "\n");
        return read.Append('\n', (keepsOne && hasBreak ? 1 : 0) + (keepsAll ? breaks : 0)).ToString();
    }

    private static int SkipBreaks(string text, ref int position)
    {
        var start = position;
        while (position < text.Length && text[position] == '\n')
        {
            position++;
        }

        return position - start;
    }

    private static bool IsBlank(char c) => c is ' ' or '\t';
}
