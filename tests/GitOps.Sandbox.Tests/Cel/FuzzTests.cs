using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Cel;

namespace GitOps.Sandbox.Tests.Cel;

/// <summary>Whatever the expression: an answer, soon, and no crash.</summary>
public sealed class FuzzTests
{
    private static readonly string[] Pieces =
    [
        "self", "x", "a", "1", "0u", "1.5", "'a'", "b'a'", "true", "null", "[", "]", "{", "}", "(", ")", ".", ",", ":", "?", "!", "-", "+", "*", "/", "%",
        "==", "!=", "<", ">=", "&&", "||", " in ", ".all(x, ", ".map(x, ", ".exists(x, ", ".filter(x, ", "has(", "size(", ".size()", "[0]", "[?0]", ".?a",
        ".optMap(x, ", ".transformMap(k, v, ", "optional.of(", "duration('1h')", "timestamp('2020-01-01T00:00:00Z')", ".matches('a*')", ".format([", "'%s'",
        "quantity('1')", "ip('1.2.3.4')", ".sort()", ".flatten()", "type(", "int(", "string(", "dyn(", "Object{a: ", "\n", "//", "'''", "\\", "`", "\u00e4", "😀",
    ];

    private static readonly Dictionary<string, object?> Variables = new(StringComparer.Ordinal)
    {
        ["self"] = JsonNode.Parse("""{"a":1,"b":[1,2,3],"c":{"d":"text"},"e":null,"f":1.5,"g":["b","a"]}"""),
    };

    private static readonly CelEnvironment Environment = CelEnvironment.Base.WithVariable("self", CelType.Dyn).WithObjectTypes();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Pieces_in_any_order_give_a_result_or_an_error(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 5000; i++)
        {
            var expression = new StringBuilder();
            for (var length = random.Next(1, 14); length > 0; length--)
            {
                expression.Append(Pieces[random.Next(Pieces.Length)]);
            }

            Run(expression.ToString());
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void Recorded_expressions_with_a_character_changed_give_a_result_or_an_error(int seed)
    {
        var random = new Random(seed);
        var folder = Path.Combine(AppContext.BaseDirectory, "Cel", "recorded");
        var expressions = Directory.GetFiles(folder, "*.jsonl").Order(StringComparer.Ordinal).SelectMany(File.ReadLines)
            .Select(static line => KubernetesObject.GetString((JsonObject)JsonNode.Parse(line)!, "expr")).OfType<string>().ToList();
        foreach (var expression in expressions.Where(static expression => expression.Length > 0))
        {
            var changed = new StringBuilder(expression);
            changed[random.Next(changed.Length)] = expressions[random.Next(expressions.Count)][0];
            Run(changed.ToString());
            Run(expression.Remove(random.Next(expression.Length), 1));
        }
    }

    public static TheoryData<string, string> Deep => new()
    {
        { "parentheses", new string('(', 20_000) + "1" + new string(')', 20_000) },
        { "open parentheses", new string('(', 50_000) },
        { "lists", new string('[', 20_000) + new string(']', 20_000) },
        { "negations", new string('!', 50_000) + "true" },
        { "minuses", new string('-', 50_000) + "1" },
        { "sums", string.Join('+', Enumerable.Repeat("1", 30_000)) },
        { "fields", "self" + string.Concat(Enumerable.Repeat(".a", 30_000)) },
        { "indexes", "self" + string.Concat(Enumerable.Repeat("[0]", 30_000)) },
        { "conditions", string.Concat(Enumerable.Repeat("true ? 1 : ", 9_000)) + "1" },
        { "conjunctions", string.Join("&&", Enumerable.Repeat("true", 20_000)) },
        { "chains of optionals", "optional.of(1)" + string.Concat(Enumerable.Repeat(".optMap(x, x + 1)", 240)) },
        { "growing lists", "optional.of([1])" + string.Concat(Enumerable.Repeat(".optMap(x, x + x)", 240)) + ".value()" },
        { "nested lists that are compared", "optional.of([1])" + string.Concat(Enumerable.Repeat(".optMap(x, [x, x])", 100)) + ".optMap(x, x == [x])" },
        { "growing texts", "'aaaaaaaaaa'" + string.Concat(Enumerable.Repeat(".replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')", 200)) },
        { "loops in loops", "lists.range(1000).all(a, lists.range(1000).all(b, lists.range(1000).all(c, a + b + c >= 0)))" },
        { "a long range", "lists.range(9223372036854775807).size()" },
        { "a deep macro", string.Concat(Enumerable.Repeat("[1].map(x, ", 200)) + "1" + new string(')', 200) },
        { "a hard pattern", "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'.matches('^(a|a?)+$')" },
        { "a long text", "'" + new string('x', 99_000) + "'.matches('(x+x+)+y')" },
        { "too long", "'" + new string('x', 200_000) + "'" },
        { "many errors", string.Join('+', Enumerable.Range(0, 200).Select(static number => $"u{number}")) },
        { "many names", "[" + string.Join(',', Enumerable.Repeat("[]", 20_000)) + "]" },
        { "a long duration", "duration('" + new string('9', 5_000) + "h')" },
        { "a long number", new string('9', 50_000) },
        { "a long quantity", "quantity('" + new string('9', 50_000) + "')" },
    };

    [Theory]
    [MemberData(nameof(Deep))]
    public void Nothing_takes_the_stack_the_memory_or_long(string about, string expression)
    {
        var watch = Stopwatch.StartNew();
        var thread = new Thread(() => Run(expression), 1024 * 1024);
        thread.Start();
        thread.Join();

        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30), about);
    }

    private static void Run(string expression)
    {
        var compiled = CelProgram.Compile(expression, Environment, null);
        if (compiled.Program is { } program)
        {
            var result = program.Evaluate(Variables, new(CelBudget.PerRequest));
            (result.Value is null).ShouldNotBe(result.Error is null, expression);
        }
        else
        {
            compiled.Errors.ShouldNotBeEmpty(expression);
        }
    }
}
