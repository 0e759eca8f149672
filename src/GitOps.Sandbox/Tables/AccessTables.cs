namespace GitOps.Sandbox.Tables;

/// <summary>Who may do what, and what is checked before it is done.</summary>
internal static class AccessTables
{
    private const string None = "<none>";
    private const string Unset = "<unset>";

    public static KindTable RoleBinding { get; } = new("Name!, Role, Age, Users?, Groups?, ServiceAccounts?", static row =>
    {
        var subjects = row.Items("subjects");
        return
        [
            row.Name,
            $"{row.Text("roleRef", "kind")}/{row.Text("roleRef", "name")}",
            row.Age,
            Subjects(subjects, "User"),
            Subjects(subjects, "Group"),
            Subjects(subjects, "ServiceAccount"),
        ];
    });

    public static KindTable CertificateRequest { get; } = new("Name!, Age, SignerName, Requestor, RequestedDuration, Condition", static row =>
    [
        row.Name,
        row.Age,
        row.TextOr(None, "spec", "signerName"),
        row.Text("spec", "username"),
        row.Has("spec", "expirationSeconds")
            ? Catalog.HumanDuration.Format(TimeSpan.FromSeconds(row.Number("spec", "expirationSeconds")))
            : None,
        RequestStatus(row),
    ]);

    public static KindTable Webhooks { get; } = new("Name!, Webhooks:integer, Age", static row => [row.Name, row.Count("webhooks"), row.Age]);

    public static KindTable ValidatingPolicy { get; } = new("Name!, Validations:integer, ParamKind, Age", static row =>
        [row.Name, row.Count("spec", "validations"), ParameterKind(row), row.Age]);

    public static KindTable MutatingPolicy { get; } = new("Name!, Mutations:integer, ParamKind, Age", static row =>
        [row.Name, row.Count("spec", "mutations"), ParameterKind(row), row.Age]);

    public static KindTable PolicyBinding { get; } = new("Name!, PolicyName, ParamRef, Age", static row =>
        [row.Name, row.Text("spec", "policyName"), ParameterReference(row.Part("spec", "paramRef")), row.Age]);

    private static string Subjects(IReadOnlyList<TableSource> subjects, string kind) => string.Join(", ", subjects
        .Where(subject => subject.Text("kind") == kind)
        .Select(static subject => subject.Text("namespace") is { Length: > 0 } ns ? $"{ns}/{subject.Text("name")}" : subject.Text("name")));

    private static string RequestStatus(TableSource row)
    {
        var decision = row.Condition("Denied", "status", "conditions") is not null ? "Denied"
            : row.Condition("Approved", "status", "conditions") is not null ? "Approved"
            : "Pending";
        return decision
            + (row.Condition("Failed", "status", "conditions") is not null ? ",Failed" : string.Empty)
            + (row.Text("status", "certificate").Length > 0 ? ",Issued" : string.Empty);
    }

    private static string ParameterKind(TableSource row) => row.Has("spec", "paramKind")
        ? $"{row.Text("spec", "paramKind", "apiVersion")}/{row.Text("spec", "paramKind", "kind")}"
        : Unset;

    private static string ParameterReference(TableSource reference) => reference.Text("name") is { Length: > 0 } name
        ? $"{reference.TextOr("*", "namespace")}/{name}"
        : reference.Members("selector") is { } selector ? Selectors.Struct(selector) : Unset;
}
