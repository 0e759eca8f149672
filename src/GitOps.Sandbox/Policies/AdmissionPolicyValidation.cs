using System.Collections.Immutable;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Webhooks;

namespace GitOps.Sandbox.Policies;

/// <summary>Validation of policies: their rules, and that every expression compiles.</summary>
internal static class AdmissionPolicyValidation
{
    private const int MostConditions = 64;
    private const int MostAnnotations = 20;

    private static readonly string[] Reasons = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
    private static readonly string[] MutatingOperations = ["*", "CONNECT", "CREATE", "UPDATE"];

    public static void Validating(JsonObject json, Causes causes)
    {
        var spec = json.Object("spec") ?? [];
        Common(spec, causes);
        var hasParams = spec.Object("paramKind") is not null;
        var environment = PolicyEnvironment.Of(hasParams, hasAuthorizer: true);
        var variables = Variables(spec, environment, causes);
        environment = variables is null ? environment : environment.WithVariables(variables);
        var messages = PolicyEnvironment.Of(hasParams, hasAuthorizer: false);
        messages = variables is null ? messages : messages.WithVariables(variables);
        if (spec.IsEmptyList("validations") && spec.IsEmptyList("auditAnnotations"))
        {
            causes.Required("spec.validations", "validations or auditAnnotations must contain at least one item");
            causes.Required("spec.auditAnnotations", "validations or auditAnnotations must contain at least one item");
            return;
        }

        var index = 0;
        foreach (var rule in spec.Objects("validations"))
        {
            Rule(rule, $"spec.validations[{index++}]", environment, messages, causes);
        }

        Annotations(new KubernetesObject(json).Name, spec, environment, causes);
    }

    public static void Mutating(JsonObject json, Causes causes)
    {
        var spec = json.Object("spec") ?? [];
        Common(spec, causes);
        Operations(spec.Object("matchConstraints"), "spec.matchConstraints", causes);
        var environment = PolicyEnvironment.Of(spec.Object("paramKind") is not null, hasAuthorizer: true);
        environment = environment.WithVariables(Variables(spec, environment, causes) ?? []).WithObjectTypes();
        var index = 0;
        if (spec.IsEmptyList("mutations"))
        {
            causes.Required("spec.mutations", "mutations must contain at least one item");
        }

        foreach (var mutation in spec.Objects("mutations"))
        {
            Mutation(mutation, $"spec.mutations[{index++}]", environment, causes);
        }

        if (spec.Text("reinvocationPolicy") is null or "")
        {
            causes.Required("spec.reinvocationPolicy");
        }
        else
        {
            WebhookValidation.Choice(spec, "reinvocationPolicy", "spec", ["IfNeeded", "Never"], causes);
        }
    }

    /// <summary>A policy that changes objects has nothing to change in a deletion.</summary>
    internal static void Operations(JsonObject? resources, string field, Causes causes)
    {
        foreach (var operation in resources.Objects("resourceRules").SelectMany(static rule => rule["operations"] as JsonArray ?? []))
        {
            WebhookValidation.Supported(operation?.ToString() ?? string.Empty, $"{field}.resourceRules.operations", MutatingOperations, causes);
        }
    }

    /// <summary>Selectors and rules of a policy or a binding.</summary>
    internal static void Match(JsonObject resources, string field, Causes causes)
    {
        WebhookValidation.Choice(resources, "matchPolicy", field, ["Equivalent", "Exact"], causes);
        SelectorRules.Check(resources.Object("namespaceSelector"), field + ".namespaceSelector", causes);
        SelectorRules.Check(resources.Object("objectSelector"), field + ".objectSelector", causes);
        RuleValidation.All(resources, "resourceRules", field, causes);
        RuleValidation.All(resources, "excludeResourceRules", field, causes);
    }

