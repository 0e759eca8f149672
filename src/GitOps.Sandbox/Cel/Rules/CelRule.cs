using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Cel.Rules;

/// <summary>One of a schema's <c>x-kubernetes-validations</c>, compiled.</summary>
internal sealed class CelRule
{
    public const string Self = "self";
    public const string OldSelf = "oldSelf";

    private CelRule(JsonObject json) => Json = json;

    public JsonObject Json { get; }

    public string Text => KubernetesObject.GetString(Json, "rule") ?? string.Empty;

    public string Message => KubernetesObject.GetString(Json, "message") ?? string.Empty;

    public string MessageExpression => KubernetesObject.GetString(Json, "messageExpression") ?? string.Empty;

    /// <summary>The reason of the cause; null means an invalid value.</summary>
    public string? Reason => KubernetesObject.GetString(Json, "reason");

    public string FieldPath => KubernetesObject.GetString(Json, "fieldPath") ?? string.Empty;

    /// <summary>Whether the old value is an optional, so that the rule applies to new values too; null if nothing is said.</summary>
    public bool? OptionalOldSelf => Json["optionalOldSelf"] is JsonValue value && value.TryGetValue(out bool isOptional) ? isOptional : null;

    public required CelCompilation Compiled { get; init; }

    /// <summary>Null if there is no message expression, or the rule itself is refused.</summary>
    public CelCompilation? CompiledMessage { get; init; }

    public bool UsesOldSelf => Compiled.Program?.Variables.Contains(OldSelf) == true;

    /// <summary>How the rule is named in messages.</summary>
    public string Name => Message.Length > 0 ? Message.Trim() : Text.Trim();

    /// <param name="json">The rule as written.</param>
    /// <param name="self">The type of the values it is about.</param>
    public static CelRule Compile(JsonObject json, CelType self)
    {
        var rule = new CelRule(json) { Compiled = new(null, []) };
        var environment = CelEnvironment.Base
            .WithVariable(Self, self)
            .WithVariable(OldSelf, rule.OptionalOldSelf == true ? CelType.OptionalOf(self) : self);
        if (string.IsNullOrWhiteSpace(rule.Text))
        {
            return rule;
        }

        var compiled = CelProgram.Compile(rule.Text, environment, CelType.Bool);
        return new(json)
        {
            Compiled = compiled,
            CompiledMessage = compiled.Program is not null && rule.MessageExpression.Length > 0
                ? CelProgram.Compile(rule.MessageExpression, environment, CelType.String)
                : null,
        };
    }
}
