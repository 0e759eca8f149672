using GitOps.Kubernetes.Objects;
using GitOps.Operator.Diff;

namespace GitOps.Operator.Tests.Diff;

public sealed class SemanticEqualityTests
{
    private const string Deployment = "apps/v1 Deployment";
    private const string Container = "spec.template.spec.containers";

    /// <summary>Kind; path; desired and live JSON; whether they are the same.</summary>
    public static TheoryData<string, string, string, string, bool> Fields => new()
    {
        // Quantities, in built-in kinds.
        { Deployment, $"{Container}.resources.limits.cpu", "\"1000m\"", "\"1\"", true },
        { Deployment, $"{Container}.resources.limits.cpu", "1", "\"1000m\"", true },
        { Deployment, $"{Container}.resources.limits.cpu", "\"1\"", "1", true },
        { Deployment, $"{Container}.resources.limits.cpu", "\"1\"", "\"2\"", false },
        { Deployment, $"{Container}.resources.requests.memory", "\"1Gi\"", "\"1024Mi\"", true },
        { Deployment, $"{Container}.resources.requests.memory", "\"1G\"", "\"1Gi\"", false },
        { Deployment, $"{Container}.resources", """{"limits":{"cpu":1}}""", """{"limits":{"cpu":"1000m"}}""", true },
        { Deployment, "spec.template.spec.overhead.podFixed.cpu", "\"0.5\"", "\"500m\"", true },
        { Deployment, "spec.template.spec.volumes.emptyDir.sizeLimit", "\"1Gi\"", "\"1024Mi\"", true },
        { Deployment, $"{Container}.env.valueFrom.resourceFieldRef.divisor", "\"1000m\"", "\"1\"", true },
        { Deployment, $"{Container}.env.value", "\"1000m\"", "\"1\"", false },
        { Deployment, $"{Container}.args", "[\"1000m\"]", "[\"1\"]", false },
        { Deployment, "metadata.labels.limits", "\"1000m\"", "\"1\"", false },
        { Deployment, "metadata.annotations.sizeLimit", "\"1k\"", "\"1000\"", false },
        { Deployment, "spec.selector.matchLabels.max", "\"1k\"", "\"1000\"", false },
        { "v1 ConfigMap", "data.limits", "\"1000m\"", "\"1\"", false },
        { "v1 ConfigMap", "data", """{"sizeLimit":"1k"}""", """{"sizeLimit":"1000"}""", false },
        { "v1 PersistentVolumeClaim", "spec.resources.requests.storage", "\"1Gi\"", "\"1024Mi\"", true },
        { "v1 PersistentVolume", "spec.capacity.storage", "\"1Gi\"", "\"1024Mi\"", true },
        { "v1 ResourceQuota", "spec.hard", """{"pods":"1k"}""", """{"pods":"1000"}""", true },
        { "v1 LimitRange", "spec.limits", """[{"type":"Pod","max":{"cpu":"2000m"}}]""", """[{"type":"Pod","max":{"cpu":"2"}}]""", true },
        { "autoscaling/v2 HorizontalPodAutoscaler", "spec.metrics", """[{"object":{"target":{"value":"1k","averageValue":"10"}}}]""", """[{"object":{"target":{"value":"1000","averageValue":"10000m"}}}]""", true },

        // Custom resources: only where the name leaves no doubt.
        { "example.com/v1 Thing", "spec.resources.limits.cpu", "\"1000m\"", "\"1\"", true },
        { "example.com/v1 Thing", "spec.limits.cpu", "\"1000m\"", "\"1\"", false },
        { "example.com/v1 Thing", "spec.max.size", "\"1k\"", "\"1000\"", false },
        { "example.com/v1 Thing", "spec.sizeLimit", "\"1Gi\"", "\"1024Mi\"", false },

        // Durations, where the group's controllers are known to write them anew.
        { "cert-manager.io/v1 Certificate", "spec.duration", "\"2160h\"", "\"2160h0m0s\"", true },
        { "cert-manager.io/v1 Certificate", "spec.renewBefore", "\"60s\"", "\"1m\"", true },
        { "cert-manager.io/v1 Certificate", "spec.renewBefore", "\"60s\"", "\"2m\"", false },
        { "cert-manager.io/v1 Certificate", "spec.secretName", "\"60s\"", "\"1m\"", false },
        { "kustomize.toolkit.fluxcd.io/v1 Kustomization", "spec.interval", "\"60s\"", "\"1m0s\"", true },
        { "external-secrets.io/v1 ExternalSecret", "spec.refreshInterval", "\"1h\"", "\"60m\"", true },
        { "gateway.networking.k8s.io/v1 HTTPRoute", "spec.rules", """[{"timeouts":{"request":"60s"}}]""", """[{"timeouts":{"request":"1m"}}]""", true },
        { "example.com/v1 Thing", "spec.interval", "\"60s\"", "\"1m\"", false },
        { "v1 ConfigMap", "data.interval", "\"60s\"", "\"1m\"", false },
        { "cert-manager.io/v1 Certificate", "spec.duration", "\"1500ns\"", "\"1501ns\"", false },

        // Int or string.
        { "v1 Service", "spec.ports.targetPort", "80", "\"80\"", true },
        { "argoproj.io/v1alpha1 Rollout", "spec.strategy.canary.maxSurge", "\"1\"", "1", true },
        { Deployment, "spec.strategy.rollingUpdate.maxSurge", "\"25%\"", "25", false },
        { "v1 Service", "spec.ports.targetPort", "80", "\"080\"", false },
        { "v1 ConfigMap", "data.port", "80", "\"80\"", false },
        { Deployment, "spec.replicas", "3", "\"3\"", false },

        // Base64.
        { "v1 Secret", "data.key", "\"YWI=\"", "\"YW I=\"", true },
        { "v1 Secret", "data.key", "\"YWI=\"", "\"YWM=\"", false },
        { "v1 ConfigMap", "binaryData.key", "\"YWI=\"", "\"YWI=\\n\"", true },
        { "v1 ConfigMap", "data.key", "\"YWI=\"", "\"YWI=\\n\"", false },
        { "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration", "webhooks.clientConfig.caBundle", "\"YWI=\"", "\"YWI=\\n\"", true },

        // Lists without an order.
        { "v1 PersistentVolumeClaim", "spec.accessModes", "[\"ReadWriteOnce\",\"ReadOnlyMany\"]", "[\"ReadOnlyMany\",\"ReadWriteOnce\"]", true },
        { "v1 PersistentVolumeClaim", "spec.accessModes", "[\"ReadWriteOnce\",\"ReadOnlyMany\"]", "[\"ReadOnlyMany\",\"ReadOnlyMany\"]", false },
        { "v1 PersistentVolumeClaim", "spec.accessModes", "[\"ReadWriteOnce\"]", "[\"ReadOnlyMany\",\"ReadWriteOnce\"]", false },
        { "rbac.authorization.k8s.io/v1 Role", "rules", """[{"verbs":["get","list"]}]""", """[{"verbs":["list","get"]}]""", true },
        { "rbac.authorization.k8s.io/v1 Role", "rules", """[{"verbs":["get"]},{"verbs":["list"]}]""", """[{"verbs":["list"]},{"verbs":["get"]}]""", false },
        { "networking.k8s.io/v1 NetworkPolicy", "spec.policyTypes", "[\"Ingress\",\"Egress\"]", "[\"Egress\",\"Ingress\"]", true },
        { Deployment, $"{Container}.securityContext.capabilities.drop", "[\"A\",\"B\"]", "[\"B\",\"A\"]", true },
        { Deployment, $"{Container}.command", "[\"a\",\"b\"]", "[\"b\",\"a\"]", false },
        { Deployment, "spec.template.spec.initContainers", """[{"name":"a"},{"name":"b"}]""", """[{"name":"b"},{"name":"a"}]""", false },
        { "example.com/v1 Thing", "metadata.finalizers", "[\"a\",\"b\"]", "[\"b\",\"a\"]", true },
        { "example.com/v1 Thing", "spec.verbs", "[\"a\",\"b\"]", "[\"b\",\"a\"]", false },
        { "v1 ConfigMap", "data.verbs", "[\"a\",\"b\"]", "[\"b\",\"a\"]", false },

        // Numbers, null, empty.
        { Deployment, "spec.replicas", "1", "1.0", true },
        { Deployment, "spec.replicas", "10", "1e1", true },
        { Deployment, "spec.x", "9007199254740993", "9007199254740992", false },
        { Deployment, "spec.x", "null", "null", true },
        { Deployment, "spec.x", "\"\"", "null", false },
        { Deployment, "spec.x", "true", "false", false },
        { Deployment, "spec.x", "true", "true", true },
        { Deployment, "spec.x", """{"a":1,"b":null,"c":"","d":0,"e":false}""", """{"a":1}""", true },
        { Deployment, "spec.x", """{"a":1,"b":{}}""", """{"a":1}""", false },
        { Deployment, "spec.x", """{"a":1,"b":1}""", """{"a":1}""", false },
        { Deployment, "spec.x", "[1,2]", "[1]", false },
        { Deployment, "spec.x", "{}", "[]", false },
    };

