using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Tests.Replay;
using GitOps.Sandbox.Tests.Webhooks;

namespace GitOps.Sandbox.Tests.Policies;

public sealed class PolicyValidationTests
{
    private const string Rules =
        """ "matchConstraints":{"resourceRules":[{"operations":["CREATE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"]}]} """;

    [Theory]
    [InlineData("""{"validations":null}""", "Required spec.auditAnnotations, Required spec.validations")]
    [InlineData("""{"matchConstraints":null}""", "Required spec.matchConstraints")]
    [InlineData("""{"matchConstraints":{}}""", "Required spec.matchConstraints.resourceRules")]
    [InlineData("""{"failurePolicy":"X"}""", "NotSupported spec.failurePolicy")]
    [InlineData("""{"paramKind":{"apiVersion":"","kind":""}}""", "Required spec.paramKind.apiVersion, Required spec.paramKind.kind")]
    [InlineData("""{"paramKind":{"apiVersion":"a/b/c","kind":"X Y"}}""", "Invalid spec.paramKind.apiVersion, Invalid spec.paramKind.kind")]
    [InlineData("""{"validations":[{"expression":""},{"expression":"1"},{"expression":"object.x +"},{"expression":"nope"},{"expression":"params.x"},{"expression":"variables.x"},{"expression":"object.x"}]}""",
        "Invalid spec.validations[1].expression, Invalid spec.validations[2].expression, Invalid spec.validations[3].expression, "
        + "Invalid spec.validations[4].expression, Invalid spec.validations[5].expression, Invalid spec.validations[6].expression, Required spec.validations[0].expression")]
    [InlineData("""{"validations":[{"expression":"true","message":" ","messageExpression":" "},{"expression":"true","message":"a\nb","messageExpression":"1"},{"expression":"true","messageExpression":"string(authorizer == null)","reason":"Nope"}]}""",
        "Invalid spec.validations[0].message, Invalid spec.validations[0].messageExpression, Invalid spec.validations[1].message, "
        + "Invalid spec.validations[1].messageExpression, Invalid spec.validations[2].messageExpression, NotSupported spec.validations[2].reason")]
    [InlineData("""{"variables":[{"name":"a","expression":"1"},{"name":"b","expression":"variables.a + 'x'"},{"name":"for","expression":"true"},{"name":"","expression":""},{"name":"c","expression":"variables.later"},{"name":"later","expression":"1"}]}""",
        "Invalid spec.variables[1].expression, Invalid spec.variables[2].name, Invalid spec.variables[4].expression, Required spec.variables[3].expression, Required spec.variables[3].name")]
    [InlineData("""{"auditAnnotations":[{"key":"a b","valueExpression":"'x'"},{"key":"k","valueExpression":"1"},{"key":"k","valueExpression":""}]}""",
        "Duplicate spec.auditAnnotations[2].key, Invalid spec.auditAnnotations[0].key, Invalid spec.auditAnnotations[1].valueExpression, Required spec.auditAnnotations[2].valueExpression")]
    [InlineData("""{"matchConditions":[{"name":"a","expression":"request.userInfo.username == 'x'"},{"name":"a","expression":"request.nope"},{"name":"","expression":""}]}""",
        "Duplicate spec.matchConditions[1].name, Invalid spec.matchConditions[1].expression, Required spec.matchConditions[2].expression, Required spec.matchConditions[2].name")]
    public async Task A_validating_policy_that_could_not_work_is_refused(string change, string expected) =>
        await RefusedAsync("ValidatingAdmissionPolicy", "validatingadmissionpolicies", "{" + Rules + """ ,"validations":[{"expression":"true"}]}""", change, expected);

    [Theory]
    [InlineData("""{"policyName":"","validationActions":[]}""", "Required spec.policyName, Required spec.validationActions")]
    [InlineData("""{"policyName":"A B","validationActions":["Deny","Warn","Deny","X"]}""",
        "Duplicate spec.validationActions[2], Invalid spec.policyName, Invalid spec.validationActions, NotSupported spec.validationActions[3]")]
    [InlineData("""{"paramRef":{}}""", "Required spec.paramRef, Required spec.paramRef.parameterNotFoundAction")]
    [InlineData("""{"paramRef":{"name":"a/b","selector":{},"parameterNotFoundAction":"X"}}""",
        "Forbidden spec.paramRef.name, Forbidden spec.paramRef.selector, Invalid spec.paramRef.name, NotSupported spec.paramRef.parameterNotFoundAction")]
    [InlineData("""{"matchResources":{"resourceRules":[{"resourceNames":["a","a","a/b"],"operations":["*"],"apiGroups":["*"],"apiVersions":["*"],"resources":["*"]}]}}""",
        "Duplicate spec.matchResources.resourceRules[0].resourceNames[1], Invalid spec.matchResources.resourceRules[0].resourceNames[2]")]
    public async Task A_binding_that_could_not_work_is_refused(string change, string expected) => await RefusedAsync(
        "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", """{"policyName":"p","validationActions":["Deny"]}""", change, expected);

