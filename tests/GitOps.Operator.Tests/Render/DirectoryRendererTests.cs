using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using GitOps.Manifests;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;
using GitOps.Operator.Render;
using GitOps.Operator.Tests.Api;

namespace GitOps.Operator.Tests.Render;

/// <summary>From an Application's source to objects: which renderer, and what each option of a kustomization does.</summary>
public sealed class DirectoryRendererTests
{
    private const string Deployment = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 1
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec: {containers: [{name: app, image: "nginx:1.25"}]}
        """;

    /// <summary>One row for each field that Argo CD has.</summary>
    [Theory]
    [InlineData("namePrefix", """{"namePrefix":"p-"}""", "metadata.name", "p-web")]
    [InlineData("nameSuffix", """{"nameSuffix":"-s"}""", "metadata.name", "web-s")]
    [InlineData("namespace", """{"namespace":"team"}""", "metadata.namespace", "team")]
    [InlineData("images", """{"images":["nginx=mirror/web:2"]}""", "spec.template.spec.containers.0.image", "mirror/web:2")]
    [InlineData("images", """{"images":["nginx:${ARGOCD_APP_REVISION_SHORT}"]}""", "spec.template.spec.containers.0.image", "nginx:0123456")]
    [InlineData("replicas", """{"replicas":[{"name":"web","count":3}]}""", "spec.replicas", "3")]
    [InlineData("replicas", """{"replicas":[{"name":"web","count":"4"}]}""", "spec.replicas", "4")]
    [InlineData("commonLabels", """{"commonLabels":{"team":"a"}}""", "spec.selector.matchLabels.team", "a")]
    [InlineData("commonLabels", """{"commonLabels":{"team":"$ARGOCD_APP_NAME"}}""", "metadata.labels.team", "team-a_web")]
    [InlineData("forceCommonLabels", """{"commonLabels":{"set":"a"},"forceCommonLabels":true}""", "metadata.labels.set", "a")]
    [InlineData("labelWithoutSelector", """{"commonLabels":{"team":"a"},"labelWithoutSelector":true}""", "spec.selector.matchLabels.team", null)]
    [InlineData("labelWithoutSelector", """{"commonLabels":{"team":"a"},"labelWithoutSelector":true}""", "spec.template.metadata.labels.team", null)]
    [InlineData("labelIncludeTemplates", """{"commonLabels":{"team":"a"},"labelWithoutSelector":true,"labelIncludeTemplates":true}""", "spec.template.metadata.labels.team", "a")]
    [InlineData("commonAnnotations", """{"commonAnnotations":{"note":"a"}}""", "metadata.annotations.note", "a")]
    [InlineData("commonAnnotations", """{"commonAnnotations":{"note":"$ARGOCD_APP_NAME"}}""", "metadata.annotations.note", "$ARGOCD_APP_NAME")]
    [InlineData("forceCommonAnnotations", """{"commonAnnotations":{"given":"a"},"forceCommonAnnotations":true}""", "metadata.annotations.given", "a")]
    [InlineData("commonAnnotationsEnvsubst", """{"commonAnnotations":{"note":"$ARGOCD_APP_NAME"},"commonAnnotationsEnvsubst":true}""", "metadata.annotations.note", "team-a_web")]
    [InlineData("commonAnnotationsEnvsubst", """{"commonAnnotations":{"note":"$$1 ${NONE}."},"commonAnnotationsEnvsubst":true}""", "metadata.annotations.note", "$1 .")]
    [InlineData("patches", """{"patches":[{"patch":"[{\"op\":\"replace\",\"path\":\"/spec/replicas\",\"value\":9}]","target":{"kind":"Deployment"}}]}""", "spec.replicas", "9")]
    [InlineData("patches", """{"patches":[{"path":"patch.yaml"}]}""", "spec.paused", "true")]
    [InlineData("components", """{"components":["../component"]}""", "metadata.annotations.component", "here")]
    [InlineData("ignoreMissingComponents", """{"components":["../none","../component"],"ignoreMissingComponents":true}""", "metadata.annotations.component", "here")]
    public async Task Each_option_of_a_kustomization_does_what_argo_cd_does(string field, string kustomize, string path, string? expected)
    {
        kustomize.ShouldContain(field);
        var rendered = await RenderAsync($$"""{"repoURL":"https://example.org/a.git","path":"app","kustomize":{{kustomize}} }""");

        JsonNode? node = rendered.Objects.ShouldHaveSingleItem().Object.Json;
        foreach (var part in path.Split('.'))
        {
            node = node is JsonArray items ? items[int.Parse(part, CultureInfo.InvariantCulture)] : node?[part];
        }

        (node is JsonValue value && value.TryGetValue(out string? text) ? text : node?.ToJsonString()).ShouldBe(expected);
    }

    [Theory]
    [InlineData("version", "\"v4.5.7\"")]
    public void What_is_for_another_program_is_refused_in_words(string field, string value)
    {
        var validation = Applications.Validate($$"""{"source":{"repoURL":"https://example.org/a.git","path":"app","kustomize":{"{{field}}":{{value}} } } }""");

        validation.Reason.ShouldBe("UnsupportedField");
        var error = validation.Errors.ShouldHaveSingleItem();
        error.Field.ShouldBe($"spec.source.kustomize.{field}");
        error.Message.ShouldEndWith("remove it");
    }

    [Theory]
    [InlineData("ARGOCD_APP_NAME", "team-a_web")]
    [InlineData("ARGOCD_APP_NAMESPACE", "shop")]
    [InlineData("ARGOCD_APP_PROJECT_NAME", "default")]
    [InlineData("ARGOCD_APP_REVISION", "0123456789abcdef0123456789abcdef01234567")]
    [InlineData("ARGOCD_APP_REVISION_SHORT", "0123456")]
    [InlineData("ARGOCD_APP_REVISION_SHORT_8", "01234567")]
    [InlineData("ARGOCD_APP_SOURCE_REPO_URL", "https://example.org/a.git")]
    [InlineData("ARGOCD_APP_SOURCE_PATH", "./app/")]
    [InlineData("ARGOCD_APP_SOURCE_TARGET_REVISION", "main")]
    [InlineData("ARGOCD_APP_NONE", "")]
    public async Task The_variables_are_those_of_argo_cd(string variable, string expected)
    {
        var rendered = await RenderAsync($$"""
            {"repoURL":"https://example.org/a.git","path":"./app/","targetRevision":"main",
             "kustomize":{"commonAnnotations":{"note":"{{"<${" + variable + "}>"}}"},"commonAnnotationsEnvsubst":true} }
            """);

        rendered.Objects.ShouldHaveSingleItem().Object.Annotations!["note"]!.GetValue<string>().ShouldBe($"<{expected}>");
    }

    [Fact]
    public void In_the_operators_own_namespace_the_name_stands_alone()
    {
        var validation = SpecValidator.Validate(Applications.Of($$"""{ {{Applications.Source}} }""", "gitops-system"), Applications.Trusting);

        validation.Spec!.Build.ValueOf("ARGOCD_APP_NAME", "x").ShouldBe("web");
    }

    [Theory]
    [InlineData("""{"images":["nginx:$ARGOCD_APP_REVISION_SHORT"]}""", false)]
    [InlineData("""{"commonLabels":{"commit":"$ARGOCD_APP_REVISION"}}""", false)]
    [InlineData("""{"commonAnnotations":{"commit":"$ARGOCD_APP_REVISION"},"commonAnnotationsEnvsubst":true}""", false)]
    [InlineData("""{"commonAnnotations":{"commit":"$ARGOCD_APP_REVISION"}}""", true)]
    [InlineData("""{"commonAnnotations":{"name":"$ARGOCD_APP_NAME"},"commonAnnotationsEnvsubst":true}""", true)]
    [InlineData("""{"namePrefix":"p-"}""", true)]
    public async Task Another_commit_of_the_same_files_renders_anew_only_if_the_revision_is_in_what_is_rendered(string kustomize, bool holds)
    {
        var spec = Spec($$"""{"repoURL":"https://example.org/a.git","path":"app","kustomize":{{kustomize}} }""");
        var recording = new RecordingSourceTree(new BuildTree(Tree(), spec.Build));
        await DirectoryRenderer.RenderAsync(recording, spec.Source, TestContext.Current.CancellationToken);

        (await recording.Inputs.HoldAsync(new BuildTree(Tree(), spec.Build), TestContext.Current.CancellationToken)).ShouldBeTrue();
        (await recording.Inputs.HoldAsync(new BuildTree(Tree("ffff"), spec.Build), TestContext.Current.CancellationToken)).ShouldBe(holds);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData(""","kustomize":{}""", true)]
    [InlineData(""","kustomize":{"images":[],"namePrefix":"","forceCommonLabels":true}""", true)]
    [InlineData(""","kustomize":{"ignoreMissingComponents":true}""", true)]
    [InlineData(""","directory":{}""", true)]
    [InlineData(""","directory":{"recurse":false}""", true)]
    [InlineData(""","directory":{"recurse":true},"kustomize":{}""", false)]
    [InlineData(""","directory":{"recurse":true}""", false)]
    [InlineData(""","directory":{"include":"web.yaml"}""", false)]
    [InlineData(""","directory":{"exclude":"patch.yaml"}""", false)]
    public async Task The_options_that_are_set_say_what_a_directory_is_and_else_its_files_do(string options, bool isBuilt)
    {
        var rendered = await RenderAsync($$"""{"repoURL":"https://example.org/a.git","path":"{{(isBuilt ? "app" : "mixed")}}"{{options}} }""");

        // Only what the kustomization builds has the label.
        rendered.Objects.ShouldContain(static item => item.Object.Kind == "Deployment");
        rendered.Objects[0].Object.Labels?.ContainsKey("set").ShouldBe(isBuilt);
        (rendered.Objects[0].Object.Labels is not null).ShouldBe(isBuilt);
    }

    [Theory]
    [InlineData("")]
    [InlineData(""","kustomize":{}""")]
    [InlineData(""","directory":{"include":"*.yaml"}""")]
    public async Task A_directory_without_a_kustomization_is_plain(string options) =>
        (await RenderAsync($$"""{"repoURL":"https://example.org/a.git","path":"plain"{{options}} }""")).Objects.ShouldHaveSingleItem().Object.Kind.ShouldBe("ConfigMap");

    [Theory]
    [InlineData("plain", ""","kustomize":{"namePrefix":"p-"}""", "kustomization.yaml")]
    [InlineData("chart", "", "there is no helm here")]
    public async Task A_directory_of_another_kind_is_refused(string path, string options, string expected) =>
        (await Should.ThrowAsync<ManifestException>(() => RenderAsync($$"""{"repoURL":"https://example.org/a.git","path":"{{path}}"{{options}} }""")))
            .Message.ShouldContain(expected);

    [Fact]
    public void A_directory_is_not_of_two_kinds()
    {
        var validation = Applications.Validate(
            """{"source":{"repoURL":"https://example.org/a.git","path":"app","kustomize":{"namePrefix":"p-"},"directory":{"recurse":true}}}""");

        validation.Reason.ShouldBe("Contradiction");
        validation.Errors.ShouldHaveSingleItem().Field.ShouldBe("spec.source.kustomize");
    }

    [Theory]
    [InlineData(".argocd-source.yaml", "kustomize: {namePrefix: p-}", "p-web-spec")]
    [InlineData(".argocd-source-team-a_web.yaml", "kustomize: {namePrefix: p-}", "p-web-spec")]
    [InlineData(".argocd-source-web.yaml", "kustomize: {namePrefix: p-}", "web-spec")]
    [InlineData(".argocd-source.yaml", "kustomize: {nameSuffix: -file}", "web-file")]
    [InlineData(".argocd-source.yaml", "kustomize: {nameSuffix: null}", "web")]
    [InlineData(".argocd-source.yaml", "kustomize: {namePrefix: p-}\npath: elsewhere\nrepoURL: http://other\ntargetRevision: '*'\nchart: x", "p-web-spec")]
    [InlineData(".argocd-source.yaml", "kustomize: null\ndirectory: {include: web.yaml}", "web")]
    [InlineData(".argocd-source.yaml/x", "kustomize: {namePrefix: p-}", "web-spec")]
    public async Task A_parameter_file_in_the_directory_is_merged_into_the_source(string file, string text, string expected)
    {
        var rendered = await RenderAsync(
            """{"repoURL":"https://example.org/a.git","path":"app","kustomize":{"nameSuffix":"-spec"}}""", (file, text));

        rendered.Objects.ShouldHaveSingleItem().Object.Name.ShouldBe(expected);
    }

    [Fact]
    public async Task The_file_for_one_application_wins()
    {
        var rendered = await RenderAsync(
            """{"repoURL":"https://example.org/a.git","path":"app"}""",
            (".argocd-source.yaml", "kustomize: {images: ['nginx:2'], namePrefix: all-}"),
            (".argocd-source-team-a_web.yaml", "kustomize: {namePrefix: one-}"));

        rendered.Objects.ShouldHaveSingleItem().Object.Name.ShouldBe("one-web");
        rendered.Objects[0].Object.Json.ToJsonString().ShouldContain("nginx:2");
    }

    [Theory]
    [InlineData("helm: {version: v2}", "spec.source.helm.version: 'v2'")]
    [InlineData("kustomize: {version: v5}", "spec.source.kustomize.version")]
    [InlineData("kustomize: {images: nginx}", "spec.source.kustomize.images: expected a list")]
    [InlineData("unknown: 1", "spec.source.unknown")]
    [InlineData("directory: {recurse: yes please}", "spec.source.directory.recurse")]
    [InlineData("kustomize: {namePrefix: a-}\ndirectory: {recurse: true}", "spec.source.kustomize")]
    [InlineData("- a", "this is no mapping")]
    [InlineData("a: [", "app/.argocd-source.yaml:")]
    public async Task A_parameter_file_that_cannot_be_acted_on_is_an_error_that_names_it(string text, string expected)
    {
        var error = await Should.ThrowAsync<ManifestException>(() => RenderAsync("""{"repoURL":"https://example.org/a.git","path":"app"}""", (".argocd-source.yaml", text)));

        error.Message.ShouldContain("app/.argocd-source.yaml");
        error.Message.ShouldContain(expected);
    }

    [Fact]
    public async Task A_parameter_file_that_appears_later_counts()
    {
        var spec = Spec("""{"repoURL":"https://example.org/a.git","path":"app"}""");
        var recording = new RecordingSourceTree(new BuildTree(Tree(), spec.Build));
        await DirectoryRenderer.RenderAsync(recording, spec.Source, TestContext.Current.CancellationToken);
        var later = Tree("ffff", ("app/.argocd-source-team-a_web.yaml", "kustomize: {images: ['nginx:2']}"));

        (await recording.Inputs.HoldAsync(new BuildTree(later, spec.Build), TestContext.Current.CancellationToken)).ShouldBeFalse();
    }

    [Fact]
    public void Only_an_option_with_a_variable_makes_the_name_of_the_revision_an_option()
    {
        Text("main", "a-").ShouldBe(Text("release", "a-"));
        (Text("main", "$ARGOCD_APP_SOURCE_TARGET_REVISION") == Text("release", "$ARGOCD_APP_SOURCE_TARGET_REVISION")).ShouldBeFalse();

        static string Text(string revision, string label) => RenderOptions.TextOf(Spec(
            $$"""{"repoURL":"https://example.org/a.git","path":"app","targetRevision":"{{revision}}","kustomize":{"commonLabels":{"l":"{{label}}"} } }"""));
    }

    private static Task<RenderResult> RenderAsync(string source, params (string Name, string Text)[] files)
    {
        var spec = Spec(source);
        var tree = Tree("0123456789abcdef0123456789abcdef01234567", [.. files.Select(static file => ($"app/{file.Name}", file.Text))]);
        return DirectoryRenderer.RenderAsync(new(new BuildTree(tree, spec.Build)), spec.Source, TestContext.Current.CancellationToken);
    }

    private static ValidatedSpec Spec(string source)
    {
        var validation = Applications.Validate($$"""{"source":{{source}},"destination":{"namespace":"shop"} }""");
        return validation.Spec ?? throw new InvalidOperationException(validation.Message);
    }

    private static MemorySourceTree Tree(string revision = "0123456789abcdef0123456789abcdef01234567", params (string Path, string Text)[] more)
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["app/kustomization.yaml"] = "resources: [web.yaml]\ncommonLabels: {set: file}\ncommonAnnotations: {given: file}\n",
            ["app/web.yaml"] = Deployment,
            ["app/patch.yaml"] = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {paused: true}\n",
            ["mixed/Kustomization"] = "resources: [web.yaml]\ncommonLabels: {set: file}\n",
            ["mixed/web.yaml"] = Deployment,
            ["component/kustomization.yaml"] = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncommonAnnotations: {component: here}\n",
            ["plain/a.yaml"] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
            ["chart/Chart.yaml"] = "name: a\n",
        };
        foreach (var (path, text) in more)
        {
            files[path] = text;
        }

        return new(files.Select(static file => KeyValuePair.Create(file.Key, new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(file.Value)))), revision: revision);
    }
}
