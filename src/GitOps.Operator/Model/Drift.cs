using GitOps.Kubernetes.Objects.Fields;

namespace GitOps.Operator.Model;

/// <summary>One field that is not as we applied it. There is never a value in it: fields of Secrets are named like all others.</summary>
/// <param name="Path">For people: <c>spec.template.spec.containers[name=main].image</c>.</param>
/// <param name="Manager">
/// The program that owns the field now, as it calls itself; empty where the server records none (a removal has none).
/// </param>
/// <param name="Operation"><c>Apply</c> or <c>Update</c>; empty without a manager.</param>
/// <param name="Subresource"><c>scale</c>, <c>status</c>; empty for the object itself.</param>
/// <param name="Time">RFC 3339, when that manager last wrote; empty without a manager.</param>
internal sealed record DriftedField(string Path, string Manager, string Operation, string Subresource, string Time)
{
    /// <summary><see cref="Path"/>, to follow.</summary>
    public FieldPath Field { get; init; } = FieldPath.Root;
}
