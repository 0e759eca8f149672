using GitOps.Kubernetes.Objects;
using GitOps.Operator.Reconcile;

namespace GitOps.Operator.Tests.Reconcile;

public sealed class ManifestMarksTests
{
    [Fact]
    public void Images_are_found_wherever_a_pod_template_stands()
    {
        var images = new SortedSet<string>(StringComparer.Ordinal);
        var cron = KubernetesJson.Parse(
            """{"jobTemplate":{"spec":{"template":{"spec":{"initContainers":[{"image":"b:1"}],"containers":[{"image":"a:1"},{"image":"b:1"},{}]}}}}}""");

        ManifestMarks.CollectImages(cron, images);

        images.ShouldBe(["a:1", "b:1"]);
    }
}
