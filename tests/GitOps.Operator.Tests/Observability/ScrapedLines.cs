namespace GitOps.Operator.Tests.Observability;

internal static class ScrapedLines
{
    public static void ShouldHave(this string[] lines, string line) =>
        lines.Contains(line, StringComparer.Ordinal).ShouldBeTrue($"'{line}' should be a line of\n{string.Join('\n', lines)}");
}
