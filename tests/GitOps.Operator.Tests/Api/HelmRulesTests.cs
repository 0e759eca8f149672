using System.Text.Json.Nodes;
using GitOps.Manifests;
using GitOps.Operator.Api;
using GitOps.Operator.Render;

namespace GitOps.Operator.Tests.Api;

public sealed class HelmRulesTests
{
    [Theory]
    [InlineData("""{"releaseName":"Web"}""", "helm.releaseName", "is no name of a release")]
    [InlineData("""{"releaseName":"--help"}""", "helm.releaseName", "is no name of a release")]
    [InlineData("""{"releaseName":"a123456789012345678901234567890123456789012345678901234"}""", "helm.releaseName", "at most 53")]
    [InlineData("""{"namespace":"a/b"}""", "helm.namespace", "is no name of a namespace")]
    [InlineData("""{"kubeVersion":"latest"}""", "helm.kubeVersion", "is no version of Kubernetes")]
    [InlineData("""{"apiVersions":["a,b"]}""", "helm.apiVersions[0]", "is neither GROUP/VERSION")]
    [InlineData("""{"valueFiles":["https://example.org/a.yaml"]}""", "helm.valueFiles[0]", "values are not fetched from a URL")]
    [InlineData("""{"valueFiles":["secrets://a.yaml"]}""", "helm.valueFiles[0]", "values are not fetched from a URL")]
    [InlineData("""{"valueFiles":[""]}""", "helm.valueFiles[0]", "is empty")]
    [InlineData("""{"valueFiles":"a.yaml"}""", "helm.valueFiles", "expected a list")]
    [InlineData("""{"valueFiles":[1]}""", "helm.valueFiles[0]", "expected a string")]
    [InlineData("""{"values":{"a":1}}""", "helm.values", "expected a string")]
    [InlineData("""{"valuesObject":"a: 1"}""", "helm.valuesObject", "expected an object")]
    [InlineData("""{"parameters":[{"value":"a"}]}""", "helm.parameters[0].name", "expected the path of a value")]
    [InlineData("""{"parameters":[{"name":"a=b","value":"a"}]}""", "helm.parameters[0].name", "expected the path of a value")]
    [InlineData("""{"parameters":[{"name":"a","value":1}]}""", "helm.parameters[0].value", "expected a string")]
    [InlineData("""{"parameters":["a"]}""", "helm.parameters[0]", "expected an object")]
    [InlineData("""{"fileParameters":[{"name":"a"}]}""", "helm.fileParameters[0].path", "is empty")]
    [InlineData("""{"skipCrds":"yes"}""", "helm.skipCrds", "expected true or false")]
    [InlineData("""{"version":"v2"}""", "helm.version", "there is one helm")]
    [InlineData("[]", "helm", "expected an object")]
    public void What_makes_no_sense_is_named(string helm, string field, string expected)
    {
        var errors = new SpecErrors();

        HelmRules.Check(JsonNode.Parse(helm), "helm", errors);

        var error = errors.ToSorted().ShouldHaveSingleItem();
        error.Field.ShouldBe(field);
        error.Message.ShouldContain(expected);
    }

    [Theory]
    [InlineData("""{"releaseName":"a"}""", SourceKind.Helm)]
    [InlineData("""{"skipCrds":true}""", SourceKind.Helm)]
    [InlineData("""{"valuesObject":{"a":1}}""", SourceKind.Helm)]
    [InlineData("""{"releaseName":"","valueFiles":[],"skipCrds":false,"valuesObject":{}}""", null)]
    [InlineData("{}", null)]
    public void What_is_set_makes_a_source_a_chart(string helm, SourceKind? kind) =>
        Applications.Validate($$"""{"source":{"repoURL":"https://e.org/a","path":"x","helm":{{helm}} } }""").Spec!.Source.Kind.ShouldBe(kind);

    [Theory]
    [InlineData("kustomize", """{"namePrefix":"a-"}""")]
    [InlineData("directory", """{"recurse":true}""")]
    public void A_chart_is_nothing_else_too(string other, string options)
    {
        var validation = Applications.Validate($$"""{"source":{"repoURL":"https://e.org/a","path":"x","helm":{"releaseName":"a"},"{{other}}":{{options}} } }""");

        validation.Reason.ShouldBe("Contradiction");
        validation.Errors.ShouldHaveSingleItem().Message.ShouldContain(other);
    }

    [Theory]
    [InlineData("""{"values":"a: 1"}""", """{"values":"a: 2"}""", false)]
    [InlineData("""{"values":"a: 1"}""", """{"values":"a: 1"}""", true)]
    [InlineData("""{"valueFiles":["a","b"]}""", """{"valueFiles":["b","a"]}""", false)]
    [InlineData("""{"parameters":[{"name":"a","value":"1"}]}""", """{"parameters":[{"name":"a","value":"1","forceString":true}]}""", false)]
    [InlineData("{}", """{"skipTests":true}""", false)]
    public void Another_setting_is_another_source(string one, string other, bool isSame)
    {
        (Hash(one) == Hash(other)).ShouldBe(isSame);

        static string Hash(string helm)
        {
            var spec = Applications.Validate($$"""{"source":{"repoURL":"https://e.org/a","path":"x","helm":{{helm}} } }""").Spec!;
            return RenderOptions.HashOf(spec) + RenderOptions.TextOf(spec);
        }
    }
}
