using System.Text.Json.Nodes;
using GitOps.Manifests;
using GitOps.Manifests.Helm;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;
using GitOps.Operator.Render;

namespace GitOps.Operator.Tests.Helm;

/// <summary>What charts of a kustomization are made of: files, repositories of charts, the cluster, and the Application's own words.</summary>
public sealed class KustomizeChartInputTests
{
    private const string Facts = "kube: {{ .Capabilities.KubeVersion.Version }}\n  has: '{{ .Capabilities.APIVersions.Has \"a.org/v1\" }}'";

    private static readonly Dictionary<string, string> Files = new(StringComparer.Ordinal)
    {
        ["app/kustomization.yaml"] = "helmCharts:\n- {name: web, additionalValuesFiles: [more.yaml]}\n",
        ["app/more.yaml"] = "text: more\n",
        ["app/charts/web/Chart.yaml"] = "apiVersion: v2\nname: web\nversion: 0.1.0\n",
        ["app/charts/web/values.yaml"] = "text: chart\n",
        ["app/charts/web/templates/map.yaml"] = HelmBed.Map("a", "text: {{ .Values.text }}"),
        ["app/charts/other/Chart.yaml"] = "apiVersion: v2\nname: other\nversion: 0.1.0\n",
        ["README.md"] = "nothing",
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("README.md", true)]
    [InlineData("app/charts/other/Chart.yaml", true)]
    [InlineData("app/more.yaml", false)]
    [InlineData("app/charts/web/values.yaml", false)]
    [InlineData("app/charts/web/templates/new.yaml", false)]
    [InlineData("app/charts/web/README.md", false)]
    [InlineData("app/kustomization.yaml", false)]
    public async Task Only_a_commit_that_touches_what_was_read_renders_again(string changed, bool holds)
    {
        using var bed = new HelmBed();
        var tree = bed.Tree(Files);
        await bed.RenderAsync(tree, HelmBed.Source(path: "app"));

        var later = bed.Tree(new Dictionary<string, string>(Files, StringComparer.Ordinal) { [changed] = "changed: true" }, "def");

        (await tree.Inputs.HoldAsync(later, Cancellation)).ShouldBe(holds);
        RecordedFacts.HelmVersion(new([tree.Inputs])).ShouldBe(await bed.Program.VersionAsync(Cancellation));
    }

    [Fact]
    public async Task A_kustomization_without_charts_does_not_depend_on_helm()
    {
        using var bed = new HelmBed();
        var tree = bed.Tree(new Dictionary<string, string>(StringComparer.Ordinal) { ["app/kustomization.yaml"] = "resources: [a.yaml]", ["app/a.yaml"] = HelmBed.Map("a", "b: c") });

        await bed.RenderAsync(tree, HelmBed.Source(path: "app"));

        RecordedFacts.HelmVersion(new([tree.Inputs])).ShouldBeNull();
    }

    [Theory]
    [InlineData("", "", "v1.31.0", "true")]
    [InlineData("kubeVersion: v1.29.0, apiVersions: [b.org/v1]", "", "v1.29.0", "false")]
    [InlineData("", """{"kubeVersion": "1.30", "apiVersions": ["b.org/v1"]}""", "v1.30.0", "false")]
    [InlineData("kubeVersion: v1.29.0, apiVersions: [a.org/v1]", """{"kubeVersion": "1.30", "apiVersions": ["b.org/v1"]}""", "v1.29.0", "true")]
    public async Task A_chart_sees_what_it_says_else_what_the_Application_says_else_the_cluster(string ofChart, string ofApplication, string kube, string has)
    {
        using var bed = new HelmBed(discovery: new CapabilityTests.Served("v1.31.0", "a.org/v1/Thing"));
        var files = new Dictionary<string, string>(Files, StringComparer.Ordinal)
        {
            ["app/kustomization.yaml"] = $"helmCharts:\n- {{name: web{(ofChart.Length > 0 ? ", " : string.Empty)}{ofChart}}}\n",
            ["app/charts/web/templates/map.yaml"] = HelmBed.Map("a", Facts),
        };

        var rendered = await bed.RenderAsync(bed.Tree(files), Source(ofApplication));

        var data = rendered.Objects.ShouldHaveSingleItem().Object.Json["data"]!;
        data["kube"]!.GetValue<string>().TrimEnd('0', '.').ShouldBe(kube.TrimEnd('0', '.'));
        data["has"]!.GetValue<string>().ShouldBe(has);
    }

    [Fact]
    public async Task A_chart_that_is_not_in_the_repository_is_fetched_for_the_Applications_tenant()
    {
        var repositories = new Repositories();
        using var bed = new HelmBed(dependencies: repositories);
        var files = Kustomization("{name: far, repo: 'oci://charts.example.org/team/', version: 1.2.3, releaseName: a, additionalValuesFiles: [charts/far-1.2.3/far/values-eu.yaml]}");

        var rendered = await bed.RenderAsync(bed.Tree(files), HelmBed.Source(path: "app") with { Tenant = "team-a" });

        rendered.Objects.ShouldHaveSingleItem().Object.Json["data"]!["text"]!.GetValue<string>().ShouldBe("eu");
        rendered.Warnings.ShouldBeEmpty();
        repositories.Asked.ShouldBe(["team-a far 1.2.3 oci://charts.example.org/team"]);
    }

