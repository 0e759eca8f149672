using System.Text.Json.Nodes;
using GitOps.Sandbox.Admission;

namespace GitOps.Sandbox.Webhooks;

/// <summary>The syntax of a label selector.</summary>
internal static class SelectorRules
{
    /// <param name="selector">Null is valid.</param>
    /// <param name="field">Where it stands.</param>
    /// <param name="causes">Gets what is wrong.</param>
    public static void Check(JsonObject? selector, string field, Causes causes)
    {
        MetadataValidation.Labels(selector.Object("matchLabels"), field + ".matchLabels", causes);
        var index = 0;
        foreach (var expression in selector.Objects("matchExpressions"))
        {
            Expression(expression, $"{field}.matchExpressions[{index++}]", causes);
        }
    }

    private static void Expression(JsonObject expression, string field, Causes causes)
    {
        var values = (expression["values"] as JsonArray ?? []).Select(static value => value?.ToString() ?? string.Empty).ToList();
        switch (expression.Text("operator"))
        {
            case "In" or "NotIn" when values.Count == 0:
                causes.Required(field + ".values", "must be specified when `operator` is 'In' or 'NotIn'");
                break;
            case "Exists" or "DoesNotExist" when values.Count > 0:
                causes.Forbidden(field + ".values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                break;
            case "In" or "NotIn" or "Exists" or "DoesNotExist":
                break;
            case var other:
                causes.Invalid(field + ".operator", other ?? string.Empty, "not a valid selector operator");
                break;
        }

        var key = expression.Text("key") ?? string.Empty;
        if (Names.Qualified(key).FirstOrDefault() is { } problem)
        {
            causes.Invalid(field + ".key", key, problem);
        }

        for (var i = 0; i < values.Count; i++)
        {
            if (Names.Value(values[i]).FirstOrDefault() is { } wrong)
            {
                causes.Invalid($"{field}.values[{i}]", values[i], wrong);
            }
        }
    }
}
