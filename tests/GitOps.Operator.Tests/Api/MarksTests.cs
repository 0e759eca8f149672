using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;

namespace GitOps.Operator.Tests.Api;

public sealed class MarksTests
{
    [Fact]
    public void A_short_label_value_is_namespace_and_name() =>
        Marks.LabelValue(new("team-a", "guestbook")).ShouldBe("team-a.guestbook");

    [Fact]
    public void A_long_label_value_is_cut_and_hashed()
    {
        var value = Marks.LabelValue(new("team-a", new string('x', 60)));

        value.Length.ShouldBe(63);
        value.ShouldStartWith("team-a.xxx");
        (value == Marks.LabelValue(new("team-a", new string('x', 61)))).ShouldBeFalse();
        // Load-bearing: what was written once has to be found again.
        value.ShouldBe("team-a.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-" + value[^10..]);
        value[^10..].ShouldAllBe(static letter => char.IsAsciiHexDigitLower(letter));
    }

    [Theory]
    [InlineData(56, 63)]
    [InlineData(57, 63)]
    public void The_limit_is_63_characters(int nameLength, int length) =>
        Marks.LabelValue(new("team-a", new string('x', nameLength))).Length.ShouldBe(length);

    [Theory]
    [InlineData("apps", "Deployment", "web", "front", "team-a/guestbook:apps/Deployment:web/front")]
    [InlineData("", "ConfigMap", "web", "front", "team-a/guestbook:/ConfigMap:web/front")]
    [InlineData("rbac.authorization.k8s.io", "ClusterRole", "", "system:x", "team-a/guestbook:rbac.authorization.k8s.io/ClusterRole:/system:x")]
    public void A_tracking_id_names_application_and_object(string group, string kind, string @namespace, string name, string expected)
    {
        var key = new ObjectKey(group, kind, @namespace, name);

        Marks.TrackingId(new("team-a", "guestbook"), key).ShouldBe(expected);
        Marks.TryParseTrackingId(expected, out var application, out var parsed).ShouldBeTrue();
        (application, parsed).ShouldBe((new("team-a", "guestbook"), key));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("guestbook:apps/Deployment:web/front")]
    [InlineData("/guestbook:apps/Deployment:web/front")]
    [InlineData("team-a/guestbook:apps/Deployment")]
    [InlineData("team-a/guestbook:apps/:web/front")]
    [InlineData("team-a/guestbook:apps/Deployment:web")]
    public void Other_text_is_no_tracking_id(string? text) => Marks.TryParseTrackingId(text, out _, out _).ShouldBeFalse();

    [Theory]
    [InlineData("team-a/guestbook:/ConfigMap:web/front", "team-a/guestbook")]
    [InlineData("team-a/guestbook:/ConfigMap:other/front", null)]
    [InlineData("team-a/guestbook:/Secret:web/front", null)]
    [InlineData("garbage", null)]
    public void A_copy_of_an_object_belongs_to_nobody(string trackingId, string? owner) =>
        (Marks.Owner(KubernetesObject.Parse($$"""
            {"apiVersion":"v1","kind":"ConfigMap","metadata":{"namespace":"web","name":"front",
             "annotations":{"gitops-operator.dev/tracking-id":"{{trackingId}}"} } }
            """))?.ToString()).ShouldBe(owner);

    [Theory]
    [InlineData("", "Orphan")]
    [InlineData("kubernetes gitops-operator.dev/inventory", "Orphan")]
    [InlineData("resources-finalizer.argocd.argoproj.io", "Foreground")]
    [InlineData("resources-finalizer.argocd.argoproj.io/foreground", "Foreground")]
    [InlineData("resources-finalizer.argocd.argoproj.io/background", "Background")]
    [InlineData("gitops-operator.dev/resources-finalizer", "Foreground")]
    [InlineData("resources-finalizer.gitops-operator.dev/foreground", "Foreground")]
    [InlineData("resources-finalizer.gitops-operator.dev/background", "Background")]
    [InlineData("resources-finalizer.gitops-operator.dev/background resources-finalizer.argocd.argoproj.io", "Foreground")]
    [InlineData("resources-finalizer.argocd.argoproj.io/sideways", "Orphan")]
    public void Finalizers_say_how_objects_go(string finalizers, string expected) =>
        ResourcesFinalizers.Of(finalizers.Split(' ')).ToString().ShouldBe(expected);

    [Theory]
    [InlineData("""{"argocd.argoproj.io/sync-wave":"1"}""", "1")]
    [InlineData("""{"argocd.argoproj.io/sync-wave":"1","gitops-operator.dev/sync-wave":"2"}""", "2")]
    [InlineData("""{"gitops-operator.dev/sync-wave":"2"}""", "2")]
    [InlineData("""{"example.org/sync-wave":"2"}""", null)]
    public void Our_annotation_wins_over_its_twin(string annotations, string? expected)
    {
        var found = KubernetesObject.Parse($$"""{"metadata":{"annotations": {{annotations}} } }""");

        Annotations.Find(found, Annotations.SyncWave).ShouldBe(expected);
        Annotations.Find(ObjectMeta.Of(found).Annotations, Annotations.SyncWave).ShouldBe(expected);
    }

    [Theory]
    [InlineData("Prune=false", "false")]
    [InlineData("Validate=true, Prune=confirm", "confirm")]
    [InlineData("PruneLast=true", null)]
    [InlineData("Prune=true,Prune=false", "false")]
    [InlineData("Prune", null)]
    public void An_option_of_an_object_is_found_by_name(string options, string? expected) =>
        Annotations.SyncOption(
            KubernetesObject.Parse($$"""{"metadata":{"annotations":{"argocd.argoproj.io/sync-options":"{{options}}"} } }"""), "Prune").ShouldBe(expected);
}
