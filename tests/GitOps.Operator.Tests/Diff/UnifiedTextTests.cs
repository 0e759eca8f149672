using GitOps.Operator.Diff.Unified;

namespace GitOps.Operator.Tests.Diff;

public sealed class UnifiedTextTests
{
    /// <summary>From and to, a letter a line; the diff as <c>diff -U3</c> writes it, without its names.</summary>
    public static TheoryData<string, string, string> Cases => new()
    {
        { "", "", "" },
        { "abc", "abc", "" },
        { "", "a", "@@ -0,0 +1 @@|+a" },
        { "a", "", "@@ -1 +0,0 @@|-a" },
        { "abc", "axc", "@@ -1,3 +1,3 @@| a|-b|+x| c" },
        { "abcdefgh", "abcdeXgh", "@@ -3,6 +3,6 @@| c| d| e|-f|+X| g| h" },
        { "abcdefghijklmnop", "aXcdefghijklmnYp", "@@ -1,5 +1,5 @@| a|-b|+X| c| d| e|@@ -12,5 +12,5 @@| l| m| n|-o|+Y| p" },
        { "abcdefghi", "aXcdefgYi", "@@ -1,9 +1,9 @@| a|-b|+X| c| d| e| f| g|-h|+Y| i" },
        { "abcabba", "cbabac", "@@ -1,7 +1,6 @@|-a|-b| c|+b| a| b|-b| a|+c" },
        { "aab", "b", "@@ -1,3 +1 @@|-a|-a| b" },
        { "b", "aab", "@@ -1 +1,3 @@|+a|+a| b" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Texts_are_compared_line_by_line(string from, string to, string expected)
    {
        var text = UnifiedText.Of("f", Lines(from), "t", Lines(to));

        text.ShouldBe(expected.Length == 0 ? string.Empty : $"--- f\n+++ t\n{expected.Replace('|', '\n')}\n");
    }

    [Fact]
    public void Applied_to_the_one_text_a_diff_gives_the_other()
    {
        var random = new Random(20261122);
        for (var i = 0; i < 2000; i++)
        {
            var (from, to) = (Some(random), Some(random));
            var edits = LineDiff.Of(from, to);

            edits.Where(static edit => edit.Edit != LineEdit.Insert).Select(static edit => edit.Line).ShouldBe(from);
            edits.Where(static edit => edit.Edit != LineEdit.Delete).Select(static edit => edit.Line).ShouldBe(to);
            edits.Count(static edit => edit.Edit == LineEdit.Keep).ShouldBe(LongestCommon(from, to), $"{string.Concat(from)} {string.Concat(to)}");
        }
    }

    [Fact]
    public void Texts_without_anything_in_common_are_replaced_however_long()
    {
        string[] from = [.. Enumerable.Range(0, 5000).Select(static i => $"a{i}")];
        string[] to = [.. Enumerable.Range(0, 5000).Select(static i => $"b{i}")];

        var edits = LineDiff.Of(["same", .. from], ["same", .. to]);

        edits.Count.ShouldBe(10_001);
        edits[0].Edit.ShouldBe(LineEdit.Keep);
    }

    private static string Lines(string letters) => string.Concat(letters.Select(static letter => $"{letter}\n"));

    private static string[] Some(Random random) =>
        [.. Enumerable.Range(0, random.Next(12)).Select(_ => ((char)('a' + random.Next(4))).ToString())];

    private static int LongestCommon(string[] left, string[] right)
    {
        var lengths = Enumerable.Range(0, left.Length + 1).Select(_ => new int[right.Length + 1]).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            for (var j = 1; j <= right.Length; j++)
            {
                lengths[i][j] = left[i - 1] == right[j - 1] ? lengths[i - 1][j - 1] + 1 : Math.Max(lengths[i - 1][j], lengths[i][j - 1]);
            }
        }

        return lengths[left.Length][right.Length];
    }
}
