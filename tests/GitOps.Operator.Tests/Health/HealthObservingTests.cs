using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;
using GitOps.Operator.Tests.Observing;

namespace GitOps.Operator.Tests.Health;

/// <summary>From a write to an object's status to the Application: only a change of its health is told.</summary>
public sealed class HealthObservingTests
{
    [Fact]
    public void A_status_write_that_leaves_the_health_is_told_to_nobody()
    {
        var watched = new Watched("foreign-annotation-deployment").Applied();
        watched.State.Health!.Code.ShouldBe(HealthCode.Progressing);
        watched.See(With(watched, "2", """{"observedGeneration":1,"replicas":1,"conditions":[]}"""));
        watched.Forget();
        var version = watched.Objects.VersionOf(Watched.Owner);

        for (var i = 3; i < 10; i++)
        {
            watched.See(With(watched, $"{i}", $$"""{"observedGeneration":1,"replicas":1,"conditions":[{"type":"Other","status":"True","message":"{{i}}"}]}"""));
        }

        watched.Told.ShouldBe(0);
        watched.Objects.VersionOf(Watched.Owner).ShouldBe(version);
        watched.See(With(watched, "10", """{"observedGeneration":1,"replicas":9,"updatedReplicas":9,"availableReplicas":9}"""));
        watched.Told.ShouldBe(1);
        watched.State.Health!.Code.ShouldBe(HealthCode.Healthy);
    }

    private static KubernetesObject With(Watched watched, string version, string status)
    {
        var seen = watched.Ours(version);
        seen.Json["status"] = KubernetesJson.ParseObject(status);
        return seen;
    }
}
