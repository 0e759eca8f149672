using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Webhooks;

public sealed class WebhookValidationTests
{
    private const string Valid = """
        {"name":"a.tests.example.com","clientConfig":{"url":"https://127.0.0.1:1/x"},"sideEffects":"None","admissionReviewVersions":["v1"],
         "namespaceSelector":{"matchLabels":{"nobody":"has-this"}},
         "rules":[{"operations":["CREATE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"]}]}
        """;

    [Theory]
    [InlineData("""{"name":""}""", "FieldValueRequired webhooks[0].name")]
    [InlineData("""{"name":"two.segments"}""", "FieldValueInvalid webhooks[0].name")]
    [InlineData("""{"name":"Upper.case.Name"}""", "FieldValueInvalid webhooks[0].name")]
    [InlineData("""{"sideEffects":null}""", "FieldValueRequired webhooks[0].sideEffects")]
    [InlineData("""{"sideEffects":"Some"}""", "FieldValueNotSupported webhooks[0].sideEffects")]
    [InlineData("""{"failurePolicy":"Perhaps"}""", "FieldValueNotSupported webhooks[0].failurePolicy")]
    [InlineData("""{"matchPolicy":"Perhaps"}""", "FieldValueNotSupported webhooks[0].matchPolicy")]
    [InlineData("""{"reinvocationPolicy":"Perhaps"}""", "FieldValueNotSupported webhooks[0].reinvocationPolicy")]
    [InlineData("""{"timeoutSeconds":31}""", "FieldValueInvalid webhooks[0].timeoutSeconds")]
    [InlineData("""{"admissionReviewVersions":[]}""", "FieldValueRequired webhooks[0].admissionReviewVersions")]
    [InlineData("""{"admissionReviewVersions":["v9"]}""", "FieldValueInvalid webhooks[0].admissionReviewVersions")]
    [InlineData("""{"admissionReviewVersions":["v1","v1"]}""", "FieldValueInvalid webhooks[0].admissionReviewVersions[1]")]
    [InlineData("""{"clientConfig":{}}""", "FieldValueRequired webhooks[0].clientConfig")]
    [InlineData("""{"clientConfig":{"url":"http://a/b"}}""", "FieldValueInvalid webhooks[0].clientConfig.url")]
    [InlineData("""{"clientConfig":{"url":"nothing"}}""", "FieldValueInvalid webhooks[0].clientConfig.url, FieldValueInvalid webhooks[0].clientConfig.url")]
    [InlineData("""{"clientConfig":{"url":"https://u:p@a/b?c=d#e"}}""",
        "FieldValueInvalid webhooks[0].clientConfig.url, FieldValueInvalid webhooks[0].clientConfig.url, FieldValueInvalid webhooks[0].clientConfig.url")]
    [InlineData("""{"clientConfig":{"url":"https://a","service":{"name":"a","namespace":"b"}}}""", "FieldValueRequired webhooks[0].clientConfig")]
    [InlineData("""{"clientConfig":{"service":{"name":"","namespace":"","port":70000,"path":"a//b"}}}""",
        "FieldValueInvalid webhooks[0].clientConfig.service.path, FieldValueInvalid webhooks[0].clientConfig.service.path, "
        + "FieldValueInvalid webhooks[0].clientConfig.service.path, FieldValueInvalid webhooks[0].clientConfig.service.port, FieldValueRequired webhooks[0].clientConfig.service.name, "
        + "FieldValueRequired webhooks[0].clientConfig.service.namespace")]
    [InlineData("""{"rules":[{}]}""",
        "FieldValueRequired webhooks[0].rules[0].apiGroups, FieldValueRequired webhooks[0].rules[0].apiVersions, "
        + "FieldValueRequired webhooks[0].rules[0].operations, FieldValueRequired webhooks[0].rules[0].resources")]
    [InlineData("""{"rules":[{"operations":["*","CREATE"],"apiGroups":["*","a"],"apiVersions":["*","v1"],"resources":["*","pods"],"scope":"Near"}]}""",
        "FieldValueInvalid webhooks[0].rules[0].apiGroups, FieldValueInvalid webhooks[0].rules[0].apiVersions, "
        + "FieldValueInvalid webhooks[0].rules[0].operations, FieldValueInvalid webhooks[0].rules[0].resources, FieldValueNotSupported webhooks[0].rules[0].scope")]
    [InlineData("""{"rules":[{"operations":["create"],"apiGroups":[""],"apiVersions":["v1"],"resources":["pods/*","pods/status"]}]}""",
        "FieldValueInvalid webhooks[0].rules[0].resources[1], FieldValueNotSupported webhooks[0].rules[0].operations[0]")]
    [InlineData("""{"rules":[{"operations":["*"],"apiGroups":[""],"apiVersions":["v1"],"resources":["*/*","pods"]}]}""",
        "FieldValueInvalid webhooks[0].rules[0].resources")]
    [InlineData("""{"objectSelector":{"matchLabels":{"a b":"c"},"matchExpressions":[{"key":"k","operator":"In"},{"key":"k","operator":"Exists","values":["v"]},{"key":"k","operator":"Near"}]}}""",
        "FieldValueForbidden webhooks[0].objectSelector.matchExpressions[1].values, FieldValueInvalid webhooks[0].objectSelector.matchExpressions[2].operator, "
        + "FieldValueInvalid webhooks[0].objectSelector.matchLabels, FieldValueRequired webhooks[0].objectSelector.matchExpressions[0].values")]
    public async Task A_configuration_that_could_not_work_is_refused(string change, string expected)
    {
        await using var cluster = await TestCluster.ConnectAsync();
        var hook = KubernetesJson.ParseObject(Valid);
        foreach (var (name, value) in KubernetesJson.ParseObject(change))
        {
            hook[name] = value?.DeepClone();
        }

        var answer = await cluster.PostAsync(
            $"{WebhookBed.Group}/{WebhookBed.Mutating}?dryRun=All", WebhookBed.Configuration(WebhookBed.Mutating, "invalid", hook.ToJsonString()));

        Causes(answer).ShouldBe(expected, answer.Text("message"));
    }

    [Fact]
    public async Task Names_of_webhooks_are_unique()
    {
        await using var cluster = await TestCluster.ConnectAsync();

        var answer = await cluster.PostAsync(
            $"{WebhookBed.Group}/{WebhookBed.Validating}?dryRun=All", WebhookBed.Configuration(WebhookBed.Validating, "invalid", Valid, Valid));

        Causes(answer).ShouldBe("FieldValueDuplicate webhooks[1].name");
        answer.Text("message").ShouldBe(
            "ValidatingWebhookConfiguration.admissionregistration.k8s.io \"invalid\" is invalid: webhooks[1].name: Duplicate value: \"a.tests.example.com\"");
    }

    private static string Causes(Answer answer)
    {
        answer.Status.ShouldBe(422, answer.Text("message"));
        return string.Join(", ", answer.Body["details"]!["causes"]!.AsArray().OfType<JsonObject>()
            .Select(static cause => $"{cause["reason"]} {cause["field"]}").Order(StringComparer.Ordinal));
    }
}
