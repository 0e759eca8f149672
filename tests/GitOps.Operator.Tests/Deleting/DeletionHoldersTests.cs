using GitOps.Kubernetes.Objects;
using GitOps.Operator.Apply;

namespace GitOps.Operator.Tests.Deleting;

public sealed class DeletionHoldersTests
{
    [Theory]
    [InlineData("ConfigMap", "[]", "{}", "")]
    [InlineData("ConfigMap", """["a/b","c/d"]""", "{}", ", held by a/b, c/d")]
    [InlineData("ConfigMap", """["foregroundDeletion"]""", "{}", ", waiting for what it owns to go (foregroundDeletion)")]
    [InlineData("ConfigMap", """["foregroundDeletion","a/b"]""", "{}", ", held by a/b; waiting for what it owns to go (foregroundDeletion)")]
    [InlineData("ConfigMap", "[]", """{"conditions":[{"type":"NamespaceContentRemaining","status":"True","message":"2 left"}]}""", "")]
    [InlineData("Namespace", "[]", """{"conditions":[{"type":"NamespaceContentRemaining","status":"True","message":"2 left"},{"type":"NamespaceFinalizersRemaining","status":"False","message":"no"},{"type":"Other","status":"True","message":"x"}]}""", ", 2 left")]
    [InlineData("Namespace", """["a/b"]""", """{"phase":"Terminating"}""", ", held by a/b")]
    public void What_holds_an_object_is_named(string kind, string finalizers, string status, string expected)
    {
        var live = KubernetesObject.Parse(
            $$"""{"apiVersion": "v1", "kind": "{{kind}}", "metadata": {"name": "x", "finalizers": {{finalizers}} }, "status": {{status}} }""");
        DeletionHolders.Describe(live.Key, live).ShouldBe($"{live.Key} is being deleted{expected}");
    }
}
