using System.Text.Json;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;

namespace GitOps.Sandbox.Admission;

/// <summary>Checks that many kinds make of single fields.</summary>
internal static class Fields
{
    /// <summary>A cause for every rule that a text breaks.</summary>
    public static void Check(this Causes causes, string field, string text, List<string> problems)
    {
        foreach (var problem in problems)
        {
            causes.Invalid(field, text, problem);
        }
    }

    /// <summary>A text that has to be there and to be a name.</summary>
    public static void CheckRequired(this Causes causes, string field, string? text, Func<string, List<string>> rule)
    {
        if (string.IsNullOrEmpty(text))
        {
            causes.Required(field);
        }
        else
        {
            causes.Check(field, text, rule(text));
        }
    }

    /// <summary>A text that is a name where it is there.</summary>
    public static void CheckOptional(this Causes causes, string field, string? text, Func<string, List<string>> rule)
    {
        if (!string.IsNullOrEmpty(text))
        {
            causes.Check(field, text, rule(text));
        }
    }

    /// <summary>A text that has to be there.</summary>
    public static void RequireText(this Causes causes, string field, string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            causes.Required(field);
        }
    }

    /// <summary>One of some values, where there is one.</summary>
    public static void OneOf(this Causes causes, string field, JsonNode? value, params ReadOnlySpan<string> supported)
    {
        if (value is null)
        {
            return;
        }

        var text = value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : KubernetesJson.ToText(value);
        foreach (var known in supported)
        {
            if (known == text)
            {
                return;
            }
        }

        causes.NotSupported(field, value, supported.ToArray().Select(Causes.Describe));
    }

    /// <summary>A number of zero or more, where there is one.</summary>
    public static void NotNegative(this Causes causes, string path, JsonObject? fields, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (KubernetesObject.GetInt64(fields, name) is < 0)
            {
                causes.Invalid($"{path}.{name}", fields![name], "must be greater than or equal to 0");
            }
        }
    }

    /// <summary>The number of a port.</summary>
    public static void Port(this Causes causes, string field, JsonNode? value)
    {
        if (!KubernetesObject.TryGetInt64(value, out var number) || number is < 1 or > 65_535)
        {
            causes.Invalid(field, value, "must be between 1 and 65535, inclusive");
        }
    }

    /// <summary>The number or the name of a port.</summary>
    public static void PortOrName(this Causes causes, string field, JsonNode? value)
    {
        if (value?.GetValueKind() == JsonValueKind.String)
        {
            causes.Check(field, value.GetValue<string>(), Names.Port(value.GetValue<string>()));
        }
        else
        {
            causes.Port(field, value);
        }
    }

    /// <summary>Objects of a list with their paths.</summary>
    public static IEnumerable<(JsonObject Item, string Path)> Each(this JsonObject? fields, string list, string path) =>
        fields.Objects(list).Select((item, index) => (item, $"{path}.{list}[{index}]"));

    /// <summary>The texts of a list.</summary>
    public static IReadOnlyList<string> Texts(this JsonObject? fields, string list) =>
        fields?[list] is JsonArray items ? [.. items.Select(static item => item is JsonValue value && value.TryGetValue(out string? text) ? text : string.Empty)] : [];
}