    [Theory]
    [InlineData("{name: far, repo: 'https://charts.example.org'}", "team far  https://charts.example.org", "'' is no whole version")]
    [InlineData("{name: far, repo: 'https://charts.example.org', devel: true}", "team far >0.0.0-0 https://charts.example.org", "is no whole version")]
    [InlineData("{name: far, repo: 'https://charts.example.org', version: ^1}", "team far ^1 https://charts.example.org", "'^1' is no whole version")]
    public async Task A_version_that_may_change_without_a_commit_is_a_warning(string chart, string asked, string warning)
    {
        var repositories = new Repositories();
        using var bed = new HelmBed(dependencies: repositories);

        var rendered = await bed.RenderAsync(bed.Tree(Kustomization(chart)), HelmBed.Source(path: "app") with { Tenant = "team" });

        repositories.Asked.ShouldBe([asked]);
        rendered.Warnings.ShouldHaveSingleItem().ShouldContain(warning);
    }

    [Theory]
    [InlineData("{name: far, version: 1.0.0}", "there is no directory 'charts/far', and no repo to fetch it from")]
    [InlineData("{name: far, repo: 'https://charts.example.org', valuesFile: charts/far/absent.yaml}", "the chart has no file 'absent.yaml'")]
    [InlineData("{name: absent, repo: 'https://charts.example.org'}", "there is no chart absent")]
    [InlineData("{name: web, releaseName: Not-A-Name}", "release name")]
    public async Task What_cannot_be_had_is_an_error_that_names_the_chart(string chart, string expected)
    {
        using var bed = new HelmBed(dependencies: new Repositories());
        var error = await Should.ThrowAsync<ManifestException>(() => bed.RenderAsync(bed.Tree(Kustomization(chart)), HelmBed.Source(path: "app")));
        error.Message.ShouldStartWith("app/kustomization.yaml: helmCharts: chart '");
        error.Message.ShouldContain(expected);
    }

    [Fact]
    public async Task That_helm_cannot_be_run_is_no_error_of_the_kustomization()
    {
        using var bed = new HelmBed(static options => options with { Program = "/nonexistent/helm" });
        (await Should.ThrowAsync<HelmException>(() => bed.RenderAsync(bed.Tree(Files), HelmBed.Source(path: "app")))).Failure.ShouldBe(HelmFailure.Unavailable);
    }

    [Fact]
    public async Task A_name_that_is_made_anew_each_time_is_a_warning()
    {
        using var bed = new HelmBed();
        var rendered = await bed.RenderAsync(bed.Tree(Kustomization("{name: web, nameTemplate: 'a-{{ randAlpha 3 | lower }}'}")), HelmBed.Source(path: "app"));
        rendered.Warnings.ShouldHaveSingleItem().ShouldStartWith("app/charts/web/nameTemplate: randAlpha answers otherwise");
    }

    [Fact]
    public async Task Charts_without_end_are_refused()
    {
        using var bed = new HelmBed();
        var many = string.Concat(Enumerable.Range(0, 201).Select(static i => $"\n- {{name: none, valuesInline: {{i: {i}}}}}"));
        var files = new Dictionary<string, string>(Files, StringComparer.Ordinal)
        {
            ["app/kustomization.yaml"] = $"helmCharts:{many}\n",
            ["app/charts/none/Chart.yaml"] = "apiVersion: v2\nname: none\nversion: 0.1.0\n",
            ["app/charts/none/values.yaml"] = "{}\n",
        };
        var program = new Nothing();

        var error = await Should.ThrowAsync<ManifestException>(() => Manifests.Kustomize.KustomizeRenderer.RenderAsync(
            MemorySourceTree.Of(files), new("app") { Charts = new(program) }, Cancellation));

        error.Message.ShouldContain("more than 200 charts");
        program.Runs.ShouldBe(200);
    }

    private static Dictionary<string, string> Kustomization(string chart) => new(Files, StringComparer.Ordinal) { ["app/kustomization.yaml"] = $"helmCharts:\n- {chart}\n" };

    private static RenderedSource Source(string kustomize)
    {
        var errors = new SpecErrors();
        var settings = KustomizeRules.Check(kustomize.Length == 0 ? null : JsonNode.Parse(kustomize), "kustomize", errors);
        errors.ToSorted().ShouldBeEmpty();
        return HelmBed.Source(path: "app") with { Kustomize = settings };
    }

    private sealed class Repositories : IChartDependencySource
    {
        public List<string> Asked { get; } = [];

        public IChartDependencies For(string tenant, bool passCredentials) => new OfTenant(tenant, Asked);

        private sealed class OfTenant(string tenant, List<string> asked) : IChartDependencies
        {
            public Task<ISourceTree> OpenAsync(ChartDependency dependency, CancellationToken cancellationToken)
            {
                asked.Add($"{tenant} {dependency.Name} {dependency.Version} {dependency.Repository}");
                return dependency.Name == "far"
                    ? Task.FromResult<ISourceTree>(MemorySourceTree.Of(new Dictionary<string, string>(StringComparer.Ordinal)
                    {
                        ["Chart.yaml"] = "apiVersion: v2\nname: far\nversion: 1.2.3\n",
                        ["values.yaml"] = "text: far\n",
                        ["values-eu.yaml"] = "text: eu\n",
                        ["templates/map.yaml"] = HelmBed.Map("far", "text: {{ .Values.text }}"),
                    }))
                    : throw new ManifestException(new ManifestError("Chart.yaml", null, $"there is no chart {dependency.Name}"));
            }
        }
    }

    private sealed class Nothing : IHelmProgram
    {
        public int Runs { get; private set; }

        public ValueTask<string> VersionAsync(CancellationToken cancellationToken) => new("v4.0.0");

        public Task<HelmOutput> RunAsync(HelmRun run, CancellationToken cancellationToken)
        {
            Runs++;
            return Task.FromResult(new HelmOutput(default, string.Empty));
        }
    }
}
