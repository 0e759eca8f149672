using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Admission;

/// <summary>Checks one value against the value validations of its schema node.</summary>
internal static class ValueRuleChecks
{
    public static void Check(JsonNode? value, ValueRules rules, string path, Causes causes)
    {
        if (rules.Enum.Length > 0 && !rules.Enum.Any(allowed => JsonNode.DeepEquals(allowed, value)))
        {
            causes.NotSupported(path, value, rules.Enum.Select(Causes.Describe));
        }

        switch (value)
        {
            case JsonObject fields:
                Object(fields, rules, path, causes);
                break;
            case JsonArray items:
                Array(items, rules, path, causes);
                break;
            case not null when value.GetValueKind() == JsonValueKind.String:
                Text(value.GetValue<string>(), rules, path, causes);
                break;
            case not null when ValueRulesReader.Number(value) is { } number:
                Number(number, value, rules, path, causes);
                break;
            default:
                break;
        }

        Junctors(value, rules, path, causes);
    }

    public static bool IsInteger(JsonNode value) =>
        KubernetesObject.TryGetInt64(value, out _)
        || (ValueRulesReader.Number(value) is { } number && number == decimal.Truncate(number));

    private static string Below(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static void Object(JsonObject fields, ValueRules rules, string path, Causes causes)
    {
        foreach (var name in rules.Required)
        {
            if (!fields.ContainsKey(name))
            {
                causes.Required(Below(path, name));
            }
        }

        if (rules.MinProperties is { } least && fields.Count < least)
        {
            causes.Invalid(path, fields.Count, $"{path} in body should have at least {least} properties");
        }

        if (rules.MaxProperties is { } most && fields.Count > most)
        {
            causes.TooMany(path, fields.Count, most);
        }
    }

    private static void Array(JsonArray items, ValueRules rules, string path, Causes causes)
    {
        if (rules.MinItems is { } least && items.Count < least)
        {
            causes.Invalid(path, items.Count, $"{path} in body should have at least {least} items");
        }

        if (rules.MaxItems is { } most && items.Count > most)
        {
            causes.TooMany(path, items.Count, most);
        }
    }

    private static void Text(string text, ValueRules rules, string path, Causes causes)
    {
        var length = text.EnumerateRunes().Count();
        if (rules.MinLength is { } least && length < least)
        {
            causes.Invalid(path, text, $"{path} in body should be at least {least} chars long");
        }

        if (rules.MaxLength is { } most && length > most)
        {
            causes.TooLong(path, most);
        }

        if (rules.Pattern is { } pattern && !Matches(pattern, text))
        {
            causes.Invalid(path, text, $"{path} in body should match '{rules.PatternText}'");
        }

        if (!TextFormats.IsValid(rules.Format, text))
        {
            causes.Invalid(path, text, $"{path} in body must be of type {rules.Format}: {Causes.Describe(text)}");
        }
    }

    private static bool Matches(Regex pattern, string text)
    {
        try
        {
            return pattern.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    private static void Number(decimal number, JsonNode value, ValueRules rules, string path, Causes causes)
    {
        if (rules.Minimum is { } least && (rules.ExclusiveMinimum ? number <= least : number < least))
        {
            var than = rules.ExclusiveMinimum ? "greater than" : "greater than or equal to";
            causes.Invalid(path, value, $"{path} in body should be {than} {Text(least)}");
        }

        if (rules.Maximum is { } most && (rules.ExclusiveMaximum ? number >= most : number > most))
        {
            var than = rules.ExclusiveMaximum ? "less than" : "less than or equal to";
            causes.Invalid(path, value, $"{path} in body should be {than} {Text(most)}");
        }

        if (rules.MultipleOf is { } factor && factor != 0 && number % factor != 0)
        {
            causes.Invalid(path, value, $"{path} in body should be a multiple of {Text(factor)}");
        }

        var isOutOfRange = rules.Format switch
        {
            "int32" => number is < int.MinValue or > int.MaxValue,
            "int64" => number is < long.MinValue or > long.MaxValue,
            _ => false,
        };
        if (isOutOfRange)
        {
            causes.Invalid(path, value, $"{path} in body must be of type {rules.Format}");
        }
    }

    private static void Junctors(JsonNode? value, ValueRules rules, string path, Causes causes)
    {
        var place = path.Length == 0 ? "<nil>" : path;
        foreach (var branch in rules.AllOf)
        {
            Branch(value, branch, path, causes);
        }

        if (rules.AnyOf.Length > 0 && !rules.AnyOf.Any(branch => Holds(value, branch)))
        {
            causes.Invalid(place, Shown(value), $"\"{path}\" must validate at least one schema (anyOf)");
        }

        if (rules.OneOf.Length > 0 && rules.OneOf.Count(branch => Holds(value, branch)) != 1)
        {
            causes.Invalid(place, Shown(value), $"\"{path}\" must validate one and only one schema (oneOf)");
        }

        if (rules.Not is { } not && Holds(value, not))
        {
            causes.Invalid(place, Shown(value), $"\"{path}\" must not validate the schema (not)");
        }
    }

    /// <summary>A whole object does not belong into a message.</summary>
    private static JsonNode? Shown(JsonNode? value) => value switch
    {
        JsonObject => "object",
        JsonArray => "array",
        _ => value,
    };

    private static bool Holds(JsonNode? value, ValueRules rules)
    {
        var causes = new Causes();
        Branch(value, rules, "value", causes);
        return causes.Count == 0;
    }

    private static void Branch(JsonNode? value, ValueRules rules, string path, Causes causes)
    {
        if (rules.Type.Length > 0 && !Is(value, rules.Type))
        {
            causes.TypeInvalid(path, rules.Type, $"{path} in body must be of type {rules.Type}");
            return;
        }

        Check(value, rules, path, causes);
        switch (value)
        {
            case JsonObject fields:
                foreach (var (name, member) in fields)
                {
                    if (rules.Properties.GetValueOrDefault(name) is { } declared)
                    {
                        Branch(member, declared, Below(path, name), causes);
                    }
                    else if (rules.Additional is { } additional)
                    {
                        Branch(member, additional, Below(path, name), causes);
                    }
                }

                break;
            case JsonArray items when rules.Items is { } item:
                for (var i = 0; i < items.Count; i++)
                {
                    Branch(items[i], item, $"{path}[{i}]", causes);
                }

                break;
            default:
                break;
        }
    }

    private static bool Is(JsonNode? value, string type) => value?.GetValueKind() switch
    {
        JsonValueKind.Object => type == "object",
        JsonValueKind.Array => type == "array",
        JsonValueKind.String => type == "string",
        JsonValueKind.Number => type == "number" || (type == "integer" && IsInteger(value)),
        JsonValueKind.True or JsonValueKind.False => type == "boolean",
        _ => false,
    };

    private static string Text(decimal number) => number.ToString(CultureInfo.InvariantCulture);
}