    [Theory]
    [MemberData(nameof(Fields))]
    public void A_value_is_compared_by_what_its_field_means(string type, string path, string desired, string live, bool same)
    {
        var words = type.Split(' ');
        var context = path.Split('.').Aggregate(
            FieldContext.Root(KubernetesJson.ParseObject($$"""{"apiVersion":"{{words[0]}}","kind":"{{words[1]}}"}""")),
            static (place, name) => place.Below(name));

        SemanticEquality.AreEqual(KubernetesJson.Parse(desired), KubernetesJson.Parse(live), context, exact: false).ShouldBe(same);
    }

    [Theory]
    [InlineData("1000m", "1", true)]
    [InlineData("1024Mi", "1Gi", true)]
    [InlineData("0.5", "500m", true)]
    [InlineData("1e3", "1k", true)]
    [InlineData("1E3", "1000", true)]
    [InlineData("+1", "1", true)]
    [InlineData(".5", "500m", true)]
    [InlineData("1E", "1000P", true)]
    [InlineData("1.5Gi", "1536Mi", true)]
    [InlineData("100n", "0.1u", true)]
    [InlineData("1M", "1Mi", false)]
    [InlineData("1", "1.1", false)]
    [InlineData("1e999999999", "1e999999999", false)]
    [InlineData("", "", false)]
    [InlineData("1.2.3", "1.2.3", false)]
    [InlineData("abc", "abc", false)]
    public void Quantities_are_compared_by_amount(string left, string right, bool equal) =>
        Quantity.AreEqual(left, right).ShouldBe(equal);

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Only_a_value_that_somebody_else_owns_may_have_no_more_members(bool exact, bool equal) =>
        SemanticEquality.AreEqual(
            KubernetesJson.Parse("[{\"port\":80}]"), KubernetesJson.Parse("[{\"port\":80,\"protocol\":\"TCP\"}]"),
            FieldContext.Root([]), exact).ShouldBe(equal);
}
