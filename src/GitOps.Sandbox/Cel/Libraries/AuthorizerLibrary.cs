using System.Collections.Immutable;

namespace GitOps.Sandbox.Cel.Libraries;

/// <summary>Questions about what a user may do.</summary>
internal static class AuthorizerLibrary
{
    private const string P = "kubernetes.authorization.";

    public static ImmutableArray<CelOverload> Overloads { get; } =
    [
        Of("authorizer_path", $"({P}Authorizer).path(string): {P}PathCheck", static a => NotEmpty(a, "path", CelTypes.PathCheck, static (access, text) => access with { Path = text })),
        Of("authorizer_group", $"({P}Authorizer).group(string): {P}GroupCheck", static a => Next(a, CelTypes.GroupCheck, static (access, text) => access with { Group = text })),
        Of("authorizer_serviceaccount", $"({P}Authorizer).serviceAccount(string, string): {P}Authorizer", ServiceAccount),
        Of("groupcheck_resource", $"({P}GroupCheck).resource(string): {P}ResourceCheck", static a => NotEmpty(a, "resource", CelTypes.ResourceCheck, static (access, text) => access with { Resource = text })),
        Of("resourcecheck_subresource", $"({P}ResourceCheck).subresource(string): {P}ResourceCheck", static a => Next(a, CelTypes.ResourceCheck, static (access, text) => access with { Subresource = text })),
        Of("resourcecheck_namespace", $"({P}ResourceCheck).namespace(string): {P}ResourceCheck", static a => Next(a, CelTypes.ResourceCheck, static (access, text) => access with { Namespace = text })),
        Of("resourcecheck_name", $"({P}ResourceCheck).name(string): {P}ResourceCheck", static a => Next(a, CelTypes.ResourceCheck, static (access, text) => access with { Name = text })),
        Of("authorizer_fieldselector", $"({P}ResourceCheck).fieldSelector(string): {P}ResourceCheck", static a => Next(a, CelTypes.ResourceCheck, static (access, text) => access with { FieldSelector = text })),
        Of("authorizer_labelselector", $"({P}ResourceCheck).labelSelector(string): {P}ResourceCheck", static a => Next(a, CelTypes.ResourceCheck, static (access, text) => access with { LabelSelector = text })),
        Of("pathcheck_check", $"({P}PathCheck).check(string): {P}Decision", Check),
        Of("resourcecheck_check", $"({P}ResourceCheck).check(string): {P}Decision", Check),
        Of("decision_errored", $"({P}Decision).errored(): bool", static a => CelBool.Of(Decision(a).Error is not null)),
        Of("decision_error", $"({P}Decision).error(): string", static a => CelString.Of(Decision(a).Error ?? string.Empty)),
        Of("decision_allowed", $"({P}Decision).allowed(): bool", static a => CelBool.Of(Decision(a).IsAllowed)),
        Of("decision_reason", $"({P}Decision).reason(): string", static a => CelString.Of(Decision(a).Reason)),
    ];

    private static CelOverload Of(string id, string signature, Func<CelValue[], CelValue> apply) => CelSignature.Read(id, signature, apply);

    private static string Text(CelValue[] arguments, int index) => ((CelString)arguments[index]).Value;

    private static CelAccessDecision Decision(CelValue[] arguments) => ((CelDecision)arguments[0]).Decision;

    private static CelAuthorizer Next(CelValue[] arguments, CelType type, Func<CelAccess, string, CelAccess> change)
    {
        var step = (CelAuthorizer)arguments[0];
        return step.To(type, change(step.Access, Text(arguments, 1)));
    }

    private static CelValue NotEmpty(CelValue[] arguments, string name, CelType type, Func<CelAccess, string, CelAccess> change) =>
        string.IsNullOrWhiteSpace(Text(arguments, 1)) ? new CelError($"{name} must not be empty") : Next(arguments, type, change);

    private static CelValue ServiceAccount(CelValue[] arguments)
    {
        var step = (CelAuthorizer)arguments[0];
        var (@namespace, name) = (Text(arguments, 1), Text(arguments, 2));
        if (NamedFormats.Subdomain.Validate(name).Count > 0)
        {
            return new CelError("Invalid service account name");
        }

        return NamedFormats.Label.Validate(@namespace).Count > 0
            ? new CelError("Invalid service account namespace")
            : step.To(CelTypes.Authorizer, step.Access with { ServiceAccount = (@namespace, name) });
    }

    private static CelDecision Check(CelValue[] arguments)
    {
        var step = (CelAuthorizer)arguments[0];
        return new(step.Authorizer.Decide(step.Access with { Verb = Text(arguments, 1) }));
    }
}
