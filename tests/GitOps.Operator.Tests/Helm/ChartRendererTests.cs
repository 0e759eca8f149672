using GitOps.Manifests;
using GitOps.Manifests.Trees;
using GitOps.Operator.Render;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Helm;

public sealed class ChartRendererTests
{
    private const string Template = """
        {{- range $i := until (int .Values.count) }}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: {{ $.Release.Name }}-{{ $i }}
          namespace: {{ $.Release.Namespace }}
        data:
          text: {{ $.Values.text | quote }}
          kind: {{ kindOf $.Values.text }}
          list: {{ $.Values.list | toJson | quote }}
          deep: {{ $.Values.a.b | quote }}
          install: "{{ $.Release.IsInstall }}{{ $.Release.IsUpgrade }}"
        {{- end }}
        """;

    private const string Hooks = """
        apiVersion: batch/v1
        kind: Job
        metadata:
          name: {{ .Release.Name }}-migrate
          annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-weight: "-5"}
        spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: {{ .Release.Name }}-test
          annotations: {helm.sh/hook: test}
        spec: {containers: [{name: a, image: b}]}
        """;

    private const string Values = "count: 2\ntext: chart\nlist: [1]\na: {b: chart}\n";

    private static readonly Dictionary<string, string> Whole = HelmBed.Chart(
        ("values.yaml", Values),
        ("templates/maps.yaml", Template),
        ("templates/hooks.yaml", Hooks),
        ("templates/NOTES.txt", "{{ .Values.text }} is no manifest"),
        ("crds/kind.yaml", "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.org}\nspec: {group: example.org}\n"),
        ("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\n"),
        ("charts/sub/templates/a.yaml", HelmBed.Map("{{ .Release.Name }}-sub", "text: {{ .Values.global.text | default \"sub\" | quote }}")),
        ("values-dev.yaml", "text: dev\ncount: 1\n"),
        ("values-eu.yaml", "text: eu\na: {b: eu}\n"),
        ("env/one.yaml", "text: one\n"),
        ("env/two.yaml", "text: two\n"),
        ("motd.txt", "hello, all\n"));

