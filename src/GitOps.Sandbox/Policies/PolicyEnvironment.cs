
namespace GitOps.Sandbox.Policies;

/// <summary>What expressions about a request may name.</summary>
internal static class PolicyEnvironment
{
    public const string Variables = "variables";
    public const string RequestResource = "authorizer.requestResource";

    private const string VariablesType = "kubernetes.variables";

    private static readonly CelType Texts = CelType.ListOf(CelType.String);
    private static readonly CelType TextByText = CelType.MapOf(CelType.String, CelType.String);

    private static readonly CelType Kind = Record(
        "kubernetes.GroupVersionKind", ("group", CelType.String), ("version", CelType.String), ("kind", CelType.String));

    private static readonly CelType Resource = Record(
        "kubernetes.GroupVersionResource", ("group", CelType.String), ("version", CelType.String), ("resource", CelType.String));

    private static readonly CelType UserInfo = Record(
        "kubernetes.UserInfo",
        ("username", CelType.String), ("uid", CelType.String), ("groups", Texts), ("extra", CelType.MapOf(CelType.String, Texts)));

    private static readonly CelType Request = Record(
        "kubernetes.AdmissionRequest",
        ("kind", Kind), ("resource", Resource), ("subResource", CelType.String), ("requestKind", Kind), ("requestResource", Resource),
        ("requestSubResource", CelType.String), ("name", CelType.String), ("namespace", CelType.String), ("operation", CelType.String),
        ("userInfo", UserInfo), ("dryRun", CelType.Bool), ("options", CelType.Dyn));

    private static readonly CelType NamespaceMetadata = Record(
        "kubernetes.NamespaceMetadata",
        ("name", CelType.String), ("generateName", CelType.String), ("namespace", CelType.String), ("labels", TextByText),
        ("annotations", TextByText), ("UID", CelType.String), ("creationTimestamp", CelType.Timestamp),
        ("deletionGracePeriodSeconds", CelType.Int), ("deletionTimestamp", CelType.Timestamp), ("generation", CelType.Int),
        ("resourceVersion", CelType.String), ("finalizers", Texts));

    private static readonly CelType NamespaceCondition = Record(
        "kubernetes.NamespaceCondition",
        ("status", CelType.String), ("type", CelType.String), ("lastTransitionTime", CelType.Timestamp), ("message", CelType.String),
        ("reason", CelType.String));

    private static readonly CelType Namespace = Record(
        "kubernetes.Namespace",
        ("metadata", NamespaceMetadata),
        ("spec", Record("kubernetes.NamespaceSpec", ("finalizers", Texts))),
        ("status", Record("kubernetes.NamespaceStatus", ("conditions", CelType.ListOf(NamespaceCondition)), ("phase", CelType.String))));

    private static readonly CelEnvironment Shared = CelEnvironment.Base
        .WithType(Request).WithType(Kind).WithType(Resource).WithType(UserInfo)
        .WithType(Namespace).WithType(NamespaceMetadata).WithType(NamespaceCondition)
        .WithVariable("object", CelType.Dyn)
        .WithVariable("oldObject", CelType.Dyn)
        .WithVariable("request", Request)
        .WithVariable("namespaceObject", Namespace);

    /// <param name="hasParams">Whether there is a <c>params</c>.</param>
    /// <param name="hasAuthorizer">Whether there are <c>authorizer</c> and <c>authorizer.requestResource</c>.</param>
    public static CelEnvironment Of(bool hasParams, bool hasAuthorizer)
    {
        var environment = hasParams ? Shared.WithVariable("params", CelType.Dyn) : Shared;
        return hasAuthorizer
            ? environment.WithVariable("authorizer", CelTypes.Authorizer).WithVariable(RequestResource, CelTypes.ResourceCheck)
            : environment;
    }

    /// <summary>Adds <c>variables</c> with these fields.</summary>
    public static CelEnvironment WithVariables(this CelEnvironment environment, IEnumerable<PolicyVariable> variables)
    {
        var type = CelType.Object(VariablesType, () => new(variables
            .GroupBy(static variable => variable.Name, StringComparer.Ordinal)
            .Select(static group => new CelField(group.Last().Expression.Type, group.Key))));
        return environment.WithType(type).WithVariable(Variables, type);
    }

    private static CelType Record(string name, params (string Name, CelType Type)[] fields) =>
        CelType.Object(name, () => new(fields.Select(static field => new CelField(field.Type, field.Name))));
}