    /// <param name="json">What has <c>matchConditions</c>.</param>
    /// <param name="field">Where they stand.</param>
    /// <param name="hasParams">Whether they may name <c>params</c>.</param>
    /// <param name="causes">Gets what is wrong.</param>
    internal static void Conditions(JsonObject json, string field, bool hasParams, Causes causes)
    {
        var conditions = json.Objects("matchConditions").ToList();
        if (conditions.Count > MostConditions)
        {
            causes.TooMany(field, conditions.Count, MostConditions);
        }

        var environment = PolicyEnvironment.Of(hasParams, hasAuthorizer: true);
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < conditions.Count; i++)
        {
            Expression(conditions[i].Text("expression")?.Trim(), $"{field}[{i}].expression", string.Empty, environment, causes, CelType.Bool);
            var name = conditions[i].Text("name") ?? string.Empty;
            if (name.Length == 0)
            {
                causes.Required($"{field}[{i}].name");
            }
            else if (Names.Qualified(name).FirstOrDefault() is { } problem)
            {
                causes.Invalid($"{field}[{i}].name", name, problem);
            }

            if (name.Length > 0 && !names.Add(name))
            {
                causes.Duplicate($"{field}[{i}].name", name);
            }
        }
    }

    private static void Common(JsonObject spec, Causes causes)
    {
        WebhookValidation.Choice(spec, "failurePolicy", "spec", ["Fail", "Ignore"], causes);
        if (spec.Object("paramKind") is { } kind)
        {
            ParamKind(kind, causes);
        }

        if (spec.Object("matchConstraints") is not { } constraints)
        {
            causes.Required("spec.matchConstraints");
        }
        else
        {
            Match(constraints, "spec.matchConstraints", causes);
            if (constraints.IsEmptyList("resourceRules"))
            {
                causes.Required("spec.matchConstraints.resourceRules");
            }
        }

        Conditions(spec, "spec.matchConditions", spec.Object("paramKind") is not null, causes);
    }

    private static void ParamKind(JsonObject kind, Causes causes)
    {
        const string Field = "spec.paramKind";
        var (version, name) = (kind.Text("apiVersion") ?? string.Empty, kind.Text("kind") ?? string.Empty);
        var parts = version.Split('/');
        if (version.Length == 0)
        {
            causes.Required(Field + ".apiVersion");
        }
        else if (parts.Length > 2)
        {
            causes.Invalid(Field + ".apiVersion", version, $"unexpected GroupVersion string: {version}");
        }
        else
        {
            if (parts.Length == 2 && parts[0].Length > 0 && Names.Subdomain(parts[0]).FirstOrDefault() is { } problem)
            {
                causes.Invalid(Field + ".apiVersion", parts[0], problem);
            }

            if (parts[^1].Length == 0)
            {
                causes.Invalid(Field + ".apiVersion", version, "version must be specified");
            }
            else if (!WebhookValidation.IsLabel(parts[^1]))
            {
                causes.Invalid(Field + ".apiVersion", parts[^1], WebhookValidation.LabelRule);
            }
        }

        if (name.Length == 0)
        {
            causes.Required(Field + ".kind");
        }
        else if (!WebhookValidation.IsLabel(name.ToLowerInvariant()))
        {
            causes.Invalid(Field + ".kind", name, "may have mixed case, but should otherwise match: " + WebhookValidation.LabelRule);
        }
    }

    /// <returns>Null if there are none.</returns>
    private static ImmutableArray<PolicyVariable>? Variables(JsonObject spec, CelEnvironment environment, Causes causes)
    {
        if (spec.IsEmptyList("variables"))
        {
            return null;
        }

        var variables = PolicyVariable.CompileAll(spec, environment);
        for (var i = 0; i < variables.Length; i++)
        {
            var (field, variable) = ($"spec.variables[{i}]", variables[i]);
            if (string.IsNullOrWhiteSpace(variable.Name))
            {
                causes.Required(field + ".name", "name is not specified");
            }
            else if (!IsIdentifier(variable.Name) || CelNames.IsReserved(variable.Name))
            {
                causes.Invalid(field + ".name", variable.Name, "must be a valid CEL identifier");
            }

            if (string.IsNullOrWhiteSpace(variable.Expression.Text))
            {
                causes.Required(field + ".expression", "expression is not specified");
            }
            else if (variable.Expression.Error is { } error)
            {
                causes.Invalid(field + ".expression", variable.Expression.Text, error);
            }
        }

        return variables;
    }

    private static void Rule(JsonObject rule, string field, CelEnvironment environment, CelEnvironment messages, Causes causes)
    {
        Expression(rule.Text("expression"), field + ".expression", "expression is not specified", environment, causes, CelType.Bool);
        if (rule.Text("messageExpression") is { Length: > 0 } computed)
        {
            if (string.IsNullOrWhiteSpace(computed))
            {
                causes.Invalid(field + ".messageExpression", computed, "must be non-empty if specified");
            }
            else
            {
                Expression(computed, field + ".messageExpression", string.Empty, messages, causes, CelType.String);
            }
        }

        if (rule.Text("message") is { Length: > 0 } message)
        {
            if (string.IsNullOrWhiteSpace(message))
            {
                causes.Invalid(field + ".message", message, "must be non-empty if specified");
            }
            else if (message.Trim().AsSpan().IndexOfAny('\n', '\r') >= 0)
            {
                causes.Invalid(field + ".message", message, "must not contain line breaks");
            }
        }

        WebhookValidation.Choice(rule, "reason", field, Reasons, causes);
    }

    private static void Annotations(string policy, JsonObject spec, CelEnvironment environment, Causes causes)
    {
        var annotations = spec.Objects("auditAnnotations").ToList();
        if (annotations.Count > MostAnnotations)
        {
            causes.Invalid("spec.auditAnnotations", spec["auditAnnotations"], $"must not have more than {MostAnnotations} auditAnnotations");
        }

        var keys = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < annotations.Count; i++)
        {
            var (field, key) = ($"spec.auditAnnotations[{i}]", annotations[i].Text("key") ?? string.Empty);
            if (Names.Qualified($"{policy}/{key}").FirstOrDefault() is { } problem)
            {
                causes.Invalid(field + ".key", $"{policy}/{key}", problem);
            }

            Expression(
                annotations[i].Text("valueExpression"), field + ".valueExpression", "valueExpression is not specified", environment, causes, CelType.String, CelType.Null);
            if (!keys.Add(key))
            {
                causes.Duplicate(field + ".key", key);
            }
        }
    }

    private static void Mutation(JsonObject mutation, string field, CelEnvironment environment, Causes causes)
    {
        var (configuration, patch) = (mutation.Object("applyConfiguration"), mutation.Object("jsonPatch"));
        switch (mutation.Text("patchType"))
        {
            case null or "":
                causes.Required(field + ".patchType");
                break;
            case "JSONPatch":
                Mutation(patch, field, "jsonPatch", "JSONPatch", environment, causes, CelType.ListOf(CelObjectTypes.JsonPatch));
                if (configuration is not null)
                {
                    causes.Invalid(field + ".applyConfiguration", "{applyConfiguration}", "must not be specified when patchType is JSONPatch");
                }

                break;
            case "ApplyConfiguration":
                Mutation(configuration, field, "applyConfiguration", "ApplyConfiguration", environment, causes, CelObjectTypes.Object);
                if (patch is not null)
                {
                    causes.Invalid(field + ".jsonPatch", "{jsonPatch}", "must not be specified when patchType is ApplyConfiguration");
                }

                break;
            case var other:
                WebhookValidation.Supported(other, field + ".patchType", ["ApplyConfiguration", "JSONPatch"], causes);
                break;
        }
    }

    private static void Mutation(
        JsonObject? json, string field, string name, string type, CelEnvironment environment, Causes causes, CelType expected)
    {
        if (json is null)
        {
            causes.Required($"{field}.{name}", $"must be specified when patchType is {type}");
        }
        else
        {
            Expression(json.Text("expression")?.Trim(), $"{field}.{name}.expression", string.Empty, environment, causes, expected);
        }
    }

    private static void Expression(
        string? text, string field, string why, CelEnvironment environment, Causes causes, params ReadOnlySpan<CelType> expected)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            causes.Required(field, why);
        }
        else if (PolicyExpression.Compile(text, environment, expected).Error is { } error)
        {
            causes.Invalid(field, text, error);
        }
    }

    private static bool IsIdentifier(string name) =>
        !char.IsAsciiDigit(name[0]) && name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');
}
