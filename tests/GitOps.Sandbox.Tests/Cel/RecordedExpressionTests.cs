using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Cel;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Tests.Cel;

/// <summary>
/// Expressions with what the libraries of a real API server made of them. A table's first line says what is <c>given</c>: an
/// <c>object</c>, a variable of which nothing is declared, or a <c>schema</c> and a variable <c>self</c> of it. Every other line
/// is an <c>expr</c> with its errors, or its type, value or error and cost, and the most it was estimated to cost.
/// Where <c>refused</c> stands for <c>errors</c>, it is refused here too, in other words.
/// </summary>
public sealed class RecordedExpressionTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Cel", "recorded");

    public static TheoryData<string> Tables =>
        [.. Directory.GetFiles(Folder, "*.jsonl").Select(static path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Tables))]
    public void Every_expression_gives_what_was_recorded(string table)
    {
        var differences = new List<string>();
        var lines = File.ReadLines(Path.Combine(Folder, $"{table}.jsonl")).Select(static line => (JsonObject)JsonNode.Parse(line)!).ToList();
        var given = (JsonObject)lines[0]["given"]!;
        foreach (var recorded in lines.Skip(1))
        {
            var found = Run(given, recorded["expr"]!.GetValue<string>());
            if (recorded.ContainsKey("refused"))
            {
                if (!found.ContainsKey("errors"))
                {
                    differences.Add($"{KubernetesObject.GetString(recorded, "expr")}\n    is not refused");
                }

                continue;
            }

            foreach (var name in new[] { "errors", "type", "value", "error", "cost", "estMax" })
            {
                var (expected, actual) = (Text(recorded, name), Text(found, name));
                if (expected != actual)
                {
                    differences.Add($"{KubernetesObject.GetString(recorded, "expr")}\n    {name}: expected {expected}\n    {name}: but found {actual}");
                }
            }
        }

        differences.ShouldBeEmpty($"{differences.Count} differences\n{string.Join('\n', differences)}");
    }

    private static string Text(JsonObject line, string name) => line[name] switch
    {
        null => name is "cost" or "estMax" ? "0" : "-",
        JsonValue value when value.TryGetValue(out string? text) => text,
        var other => other.ToJsonString(),
    };

    private static JsonObject Run(JsonObject given, string expression)
    {
        var environment = CelEnvironment.Base;
        var variables = new Dictionary<string, object?>(StringComparer.Ordinal);
        if (given.TryGetPropertyValue("object", out var subject))
        {
            environment = environment.WithVariable("object", CelType.Dyn);
            variables["object"] = subject;
        }

        CelType? declared = null;
        if (given["schema"] is JsonObject schema)
        {
            var type = CrdSchema.Parse(schema, "schema").Type;
            declared = CelSchemaTypes.Of(type, "selfType", isResource: true)!;
            environment = environment.WithVariable("self", declared).WithVariable("oldSelf", declared);
            variables["self"] = variables["oldSelf"] = CelTypedJson.Of(given["self"], type, isResource: true);
        }

        var compiled = CelProgram.Compile(expression, environment, null);
        if (compiled.Program is not { } program)
        {
            return new() { ["errors"] = (compiled.IsUnusable ? "PROGRAM " : string.Empty) + compiled.ErrorText, ["type"] = null };
        }

        var result = program.Evaluate(variables, new(CelBudget.PerRequest));
        var found = new JsonObject { ["type"] = RuntimeName(program.Type), ["cost"] = result.Cost };
        if (declared is not null)
        {
            found["estMax"] = CelEstimate.Of(program.Root, declared);
        }

        found[result.Error is null ? "value" : "error"] = result.Error ?? ValueText.Of(result.Value!);
        return found;
    }

    private static string RuntimeName(CelType type) => type.Parameters.IsEmpty
        ? type.Name
        : $"{type.Name}({string.Join(", ", type.Parameters.Select(RuntimeName))})";
}
