using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Reconcile.Gates;

namespace GitOps.Operator.Tests.Gates;

public sealed class ApprovalPolicyTests
{
    private const string Defaults = """
        {"spec":{"matchConstraints":{"matchPolicy":"Equivalent","namespaceSelector":{},"objectSelector":{}}}}
        """;

    /// <summary>A change of the policy, a change of the binding (merge patches); what is wrong then.</summary>
    public static TheoryData<string, string, string?> Changes => new()
    {
        { "{}", "{}", null },
        { Defaults, """{"spec":{"matchResources":{"matchPolicy":"Equivalent","namespaceSelector":{},"objectSelector":{}}}}""", null },
        { """{"spec":{"failurePolicy":null}}""", """{"spec":{"validationActions":["Audit","Deny"]}}""", null },
        { """{"spec":{"failurePolicy":"Ignore"}}""", "{}", "failurePolicy" },
        { """{"spec":{"matchConditions":[{"name":"not-me","expression":"request.userInfo.username != 'me'"}]}}""", "{}", "matchConditions" },
        { """{"spec":{"paramKind":{"apiVersion":"v1","kind":"ConfigMap"}}}""", "{}", "paramKind" },
        { """{"spec":{"matchConstraints":null}}""", "{}", "matchConstraints" },
        { """{"spec":{"matchConstraints":{"excludeResourceRules":[{"resources":["*"]}]}}}""", "{}", "matchConstraints" },
        { """{"spec":{"matchConstraints":{"namespaceSelector":{"matchLabels":{"a":"b"}}}}}""", "{}", "matchConstraints" },
        { """{"spec":{"matchConstraints":{"objectSelector":{"matchExpressions":[{"key":"a","operator":"Exists"}]}}}}""", "{}", "matchConstraints" },
        { Rule("apiGroups", "apps"), "{}", "matchConstraints" },
        { Rule("apiVersions", "v2"), "{}", "matchConstraints" },
        { Rule("resources", "applications"), "{}", "matchConstraints" },
        { Rule("operations", "UPDATE"), "{}", "matchConstraints" },
        { Rule("resourceNames", "one"), "{}", "matchConstraints" },
        { """{"spec":{"validations":[]}}""", "{}", "does not demand object.spec.approvedBy == request.userInfo.username" },
        { """{"spec":{"validations":[{"expression":"object.spec.approvedBy == request.userInfo.username"}]}}""", "{}", "does not demand" },
        { """{"metadata":{"deletionTimestamp":"2026-01-01T00:00:00Z"}}""", "{}", "being deleted" },
        { "{}", """{"metadata":{"deletionTimestamp":"2026-01-01T00:00:00Z"}}""", "being deleted" },
        { "{}", """{"spec":{"policyName":"other"}}""", "another policy" },
        { "{}", """{"spec":{"validationActions":["Warn","Audit"]}}""", "validationActions" },
        { "{}", """{"spec":{"paramRef":{"name":"x"}}}""", "paramRef" },
        { "{}", """{"spec":{"matchResources":{"namespaceSelector":{"matchLabels":{"a":"b"}}}}}""", "matchResources" },
        { "{}", """{"spec":{"matchResources":{"resourceRules":[{"resources":["pods"]}]}}}""", "matchResources" },
        { "{}", """{"spec":{"matchResources":{"excludeResourceRules":[{"resources":["*"]}]}}}""", "matchResources" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task What_is_installed_has_to_demand_all_that_is_shipped_of_everybody(string policyPatch, string bindingPatch, string? expected)
    {
        var shipped = await ShippedPolicy.ReadAsync(TestContext.Current.CancellationToken);
        var state = ApprovalPolicy.Judge(
            shipped[0], Installed(shipped[0], policyPatch, "2026-01-01T00:00:05Z"), Installed(shipped[1], bindingPatch, "2026-01-01T00:00:09Z"));
        if (expected is null)
        {
            state.ShouldBe(new PolicyState(null, new DateTimeOffset(2026, 1, 1, 0, 0, 9, TimeSpan.Zero)));
        }
        else
        {
            state.Problem.ShouldNotBeNull().ShouldContain(expected);
        }
    }

    [Fact]
    public async Task What_is_not_installed_or_stricter_is_told_apart()
    {
        var shipped = await ShippedPolicy.ReadAsync(TestContext.Current.CancellationToken);
        var (policy, binding) = (Installed(shipped[0], "{}", "2026-01-01T00:00:05Z"), Installed(shipped[1], "{}", "2026-01-01T00:00:01Z"));
        ApprovalPolicy.Judge(shipped[0], null, binding).Problem.ShouldNotBeNull().ShouldContain("ValidatingAdmissionPolicy ");
        ApprovalPolicy.Judge(shipped[0], policy, null).Problem.ShouldNotBeNull().ShouldContain("ValidatingAdmissionPolicyBinding ");
        ((JsonArray)policy.Json["spec"]!["validations"]!).Add(new JsonObject { ["expression"] = "object.spec.reason != ''" });
        ApprovalPolicy.Judge(shipped[0], policy, binding).ShouldBe(new PolicyState(null, new DateTimeOffset(2026, 1, 1, 0, 0, 5, TimeSpan.Zero)));
    }

    private static string Rule(string field, string value)
    {
        var rule = new JsonObject
        {
            ["apiGroups"] = new JsonArray("gitops-operator.dev"),
            ["apiVersions"] = new JsonArray("v1alpha1"),
            ["operations"] = new JsonArray("CREATE"),
            ["resources"] = new JsonArray("syncapprovals"),
        };
        rule[field] = new JsonArray(value);
        return new JsonObject { ["spec"] = new JsonObject { ["matchConstraints"] = new JsonObject { ["resourceRules"] = new JsonArray(rule) } } }.ToJsonString();
    }

    private static KubernetesObject Installed(KubernetesObject shipped, string patch, string created)
    {
        var json = (JsonObject)shipped.Json.DeepClone();
        json["metadata"]!["creationTimestamp"] = created;
        Merge(json, (JsonObject)JsonNode.Parse(patch)!);
        return new(json);
    }

    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is JsonObject fields && target[name] is JsonObject known)
            {
                Merge(known, fields);
            }
            else if (value is null)
            {
                target.Remove(name);
            }
            else
            {
                target[name] = value.DeepClone();
            }
        }
    }
}
