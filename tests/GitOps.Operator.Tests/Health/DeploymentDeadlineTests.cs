using GitOps.Kubernetes.Objects;
using GitOps.Operator.Health;
using GitOps.Operator.Model;

namespace GitOps.Operator.Tests.Health;

public sealed class DeploymentDeadlineTests
{
    private const string Progressed = """{"type":"Available","status":"False"},{"type":"Progressing","status":"True","lastUpdateTime":"2026-01-01T00:05:00Z"}""";

    [Theory]
    [InlineData(""" "observedGeneration":1 """)]
    [InlineData(""" "observedGeneration":2,"updatedReplicas":1 """)]
    [InlineData(""" "observedGeneration":2,"updatedReplicas":2,"replicas":3 """)]
    [InlineData(""" "observedGeneration":2,"updatedReplicas":2,"replicas":2,"availableReplicas":1 """)]
    public void One_that_progresses_says_how_long_it_may_and_when_it_last_did(string status)
    {
        var health = Assess("600", status, Progressed)!;

        health.Code.ShouldBe(HealthCode.Progressing);
        health.Deadline.ShouldBe(new(TimeSpan.FromMinutes(10), "spec.progressDeadlineSeconds", new(2026, 1, 1, 0, 5, 0, TimeSpan.Zero)));
    }

    [Theory]
    [InlineData("600", """{"type":"Progressing","status":"True","lastUpdateTime":"yesterday"}""", 10)]
    [InlineData("600", "", 10)]
    [InlineData("0", Progressed, null)]
    [InlineData("null", Progressed, null)]
    public void What_it_does_not_say_is_not_known(string seconds, string conditions, int? minutes)
    {
        var deadline = Assess(seconds, """ "observedGeneration":1 """, conditions)!.Deadline;

        deadline?.Limit.ShouldBe(TimeSpan.FromMinutes(minutes!.Value));
        (deadline is null).ShouldBe(minutes is null);
        deadline?.ProgressedAt.ShouldBeNull();
    }

    [Fact]
    public void One_that_is_done_has_no_deadline() =>
        Assess("600", """ "observedGeneration":2,"updatedReplicas":2,"replicas":2,"availableReplicas":2 """, Progressed).ShouldBe(new(HealthCode.Healthy));

    private static HealthStatus? Assess(string seconds, string status, string conditions) => HealthRules.BuiltIn.Assess(KubernetesObject.Parse($$"""
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","generation":2},
         "spec":{"replicas":2,"progressDeadlineSeconds":{{seconds}}},"status":{ {{status}},"conditions":[{{conditions}}] } }
        """));
}
