using GitOps.Kubernetes.Objects;
using GitOps.Operator.Health;
using GitOps.Operator.Model;

namespace GitOps.Operator.Tests.Health;

public sealed class HealthAggregationTests
{
    [Theory]
    [InlineData("", "Healthy")]
    [InlineData("none none", "Healthy")]
    [InlineData("Healthy Suspended", "Suspended")]
    [InlineData("Progressing Suspended", "Progressing")]
    [InlineData("Progressing Degraded Healthy", "Degraded")]
    [InlineData("Unknown Degraded", "Unknown")]
    [InlineData("absent absent", "Missing")]
    [InlineData("absent Healthy", "Healthy")]
    [InlineData("absent none", "Healthy")]
    [InlineData("absent Progressing", "Progressing")]
    [InlineData("ignored:Degraded Healthy", "Healthy")]
    [InlineData("ignored:Degraded absent", "Healthy")]
    public void The_worst_object_that_exists_decides(string objects, string expected) =>
        HealthAggregation.Worst(objects.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Object)).Code.ToString().ShouldBe(expected);

    [Fact]
    public void The_message_names_the_first_three_causes_whatever_their_order()
    {
        var objects = Enumerable.Range(0, 5).Select(static i => new AssessedObject(
            new("apps", "Deployment", "team-a", $"web-{i}"), Exists: true, new(HealthCode.Degraded, i == 0 ? "too slow" : null))).ToList();
        objects.Add(new(new("", "Pod", "team-a", "x"), Exists: true, new(HealthCode.Progressing, "not a cause")));

        var health = HealthAggregation.Worst(objects);
        objects.Reverse();

        health.ShouldBe(new(HealthCode.Degraded,
            "apps/Deployment team-a/web-0: too slow; apps/Deployment team-a/web-1; apps/Deployment team-a/web-2 and 2 more"));
        HealthAggregation.Worst(objects).ShouldBe(health);
    }

    [Fact]
    public void The_message_says_what_is_late()
    {
        var late = new AssessedObject(new("apps", "Deployment", "team-a", "web"), Exists: true, new(HealthCode.Progressing, "1 of 2"), Late: "too long");
        HealthAggregation.Worst([late]).Message.ShouldBe("apps/Deployment team-a/web: 1 of 2, too long");
    }

    private static AssessedObject Object(string text, int index)
    {
        var key = new ObjectKey("", "ConfigMap", "team-a", $"o{index}");
        var ignored = text.StartsWith("ignored:", StringComparison.Ordinal);
        return text switch
        {
            "absent" => new(key, Exists: false, null),
            "none" => new(key, Exists: true, null),
            _ => new(key, Exists: true, new(Enum.Parse<HealthCode>(text.Split(':')[^1])), ignored),
        };
    }
}
