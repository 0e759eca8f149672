using GitOps.Kubernetes.Objects;
using GitOps.Operator.Diff;

namespace GitOps.Operator.Tests.Diff;

public sealed class PruneFilterTests
{
    private const string Tracking = "\"gitops-operator.dev/tracking-id\":\"team-a/shop:/ConfigMap:ns/x\"";
    private const string Label = "\"gitops-operator.dev/application\":\"team-a.shop\"";

    [Theory]
    [InlineData(Label, Tracking, "u1", null)]
    [InlineData(Label, Tracking, "u2", "it is another object of the same name (uid u1, not u2)")]
    [InlineData(Label, Tracking, "", "it was never confirmed as ours: the inventory has no uid")]
    [InlineData("", Tracking, "u1", "it does not have the label gitops-operator.dev/application")]
    [InlineData("\"gitops-operator.dev/application\":\"team-a.other\"", Tracking, "u1",
        "its label gitops-operator.dev/application names another Application (team-a.other)")]
    [InlineData(Label, "", "u1", "it does not have the annotation gitops-operator.dev/tracking-id")]
    [InlineData(Label, "\"gitops-operator.dev/tracking-id\":\"team-a/shop:/ConfigMap:ns/original\"", "u1",
        "its tracking id is another one (team-a/shop:/ConfigMap:ns/original)")]
    [InlineData(Label, Tracking + ",\"argocd.argoproj.io/sync-options\":\"Validate=true, Prune=false\"", "u1", "its sync-options say Prune=false")]
    [InlineData(Label, Tracking + ",\"gitops-operator.dev/sync-options\":\"Prune=false\"", "u1", "its sync-options say Prune=false")]
    [InlineData(Label, Tracking + ",\"gitops-operator.dev/sync-options\":\"Prune=true\",\"argocd.argoproj.io/sync-options\":\"Prune=false\"", "u1", null)]
    [InlineData(Label, Tracking + ",\"helm.sh/resource-policy\":\"keep\"", "u1", "helm.sh/resource-policy is keep")]
    [InlineData(Label, Tracking + ",\"helm.sh/resource-policy\":\"delete\"", "u1", null)]
    public void An_object_goes_only_if_it_is_ours_and_unprotected(string labels, string annotations, string uid, string? refusal)
    {
        var live = KubernetesObject.Parse(
            $$"""
            { "apiVersion": "v1", "kind": "ConfigMap",
              "metadata": { "name": "x", "namespace": "ns", "uid": "u1", "labels": { {{labels}} }, "annotations": { {{annotations}} } } }
            """);

        PruneFilter.Check(live, new(live.Key, "v1", uid, "h", null), new("team-a", "shop")).ShouldBe(refusal);
    }

    [Theory]
    [InlineData("Prune=confirm", true, true)]
    [InlineData("Prune=confirm", false, false)]
    [InlineData("", true, false)]
    [InlineData("Prune=true", false, true)]
    public void Asking_a_person_is_consent_where_the_object_says_so(string options, bool asks, bool goes)
    {
        var live = KubernetesObject.Parse(
            $$"""
            { "apiVersion": "v1", "kind": "Namespace",
              "metadata": { "name": "x", "uid": "u1", "labels": { {{Label}} },
                "annotations": { "gitops-operator.dev/tracking-id": "team-a/shop:/Namespace:/x", "argocd.argoproj.io/sync-options": "{{options}}" } } }
            """);

        (PruneFilter.Check(live, new(live.Key, "v1", "u1", "h", null), new("team-a", "shop"), asks) is null).ShouldBe(goes);
    }

    [Theory]
    [InlineData("v1", "Namespace", "", "a Namespace is pruned only where its sync-options say Prune=true")]
    [InlineData("v1", "PersistentVolumeClaim", "", "a PersistentVolumeClaim is pruned only where its sync-options say Prune=true")]
    [InlineData("apiextensions.k8s.io/v1", "CustomResourceDefinition", "",
        "a CustomResourceDefinition is pruned only where its sync-options say Prune=true")]
    [InlineData("v1", "Namespace", "Prune=true", null)]
    [InlineData("v1", "PersistentVolumeClaim", "Delete=false,Prune=true", null)]
    [InlineData("apiextensions.k8s.io/v1", "CustomResourceDefinition", "Prune=true", null)]
    [InlineData("example.com/v1", "Namespace", "", null)]
    public void Kinds_that_take_others_with_them_need_consent(string apiVersion, string kind, string options, string? refusal) =>
        PruneFilter.Protection(KubernetesObject.Parse(
            $$"""
            { "apiVersion": "{{apiVersion}}", "kind": "{{kind}}",
              "metadata": { "name": "x", "annotations": { "argocd.argoproj.io/sync-options": "{{options}}" } } }
            """))
            .ShouldBe(refusal);
}
