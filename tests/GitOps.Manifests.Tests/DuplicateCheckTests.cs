using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Tests.Support;

namespace GitOps.Manifests.Tests;

public sealed class DuplicateCheckTests
{
    [Fact]
    public async Task Objects_that_become_one_when_namespaces_are_defaulted_are_found_afterwards()
    {
        var result = await Files.Tree(("a.yaml", Files.ConfigMap("a")), ("b.yaml", Files.ConfigMap("a", "team"))).RenderAsync();
        DuplicateCheck.Find(result.Objects).ShouldBeEmpty();

        result.Objects[0].Object.Metadata!["namespace"] = "team";

        DuplicateCheck.Find(result.Objects).ShouldHaveSingleItem().ToString()
            .ShouldBe("b.yaml:1: ConfigMap team/a is defined twice, first at a.yaml:1: remove one of them");
    }

    [Fact]
    public void Versions_do_not_tell_objects_apart_and_generated_names_do_not_collide()
    {
        RenderedObject[] objects =
        [
            Of("""{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a"}}"""),
            Of("""{"apiVersion":"apps/v1beta1","kind":"Deployment","metadata":{"name":"a"}}"""),
            Of("""{"apiVersion":"batch/v1","kind":"Job","metadata":{"generateName":"a-"}}"""),
            Of("""{"apiVersion":"batch/v1","kind":"Job","metadata":{"generateName":"a-"}}"""),
        ];

        DuplicateCheck.Find(objects).ShouldHaveSingleItem().Message.ShouldStartWith("apps/Deployment a is defined twice");

        static RenderedObject Of(string json) => new(KubernetesObject.Parse(json), new SourceLocation("f.yaml", 1, 1));
    }
}
