using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Operator.Api;
using GitOps.Operator.Diff.Ignoring;
using GitOps.Operator.Model.Ignoring;

namespace GitOps.Operator.Tests.Ignoring;

/// <summary>What the rules make of one object: which differences they cover, and what is sent so that nothing ignored changes.</summary>
public sealed class IgnoredFieldsTests
{
    private const string Desired = """
        {"apiVersion": "apps/v1", "kind": "Deployment",
         "metadata": {"name": "web", "namespace": "shop", "labels": {"team": "a", "gitops-operator.dev/application": "x"},
                      "annotations": {"note": "git", "gitops-operator.dev/tracking-id": "y"} },
         "spec": {"replicas": 3, "minReadySeconds": 1,
                  "template": {"spec": {"containers": [
                    {"name": "main", "image": "web:1", "args": ["a", "b"], "env": [{"name": "A", "value": "1"}]},
                    {"name": "new", "image": "new:1"}]} } } }
        """;

    // Replicas are the autoscaler's, the annotation is vi's, the image is an applier's; all else is ours.
    private const string Live = """
        {"apiVersion": "apps/v1", "kind": "Deployment",
         "metadata": {"name": "web", "namespace": "shop", "uid": "u", "resourceVersion": "7", "labels": {"team": "a", "gitops-operator.dev/application": "x"},
           "annotations": {"note": "live", "gitops-operator.dev/tracking-id": "y", "other": "z"},
           "managedFields": [
             {"manager": "gitops-operator", "operation": "Apply", "apiVersion": "apps/v1", "fieldsV1": {
               "f:metadata": {"f:labels": {"f:team": {}, "f:gitops-operator.dev/application": {}}, "f:annotations": {"f:gitops-operator.dev/tracking-id": {}}},
               "f:spec": {"f:minReadySeconds": {}, "f:paused": {}, "f:template": {"f:spec": {"f:containers": {
                 "k:{\"name\":\"main\"}": {".": {}, "f:name": {}, "f:args": {}, "f:env": {"k:{\"name\":\"A\"}": {".": {}, "f:name": {}, "f:value": {}}}},
                 "k:{\"name\":\"gone\"}": {".": {}, "f:name": {}, "f:image": {}}}}}}}},
             {"manager": "kube-controller-manager", "operation": "Update", "subresource": "scale", "apiVersion": "apps/v1", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
             {"manager": "vi", "operation": "Update", "apiVersion": "apps/v1", "fieldsV1": {"f:metadata": {"f:annotations": {"f:note": {}, "f:other": {}}}}},
             {"manager": "rollouts", "operation": "Apply", "apiVersion": "apps/v1", "fieldsV1": {"f:spec": {"f:template": {"f:spec": {"f:containers": {
                 "k:{\"name\":\"main\"}": {".": {}, "f:name": {}, "f:image": {}}}}}}}}]},
         "spec": {"replicas": 5, "minReadySeconds": 9, "paused": true,
                  "template": {"spec": {"containers": [
                    {"name": "injected", "image": "proxy:1"},
                    {"name": "gone", "image": "gone:1"},
                    {"name": "main", "image": "web:2", "args": ["a", "x"], "env": [{"name": "A", "value": "2"}, {"name": "B", "value": "3"}]}]} } } }
        """;

    private static readonly FieldPath Replicas = Path("f:spec", "f:replicas");
    private static readonly FieldPath Image = Path("f:spec", "f:template", "f:spec", "f:containers", """k:{"name":"main"}""", "f:image");
    private static readonly FieldPath Args = Path("f:spec", "f:template", "f:spec", "f:containers", """k:{"name":"main"}""", "f:args");
    private static readonly FieldPath Gone = Path("f:spec", "f:template", "f:spec", "f:containers", """k:{"name":"gone"}""");
    private static readonly FieldPath Annotations = Path("f:metadata", "f:annotations");
    private static readonly FieldPath Mark = Path("f:metadata", "f:labels", "f:gitops-operator.dev/application");

