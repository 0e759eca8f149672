using System.Collections.Immutable;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Gates;

/// <summary>
/// <c>secretPolicy: Deny</c>: nothing is written of a rendering that has secrets in plain text. What was applied before stays, and
/// is healed. What is applied of a rendering is seen when it is rendered: one that an inventory remembers was let through then.
/// </summary>
internal sealed class SecretsGate : IGate
{
    public const string Denied = "SecretsDenied";
    public const string Warned = "SecretsFound";

    private const int MaxNamed = 5;

    public GateHold? Check(ReconcileContext context) =>
        context.Spec.SecretPolicy == SecretPolicy.Deny && context.Runtime.Target is { Secrets: { IsEmpty: false } found }
            ? new(Conditions.SecretsInGit, Denied, $"nothing of this commit is written: {Describe(found)}")
            {
                Opens = $"keep them out of Git (docs/secrets.md), or say on an object why it may be there, by the annotation {Annotations.AllowSecret}",
            }
            : null;

    /// <summary>Where they are, for people.</summary>
    public static string Describe(ImmutableArray<SecretFinding> found) =>
        $"{found.Length} secret(s) in plain text: {string.Join("; ", found.Take(MaxNamed))}"
        + (found.Length > MaxNamed ? $"; and {found.Length - MaxNamed} more" : string.Empty);
}
