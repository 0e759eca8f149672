using GitOps.Manifests.Kustomize;
using GitOps.Operator.Api;

namespace GitOps.Operator.Tests.Api;

public sealed class KustomizeRulesTests
{
    private const string Field = "spec.source.kustomize";

    [Fact]
    public void Every_field_is_read()
    {
        var validation = Validate("""
            {"namePrefix":"p-","nameSuffix":"-s","namespace":"team","images":["nginx:2","a=b@sha256:c"],
             "replicas":[{"name":"web","count":3},{"name":"api","count":"4"}],
             "commonLabels":{"team":"a"},"forceCommonLabels":true,"labelWithoutSelector":true,"labelIncludeTemplates":true,
             "commonAnnotations":{"note":"b"},"forceCommonAnnotations":true,"commonAnnotationsEnvsubst":true,
             "patches":[{"path":"a.yaml"},
                        {"patch":"[]","target":{"group":"g","version":"v","kind":"k","name":"n","namespace":"s","labelSelector":"l=1","annotationSelector":"a=1"},
                         "options":{"allowNameChange":true,"allowKindChange":true}}],
             "components":["../c"],"ignoreMissingComponents":true}
            """);

        validation.Errors.ShouldBeEmpty();
        var overrides = validation.Spec!.Kustomize.Overrides;
        overrides.NamePrefix.ShouldBe("p-");
        overrides.NameSuffix.ShouldBe("-s");
        overrides.Namespace.ShouldBe("team");
        overrides.Images.ShouldBe(["nginx:2", "a=b@sha256:c"]);
        overrides.Replicas.Select(static pair => $"{pair.Key}={pair.Value}").ShouldBe(["api=4", "web=3"]);
        overrides.CommonLabels.ShouldHaveSingleItem().ShouldBe(new("team", "a"));
        overrides.CommonAnnotations.ShouldHaveSingleItem().ShouldBe(new("note", "b"));
        overrides.ForceCommonLabels.ShouldBeTrue();
        overrides.LabelWithoutSelector.ShouldBeTrue();
        overrides.LabelIncludeTemplates.ShouldBeTrue();
        overrides.ForceCommonAnnotations.ShouldBeTrue();
        overrides.Patches.ShouldBe(
        [
            new("a.yaml", null, null, AllowNameChange: false, AllowKindChange: false),
            new(null, "[]", new KustomizeTarget("g", "v", "k", "n", "s", "l=1", "a=1"), AllowNameChange: true, AllowKindChange: true),
        ]);
        overrides.Components.ShouldBe(["../c"]);
        overrides.IgnoreMissingComponents.ShouldBeTrue();
        validation.Spec.Kustomize.ExpandsAnnotations.ShouldBeTrue();
    }

    [Fact]
    public void Without_fields_nothing_is_added()
    {
        var settings = Validate("{}").Spec!.Kustomize;

        settings.Overrides.NamePrefix.ShouldBeNull();
        settings.Overrides.Images.ShouldBeEmpty();
        settings.Overrides.Patches.ShouldBeEmpty();
        Applications.Validate($$"""{ {{Applications.Source}} }""").Spec!.Kustomize.ShouldBe(KustomizeSettings.None);
    }

    [Fact]
    public void The_text_tells_one_set_of_options_from_another() =>
        (Validate("""{"namePrefix":"a-"}""").Spec!.Kustomize.Text == Validate("""{"namePrefix":"b-"}""").Spec!.Kustomize.Text).ShouldBeFalse();

    [Theory]
    [InlineData("""{"namePrefix":1}""", ".namePrefix")]
    [InlineData("""{"nameSuffix":["a"]}""", ".nameSuffix")]
    [InlineData("""{"namespace":{}}""", ".namespace")]
    [InlineData("""{"images":"nginx"}""", ".images")]
    [InlineData("""{"images":["a:1",2]}""", ".images[1]")]
    [InlineData("""{"replicas":{}}""", ".replicas")]
    [InlineData("""{"replicas":[{"name":"a","count":1},{"name":"b","count":-1}]}""", ".replicas[1]")]
    [InlineData("""{"replicas":[{"count":1}]}""", ".replicas[0]")]
    [InlineData("""{"replicas":[{"name":"a"}]}""", ".replicas[0]")]
    [InlineData("""{"replicas":[{"name":"a","count":"many"}]}""", ".replicas[0]")]
    [InlineData("""{"commonLabels":{"a":1}}""", ".commonLabels.a")]
    [InlineData("""{"commonAnnotations":{"a":true}}""", ".commonAnnotations.a")]
    [InlineData("""{"forceCommonLabels":"true"}""", ".forceCommonLabels")]
    [InlineData("""{"labelWithoutSelector":1}""", ".labelWithoutSelector")]
    [InlineData("""{"labelIncludeTemplates":"no"}""", ".labelIncludeTemplates")]
    [InlineData("""{"forceCommonAnnotations":{}}""", ".forceCommonAnnotations")]
    [InlineData("""{"patches":{}}""", ".patches")]
    [InlineData("""{"patches":[{}]}""", ".patches[0]")]
    [InlineData("""{"patches":[{"path":"a","patch":"b"}]}""", ".patches[0]")]
    [InlineData("""{"patches":[{"path":1,"patch":"b"}]}""", ".patches[0].path")]
    [InlineData("""{"patches":[{"path":"a","target":{"kind":1}}]}""", ".patches[0].target.kind")]
    [InlineData("""{"patches":[{"path":"a","options":{"allowNameChange":"yes"}}]}""", ".patches[0].options.allowNameChange")]
    [InlineData("""{"patches":[{"path":"a"},{"path":"b","options":{"unknown":true}}]}""", ".patches[1].options.unknown")]
    [InlineData("""{"components":"a"}""", ".components")]
    [InlineData("""{"components":[{}]}""", ".components[0]")]
    [InlineData("""{"ignoreMissingComponents":0}""", ".ignoreMissingComponents")]
    [InlineData("""{"commonAnnotationsEnvsubst":"true"}""", ".commonAnnotationsEnvsubst")]
    [InlineData("""{"commonLabels":{"a":"b"},"labelIncludeTemplates":true}""", ".labelIncludeTemplates")]
    [InlineData("""{"replicas":[1]}""", ".replicas[0]")]
    [InlineData("""{"commonLabels":[]}""", ".commonLabels")]
    [InlineData("""{"commonAnnotations":"a"}""", ".commonAnnotations")]
    [InlineData("""{"patches":[{"path":"a"},"b"]}""", ".patches[1]")]
    [InlineData("""{"patches":[{"path":"a","target":"b"}]}""", ".patches[0].target")]
    [InlineData("""{"patches":[{"path":"a","options":[]}]}""", ".patches[0].options")]
    [InlineData("[]", "")]
    [InlineData("\"text\"", "")]
    public void What_does_not_fit_is_reported_with_its_path(string kustomize, string path)
    {
        var validation = Validate(kustomize);

        validation.IsValid.ShouldBeFalse();
        Normalized(validation.Errors.ShouldHaveSingleItem().Field).ShouldBe(Field + path);
    }

    private static SpecValidation Validate(string kustomize) =>
        Applications.Validate($$"""{"source":{"repoURL":"https://example.org/a.git","path":"apps/web","kustomize":{{kustomize}} } }""");

    private static string Normalized(string field) => field.StartsWith("spec.", StringComparison.Ordinal) ? field : $"spec.{field}";
}