    public static TheoryData<string, string[]> Settings => new()
    {
        { "{}", [] },
        { """{"valueFiles":["values-dev.yaml","values-eu.yaml"]}""", ["-f", "chart/values-dev.yaml", "-f", "chart/values-eu.yaml"] },
        { """{"valueFiles":["/chart/values-eu.yaml","../chart/values-dev.yaml"]}""", ["-f", "chart/values-eu.yaml", "-f", "chart/values-dev.yaml"] },
        { """{"valueFiles":["env/*.yaml"]}""", ["-f", "chart/env/one.yaml", "-f", "chart/env/two.yaml"] },
        { """{"valueFiles":["env/two.yaml","**/*e.yaml","env/*"]}""", ["-f", "chart/env/two.yaml", "-f", "chart/env/one.yaml"] },
        { """{"valueFiles":["absent.yaml","none/*.yaml","values-dev.yaml"],"ignoreMissingValueFiles":true}""", ["-f", "chart/values-dev.yaml"] },
        { """{"valueFiles":["values-dev.yaml"],"values":"text: text\nlist: [3]"}""", ["-f", "chart/values-dev.yaml", "--set", "text=text,list={3}"] },
        { """{"values":"text: text","valuesObject":{"text":"object","a":{"b":5}}}""", ["--set", "text=object,a.b=5"] },
        { """{"values":"text: text","parameters":[{"name":"text","value":"one, two"},{"name":"list","value":"{a,b}"},{"name":"a.b","value":"true"}]}""", ["--set", "text=one\\, two", "--set", "list={a,b}", "--set", "a.b=true"] },
        { """{"parameters":[{"name":"text","value":"1","forceString":true},{"name":"a.b","value":"1"},{"name":"a.b","value":"2"}]}""", ["--set-string", "text=1", "--set", "a.b=2"] },
        { """{"fileParameters":[{"name":"text","path":"motd.txt"}],"parameters":[{"name":"text","value":"x"}]}""", ["--set", "text=x", "--set-file", "text=chart/motd.txt"] },
        { """{"skipTests":true}""", ["--skip-tests"] },
        { """{"namespace":"other","version":"v3"}""", ["--namespace", "other"] },
        { """{"kubeVersion":"1.25","apiVersions":["a/v1"]}""", ["--kube-version", "1.25", "--api-versions", "a/v1"] },
        { """{"parameters":[{"name":"text","value":"$ARGOCD_APP_REVISION-${ARGOCD_APP_NAMESPACE}"}]}""", ["--set", "text=abc-shop"] },
        { """{"valueFiles":["values-$NOTHING${ARGOCD_APP_PROJECT_NAME}.yaml"],"ignoreMissingValueFiles":true}""", [] },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task It_renders_as_helm_template_does(string helm, string[] arguments)
    {
        using var bed = new HelmBed();

        var rendered = await bed.RenderAsync(Whole, helm);

        var byHand = await bed.ByHandAsync(Whole, arguments);
        byHand.Length.ShouldBeGreaterThan(3);
        rendered.Objects.Select(static item => item.Object.Json.ToJsonString()).ShouldBe(byHand.Select(static item => item.Json.ToJsonString()));
        Directory.EnumerateFileSystemEntries(bed.Runs).ShouldBeEmpty();
    }

    [Fact]
    public async Task Objects_say_which_template_they_come_from()
    {
        using var bed = new HelmBed();

        var rendered = await bed.RenderAsync(Whole);

        rendered.Objects.Select(static item => item.Location.File).Distinct(StringComparer.Ordinal).ShouldBe(
            ["chart/crds/kind.yaml", "chart/charts/sub/templates/a.yaml", "chart/templates/maps.yaml", "chart/templates/hooks.yaml"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("{}", true)]
    [InlineData("""{"skipCrds":true}""", false)]
    public async Task CRDs_are_rendered_unless_they_are_left_out(string helm, bool isThere)
    {
        using var bed = new HelmBed();
        (await bed.RenderAsync(Whole, helm)).Objects.Any(static item => item.Object.Kind == "CustomResourceDefinition").ShouldBe(isThere);
    }

    [Theory]
    [InlineData("""{"valueFiles":["absent.yaml"]}""", "absent.yaml: there is no such file")]
    [InlineData("""{"valueFiles":["none/*.yaml"]}""", "none/*.yaml: no file fits the glob")]
    [InlineData("""{"valueFiles":["../../x.yaml"]}""", "leads out of the repository")]
    [InlineData("""{"valueFiles":["../../*.yaml"]}""", "leads out of the repository")]
    [InlineData("""{"valueFiles":["$other/x.yaml"]}""", "there is no such file")]
    [InlineData("""{"fileParameters":[{"name":"a","path":"absent"}]}""", "absent: there is no such file")]
    [InlineData("""{"values":"a: [b"}""", "helm template:")]
    public async Task What_cannot_be_had_is_an_error_in_words(string helm, string expected)
    {
        using var bed = new HelmBed();
        (await Should.ThrowAsync<Exception>(() => bed.RenderAsync(Whole, helm))).Message.ShouldContain(expected);
    }

    [Theory]
    [InlineData("{{ fail \"say a name\" }}", "say a name")]
    [InlineData("{{ .Values.a.b.c }}", "templates/bad.yaml")]
    [InlineData("{{ nothing }}", "function \"nothing\" not defined")]
    [InlineData("a: b\n  c: d", "templates/bad.yaml")]
    [InlineData("kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\n---\nkind: ConfigMap\napiVersion: v1\nmetadata: {name: x}", "defined twice")]
    [InlineData("kind: ConfigMap\napiVersion: v1\nmetadata: [x]", "templates/bad.yaml")]
    public async Task An_error_of_a_chart_is_told_as_helm_says_it(string template, string expected)
    {
        using var bed = new HelmBed();
        var error = await Should.ThrowAsync<ManifestException>(() => bed.RenderAsync(HelmBed.Chart(("templates/bad.yaml", template))));
        error.Message.ShouldContain(expected);
        error.Message.ShouldNotContain(bed.Runs);
        error.Message.ShouldNotContain("--debug");
    }

    [Fact]
    public async Task Values_can_come_from_another_source()
    {
        using var bed = new HelmBed();
        var other = new RecordingSourceTree(MemorySourceTree.Of(new Dictionary<string, string>(StringComparer.Ordinal) { ["env/web.yaml"] = "text: other", ["x"] = "y" }));

        var rendered = await bed.RenderAsync(bed.Tree(Whole), HelmBed.Source("""{"valueFiles":["$values/env/${ARGOCD_APP_NAME}.yaml","$values/env/web.yaml"],"ignoreMissingValueFiles":true}"""), ("values", other));

        rendered.Objects.First(static item => item.Object.Kind == "ConfigMap" && item.Object.Name == "web-0").Object.Json["data"]!["text"]!.GetValue<string>().ShouldBe("other");
        other.Inputs.Entries.Keys.ShouldBe(["env/team_web.yaml", "env/web.yaml"], ignoreOrder: true);
    }

    [Fact]
    public async Task Only_a_commit_that_touches_what_was_read_renders_again()
    {
        using var bed = new HelmBed();
        var files = new Dictionary<string, string>(Whole, StringComparer.Ordinal) { ["other/values.yaml"] = "a: b", ["used/values.yaml"] = "text: used" };
        var tree = bed.Tree(files);
        await bed.RenderAsync(tree, HelmBed.Source("""{"valueFiles":["../used/*.yaml"]}"""));

        (await HoldsAsync("other/values.yaml")).ShouldBeTrue();
        (await HoldsAsync("chart-2/Chart.yaml")).ShouldBeTrue();
        (await HoldsAsync("used/values.yaml")).ShouldBeFalse();
        (await HoldsAsync("used/more.yaml")).ShouldBeFalse();
        (await HoldsAsync("chart/templates/maps.yaml")).ShouldBeFalse();
        (await HoldsAsync("chart/templates/new.yaml")).ShouldBeFalse();
        (await HoldsAsync("chart/README.md")).ShouldBeFalse();

        async Task<bool> HoldsAsync(string changed)
        {
            var later = new Dictionary<string, string>(files, StringComparer.Ordinal) { [changed] = "changed: true" };
            return await tree.Inputs.HoldAsync(bed.Tree(later, "def"), TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Another_helm_renders_again()
    {
        using var bed = new HelmBed();
        var tree = bed.Tree(Whole);
        await bed.RenderAsync(tree, HelmBed.Source());

        tree.Inputs.Entries[BuildTree.PathOfFact(IBuildFacts.Helm)].ShouldNotBeNull()
            .ShouldEndWith($"-> {await TestProgram.Require("GITOPS_TEST_HELM").RunAsync("version", "--template", "{{.Version}}")}");
    }

    [Theory]
    [InlineData("{}", """{"b":{"d":1},"e":{"f":1}}""", """{"a":null,"b":{"c":null,"d":1},"e":{"f":1}}""")]
    [InlineData("""{"values":"a: null\nb: {c: null}"}""", """{"b":{"c":null,"d":1},"e":{"f":1}}""", """{"b":{"d":1},"e":{"f":1}}""")]
    [InlineData("""{"values":"e: null\nb: {d: null}"}""", """{"b":{}}""", """{"a":null,"b":{"c":null}}""")]
    [InlineData("""{"values":"g: null"}""", """{"b":{"d":1},"e":{"f":1},"g":null}""", """{"a":null,"b":{"c":null,"d":1},"e":{"f":1},"g":null}""")]
    public async Task A_default_that_is_null_is_there_for_one_helm_and_not_for_the_other(string helm, string expected, string expectedOf3)
    {
        using var bed = new HelmBed();

        var rendered = await bed.RenderAsync(
            HelmBed.Chart(("values.yaml", "a: null\nb: {c: null, d: 1}\ne: {f: 1}\n"), ("templates/a.yaml", HelmBed.Map("a", "all: {{ .Values | toJson | quote }}"))), helm);

        rendered.Objects.Single().Object.Json["data"]!["all"]!.GetValue<string>().ShouldBe(await bed.IsHelm3Async() ? expectedOf3 : expected);
    }

    [Fact]
    public async Task What_differs_at_each_rendering_is_a_warning()
    {
        using var bed = new HelmBed();

        var rendered = await bed.RenderAsync(HelmBed.Chart(
            ("templates/a.yaml", HelmBed.Map("a", "random: {{ randAlphaNum 5 | quote }}\n  looked: {{ (lookup \"v1\" \"Secret\" \"a\" \"b\") | toJson | quote }}")),
            ("templates/b.yaml", HelmBed.Map("b", "now: \"{{ .Values.now }} now {{ \"now\" }}\" # {{/* now */}}"))));

        rendered.Warnings.Length.ShouldBe(2);
        rendered.Warnings[0].ShouldStartWith("chart/templates/a.yaml: lookup finds nothing");
        rendered.Warnings[1].ShouldStartWith("chart/templates/a.yaml: randAlphaNum answers otherwise");
        rendered.Objects.Single(static item => item.Object.Name == "a").Object.Json["data"]!["looked"]!.GetValue<string>().ShouldBe("{}");
    }

    [Theory]
    [InlineData("absent", "absent: there is no such directory")]
    [InlineData("chart/templates", "chart/templates/Chart.yaml: there is no such file")]
    public async Task A_directory_that_is_no_chart_is_refused(string path, string expected)
    {
        using var bed = new HelmBed();
        (await Should.ThrowAsync<ManifestException>(() => bed.RenderAsync(bed.Tree(Whole), HelmBed.Source("""{"skipTests":true}""", path) with { Kind = SourceKind.Helm })))
            .Message.ShouldContain(expected);
    }
}