    private static readonly (string What, IgnoreRules Rules, FieldPath Path, bool Ignored)[] Cases =
    [
        ("its own field", Rules.Pointers("/spec/replicas"), Replicas, true),
        ("another field", Rules.Pointers("/spec/minReadySeconds"), Replicas, false),
        ("a map around it", Rules.Pointers("/spec"), Replicas, true),
        ("an item by its place in the live object", Rules.Pointers("/spec/template/spec/containers/2/image"), Image, true),
        ("an item by its place in the manifest", Rules.Pointers("/spec/template/spec/containers/0/image"), Image, true),
        ("an item by its name", Rules.Jq(".spec.template.spec.containers[] | select(.name == \"main\").image"), Image, true),
        ("another item by its name", Rules.Jq(".spec.template.spec.containers[] | select(.name == \"new\").image"), Image, false),
        ("an expression that the object stops", Rules.Jq(".spec.replicas[], .spec.replicas"), Replicas, false),
        ("one item of a list that is one value, the one that differs", Rules.Jq(".spec.template.spec.containers[].args[1]?"), Args, false),
        ("one item of a list that is one value, where all have it", Rules.Jq(".spec.template.spec.containers[].args[1:]?"), Args, true),
        ("a manager that updates", Rules.Managers("vi"), Path("f:metadata", "f:annotations", "f:note"), true),
        ("a manager that applies", Rules.Managers("rollouts"), Image, true),
        ("a manager of a subresource", Rules.Managers("kube-controller-manager"), Replicas, true),
        ("a manager that does not own it", Rules.Managers("vi"), Replicas, false),
        ("a removed item", Rules.Jq(".spec.template.spec.containers[] | select(.name == \"gone\")"), Gone, true),
        ("everything, but never our marks", Rules.Pointers("/metadata"), Mark, false),
        ("everything else beside our marks", Rules.Pointers("/metadata"), Path("f:metadata", "f:annotations", "f:note"), true),
        ("a map of which a part is ignored and the rest is the same", Rules.Jq(".metadata.annotations | .note, .other"), Annotations, true),
        ("a map of which a part is ignored and the rest is not", Rules.Pointers("/metadata/annotations/other"), Annotations, false),
    ];

    public static TheoryData<string> Differences => [.. Cases.Select(static item => item.What)];

    [Theory]
    [MemberData(nameof(Differences))]
    public void A_difference_is_ignored_where_a_rule_covers_all_of_it(string what)
    {
        var (_, rules, path, ignored) = Cases.Single(item => item.What == what);
        // The args are the second case's: where one item of three is left, two lists are not the same.
        var desired = what.Contains("the one that differs", StringComparison.Ordinal) ? Desired.Replace("[\"a\", \"b\"]", "[\"c\", \"b\"]", StringComparison.Ordinal) : Desired;
        (Of(rules, desired)?.Ignores(path) ?? false).ShouldBe(ignored, what);
    }

    [Theory]
    [InlineData("/spec/replicas", """{"spec": {"minReadySeconds": 1}}""", "another owns it: left out")]
    [InlineData("/spec/minReadySeconds", """{"spec": {"replicas": 3, "minReadySeconds": 9}}""", "ours: its live value")]
    [InlineData("/spec/paused", """{"spec": {"replicas": 3, "minReadySeconds": 1, "paused": true}}""", "ours, and gone from Git: its live value")]
    [InlineData("/spec/strategy", """{"spec": {"replicas": 3, "minReadySeconds": 1}}""", "nowhere")]
    public void What_is_sent_changes_no_ignored_field(string pointer, string spec, string why) =>
        Held(Rules.Pointers(pointer), spec).ShouldBeNull(why);

    [Fact]
    public void Items_are_held_by_their_keys_and_keep_them_and_new_ones_come_as_they_are()
    {
        var held = Of(Rules.Jq(".spec.template.spec.containers[] | .image, .name"))!.Hold(whole: false);
        Objects.Text(held.At("spec", "template", "spec", "containers")).ShouldBe(
            """[{"name":"main","args":["a","b"],"env":[{"name":"A","value":"1"}]},{"name":"new","image":"new:1"}]""");
    }

    [Fact]
    public void An_ignored_item_that_Git_let_go_of_stays_ours()
    {
        var held = Of(Rules.Jq(".spec.template.spec.containers[] | select(.name == \"gone\")"))!.Hold(whole: false);
        Objects.Text(held.At("spec", "template", "spec", "containers")![2]).ShouldBe("""{"image":"gone:1","name":"gone"}""");
    }

    [Fact]
    public void A_list_that_is_one_value_is_held_item_by_item()
    {
        var held = Of(Rules.Jq(".spec.template.spec.containers[].args[1]?"))!.Hold(whole: false);
        Objects.Text(held.At("spec", "template", "spec", "containers")![0]!["args"]).ShouldBe("""["a","x"]""");
    }

