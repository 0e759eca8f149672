using System.Runtime.CompilerServices;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Health;

namespace GitOps.Operator.Tests.Health;

public sealed class HealthRulesTests
{
    public static TheoryData<string> Cases() => new(Directory.GetFiles(CasesFolder(), "*.json").Select(Path.GetFileNameWithoutExtension)!);

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_object_has_the_health_its_fields_say(string name)
    {
        var test = KubernetesJson.ParseObject(File.ReadAllText(Path.Combine(CasesFolder(), name + ".json")));

        var health = HealthRules.Assess(new KubernetesObject(test["object"]!.AsObject()));

        (health?.Code.ToString() ?? "None").ShouldBe(KubernetesObject.GetString(test, "expect"));
        if (KubernetesObject.GetString(test, "message") is { } message)
        {
            health!.Message.ShouldBe(message);
        }
    }

    [Fact]
    public void There_are_enough_cases() => Cases().Count.ShouldBeGreaterThan(100);

    [Theory]
    [InlineData("apps/v1", "Deployment")]
    [InlineData("apps/v1", "ReplicaSet")]
    [InlineData("apps/v1", "StatefulSet")]
    [InlineData("apps/v1", "DaemonSet")]
    [InlineData("batch/v1", "Job")]
    [InlineData("batch/v1", "CronJob")]
    [InlineData("v1", "Pod")]
    [InlineData("v1", "Service")]
    [InlineData("v1", "PersistentVolumeClaim")]
    [InlineData("v1", "Namespace")]
    [InlineData("networking.k8s.io/v1", "Ingress")]
    [InlineData("autoscaling/v2", "HorizontalPodAutoscaler")]
    [InlineData("policy/v1", "PodDisruptionBudget")]
    [InlineData("apiregistration.k8s.io/v1", "APIService")]
    [InlineData("apiextensions.k8s.io/v1", "CustomResourceDefinition")]
    [InlineData("argoproj.io/v1alpha1", "Workflow")]
    [InlineData("argoproj.io/v1alpha1", "ApplicationSet")]
    [InlineData("gitops-operator.dev/v1alpha1", "Application")]
    [InlineData("example.org/v1", "Widget")]
    public void Nothing_that_an_object_holds_makes_a_rule_fail(string apiVersion, string kind)
    {
        string[] bodies =
        [
            """{}""",
            """{"metadata":null,"spec":null,"status":null}""",
            """{"metadata":{"generation":"x","finalizers":[1,null]},"spec":"x","status":[]}""",
            """{"spec":{"replicas":{}},"status":{"conditions":{},"phase":1,"observedGeneration":1.5,"loadBalancer":[],"active":""}}""",
            """{"status":{"conditions":[null,1,"x",{},{"type":1,"status":true}],"containerStatuses":[{},{"state":1},{"state":{"waiting":[]}}]}}""",
            """{"status":{"phase":"Failed","containerStatuses":[{"state":{"terminated":{"exitCode":"x"}}}],"initContainerStatuses":null}}""",
        ];

        foreach (var body in bodies)
        {
            var json = KubernetesJson.ParseObject(body);
            json["apiVersion"] = apiVersion;
            json["kind"] = kind;
            Should.NotThrow(() => HealthRules.Assess(new KubernetesObject(json)), body);
        }
    }

    private static string CasesFolder([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "cases");
}
