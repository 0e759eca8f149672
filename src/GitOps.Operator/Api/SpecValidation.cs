using System.Collections.Immutable;
using GitOps.Operator.Model;
using GitOps.Operator.Model.Ignoring;

namespace GitOps.Operator.Api;

/// <summary>Reasons of the condition <c>SpecValid=False</c>, the gravest last.</summary>
internal enum SpecErrorReason
{
    UnsupportedField,
    InvalidField,
    Contradiction,
    ImpersonationRequired,
}

/// <param name="Field">Its path: <c>spec.source.helm.values</c>.</param>
/// <param name="Reason">What is wrong with it.</param>
/// <param name="Message">What is wrong, and the way out.</param>
internal sealed record SpecError(string Field, SpecErrorReason Reason, string Message)
{
    public override string ToString() => $"{Field}: {Message}";
}

/// <param name="Spec">Null if there is an error.</param>
/// <param name="Errors">All of them, in the order of the fields.</param>
internal sealed record SpecValidation(ValidatedSpec? Spec, ImmutableArray<SpecError> Errors)
{
    public bool IsValid => Spec is not null;

    /// <summary>What was asked for and has no effect, a sentence each.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>The gravest reason: what the condition shows.</summary>
    public string Reason => Errors.IsEmpty ? "Valid" : Errors.Max(static error => error.Reason).ToString();

    /// <summary>All errors, one after the other.</summary>
    public string Message => Errors.IsEmpty ? string.Empty : string.Join("; ", Errors);
}

/// <summary>What the operator's options say of all Applications: who may deploy with its own rights, and as whom the others do.</summary>
/// <param name="OperatorNamespace">The operator's own.</param>
/// <param name="TrustedNamespaces">Others whose Applications may do without a service account.</param>
/// <param name="DefaultServiceAccount">Name, in the Application's namespace, for Applications elsewhere that name none; null: none.</param>
internal sealed record TrustPolicy(string OperatorNamespace, ImmutableArray<string> TrustedNamespaces, string? DefaultServiceAccount)
{
    /// <summary>What is left out of comparisons whatever an Application says.</summary>
    public IgnoreRules Ignored { get; init; } = IgnoreRules.None;

    /// <summary>Who may set what no manifest asks for.</summary>
    public ForeignManagers ForeignManagers { get; init; } = ForeignManagers.Default;

    /// <summary>What is done about secrets in Git where an Application does not say. <see cref="SecretPolicy.Deny"/> holds for all, whatever they say.</summary>
    public SecretPolicy Secrets { get; init; } = SecretPolicy.Warn;

    public bool Trusts(string @namespace) =>
        @namespace == OperatorNamespace || TrustedNamespaces.Contains(@namespace, StringComparer.Ordinal);
}
