namespace GitOps.Operator.Tests.Helm;

/// <summary>What one text has otherwise than another of as many lines: pairs of <c>-line</c> and <c>+line</c>, in their order.</summary>
internal static class LineDifferences
{
    /// <returns>Null: they are the same.</returns>
    public static string? Between(string one, string other)
    {
        var (lines, others) = (one.Split('\n'), other.Split('\n'));
        others.Length.ShouldBe(lines.Length, "only lines that differ can be written down, not lines that one of the texts lacks");
        var pairs = lines.Zip(others).Where(static pair => pair.First != pair.Second).Select(static pair => $"-{pair.First}\n+{pair.Second}\n").ToList();
        return pairs.Count == 0 ? null : string.Concat(pairs);
    }

    /// <summary>The other text; each difference is for the next line that reads as its first.</summary>
    public static string Apply(string differences, string one)
    {
        var lines = one.Split('\n');
        var from = 0;
        foreach (var pair in differences.Split('\n', StringSplitOptions.RemoveEmptyEntries).Chunk(2))
        {
            var at = Array.IndexOf(lines, pair[0][1..], from);
            at.ShouldBeGreaterThanOrEqualTo(0, $"there is no such line: {pair[0]}");
            lines[at] = pair[1][1..];
            from = at + 1;
        }

        return string.Join('\n', lines);
    }
}
