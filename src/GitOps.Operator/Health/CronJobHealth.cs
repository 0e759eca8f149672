using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>A suspended CronJob is Healthy, as in Argo CD: Suspended would hold the Application for good.</summary>
internal static class CronJobHealth
{
    public static HealthStatus Assess(KubernetesObject found)
    {
        if (found.IsTrue("spec", "suspend"))
        {
            return new(HealthCode.Healthy, "The cron job is suspended");
        }

        if (found.At("status") is null)
        {
            return new(HealthCode.Progressing, "The cron job is yet to be observed");
        }

        if (found.Text("status", "lastScheduleTime") is not { } scheduled)
        {
            return new(HealthCode.Healthy, "The cron job was not scheduled yet");
        }

        if (found.Text("status", "lastSuccessfulTime") is not { } succeeded)
        {
            return new(HealthCode.Healthy, "The cron job never succeeded; it may not be healthy");
        }

        if (found.HasItems("status", "active"))
        {
            return new(HealthCode.Healthy, "The cron job is running; its last run may not have succeeded");
        }

        // Both are times in UTC as the API server writes them: their text sorts as they do.
        return string.CompareOrdinal(succeeded, scheduled) < 0
            ? new(HealthCode.Degraded, "The last run of the cron job did not succeed")
            : new(HealthCode.Healthy);
    }
}
