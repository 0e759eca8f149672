using System.Text.Json.Nodes;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Webhooks;

namespace GitOps.Sandbox.Policies;

/// <summary>Validation of the bindings of policies.</summary>
internal static class BindingValidation
{
    private static readonly string[] Actions = ["Audit", "Deny", "Warn"];

    public static void Validating(JsonObject json, Causes causes)
    {
        var spec = json.Object("spec") ?? [];
        Common(spec, causes);
        var actions = (spec["validationActions"] as JsonArray ?? []).Select(static item => item?.ToString() ?? string.Empty).ToList();
        for (var i = 0; i < actions.Count; i++)
        {
            WebhookValidation.Supported(actions[i], $"spec.validationActions[{i}]", Actions, causes);
            if (actions.IndexOf(actions[i]) < i)
            {
                causes.Duplicate($"spec.validationActions[{i}]", actions[i]);
            }
        }

        if (actions.Contains("Deny") && actions.Contains("Warn"))
        {
            causes.Invalid(
                "spec.validationActions", spec["validationActions"],
                "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)");
        }

        if (actions.Count == 0)
        {
            causes.Required("spec.validationActions", "at least one validation action is required");
        }
    }

    public static void Mutating(JsonObject json, Causes causes)
    {
        var spec = json.Object("spec") ?? [];
        Common(spec, causes);
        AdmissionPolicyValidation.Operations(spec.Object("matchResources"), "spec.matchResources", causes);
    }

    private static void Common(JsonObject spec, Causes causes)
    {
        var name = spec.Text("policyName") ?? string.Empty;
        if (name.Length == 0)
        {
            causes.Required("spec.policyName");
        }
        else if (Names.Subdomain(name).FirstOrDefault() is { } problem)
        {
            causes.Invalid("spec.policyName", name, problem);
        }

        if (spec.Object("paramRef") is { } reference)
        {
            ParamRef(reference, "spec.paramRef", causes);
        }

        if (spec.Object("matchResources") is { } resources)
        {
            AdmissionPolicyValidation.Match(resources, "spec.matchResources", causes);
        }
    }

    private static void ParamRef(JsonObject reference, string field, Causes causes)
    {
        var (name, selector) = (reference.Text("name") ?? string.Empty, reference.Object("selector"));
        if (name.Length > 0 && Names.PathSegment(name).FirstOrDefault() is { } problem)
        {
            causes.Invalid(field + ".name", name, problem);
        }

        if (name.Length > 0 && selector is not null)
        {
            causes.Forbidden(field + ".name", "name and selector are mutually exclusive");
        }

        SelectorRules.Check(selector, field + ".selector", causes);
        if (name.Length > 0 && selector is not null)
        {
            causes.Forbidden(field + ".selector", "name and selector are mutually exclusive");
        }

        if (name.Length == 0 && selector is null)
        {
            causes.Required(field, "one of name or selector must be specified");
        }

        if (reference.Text("parameterNotFoundAction") is not { Length: > 0 } action)
        {
            causes.Required(field + ".parameterNotFoundAction");
        }
        else
        {
            WebhookValidation.Supported(action, field + ".parameterNotFoundAction", ["Deny", "Allow"], causes);
        }
    }
}
