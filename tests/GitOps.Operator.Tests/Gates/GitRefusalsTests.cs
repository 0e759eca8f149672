using GitOps.Kubernetes.Objects;
using GitOps.Operator.Reconcile.Gates;

namespace GitOps.Operator.Tests.Gates;

public sealed class GitRefusalsTests
{
    public static TheoryData<string> Requests => new(
        from prefix in (string[])["gitops-operator.dev/", "argocd.argoproj.io/"]
        from word in (string[])["sync", "rollback-to", "terminate", "deletion-approved", "approved-plan"]
        select prefix + word);

    [Theory]
    [MemberData(nameof(Requests))]
    public void What_a_person_asks_for_by_annotation_is_refused_on_any_object(string annotation)
    {
        foreach (var kind in (string[])["Application", "ConfigMap"])
        {
            var (group, version) = kind == "Application" ? ("gitops-operator.dev/", "v1alpha1") : (string.Empty, "v1");
            Refused($$"""{"apiVersion":"{{group}}{{version}}","kind":"{{kind}}","metadata":{"name":"a","annotations":{"{{annotation}}":""} } }""")
                .ShouldHaveSingleItem().ShouldContain(annotation);
        }
    }

    [Theory]
    [InlineData("""{"apiVersion":"gitops-operator.dev/v1alpha1","kind":"SyncApproval","metadata":{"name":"a"}}""", "approval")]
    [InlineData("""{"apiVersion":"gitops-operator.dev/v1","kind":"SyncApproval","metadata":{"name":"a"}}""", "approval")]
    [InlineData("""{"apiVersion":"gitops-operator.dev/v1alpha1","kind":"Application","metadata":{"name":"a"},"operation":{"sync":{}}}""", "operation")]
    public void Approvals_and_operations_are_refused(string json, string expected) => Refused(json).ShouldHaveSingleItem().ShouldContain(expected);

    [Theory]
    [InlineData("""{"apiVersion":"gitops-operator.dev/v1alpha1","kind":"Application","metadata":{"name":"a","annotations":{"gitops-operator.dev/sync-wave":"1"}}}""")]
    [InlineData("""{"apiVersion":"gitops-operator.dev/v1alpha1","kind":"Application","metadata":{"name":"a","annotations":{"gitops-operator.dev/refresh":"hard"}}}""")]
    [InlineData("""{"apiVersion":"example.com/v1","kind":"SyncApproval","metadata":{"name":"a","annotations":{"example.com/sync":"1"}}}""")]
    public void Everything_else_may_come_from_Git(string json) => Refused(json).ShouldBeEmpty();

    private static IEnumerable<string> Refused(string json) => GitRefusals.Of(KubernetesObject.Parse(json));
}
