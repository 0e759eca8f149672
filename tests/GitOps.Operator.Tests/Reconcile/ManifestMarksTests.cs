using GitOps.Kubernetes.Objects;
using GitOps.Operator.Reconcile;

namespace GitOps.Operator.Tests.Reconcile;

public sealed class ManifestMarksTests
{
    [Theory]
    [InlineData("argocd.argoproj.io/hook", "PreSync")]
    [InlineData("gitops-operator.dev/hook", "PostSync")]
    [InlineData("helm.sh/hook", "pre-install")]
    public void A_hook_is_refused_by_name(string annotation, string value) =>
        ManifestMarks.Refusal(With(annotation, value)).ShouldNotBeNull().ShouldContain(value);

    [Theory]
    [InlineData("argocd.argoproj.io/sync-wave", "3", 1)]
    [InlineData("argocd.argoproj.io/sync-wave", "0", 0)]
    [InlineData("argocd.argoproj.io/compare-options", "IgnoreExtraneous", 1)]
    [InlineData("argocd.argoproj.io/sync-options", "Prune=false, Delete=false", 0)]
    [InlineData("argocd.argoproj.io/sync-options", "Prune=false,Replace=true,Force=true", 2)]
    [InlineData("example.com/other", "x", 0)]
    public void What_has_no_effect_is_said(string annotation, string value, int warnings)
    {
        ManifestMarks.Warnings(With(annotation, value)).Count().ShouldBe(warnings);
        ManifestMarks.Refusal(With(annotation, value)).ShouldBeNull();
    }

    [Fact]
    public void Images_are_found_wherever_a_pod_template_stands()
    {
        var images = new SortedSet<string>(StringComparer.Ordinal);
        var cron = KubernetesJson.Parse(
            """{"jobTemplate":{"spec":{"template":{"spec":{"initContainers":[{"image":"b:1"}],"containers":[{"image":"a:1"},{"image":"b:1"},{}]}}}}}""");

        ManifestMarks.CollectImages(cron, images);

        images.ShouldBe(["a:1", "b:1"]);
    }

    private static KubernetesObject With(string annotation, string value) => KubernetesObject.Parse(
        $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x","annotations":{"{{{annotation}}}":"{{{value}}}"} } }""");
}
