using GitOps.EndToEnd.Tests.Fixture;

namespace GitOps.EndToEnd.Tests.Guides;

/// <summary>
/// What a page of <c>docs/</c> tells its readers to type. Every block <c>```sh</c> is run; a block <c>```text</c> after it is what
/// is printed, in order, where <c>…</c> stands for anything within a line. Other blocks are shown only.
/// </summary>
internal sealed record Guide(string Name, IReadOnlyList<GuideStep> Steps)
{
    private const string Fence = "```";

    /// <summary>Reads a page of the repository's <c>docs/</c>.</summary>
    public static Guide Read(string page)
    {
        var steps = Parse(File.ReadAllLines(Path.Combine(Chart.Repository, "docs", page)));
        return steps.Count > 0 ? new(page, steps) : throw new InvalidDataException($"docs/{page} has no block of commands");
    }

    internal static IReadOnlyList<GuideStep> Parse(IReadOnlyList<string> lines)
    {
        var steps = new List<GuideStep>();
        var mayExpect = false;
        for (var i = 0; i < lines.Count; i++)
        {
            if (!lines[i].StartsWith(Fence, StringComparison.Ordinal))
            {
                mayExpect &= string.IsNullOrWhiteSpace(lines[i]);
                continue;
            }

            var (language, first) = (lines[i][Fence.Length..].Trim(), i + 1);
            var block = lines.Skip(first).TakeWhile(static line => line != Fence).ToList();
            i = first + block.Count;
            switch (language)
            {
                case "sh":
                    steps.Add(new(first, string.Join('\n', block), []));
                    mayExpect = true;
                    break;
                case "text" when mayExpect:
                    steps[^1] = steps[^1] with { Printed = block };
                    mayExpect = false;
                    break;
                default:
                    mayExpect = false;
                    break;
            }
        }

        return steps;
    }
}

/// <param name="Line">Where the block begins, from 1.</param>
/// <param name="Commands">As they stand there.</param>
/// <param name="Printed">The lines that are to be printed; none: not said.</param>
internal sealed record GuideStep(int Line, string Commands, IReadOnlyList<string> Printed)
{
    /// <summary>The first line that is expected and was not printed in its turn; null: all were.</summary>
    public string? Missing(IEnumerable<string> output)
    {
        using var lines = output.GetEnumerator();
        foreach (var expected in Printed)
        {
            do
            {
                if (!lines.MoveNext())
                {
                    return expected;
                }
            }
            while (!Fits(lines.Current.TrimEnd(), expected.TrimEnd()));
        }

        return null;
    }

    /// <summary>Columns are as wide as the longest of their values: one blank is as good as many.</summary>
    private static bool Fits(string line, string expected)
    {
        var parts = Squeeze(expected).Split('…');
        var text = Squeeze(line);
        if (parts is [var whole])
        {
            return text == whole;
        }

        if (!text.StartsWith(parts[0], StringComparison.Ordinal))
        {
            return false;
        }

        var at = parts[0].Length;
        foreach (var part in parts[1..^1])
        {
            var found = text.IndexOf(part, at, StringComparison.Ordinal);
            if (found < 0)
            {
                return false;
            }

            at = found + part.Length;
        }

        return text.Length - at >= parts[^1].Length && text.EndsWith(parts[^1], StringComparison.Ordinal);
    }

    private static string Squeeze(string line) => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
