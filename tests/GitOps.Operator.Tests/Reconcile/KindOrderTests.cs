using GitOps.Kubernetes.Objects;
using GitOps.Operator.Model;

namespace GitOps.Operator.Tests.Reconcile;

public sealed class KindOrderTests
{
    [Fact]
    public void What_others_need_comes_before_them()
    {
        string[] shuffled = ["example.com/Widget", "apps/Deployment", "networking.k8s.io/Ingress", "/ConfigMap", "apiextensions.k8s.io/CustomResourceDefinition",
            "rbac.authorization.k8s.io/Role", "/Namespace", "/Service"];

        var ordered = shuffled.Select(Key).Order(Comparer<ObjectKey>.Create(KindOrder.Compare)).Select(static key => key.Kind);

        ordered.ShouldBe(["Namespace", "ConfigMap", "CustomResourceDefinition", "Role", "Service", "Deployment", "Ingress", "Widget"]);
    }

    [Fact]
    public void A_custom_kind_with_a_built_in_name_is_a_custom_kind() =>
        KindOrder.StageOf(new("example.com", "Namespace")).ShouldBe(KindOrder.Last);

    [Fact]
    public void Stages_rise_with_the_order()
    {
        var stages = new[] { "/Namespace", "/Secret", "apiextensions.k8s.io/CustomResourceDefinition", "rbac.authorization.k8s.io/ClusterRole", "batch/Job", "x.y/Z" }
            .Select(static text => KindOrder.StageOf(Key(text).GroupKind)).ToList();

        stages.ShouldBe(stages.Order());
        stages.Distinct().Count().ShouldBe(stages.Count);
    }

    private static ObjectKey Key(string text) => new(text.Split('/')[0], text.Split('/')[1], "n", "x");
}
