using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;

namespace GitOps.EndToEnd.Tests.Install;

/// <summary>Every value is described once, in values.yaml; the table in the documentation is made of that, and the schema knows all of it.</summary>
public sealed class ValuesReferenceTests
{
    private const string Heading = "| value | default | |\n| --- | --- | --- |\n";

    [Fact]
    public void The_table_in_the_documentation_is_that_of_the_values()
    {
        var path = Path.Combine(Chart.Repository, "docs", "installing.md");
        var text = File.ReadAllText(path);
        var start = text.IndexOf(Heading, StringComparison.Ordinal);
        start.ShouldBePositive($"{path} has no table that begins with '{Heading}'");
        var expected = text[..start] + Heading + string.Concat(Read().Select(static value => $"| `{value.Path}` | {value.Default} | {value.Text} |\n"));
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, expected);
        }

        File.ReadAllText(path).ShouldBe(expected, customMessage: "run this test with UPDATE_GOLDEN=1");
    }

    [Fact]
    public void The_schema_knows_every_value_and_no_other()
    {
        var schema = JsonNode.Parse(File.ReadAllText(Path.Combine(Chart.Directory, "values.schema.json")))!.AsObject();
        var known = new List<string>();
        Collect(schema, string.Empty, known);

        known.Order(StringComparer.Ordinal)
            .ShouldBe(Read().Select(static value => value.Path).Order(StringComparer.Ordinal));
    }

    /// <summary>Objects that take no fields but those listed are gone into, and what Helm shares between charts; what else takes any is one value.</summary>
    private static void Collect(JsonObject schema, string path, List<string> known)
    {
        if (path != "global" && (schema["additionalProperties"] is not JsonValue closed || closed.GetValueKind() != JsonValueKind.False))
        {
            known.Add(path);
            return;
        }

        foreach (var (name, property) in schema["properties"]!.AsObject())
        {
            Collect(property!.AsObject(), path.Length == 0 ? name : $"{path}.{name}", known);
        }
    }

    /// <summary>A comment that begins with <c># --</c> describes the key on the next line.</summary>
    private static List<(string Path, string Default, string Text)> Read()
    {
        var values = new List<(string, string, string)>();
        var open = new Stack<(int Depth, string Name)>();
        string? comment = null;
        foreach (var line in File.ReadLines(Path.Combine(Chart.Directory, "values.yaml")))
        {
            var text = line.Trim();
            var depth = line.Length - line.TrimStart().Length;
            if (text.StartsWith("# -- ", StringComparison.Ordinal))
            {
                comment = text[5..];
                continue;
            }

            var colon = text.IndexOf(':', StringComparison.Ordinal);
            if (text.Length == 0 || text[0] is '#' or '-' || colon < 0)
            {
                continue;
            }

            while (open.TryPeek(out var top) && top.Depth >= depth)
            {
                open.Pop();
            }

            open.Push((depth, text[..colon]));
            if (comment is not null)
            {
                var path = new StringBuilder().AppendJoin('.', open.Reverse().Select(static item => item.Name)).ToString();
                var value = text[(colon + 1)..].Trim();
                values.Add((path, value switch { "" => "see the file", "\"\"" or "[]" or "{}" => "none", _ => $"`{value.Trim('"')}`" }, comment));
                comment = null;
            }
        }

        return values;
    }
}