    [Theory]
    [InlineData("""{"reinvocationPolicy":null,"mutations":null}""", "Required spec.mutations, Required spec.reinvocationPolicy")]
    [InlineData("""{"mutations":[{},{"patchType":"X"},{"patchType":"JSONPatch"},{"patchType":"ApplyConfiguration"}]}""",
        "NotSupported spec.mutations[1].patchType, Required spec.mutations[0].patchType, Required spec.mutations[2].jsonPatch, Required spec.mutations[3].applyConfiguration")]
    [InlineData("""{"mutations":[{"patchType":"JSONPatch","jsonPatch":{"expression":"1"},"applyConfiguration":{"expression":""}},{"patchType":"ApplyConfiguration","applyConfiguration":{"expression":"Object.spec{}"},"jsonPatch":{"expression":""}}]}""",
        "Invalid spec.mutations[0].applyConfiguration, Invalid spec.mutations[0].jsonPatch.expression, Invalid spec.mutations[1].applyConfiguration.expression, Invalid spec.mutations[1].jsonPatch")]
    [InlineData("""{"matchConstraints":{"resourceRules":[{"operations":["DELETE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"]}]}}""",
        "NotSupported spec.matchConstraints.resourceRules.operations")]
    public async Task A_mutating_policy_that_could_not_work_is_refused(string change, string expected) => await RefusedAsync(
        "MutatingAdmissionPolicy", "mutatingadmissionpolicies",
        "{" + Rules + """ ,"reinvocationPolicy":"Never","mutations":[{"patchType":"ApplyConfiguration","applyConfiguration":{"expression":"Object{}"}}]}""", change, expected);

    [Fact]
    public async Task A_webhook_is_asked_only_where_its_conditions_are_met()
    {
        await using var bed = await WebhookBed.StartAsync();
        await bed.ConfigureAsync(
            WebhookBed.Validating,
            bed.Hook("never", """{"matchConditions":[{"name":"c","expression":"object.metadata.name == 'other' && request.userInfo.username == 'admin'"}]}"""),
            bed.Hook("always", """{"matchConditions":[{"name":"c","expression":"authorizer.requestResource.check('create').allowed()"}]}"""),
            bed.Hook("broken", """{"matchConditions":[{"name":"c","expression":"object.data.broken == 'x'"},{"name":"d","expression":"has(object.data.fail)"}]}"""));

        (await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("a"))).Ok();
        var refused = await bed.Cluster.PostAsync(bed.ConfigMaps, WebhookBed.ConfigMap("b", """ "data":{"fail":"1"} """));

        bed.Server.Requests("/never", "a").ShouldBeEmpty();
        bed.Server.Requests("/always", "a").Count.ShouldBe(1);
        bed.Server.Requests("/broken", "a").ShouldBeEmpty();
        (refused.Status, refused.Text("message")).ShouldBe(
            (403, "configmaps \"b\" is forbidden: expression 'object.data.broken == 'x'' resulted in error: no such key: broken"));
    }

    private static async Task RefusedAsync(string kind, string plural, string spec, string change, string expected)
    {
        await using var cluster = await TestCluster.ConnectAsync();
        var json = KubernetesJson.ParseObject(spec);
        foreach (var (name, value) in KubernetesJson.ParseObject(change))
        {
            json[name] = value?.DeepClone();
        }

        var answer = await cluster.PostAsync($"{PolicyBed.Group}/{plural}?dryRun=All", $$$"""
            {"apiVersion":"admissionregistration.k8s.io/v1","kind":"{{{kind}}}","metadata":{"name":"p"},"spec":{{{json.ToJsonString()}}} }
            """);

        answer.Status.ShouldBe(422, answer.Text("message"));
        string.Join(", ", answer.Body["details"]!["causes"]!.AsArray().OfType<JsonObject>()
            .Select(static cause => $"{cause["reason"]} {cause["field"]}".Replace("FieldValue", string.Empty, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
            .ShouldBe(expected, answer.Text("message"));
    }
}