    [Fact]
    public void Of_a_map_only_what_is_ours_is_sent_and_our_marks_always()
    {
        var held = Of(Rules.Pointers("/metadata/annotations", "/metadata/labels"))!.Hold(whole: false);
        Objects.Text(held.At("metadata", "annotations")).ShouldBe("""{"gitops-operator.dev/tracking-id":"y"}""");
        Objects.Text(held.At("metadata", "labels")).ShouldBe("""{"team":"a","gitops-operator.dev/application":"x"}""");
    }

    [Fact]
    public void An_object_that_is_replaced_gets_every_ignored_field_as_it_is()
    {
        var held = Of(Rules.Pointers("/spec/replicas", "/metadata/annotations"))!.Hold(whole: true);
        held.At("spec", "replicas")!.GetValue<int>().ShouldBe(5);
        held.Annotation("other").ShouldBe("z");
        held.Annotation("note").ShouldBe("live");
    }

    [Fact]
    public void Where_nothing_has_to_be_held_the_manifest_itself_is_sent()
    {
        var desired = KubernetesObject.Parse(Desired.Replace("\"minReadySeconds\": 1", "\"minReadySeconds\": 9", StringComparison.Ordinal));
        IgnoredFields.Of(Rules.Pointers("/spec/minReadySeconds"), Names.FieldManager, KubernetesObject.Parse(Live), desired)!.Hold(whole: false).ShouldBeSameAs(desired);
    }

    [Fact]
    public void Ownership_counts_where_it_is_not_ignored()
    {
        // We have lost the replicas, the note and the image; paused and one container are ours and not in the manifest.
        var all = new[] { "/spec/replicas", "/metadata/annotations", "/spec/paused", "/spec/template" };
        Of(Rules.Pointers(all))!.ExplainsOwnership().ShouldBeTrue();
        foreach (var missing in all)
        {
            Of(Rules.Pointers([.. all.Where(pointer => pointer != missing)]))!.ExplainsOwnership().ShouldBeFalse(missing);
        }
    }

    [Fact]
    public void Manifests_that_differ_in_what_is_ignored_are_the_same()
    {
        var (before, after) = (KubernetesObject.Parse(Desired), KubernetesObject.Parse(Desired.Replace("\"replicas\": 3", "\"replicas\": 4", StringComparison.Ordinal)));
        IgnoredFields.AreSame(Rules.Pointers("/spec/replicas"), before, after).ShouldBeTrue();
        IgnoredFields.AreSame(Rules.Pointers("/spec/paused"), before, after).ShouldBeFalse();
        IgnoredFields.AreSame(IgnoreRules.None, before, before).ShouldBeFalse("no rule is about it");
    }

    [Theory]
    [InlineData("apps", "Deployment", null, null, true)]
    [InlineData("apps", "Deploy*", "w?b", "s*", true)]
    [InlineData("*", "*", null, null, true)]
    [InlineData("{apps,batch}", "Deployment", "web", "shop", true)]
    [InlineData(null, "Deployment", null, null, false)]
    [InlineData("apps", "StatefulSet", null, null, false)]
    [InlineData("apps", "Deployment", "we", null, false)]
    [InlineData("apps", "Deployment", null, "shops", false)]
    [InlineData("APPS", "Deployment", null, null, false)]
    public void A_rule_is_about_objects_by_globs(string? group, string kind, string? name, string? @namespace, bool matches) =>
        Rules.Of(new IgnoreDifference { Group = group, Kind = kind, Name = name, Namespace = @namespace, JsonPointers = ["/spec"] })
            .AreAbout(new("apps", "Deployment", "shop", "web")).ShouldBe(matches);

    private static IgnoredFields? Of(IgnoreRules rules, string desired = Desired) =>
        IgnoredFields.Of(rules, Names.FieldManager, KubernetesObject.Parse(Live), KubernetesObject.Parse(desired));

    // Null: as expected; the pod template apart.
    private static string? Held(IgnoreRules rules, string spec)
    {
        var held = (Of(rules)?.Hold(whole: false) ?? KubernetesObject.Parse(Desired)).DeepClone();
        held.At("spec")!.AsObject().Remove("template");
        var text = Objects.Text(held.At("spec"));
        return Objects.AreEqual(text, Objects.Text(Objects.Json(spec)["spec"])) ? null : text;
    }

    private static FieldPath Path(params string[] elements) => new([.. elements.Select(PathElement.Parse)]);
}
