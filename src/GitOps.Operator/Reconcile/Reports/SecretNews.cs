using GitOps.Operator.Api;

namespace GitOps.Operator.Reconcile.Reports;

/// <summary>What two statuses that follow each other say of secrets in Git, as an event. Pure: told once, because stored once.</summary>
internal static class SecretNews
{
    /// <returns>Null: nothing new.</returns>
    public static (string Reason, string Note)? Between(ApplicationStatus before, ApplicationStatus after) =>
        after.Condition(Conditions.SecretsInGit) is { IsTrue: true } now
        && (before.Condition(Conditions.SecretsInGit) is not { IsTrue: true } then || then.Message != now.Message || then.Reason != now.Reason)
            ? (now.Reason, now.Message)
            : null;
}
