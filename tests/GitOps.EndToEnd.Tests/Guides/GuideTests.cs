namespace GitOps.EndToEnd.Tests.Guides;

public sealed class GuideTests
{
    [Fact]
    public void Blocks_of_commands_are_steps_and_what_follows_them_at_once_is_their_output()
    {
        var steps = Guide.Parse(
        [
            "# Title", "```yaml", "a: 1", "```", "```sh", "one", "two", "```", "", "```text", "printed", "```",
            "```text", "shown only", "```", "```sh", "three", "```", "prose", "```text", "shown only", "```",
        ]);

        steps.Select(static step => (step.Line, step.Commands)).ShouldBe([(5, "one\ntwo"), (16, "three")]);
        steps.Select(static step => string.Join('|', step.Printed)).ShouldBe(["printed", string.Empty]);
    }

    [Theory]
    [InlineData("a\nb\nc", "a\nc", null)]
    [InlineData("a\nb\nc", "c\na", "a")]
    [InlineData("NAME   SYNC    AGE\nweb    Synced  24s", "NAME SYNC AGE\nweb Synced …", null)]
    [InlineData("web Synced 24s", "web … 24s", null)]
    [InlineData("web OutOfSync 24s", "web Synced …", "web Synced …")]
    [InlineData("abc", "ab…bc", "ab…bc")]
    [InlineData("a b", "a", "a")]
    public void Expected_lines_are_found_in_order_with_anything_for_an_ellipsis(string output, string expected, string? missing) =>
        new GuideStep(1, "x", expected.Split('\n')).Missing(output.Split('\n')).ShouldBe(missing);
}
