using System.Globalization;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Admission;

/// <summary>
/// What the CEL rules of a structural schema must be: written properly, compilable, and cheap enough for any object the schema
/// allows.
/// </summary>
internal sealed class DefinitionRuleValidation
{
    private const ulong MaxCost = 10_000_000;
    private const ulong MaxTotal = 100_000_000;
    private const long MaxRequest = 3 * 1024 * 1024;
    private const int MaxBlamed = 4;

    private readonly List<(string Path, ulong Cost)> _costs = [];

    public static void Check(JsonObject schema, TypeSchema type, string path, Causes causes)
    {
        var validation = new DefinitionRuleValidation();
        var (formal, semantic) = validation.Node(schema, type, CelSchemaTypes.Of(type, "selfType", isResource: true), new(path, null, 1, IsResource: true));
        causes.AddRange(formal);
        causes.AddRange(semantic);
        validation.Total(path, causes);
    }

    private static ulong? Times(ulong? count, JsonObject schema, string limit) =>
        count is { } known && KubernetesObject.GetInt64(schema, limit) is { } most ? CelMath.Multiply(known, (ulong)Math.Max(0, most)) : null;

    /// <summary>The causes of how rules are written, and those of what they say; the latter only where there are none of the former.</summary>
    private (List<StatusCause> Formal, List<StatusCause> Semantic) Node(JsonObject schema, TypeSchema type, CelType? declared, Scope scope)
    {
        var (formal, semantic) = (new List<StatusCause>(), new List<StatusCause>());
        void Below(JsonNode? child, TypeSchema? childType, CelType? childDeclared, Scope childScope)
        {
            if (child is JsonObject node && childType is not null)
            {
                var (childFormal, childSemantic) = Node(node, childType, childDeclared, childScope);
                formal.AddRange(childFormal);
                semantic.AddRange(childSemantic);
            }
        }

        var item = declared?.Kind is CelKind.List or CelKind.Map ? declared.Parameters[^1] : null;
        var isListMap = type.ListKind == ListKind.Map;
        if (schema["additionalProperties"] is JsonObject)
        {
            Below(schema["additionalProperties"], type.Additional, item, new(
                $"{scope.Path}.additionalProperties", scope.Uncorrelatable, Times(scope.Count, schema, "maxProperties"), type.Additional?.IsEmbeddedResource == true));
        }

        foreach (var (name, child) in (schema["properties"] as JsonObject ?? []).OrderBy(static property => property.Key, StringComparer.Ordinal))
        {
            var childType = type.Properties.GetValueOrDefault(name)?.Type;
            Below(child, childType, declared?.Fields.FindByName(name)?.Type, new(
                $"{scope.Path}.properties[{name}]", scope.Uncorrelatable, scope.Count, childType?.IsEmbeddedResource == true));
        }

        Below(schema["items"], type.Item, item, new(
            $"{scope.Path}.items", scope.Uncorrelatable ?? (isListMap ? null : scope.Path), Times(scope.Count, schema, "maxItems"), type.Item?.IsEmbeddedResource == true));
        var rules = (schema["x-kubernetes-validations"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        for (var i = 0; i < rules.Count; i++)
        {
            formal.AddRange(RuleForm.Causes(rules[i], type, RulePath(scope, i)));
        }

        if (formal.Count == 0 && rules.Count > 0 && declared is not null)
        {
            for (var i = 0; i < rules.Count; i++)
            {
                Rule(CelRule.Compile(rules[i], declared), declared, RulePath(scope, i), scope, semantic);
            }
        }

        return (formal, semantic);
    }

    private static string RulePath(Scope scope, int index) => string.Create(CultureInfo.InvariantCulture, $"{scope.Path}.x-kubernetes-validations[{index}]");

    private void Rule(CelRule rule, CelType self, string path, Scope scope, List<StatusCause> causes)
    {
        var count = scope.Count ?? (ulong)(MaxRequest / (self.MinJsonSize + 1));
        var cost = rule.Compiled.Program is { } program ? CelMath.Multiply(CelEstimate.Of(program.Root, self), count) : 0;
        Cost($"{path}.rule", "estimated rule cost", cost, causes);
        if (Mistake(rule.Compiled, string.Empty, "cel expression must evaluate to a bool", "program") is { } mistake)
        {
            causes.Add(Invalid($"{path}.rule", RuleForm.Describe(rule.Json), mistake));
        }

        if (rule.CompiledMessage is { } message)
        {
            if (Mistake(message, "messageExpression ", "messageExpression must evaluate to a string", "messageExpression") is { } messageMistake)
            {
                causes.Add(Invalid($"{path}.messageExpression", RuleForm.Describe(rule.Json), messageMistake));
            }
            else
            {
                Cost($"{path}.messageExpression", "estimated messageExpression cost", CelEstimate.Of(message.Program!.Root, self), causes);
            }
        }

        if (rule.UsesOldSelf && scope.Uncorrelatable is { } within)
        {
            causes.Add(Invalid(
                $"{path}.rule", Causes.Describe(rule.Text), $"oldSelf cannot be used on the uncorrelatable portion of the schema within {within}"));
        }
        else if (!rule.UsesOldSelf && rule.OptionalOldSelf is { } isOptional)
        {
            causes.Add(Invalid($"{path}.optionalOldSelf", isOptional ? "true" : "false", "may not be set if oldSelf is not used in rule"));
        }
    }

    private static string? Mistake(CelCompilation compiled, string prefix, string wrongType, string instantiated) =>
        compiled.Errors.Count == 0 ? null
        : compiled.IsOfWrongType ? wrongType
        : compiled.IsUnusable ? $"{instantiated} instantiation failed: {compiled.ErrorText}"
        : $"{prefix}compilation failed: {compiled.ErrorText}";

    private static StatusCause Invalid(string field, string value, string why) => new("FieldValueInvalid", $"Invalid value: {value}: {why}", field);

    private void Cost(string path, string name, ulong cost, List<StatusCause> causes)
    {
        _costs.Add((path, cost));
        if (cost > MaxCost)
        {
            causes.Add(new("FieldValueForbidden", $"Forbidden: {Exceeded(name, cost, MaxCost)}", path));
        }
    }

    private static string Exceeded(string name, ulong cost, ulong limit)
    {
        var factor = (double)cost / limit;
        var text = factor > 100 ? "more than 100x"
            : factor < 1.5 ? string.Create(CultureInfo.InvariantCulture, $"{factor:F6}x")
            : string.Create(CultureInfo.InvariantCulture, $"{factor:F1}x");
        return $"{name} exceeds budget by factor of {text} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where "
            + "arrays, maps, and strings are declared)";
    }

    private void Total(string path, Causes causes)
    {
        var total = _costs.Aggregate(0UL, static (sum, rule) => CelMath.Add(sum, rule.Cost));
        if (total <= MaxTotal)
        {
            return;
        }

        foreach (var rule in _costs.Where(static rule => rule.Cost >= MaxTotal / 100).OrderByDescending(static rule => rule.Cost).Take(MaxBlamed))
        {
            causes.Forbidden(rule.Path, "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema");
        }

        causes.Forbidden(path, Exceeded("x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema", total, MaxTotal));
    }

    /// <summary>Where a schema node stands.</summary>
    /// <param name="Path">Its path.</param>
    /// <param name="Uncorrelatable">The path of the list above whose items have no old values; null if there is none.</param>
    /// <param name="Count">How many values of it an object can have; null if the schema does not limit them.</param>
    /// <param name="IsResource">Whether it is a resource.</param>
    private sealed record Scope(string Path, string? Uncorrelatable, ulong? Count, bool IsResource);
}
