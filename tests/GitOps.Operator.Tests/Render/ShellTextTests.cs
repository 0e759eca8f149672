using GitOps.Operator.Render;

namespace GitOps.Operator.Tests.Render;

/// <summary>As Go's os.Expand has it, with <c>$$</c> for a dollar sign.</summary>
public sealed class ShellTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain", "plain")]
    [InlineData("$A", "one")]
    [InlineData("${A}", "one")]
    [InlineData("x$A-y", "xone-y")]
    [InlineData("$AB", "")]
    [InlineData("${A}B", "oneB")]
    [InlineData("$A$A", "oneone")]
    [InlineData("$$", "$")]
    [InlineData("$$A", "$A")]
    [InlineData("${$}A", "$A")]
    [InlineData("$", "$")]
    [InlineData("a$", "a$")]
    [InlineData("$ A", "$ A")]
    [InlineData("$.", "$.")]
    [InlineData("${}", "")]
    [InlineData("${}A", "A")]
    [InlineData("${A", "A")]
    [InlineData("${", "")]
    [InlineData("$1A", "A")]
    [InlineData("${1}", "")]
    [InlineData("$*x", "x")]
    [InlineData("${A B}", "two words")]
    [InlineData("$none", "")]
    [InlineData("ü$Aü", "üoneü")]
    public async Task A_text_is_read_as_go_reads_it(string text, string expected)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal) { ["A"] = "one", ["A B"] = "two words" };

        (await ShellText.ExpandAsync(text, name => new(values.GetValueOrDefault(name)))).ShouldBe(expected);
    }
}
