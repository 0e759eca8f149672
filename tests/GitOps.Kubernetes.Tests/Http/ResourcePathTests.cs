using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Tests.Support;

namespace GitOps.Kubernetes.Tests.Http;

public sealed class ResourcePathTests
{
    [Fact]
    public void Core_and_groups_have_their_roots()
    {
        ResourcePath.Collection(Kinds.ConfigMap, "ns").ToString().ShouldBe("/api/v1/namespaces/ns/configmaps");
        ResourcePath.Collection(Kinds.ConfigMap, string.Empty).ToString().ShouldBe("/api/v1/configmaps");
        ResourcePath.Item(Kinds.Namespace, string.Empty, "ns").ToString().ShouldBe("/api/v1/namespaces/ns");
        ResourcePath.Item(Kinds.Deployment, "ns", "web", "scale").ToString().ShouldBe("/apis/apps/v1/namespaces/ns/deployments/web/scale");
    }

    [Fact]
    public void Names_and_parameters_are_escaped() =>
        ResourcePath.Item(Kinds.ConfigMap, "ns", "system:node x")
            .With("labelSelector", "a in (b,c),d=é&f").With("absent", value: null).With("watch", value: true).With("off", value: false).ToString()
            .ShouldBe("/api/v1/namespaces/ns/configmaps/system%3Anode%20x?labelSelector=a%20in%20%28b%2Cc%29%2Cd%3D%C3%A9%26f&watch=true");

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a%2fb")]
    public void What_would_change_the_path_is_refused(string name)
    {
        Should.Throw<ArgumentException>(() => ResourcePath.Item(Kinds.ConfigMap, "ns", name));
        Should.Throw<ArgumentException>(() => ResourcePath.Item(Kinds.ConfigMap, name, "a"));
        Should.Throw<ArgumentException>(() => ResourcePath.Item(Kinds.ConfigMap, "ns", "a", name));
    }

    [Fact]
    public void A_namespace_is_given_exactly_where_there_is_one()
    {
        Should.Throw<ArgumentException>(() => ResourcePath.Item(Kinds.ConfigMap, string.Empty, "a")).Message.ShouldContain("ConfigMap a");
        Should.Throw<ArgumentException>(() => ResourcePath.Item(Kinds.Namespace, "ns", "a")).Message.ShouldContain("cluster-scoped");
    }
}
