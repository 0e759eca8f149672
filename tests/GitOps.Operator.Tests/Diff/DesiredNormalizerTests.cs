using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Diff;

namespace GitOps.Operator.Tests.Diff;

public sealed class DesiredNormalizerTests
{
    private static readonly NamespacedName Application = new("team-a", "shop");
    private static readonly ApiResource ConfigMaps = ApiResource.Of("v1", "ConfigMap", "configmaps", namespaced: true);
    private static readonly ApiResource Secrets = ApiResource.Of("v1", "Secret", "secrets", namespaced: true);
    private static readonly ApiResource Deployments = ApiResource.Of("apps/v1", "Deployment", "deployments", namespaced: true, "status", "scale");
    private static readonly ApiResource Namespaces = ApiResource.Of("v1", "Namespace", "namespaces", namespaced: false, "status");

    [Fact]
    public void What_only_a_server_may_set_is_dropped()
    {
        var desired = Normalize(Deployments, """
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"x","creationTimestamp":null,"uid":"u",
             "resourceVersion":"1","generation":2,"selfLink":"/","managedFields":[],"finalizers":["a/b"]},
             "spec":{"replicas":1,"template":{"metadata":{"creationTimestamp":null}}},"status":{"replicas":1}}
            """);

        desired.Metadata!.Select(static field => field.Key).ShouldBe(["name", "namespace", "finalizers", "labels", "annotations"]);
        desired.Json.ContainsKey("status").ShouldBeFalse();
        KubernetesJson.ToText(desired.Json["spec"]).ShouldBe("""{"replicas":1,"template":{"metadata":{"creationTimestamp":null}}}""");
    }

    [Fact]
    public void A_status_without_a_subresource_is_the_users() =>
        Normalize(ConfigMaps, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"status":{"a":1}}""")
            .Json.ContainsKey("status").ShouldBeTrue();

    [Fact]
    public void The_marks_of_the_Application_are_put_on()
    {
        var desired = Normalize(Deployments, """{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"}}""");

        desired.Namespace.ShouldBe("default-ns");
        desired.Label("gitops-operator.dev/application").ShouldBe("team-a.shop");
        desired.Annotation("gitops-operator.dev/tracking-id").ShouldBe("team-a/shop:apps/Deployment:default-ns/web");
    }

    [Fact]
    public void Marks_that_were_copied_with_a_manifest_are_replaced()
    {
        var desired = Normalize(ConfigMaps, """
            {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x","labels":{"a":"b","gitops-operator.dev/application":"other.app","empty":null},
             "annotations":{"gitops-operator.dev/tracking-id":"other/app:/ConfigMap:y/x","none":null}}}
            """);

        KubernetesJson.ToText(desired.Labels).ShouldBe("""{"a":"b","gitops-operator.dev/application":"team-a.shop"}""");
        KubernetesJson.ToText(desired.Annotations).ShouldBe("""{"gitops-operator.dev/tracking-id":"team-a/shop:/ConfigMap:default-ns/x"}""");
        Marks.Owner(desired).ShouldBe(Application);
    }

    [Fact]
    public void A_cluster_scoped_object_has_no_namespace()
    {
        var desired = Normalize(Namespaces, """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"x","namespace":"y"}}""");

        desired.Namespace.ShouldBeEmpty();
        desired.Annotation(Names.TrackingIdAnnotation).ShouldBe("team-a/shop:/Namespace:/x");
    }

    [Fact]
    public void StringData_of_a_Secret_becomes_data_and_wins()
    {
        var desired = Normalize(Secrets, """
            {"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"},"data":{"a":"b2xk","c":"bGlu\nZQ==\n"},"stringData":{"a":"new","b":"é"}}
            """);

        KubernetesJson.ToText(desired.Json["data"]).ShouldBe("""{"a":"bmV3","c":"bGluZQ==","b":"w6k="}""");
        desired.Json.ContainsKey("stringData").ShouldBeFalse();
    }

    [Fact]
    public void StringData_of_another_kind_is_the_users() =>
        Normalize(ConfigMaps, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"stringData":{"a":"b"}}""")
            .Json.ContainsKey("stringData").ShouldBeTrue();

    [Fact]
    public void A_Secret_without_data_gets_none() =>
        Normalize(Secrets, """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"}}""").Json.ContainsKey("data").ShouldBeFalse();

    [Fact]
    public void The_rendered_object_is_left_as_it_is()
    {
        var rendered = KubernetesObject.Parse("""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"},"stringData":{"a":"b"}}""");
        var before = KubernetesJson.ToText(rendered.Json);

        DesiredNormalizer.Normalize(rendered, Secrets, "default-ns", Application);

        KubernetesJson.ToText(rendered.Json).ShouldBe(before);
    }

    [Theory]
    [InlineData("""{"apiVersion":"v1","kind":"Secret","metadata":{"generateName":"x-"}}""", "metadata.name")]
    [InlineData("""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x","labels":["a"]}}""", "metadata.labels")]
    [InlineData("""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x","annotations":"a"}}""", "metadata.annotations")]
    [InlineData("""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"},"stringData":{"pin":1234}}""", "stringData[\"pin\"]")]
    [InlineData("""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"},"data":"oops"}""", "data")]
    [InlineData("""{"apiVersion":"v1","kind":"Secret","metadata":[]}""", "metadata")]
    public void What_cannot_be_applied_is_refused_by_field_and_without_values(string rendered, string field)
    {
        var message = Should.Throw<InvalidDesiredObjectException>(() => Normalize(Secrets, rendered)).Message;

        message.ShouldContain(field);
        message.ShouldContain("Secret");
        message.ShouldNotContain("1234");
        message.ShouldNotContain("oops");
    }

    [Fact]
    public void A_namespaced_object_without_any_namespace_is_refused() =>
        Should.Throw<InvalidDesiredObjectException>(static () => DesiredNormalizer.Normalize(
                KubernetesObject.Parse("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"}}"""), ConfigMaps, string.Empty, Application))
            .Message.ShouldContain("destination.namespace");

    private static KubernetesObject Normalize(ApiResource type, string rendered) =>
        DesiredNormalizer.Normalize(KubernetesObject.Parse(rendered), type, "default-ns", Application);
}
