using System.Text.Json.Nodes;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Admission;

/// <summary>How a CEL rule has to be written, whatever it says.</summary>
internal static class RuleForm
{
    private static readonly string[] Reasons = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

    /// <summary>What is wrong.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="type">The schema it stands in.</param>
    /// <param name="path">Its path.</param>
    public static IEnumerable<StatusCause> Causes(JsonObject rule, TypeSchema type, string path)
    {
        var causes = new Causes();
        var text = Text(rule, "rule");
        var message = Text(rule, "message");
        if (string.IsNullOrWhiteSpace(text))
        {
            causes.Required($"{path}.rule", "rule is not specified");
        }
        else if (message.Length > 0 && string.IsNullOrWhiteSpace(message))
        {
            causes.Invalid($"{path}.message", message, "must be non-empty if specified");
        }
        else if (HasLineBreaks(message.Trim()))
        {
            causes.Invalid($"{path}.message", message, "must not contain line breaks");
        }
        else if (HasLineBreaks(text.Trim()) && message.Length == 0)
        {
            causes.Required($"{path}.message", "message must be specified if rule contains line breaks");
        }

        if (Text(rule, "messageExpression") is { Length: > 0 } expression && string.IsNullOrWhiteSpace(expression))
        {
            causes.Required($"{path}.messageExpression", "messageExpression must be non-empty if specified");
        }

        if (KubernetesObject.GetString(rule, "reason") is { } reason && !Reasons.Contains(reason, StringComparer.Ordinal))
        {
            causes.NotSupported($"{path}.reason", reason, Reasons.Select(static name => $"\"{name}\""));
        }

        FieldPath(Text(rule, "fieldPath"), type, $"{path}.fieldPath", causes);
        return causes.ToImmutable();
    }

    /// <summary>The rule as messages show it: as the server's own structure.</summary>
    public static string Describe(JsonObject rule)
    {
        static string Shown(JsonNode? value) => KubernetesJson.ToText(value)
            .Replace("<", "\\u003c", StringComparison.Ordinal)
            .Replace(">", "\\u003e", StringComparison.Ordinal)
            .Replace("&", "\\u0026", StringComparison.Ordinal);

        string Part(string name) => Shown(Text(rule, name));

        var parts = new (string Name, string Value)[]
        {
            ("Rule", Part("rule")), ("Message", Part("message")), ("MessageExpression", Part("messageExpression")),
            ("Reason", Shown(rule["reason"])), ("FieldPath", Part("fieldPath")), ("OptionalOldSelf", Shown(rule["optionalOldSelf"])),
        };
        return $"{{{string.Join(',', parts.Select(static part => $"\"{part.Name}\":{part.Value}"))}}}";
    }

    private static string Text(JsonObject rule, string name) => KubernetesObject.GetString(rule, name) ?? string.Empty;

    private static bool HasLineBreaks(string text) => text.AsSpan().IndexOfAny('\n', '\r') >= 0;

    private static void FieldPath(string path, TypeSchema type, string field, Causes causes)
    {
        if (path.Length == 0)
        {
            return;
        }

        if (string.IsNullOrWhiteSpace(path))
        {
            causes.Invalid(field, path, "must be non-empty if specified");
        }

        if (HasLineBreaks(path))
        {
            causes.Invalid(field, path, "must not contain line breaks");
        }

        if (CelFieldPath.Normalize(path, type) is null)
        {
            causes.Invalid(field, path, "must be a valid path");
        }
    }
}
