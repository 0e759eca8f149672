using GitOps.Operator.Model.Ignoring;
using GitOps.Operator.Model.Ignoring.Jq;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Ignoring;

/// <summary>The part of jq that is ours, beside jq itself.</summary>
public sealed class JqExpressionTests
{
    [Fact]
    public async Task Real_expressions_delete_what_jq_deletes() => await CompareAsync(JqSamples.Real);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(20261122)]
    [InlineData(77)]
    public async Task Generated_expressions_delete_what_jq_deletes(int seed)
    {
        var generator = new JqGenerator(seed);
        await CompareAsync([.. Enumerable.Range(0, 80).Select(_ => generator.Next())]);
    }

    [Theory]
    [InlineData("", 1, "the end")]
    [InlineData("spec.replicas", 1, "'spec'")]
    [InlineData(".spec.http[*].weight", 12, "'*'")]
    [InlineData(".spec.containers[] | to_entries", 22, "'to_entries'")]
    [InlineData(".metadata.annotations.foo-bar", 26, "'-'")]
    [InlineData(".spec | del(.x)", 9, "'del'")]
    [InlineData(".a as $x | .b", 7, "'$x'")]
    [InlineData(".a and", 7, "the end")]
    [InlineData(".a == .b == .c", 10, "'=='")]
    [InlineData(".a | if", 8, "the end")]
    [InlineData(".b[$x]", 4, "'$x'")]
    [InlineData(".a | @base64", 6, "'@base64'")]
    [InlineData(".a[] | select(.name == 'x')", 24, "'''")]
    [InlineData(".a | select(.b == \"\\(.c)\")", 20, "'\\('")]
    [InlineData(".a | select(.b", 15, "')'")]
    [InlineData(".a[", 4, "the end")]
    [InlineData(".a[1:x]", 6, "'x'")]
    [InlineData(".a | .b = 1", 9, "'='")]
    [InlineData("{a: .b}", 1, "'{'")]
    [InlineData("[.a]", 1, "'['")]
    [InlineData(".a | map(.b)", 6, "'map'")]
    [InlineData(".a | select(test(.b))", 13, "'test'")]
    [InlineData(".a | select(test(\"(?=x)\"))", 13, "bounded time")]
    [InlineData(".a | select(test(\"x\"; \"q\"))", 13, "flag 'q'")]
    [InlineData(".a | select(.b; .c)", 6, "takes 1 arguments, not 2")]
    [InlineData("if .a then .b", 14, "'end'")]
    [InlineData("if .a then .b else null end", 1, "write empty")]
    [InlineData(".spec.replicas == 3", 1, "comparison names no field")]
    [InlineData(".spec | length", 1, "length names no field")]
    [InlineData("\"spec\"", 1, "a literal names no field")]
    [InlineData(".a, 3", 1, "a literal names no field")]
    public void What_is_not_supported_is_refused_with_its_place(string text, int column, string word)
    {
        var refusal = Should.Throw<JqSyntaxException>(() => JqExpression.Parse(text));
        refusal.Message.ShouldStartWith($"column {column}: ");
        refusal.Message.ShouldContain(word);
    }

    [Fact]
    public void Nesting_and_length_are_bounded()
    {
        Should.Throw<JqSyntaxException>(static () => JqExpression.Parse(new string('(', 100_000))).Message.ShouldContain("longer than");
        Should.Throw<JqSyntaxException>(static () => JqExpression.Parse(new string('(', 1000) + "." + new string(')', 1000))).Message.ShouldContain("nested deeper");
    }

    [Fact]
    public void Work_is_bounded_and_an_expression_that_takes_more_names_nothing()
    {
        var expression = JqExpression.Parse(string.Concat(Enumerable.Repeat(".. | ", 12)) + "..");
        var tree = new PathTree();
        expression.Find(Objects.Json(JqSamples.Deployment), tree.Add).ShouldBe(JqEvaluator.TooMuch);
        tree.IsEmpty.ShouldBeTrue();
    }

    private static async Task CompareAsync(string[] expressions)
    {
        var jq = TestProgram.Require("GITOPS_TEST_JQ");
        // A path that is not of the object makes jq fail the whole del; so it does here.
        var program = string.Join(", ", expressions.Select(static text => $"(try del({text}) catch \"stopped\")"));
        var result = await jq.TryAsync(JqSamples.Deployment, ["-c", program]);
        result.ExitCode.ShouldBe(0, result.Error);
        var lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(expressions.Length);
        var wrong = new List<string>();
        for (var i = 0; i < lines.Length; i++)
        {
            var ours = Deleted(expressions[i]);
            if (!Objects.AreEqual(ours, lines[i]))
            {
                wrong.Add($"{expressions[i]}\n  jq:   {lines[i]}\n  ours: {ours}");
            }
        }

        wrong.ShouldBeEmpty();
        lines.Distinct(StringComparer.Ordinal).Count().ShouldBeGreaterThan(lines.Length / 8, "they delete something, and not all the same");
    }

    private static string Deleted(string text)
    {
        var root = Objects.Json(JqSamples.Deployment);
        var tree = new PathTree();
        return JqExpression.Parse(text).Find(root, tree.Add) is null ? Objects.Text(tree.Without(root)) : "\"stopped\"";
    }
}
