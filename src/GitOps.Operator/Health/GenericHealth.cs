using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Health;

/// <summary>
/// kstatus, for kinds without a rule of their own: the conditions Reconciling, Stalled and Ready, and observedGeneration. A
/// kind that has none of them says nothing, where kstatus takes it for done: it could only hide what others say.
/// </summary>
internal static class GenericHealth
{
    public static HealthStatus? Assess(KubernetesObject found)
    {
        if (found.At("status") is null)
        {
            return null;
        }

        var observed = found.Number("status", "observedGeneration");
        if (observed is not null && found.Generation is { } generation && generation != observed)
        {
            return new(HealthCode.Progressing, $"Generation {generation} is yet to be observed");
        }

        if (CrossplaneHealth.Looks(found))
        {
            return CrossplaneHealth.AssessForeign(found);
        }

        if (found.Condition("Reconciling") is { IsTrue: true } reconciling)
        {
            return new(HealthCode.Progressing, reconciling.Text);
        }

        if (found.Condition("Stalled") is { IsTrue: true } stalled)
        {
            return new(HealthCode.Degraded, stalled.Text);
        }

        return found.Condition("Ready") switch
        {
            { IsTrue: true } ready => new(HealthCode.Healthy, ready.Text),
            // Never Degraded: many controllers say Ready=False while they work.
            { } waiting => new(HealthCode.Progressing, waiting.Text),
            null => null,
        };
    }
}
