using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>
/// Of the Operator Lifecycle Manager. Where install plans are approved by hand and a version is installed, one that waits for its
/// approval is no reason to wait.
/// </summary>
internal static class SubscriptionHealth
{
    public static HealthStatus Assess(KubernetesObject found)
    {
        if (found.At("status", "conditions") is null)
        {
            return new(HealthCode.Progressing, "Waiting for its install plan");
        }

        var isHeld = found.Text("spec", "installPlanApproval") == "Manual" && found.Text("status", "installedCSV") is not null
            && found.Condition("InstallPlanPending") is { IsTrue: true, Reason: "RequiresApproval" };
        string? failed = null;
        string? pending = null;
        foreach (var condition in found.Conditions())
        {
            switch (condition)
            {
                case { Type: "InstallPlanPending" } when isHeld:
                    break;
                case { Type: "InstallPlanPending", IsTrue: true }:
                    pending ??= Describe(condition);
                    break;
                case { Type: "InstallPlanMissing", Reason: not "ReferencedInstallPlanNotFound" }:
                case { Type: "CatalogSourcesUnhealthy" or "InstallPlanFailed" or "ResolutionFailed", IsTrue: true }:
                    failed ??= Describe(condition);
                    break;
                default:
                    break;
            }
        }

        var state = found.Text("status", "state");
        var saidState = state is null ? "its state is not known yet" : $"state is {state}";
        failed ??= state == "UpgradeFailed" ? saidState : null;
        pending ??= state is null or "UpgradeAvailable" || (state == "UpgradePending" && !isHeld) ? saidState : null;
        return failed is not null ? new(HealthCode.Degraded, failed)
            : pending is not null ? new(HealthCode.Progressing, pending) : new(HealthCode.Healthy, saidState);
    }

    private static string Describe(StatusCondition condition) => condition.Text is { } text ? $"{condition.Type}: {text}" : condition.Type;
}
