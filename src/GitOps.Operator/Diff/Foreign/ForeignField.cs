using System.Collections.Immutable;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Operator.Model.Ignoring;

namespace GitOps.Operator.Diff.Foreign;

/// <summary>A field of a managed object that nobody at Git asked for.</summary>
/// <param name="Path">As managedFields names it.</param>
/// <param name="Place">Where it is in the object that was looked at.</param>
/// <param name="Owner">Who set it, the newest of several.</param>
internal sealed record ForeignField(FieldPath Path, ImmutableArray<JsonStep> Place, ManagedFieldsEntry Owner);
