using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Health;
using GitOps.Operator.Health.Tables;
using GitOps.Operator.Model;

namespace GitOps.Operator.Tests.Health;

public sealed class HealthRulesTests
{
    /// <summary>Parts that no object can tell: what comes before has taken all that they leave out.</summary>
    private static readonly string[] Implied =
    [
        // False and Unknown are decided before.
        "keda.sh/ScaledJob: with any status instead of True, of: Ready, Paused → Suspended",
        "keda.sh/ScaledJob: with any status instead of True, of: Ready → Healthy",
        "operator.knative.dev/KnativeEventing: with any status instead of True, of: Ready, InstallSucceeded → Healthy",
        "operator.knative.dev/KnativeServing: with any status instead of True, of: Ready, InstallSucceeded, DependenciesInstalled, DeploymentsAvailable → Healthy",
        "serving.knative.dev/Service: with any status instead of True, of: Ready, ConfigurationsReady, RoutesReady → Healthy",
    ];

    public static TheoryData<string> Kinds() => new(HealthCases.All.Select(static item => Name(item.Kind)).Distinct(StringComparer.Ordinal));

    public static TheoryData<string> Tabled() => new(BuiltInRules.Instance.All.OfType<TableRule>().Select(Name));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_object_has_the_health_its_fields_say(string kind)
    {
        foreach (var test in HealthCases.All.Where(item => Name(item.Kind) == kind))
        {
            var health = HealthRules.BuiltIn.Assess(test.Object);

            (health?.Code.ToString() ?? "None").ShouldBe(test.Expect, test.Name);
            if (test.Message is { } message)
            {
                health!.Message.ShouldBe(message, test.Name);
            }
        }
    }

    [Fact]
    public void Every_rule_has_cases_and_every_case_of_a_known_kind_its_rule()
    {
        HealthCases.All.Count.ShouldBeGreaterThan(1500);
        var tried = HealthCases.All.Select(static test => BuiltInRules.Instance.Find(test.Kind)).ToHashSet();

        BuiltInRules.Instance.All.Where(rule => !tried.Contains(rule)).Select(Name).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Tabled))]
    public void Each_part_of_a_rule_that_is_data_decides_a_case(string name)
    {
        var rule = BuiltInRules.Instance.All.OfType<TableRule>().Single(rule => Name(rule) == name);
        var cases = HealthCases.All.Where(test => BuiltInRules.Instance.Find(test.Kind) == rule).ToList();

        var untold = RuleMutants.Of(rule)
            .Where(mutant => cases.TrueForAll(test => Fits(mutant.Rule.Assess(test.Object), test)))
            .Select(mutant => $"{name}: {mutant.What}")
            .Where(static mutant => !Implied.Contains(mutant, StringComparer.Ordinal));

        untold.ShouldBeEmpty();
    }

    [Fact]
    public void Nothing_that_an_object_holds_makes_a_rule_fail()
    {
        string[] bodies =
        [
            """{}""",
            """{"metadata":null,"spec":null,"status":null}""",
            """{"metadata":{"generation":"x","finalizers":[1,null],"labels":[],"annotations":1},"spec":"x","status":[]}""",
            """{"spec":{"replicas":{}},"status":{"conditions":{},"phase":1,"observedGeneration":1.5,"loadBalancer":[],"active":"","state":[],"health":{}}}""",
            """{"status":{"conditions":[null,1,"x",{},{"type":1,"status":true}],"containerStatuses":[{},{"state":1},{"state":{"waiting":[]}}]}}""",
            """{"status":{"phase":"Failed","containerStatuses":[{"state":{"terminated":{"exitCode":"x"}}}],"initContainerStatuses":null}}""",
            """{"status":{"parents":[1,{"parentRef":1,"conditions":[{}]}],"ancestors":[null,{"ancestorRef":[]}],"listeners":[{"conditions":1}],"environments":[1,{}]}}""",
            """{"spec":{"nodeSets":[{"count":"x"}],"sparkConf":[]},"status":{"availableNodes":1,"scale":{"statusReplicas":"/"},"applicationState":{"state":"RUNNING"},"executorState":{"a":1}}}""",
        ];

        foreach (var (group, kind) in BuiltInRules.Instance.All.Select(static rule => (rule.Group, rule.Kind)).Append(("example.org", "Widget")))
        {
            foreach (var body in bodies)
            {
                var json = KubernetesJson.ParseObject(body);
                json["apiVersion"] = group.Length == 0 ? "v1" : $"{group.Replace("*", "example", StringComparison.Ordinal)}/v1";
                json["kind"] = kind.Replace("*", "ThingPolicy", StringComparison.Ordinal);
                Should.NotThrow(() => HealthRules.BuiltIn.Assess(new KubernetesObject(json)), $"{group}/{kind} {body}");
            }
        }
    }

    [Fact]
    public void A_rule_of_somebody_else_comes_before_what_is_built_in()
    {
        var rules = new HealthRules([new Only(new("apps", "Deployment")), new Only(new("example.org", "Widget"))]);

        rules.Assess(Object("apps/v1", "Deployment"))!.Message.ShouldBe("custom apps/Deployment");
        rules.Assess(Object("example.org/v1", "Widget"))!.Message.ShouldBe("custom example.org/Widget");
        rules.Assess(Object("v1", "Service"))!.ShouldBe(new(HealthCode.Healthy));
        rules.Assess(Object("example.org/v1", "Gadget")).ShouldBeNull();
    }

    [Fact]
    public void A_kind_of_its_own_comes_before_its_group_and_that_before_many_groups()
    {
        BuiltInRules.Instance.Find(new("s3.aws.crossplane.io", "Bucket"))!.Kind.ShouldBe("Bucket");
        BuiltInRules.Instance.Find(new("s3.aws.crossplane.io", "BucketPolicy"))!.Group.ShouldBe("*.crossplane.io");
        BuiltInRules.Instance.Find(new("microgateway.airlock.com", "Anything"))!.Group.ShouldBe("microgateway.airlock.com");
        BuiltInRules.Instance.Find(new("crossplane.io", "Anything")).ShouldBeNull();
        BuiltInRules.Instance.Find(new("notcrossplane.io", "Anything")).ShouldBeNull();
    }

    private static bool Fits(HealthStatus? health, HealthCase test) =>
        (health?.Code.ToString() ?? "None") == test.Expect && (test.Message is null || test.Message == health?.Message);

    private static string Name(GroupKind kind) => $"{kind.Group}/{kind.Kind}";

    private static string Name(KindRule rule) => $"{rule.Group}/{rule.Kind}";

    private static KubernetesObject Object(string apiVersion, string kind) => new(new JsonObject
    {
        ["apiVersion"] = apiVersion,
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["name"] = "web" },
    });

    private sealed class Only(GroupKind known) : IHealthRuleSource
    {
        public KindRule? Find(GroupKind kind) => kind == known
            ? new CodedRule(kind.Group, kind.Kind, _ => new(HealthCode.Degraded, $"custom {kind.Group}/{kind.Kind}"), "custom")
            : null;
    }
}
