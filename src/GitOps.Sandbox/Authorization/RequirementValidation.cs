using System.Text.Json.Nodes;
using GitOps.Sandbox.Admission;

namespace GitOps.Sandbox.Authorization;

/// <summary>The single requirements of selectors: <c>{key, operator, values}</c>.</summary>
internal static class RequirementValidation
{
    /// <param name="requirement">Of a label selector.</param>
    /// <param name="field">Where it stands.</param>
    /// <param name="allowsUnknownOperator">Whether newer clients may say what this server does not understand.</param>
    /// <param name="causes">Where what is wrong is added.</param>
    public static void Label(JsonObject requirement, string field, bool allowsUnknownOperator, Causes causes)
    {
        Operator(requirement, field, allowsUnknownOperator, causes);
        var key = requirement.Text("key") ?? string.Empty;
        if (Names.Qualified(key).FirstOrDefault() is { } problem)
        {
            causes.Invalid($"{field}.key", key, problem);
        }

        var values = requirement["values"] as JsonArray ?? [];
        for (var i = 0; i < values.Count; i++)
        {
            var value = values[i]?.GetValue<string>() ?? string.Empty;
            if (Names.Value(value).FirstOrDefault() is { } flaw)
            {
                causes.Invalid($"{field}.values[{i}]", value, flaw);
            }
        }
    }

    /// <summary>As <see cref="Label"/>, of a field selector.</summary>
    public static void Field(JsonObject requirement, string field, Causes causes)
    {
        if (string.IsNullOrEmpty(requirement.Text("key")))
        {
            causes.Required($"{field}.key", "must be specified");
        }

        Operator(requirement, field, allowsUnknownOperator: true, causes);
    }

    private static void Operator(JsonObject requirement, string field, bool allowsUnknownOperator, Causes causes)
    {
        var name = requirement.Text("operator") ?? string.Empty;
        var isEmpty = requirement["values"] is not JsonArray { Count: > 0 };
        switch (name)
        {
            case "In" or "NotIn" when isEmpty:
                causes.Required($"{field}.values", "must be specified when `operator` is 'In' or 'NotIn'");
                break;
            case "Exists" or "DoesNotExist" when !isEmpty:
                causes.Forbidden($"{field}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                break;
            case "In" or "NotIn" or "Exists" or "DoesNotExist":
                break;
            default:
                if (!allowsUnknownOperator)
                {
                    causes.Invalid($"{field}.operator", name, "not a valid selector operator");
                }

                break;
        }
    }
}
