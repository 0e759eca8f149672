using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Operator.Diff;

namespace GitOps.Operator.Tests.Diff;

/// <summary>What the server puts in by itself, and what somebody must have said.</summary>
public sealed class KnownDefaultsTests
{
    [Theory]
    [InlineData("apps/v1", "Deployment", """{"spec": {"progressDeadlineSeconds": 600}}""", "spec progressDeadlineSeconds", true)]
    [InlineData("apps/v1", "Deployment", """{"spec": {"progressDeadlineSeconds": 601}}""", "spec progressDeadlineSeconds", false)]
    [InlineData("apps/v1", "Deployment", """{"spec": {"strategy": {"type": "RollingUpdate"}}}""", "spec strategy type", true)]
    [InlineData("apps/v1", "Deployment", """{"spec": {"strategy": {"type": "Recreate"}}}""", "spec strategy type", false)]
    [InlineData("v1", "Pod", """{"spec": {"image": "nginx:1", "imagePullPolicy": "IfNotPresent"}}""", "spec imagePullPolicy", true)]
    [InlineData("v1", "Pod", """{"spec": {"image": "nginx:1", "imagePullPolicy": "Always"}}""", "spec imagePullPolicy", false)]
    [InlineData("v1", "Pod", """{"spec": {"image": "r:5000/nginx", "imagePullPolicy": "Always"}}""", "spec imagePullPolicy", true)]
    [InlineData("v1", "Pod", """{"spec": {"image": "nginx:latest", "imagePullPolicy": "Always"}}""", "spec imagePullPolicy", true)]
    [InlineData("v1", "Pod", """{"spec": {"image": "nginx@sha256:1", "imagePullPolicy": "IfNotPresent"}}""", "spec imagePullPolicy", true)]
    [InlineData("v1", "Pod", """{"spec": {"securityContext": {}}}""", "spec securityContext", true)]
    [InlineData("v1", "Service", """{"spec": {"port": 80, "targetPort": 80}}""", "spec targetPort", true)]
    [InlineData("v1", "Service", """{"spec": {"port": 80, "targetPort": 8080}}""", "spec targetPort", false)]
    [InlineData("v1", "ConfigMap", """{"data": {"replicas": "1", "type": ""}}""", "data type", false)]
    [InlineData("v1", "ConfigMap", """{"metadata": {"labels": {"type": ""}}}""", "metadata labels type", false)]
    [InlineData("networking.k8s.io/v1", "NetworkPolicy", """{"spec": {"policyTypes": ["Ingress"]}}""", "spec policyTypes", true)]
    [InlineData("networking.k8s.io/v1", "NetworkPolicy", """{"spec": {"policyTypes": ["Egress"]}}""", "spec policyTypes", false)]
    [InlineData("networking.k8s.io/v1", "NetworkPolicy", """{"spec": {"egress": [{}], "policyTypes": ["Ingress", "Egress"]}}""", "spec policyTypes", true)]
    [InlineData("example.com/v1", "Thing", """{"spec": {"replicas": 1}}""", "spec replicas", false)]
    public void A_default_is_told_from_a_setting(string apiVersion, string kind, string text, string path, bool isDefault)
    {
        var live = KubernetesObject.Parse(text);
        live.Json["apiVersion"] = apiVersion;
        live.Json["kind"] = kind;

        KnownDefaults.Has(live, new FieldPath([.. path.Split(' ').Select(PathElement.Field)])).ShouldBe(isDefault);
    }
}
