using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Admission;
using GitOps.Sandbox.Schema;

namespace GitOps.Sandbox.Tests.Admission;

/// <summary>What the recorded traces do not show; what they show, the replay tests.</summary>
public sealed class DefaultingTests
{
    [Theory]
    [InlineData("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","labels":{}},"data":{},"binaryData":null,"unknown":1}""",
        """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}""")]
    [InlineData("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","creationTimestamp":"2026-01-01T01:00:00+01:00"}}""",
        """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","creationTimestamp":"2026-01-01T00:00:00Z"}}""")]
    [InlineData("""{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"type":"LoadBalancer","ports":[{"port":80,"targetPort":"web"}],"publishNotReadyAddresses":false}}""",
        """{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"type":"LoadBalancer","ports":[{"port":80,"targetPort":"web","protocol":"TCP"}],"sessionAffinity":"None","externalTrafficPolicy":"Cluster","internalTrafficPolicy":"Cluster","allocateLoadBalancerNodePorts":true},"status":{"loadBalancer":{}}}""")]
    [InlineData("""{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"type":"ExternalName","externalName":"x.y","sessionAffinity":"ClientIP"}}""",
        """{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"type":"ExternalName","externalName":"x.y","sessionAffinity":"ClientIP","sessionAffinityConfig":{"clientIP":{"timeoutSeconds":10800}}},"status":{"loadBalancer":{}}}""")]
    [InlineData("""{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"a"},"spec":{"egress":[{"ports":[{"port":53}]}]}}""",
        """{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"a"},"spec":{"podSelector":{},"egress":[{"ports":[{"port":53,"protocol":"TCP"}]}],"policyTypes":["Ingress","Egress"]}}""")]
    [InlineData("""{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"strategy":{"type":"Recreate"},"paused":false}}""",
        """{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"},"spec":{"strategy":{"type":"Recreate"},"selector":null,"template":{"metadata":{},"spec":{"containers":null,"restartPolicy":"Always","terminationGracePeriodSeconds":30,"dnsPolicy":"ClusterFirst","securityContext":{},"schedulerName":"default-scheduler"}},"replicas":1,"revisionHistoryLimit":10,"progressDeadlineSeconds":600},"status":{}}""")]
    [InlineData("""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"data":{"a":"MQ=="},"stringData":{"a":"2"}}""",
        """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"data":{"a":"Mg=="},"type":"Opaque"}""")]
    [InlineData("""{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"a"},"roleRef":{"kind":"Role","name":"r"},"subjects":[{"kind":"User","name":"u"},{"kind":"ServiceAccount","name":"s","namespace":"n"}]}""",
        """{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"a"},"roleRef":{"kind":"Role","name":"r","apiGroup":"rbac.authorization.k8s.io"},"subjects":[{"kind":"User","name":"u","apiGroup":"rbac.authorization.k8s.io"},{"kind":"ServiceAccount","name":"s","namespace":"n"}]}""")]
    public void A_kind_is_read_as_the_server_reads_it(string given, string expected)
    {
        var subject = KubernetesObject.Parse(given);
        Defaulting.Apply(subject, SchemaRegistry.BuiltIn.Find(subject.GroupVersionKind)!);
        JsonNode.DeepEquals(subject.Json, KubernetesJson.Parse(expected)).ShouldBeTrue(KubernetesJson.ToText(subject.Json));
    }

    [Theory]
    [InlineData("nginx", "Always")]
    [InlineData("nginx:latest", "Always")]
    [InlineData("nginx:1", "IfNotPresent")]
    [InlineData("registry:5000/nginx", "Always")]
    [InlineData("registry:5000/nginx:1", "IfNotPresent")]
    [InlineData("nginx@sha256:0", "IfNotPresent")]
    public void An_image_is_pulled_always_only_if_it_may_change(string image, string policy)
    {
        var template = KubernetesJson.ParseObject($$$"""{"spec":{"containers":[{"name":"a","image":"{{{image}}}"}]}}""");
        PodDefaults.Template(template);
        template["spec"]!["containers"]![0]!["imagePullPolicy"]!.GetValue<string>().ShouldBe(policy);
    }

    [Fact]
    public void Defaulting_twice_changes_nothing()
    {
        foreach (var kind in BuiltInSchemas.Instance.Kinds.Keys)
        {
            var subject = KubernetesObject.Parse($$$"""{"apiVersion":"{{{kind.ApiVersion}}}","kind":"{{{kind.Kind}}}","metadata":{"name":"a"}}""");
            var type = SchemaRegistry.BuiltIn.Find(kind)!;
            Defaulting.Apply(subject, type);
            var once = KubernetesJson.ToText(subject.Json);
            Defaulting.Apply(subject, type);
            KubernetesJson.ToText(subject.Json).ShouldBe(once, kind.ToString());
        }
    }

    [Theory]
    [InlineData("""{"type":"ClusterIP"}""", """{"type":"ClusterIP","clusterIP":"10.96.0.9","clusterIPs":["10.96.0.9"],"ipFamilyPolicy":"SingleStack","ipFamilies":["IPv4"]}""")]
    [InlineData("""{"type":"ClusterIP","clusterIP":"None","selector":{"a":"b"}}""",
        """{"type":"ClusterIP","clusterIP":"None","selector":{"a":"b"},"clusterIPs":["None"],"ipFamilyPolicy":"SingleStack","ipFamilies":["IPv4"]}""")]
    [InlineData("""{"type":"NodePort","ports":[{"port":80}]}""",
        """{"type":"NodePort","ports":[{"port":80,"nodePort":31000}],"clusterIP":"10.96.0.9","clusterIPs":["10.96.0.9"],"ipFamilyPolicy":"SingleStack","ipFamilies":["IPv4"]}""")]
    [InlineData("""{"type":"ExternalName"}""", """{"type":"ExternalName"}""")]
    public void A_service_gets_addresses_and_ports(string given, string expected)
    {
        var spec = KubernetesJson.ParseObject(given);
        ServicePreparation.Allocate(new(new()), spec, new FixedAllocations(), new());
        JsonNode.DeepEquals(spec, KubernetesJson.Parse(expected)).ShouldBeTrue(KubernetesJson.ToText(spec));
    }

    [Fact]
    public void A_service_that_is_replaced_keeps_its_address_and_ports()
    {
        var live = KubernetesJson.ParseObject("""
            {"type":"NodePort","clusterIP":"10.96.0.1","clusterIPs":["10.96.0.1"],"ipFamilies":["IPv4"],"ipFamilyPolicy":"SingleStack","ports":[{"port":80,"protocol":"TCP","nodePort":30001}]}
            """);
        var next = KubernetesJson.ParseObject("""{"type":"NodePort","ports":[{"port":80,"protocol":"TCP"},{"port":81,"protocol":"TCP"}]}""");
        ServicePreparation.KeepAllocated(live, next);
        ServicePreparation.Allocate(new(new()), next, new FixedAllocations(), new());
        next["clusterIP"]!.GetValue<string>().ShouldBe("10.96.0.1");
        next["ports"]![0]!["nodePort"]!.GetValue<int>().ShouldBe(30_001);
        next["ports"]![1]!["nodePort"]!.GetValue<int>().ShouldBe(31_000);
    }
}
