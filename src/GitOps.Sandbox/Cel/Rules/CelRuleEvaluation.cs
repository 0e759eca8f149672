using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Cel.Rules;

/// <summary>Checks an object against the rules of its schema.</summary>
internal sealed class CelRuleEvaluation
{
    private const string OutOfBudget = "validation failed due to running out of cost budget, no further validation rules will be run";
    private const int MaxMessage = 5 * 1024;

    private readonly Causes _causes;
    private readonly Action<string> _warn;
    private readonly CelBudget _budget = new(CelBudget.PerRequest);
    private bool _isStopped;

    private CelRuleEvaluation(Causes causes, Action<string> warn) => (_causes, _warn) = (causes, warn);

    /// <summary>Adds what is wrong.</summary>
    /// <param name="live">The stored object; null for a create.</param>
    /// <param name="next">The object to be stored.</param>
    /// <param name="kind">The kind's schema.</param>
    /// <param name="causes">Where violations are added.</param>
    /// <param name="warn">Told of violations in parts that did not change; these are tolerated.</param>
    public static void Check(JsonObject? live, JsonObject next, TypeSchema kind, Causes causes, Action<string> warn)
    {
        if (CelRuleNode.Of(kind) is { } node)
        {
            new CelRuleEvaluation(causes, warn).Node(node, string.Empty, next, live, CelOldValue.Of(live, next));
        }
    }

    private static string Below(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string TypeName(TypeSchema schema) => schema.Shape switch
    {
        SchemaShape.Object => "object",
        SchemaShape.List => "array",
        SchemaShape.Scalar => schema.Scalar switch
        {
            ScalarKind.Integer => "integer",
            ScalarKind.Number => "number",
            ScalarKind.Boolean => "boolean",
            ScalarKind.IntOrString => string.Empty,
            _ => "string",
        },
        _ => string.Empty,
    };

    private void Node(CelRuleNode node, string path, JsonNode? value, JsonNode? old, CelOldValue correlation)
    {
        if (value is null || _isStopped)
        {
            return;
        }

        Rules(node, path, value, old, correlation);
        switch (value)
        {
            case JsonObject fields:
                foreach (var (name, member) in fields)
                {
                    if (node.Value is { } item)
                    {
                        Node(item, $"{path}[{name}]", member, (old as JsonObject)?[name], correlation.Key(name));
                    }
                    else if (node.Fields.GetValueOrDefault(name) is { } field)
                    {
                        Node(field, Below(path, name), member, (old as JsonObject)?[name], correlation.Key(name));
                    }
                }

                break;
            case JsonArray items when node.Item is { } item:
                for (var i = 0; i < items.Count; i++)
                {
                    Node(
                        item, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), items[i],
                        CelOldValue.Counterpart(items[i], node.Schema, old as JsonArray), correlation.Index(items[i], node.Schema));
                }

                break;
            default:
                break;
        }
    }

    private void Rules(CelRuleNode node, string path, JsonNode value, JsonNode? old, CelOldValue correlation)
    {
        if (node.Rules.IsEmpty)
        {
            return;
        }

        var self = CelTypedJson.Of(value, node.Schema, node.IsResource);
        var oldSelf = old is null ? null : CelTypedJson.Of(old, node.Schema, node.IsResource);
        foreach (var rule in node.Rules)
        {
            if (_isStopped)
            {
                return;
            }

            if (rule.Compiled.Program is { } program)
            {
                Rule(node, rule, program, path, value, self, oldSelf, correlation);
            }
            else if (rule.Compiled.Errors.Count > 0)
            {
                _causes.Invalid(Place(path), TypeName(node.Schema), $"rule compile error: compilation failed: {rule.Compiled.ErrorText}");
            }
        }
    }

    private void Rule(
        CelRuleNode node, CelRule rule, CelProgram program, string path, JsonNode value, CelValue self, CelValue? oldSelf, CelOldValue correlation)
    {
        var isOptional = rule.OptionalOldSelf == true;
        if (rule.UsesOldSelf && oldSelf is null && !isOptional)
        {
            return;
        }

        var variables = new Dictionary<string, object?>(StringComparer.Ordinal) { [CelRule.Self] = self };
        if (rule.UsesOldSelf)
        {
            variables[CelRule.OldSelf] = !isOptional ? oldSelf : oldSelf is null ? CelOptional.None : CelOptional.Of(oldSelf);
        }

        var result = program.Evaluate(variables, _budget);
        if (Failure(result, rule) is { } failure)
        {
            _causes.Invalid(Place(path), TypeName(node.Schema), failure);
            return;
        }

        if (result.IsTrue)
        {
            return;
        }

        var message = Message(rule, variables, out var hasFailed);
        var field = node.PathOf(rule) is { Length: > 0 } below ? Below(path, below) : path;
        var cause = hasFailed
            ? new StatusCause("FieldValueInvalid", $"Invalid value: {Causes.Describe(TypeName(node.Schema))}: {message}", Place(field))
            : Cause(rule, Place(field), value, message);
        if (!rule.UsesOldSelf && correlation.IsUnchanged)
        {
            _warn($"{cause.Field}: {cause.Message}");
        }
        else
        {
            _causes.Add(cause);
        }
    }

    private static string Place(string path) => path.Length == 0 ? "<nil>" : path;

    /// <summary>Why the rule could not be evaluated; null if it could.</summary>
    private string? Failure(CelResult result, CelRule rule)
    {
        if (result.IsOverBudget)
        {
            _isStopped = true;
            return OutOfBudget;
        }

        if (result.IsTooCostly)
        {
            _isStopped = true;
            return $"'{result.Error}': no further validation rules will be run due to call cost exceeds limit for rule: {rule.Name}";
        }

        return result.Error switch
        {
            null => null,
            var error when error.StartsWith("no such overload", StringComparison.Ordinal) =>
                $"'{error}': call arguments did not match a supported operator, function or macro signature for rule: {rule.Name}",
            var error => $"{error} evaluating rule: {rule.Name}",
        };
    }

    private string Message(CelRule rule, Dictionary<string, object?> variables, out bool hasFailed)
    {
        hasFailed = false;
        var otherwise = rule.Message.Length > 0 ? rule.Message.Trim() : $"failed rule: {rule.Name}";
        if (rule.CompiledMessage?.Program is not { } program)
        {
            return otherwise;
        }

        var result = program.Evaluate(variables, _budget);
        if (result.IsOverBudget || result.IsTooCostly)
        {
            (_isStopped, hasFailed) = (true, true);
            return result.IsOverBudget
                ? "messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run"
                : $"no further validation rules will be run due to call cost exceeds limit for messageExpression: \"{rule.MessageExpression}\"";
        }

        var text = (result.Value as CelString)?.Value.Trim();
        return text is { Length: > 0 and <= MaxMessage } && !text.Contains('\n', StringComparison.Ordinal) ? text : otherwise;
    }

    private static StatusCause Cause(CelRule rule, string field, JsonNode value, string message)
    {
        var shown = value is JsonValue ? $"{Causes.Describe(value)}: " : string.Empty;
        return rule.Reason switch
        {
            "FieldValueForbidden" => new("FieldValueForbidden", $"Forbidden: {message}", field),
            "FieldValueRequired" => new("FieldValueRequired", $"Required value: {message}", field),
            "FieldValueDuplicate" => new("FieldValueDuplicate", value is JsonValue ? $"Duplicate value: {Causes.Describe(value)}" : "Duplicate value", field),
            _ => new("FieldValueInvalid", $"Invalid value: {shown}{message}", field),
        };
    }
}
