using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using GitOps.Manifests;
using GitOps.Manifests.Helm;
using GitOps.Manifests.Trees;
using GitOps.Operator.Render;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Helm;

public sealed class ChartDependencyTests : IDisposable
{
    private const string Dep = "apiVersion: v2\nname: dep\nversion: 0.1.0\n";
    private static readonly string DepMap = HelmBed.Map("{{ .Release.Name }}-{{ .Chart.Name }}", "text: {{ .Values.text | default \"none\" | quote }}");

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("dependency-tests-");

    [Theory]
    [InlineData("")]
    [InlineData("  condition: dep.enabled\n")]
    [InlineData("  alias: other\n  tags: [a, b]\n")]
    [InlineData("  import-values: [data, {child: one, parent: two}]\n")]
    public async Task A_lock_that_helm_wrote_is_in_sync_until_the_chart_changes(string more)
    {
        using var bed = new HelmBed();
        var files = Parent(">=0.1.0 <2", more);
        await WriteAsync(files);
        await TestProgram.Require("GITOPS_TEST_HELM").RunAsync("dependency", "update", Path.Combine(_directory.FullName, "chart"));
        files["chart/Chart.lock"] = await File.ReadAllTextAsync(Path.Combine(_directory.FullName, "chart/Chart.lock"), TestContext.Current.CancellationToken);

        (await bed.RenderAsync(files)).Objects.ShouldHaveSingleItem().Location.File.ShouldContain("templates/a.yaml");

        files["chart/Chart.yaml"] = files["chart/Chart.yaml"].Replace("<2", "<3", StringComparison.Ordinal);
        (await Should.ThrowAsync<ManifestException>(() => bed.RenderAsync(files))).Message.ShouldContain("chart/Chart.lock: the lock file is out of sync");
    }

    [Fact]
    public async Task A_local_chart_of_another_version_than_the_locked_one_is_refused()
    {
        using var bed = new HelmBed();
        var files = Parent("0.1.0");
        await WriteAsync(files);
        await TestProgram.Require("GITOPS_TEST_HELM").RunAsync("dependency", "update", Path.Combine(_directory.FullName, "chart"));
        files["chart/Chart.lock"] = await File.ReadAllTextAsync(Path.Combine(_directory.FullName, "chart/Chart.lock"), TestContext.Current.CancellationToken);
        files["dep/Chart.yaml"] = Dep.Replace("0.1.0", "0.2.0", StringComparison.Ordinal);

        (await Should.ThrowAsync<ManifestException>(() => bed.RenderAsync(files))).Message.ShouldContain("version 0.1.0 is locked, and 'file://../dep' has 0.2.0");
    }

    [Fact]
    public async Task A_package_in_charts_is_rendered_as_helm_does()
    {
        using var bed = new HelmBed();
        var tree = Tree(bed, Parent("0.1.0"), Packed(("dep/Chart.yaml", Dep), ("dep/templates/a.yaml", DepMap)));

        var rendered = await bed.RenderAsync(tree, HelmBed.Source("""{"values":"dep: {text: packed}"}"""));

        var map = rendered.Objects.ShouldHaveSingleItem();
        map.Object.Name.ShouldBe("web-dep");
        map.Object.Json["data"]!["text"]!.GetValue<string>().ShouldBe("packed");
        map.Location.File.ShouldBe("chart/charts/dep/templates/a.yaml");
    }

    [Theory]
    [InlineData("../../evil", "leads out of it")]
    [InlineData("/etc/evil", "leads out of it")]
    public async Task A_package_whose_paths_lead_out_is_refused(string path, string expected)
    {
        using var bed = new HelmBed();
        var tree = Tree(bed, Parent("0.1.0"), Packed(("dep/Chart.yaml", Dep), (path, "x")));

        (await Should.ThrowAsync<ManifestException>(() => bed.RenderAsync(tree, HelmBed.Source()))).Message.ShouldContain(expected);
    }

    [Fact]
    public async Task A_package_with_a_link_is_refused()
    {
        using var bed = new HelmBed();
        var tree = Tree(bed, Parent("0.1.0"), Packed(static tar => tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "dep/Chart.yaml") { LinkName = "/etc/passwd" })));

        (await Should.ThrowAsync<ManifestException>(() => bed.RenderAsync(tree, HelmBed.Source()))).Message.ShouldContain("is no regular file");
    }

    [Fact]
    public async Task A_package_that_unpacks_to_gigabytes_is_refused()
    {
        using var bed = new HelmBed();
        var tree = Tree(bed, Parent("0.1.0"), Packed(static tar => tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "dep/big") { DataStream = new MemoryStream(new byte[80 << 20]) })));

        (await Should.ThrowAsync<ManifestException>(() => bed.RenderAsync(tree, HelmBed.Source()))).Message.ShouldContain("unpacks to more than");
    }

    [Fact]
    public async Task What_is_no_package_is_named()
    {
        using var bed = new HelmBed();
        (await Should.ThrowAsync<ManifestException>(() => bed.RenderAsync(Tree(bed, Parent("0.1.0"), "text"u8.ToArray()), HelmBed.Source())))
            .Message.ShouldContain("chart/charts/dep-0.1.0.tgz: this is no package of a chart");
    }

    [Theory]
    [InlineData("repository: https://charts.example.org", "'dep' is not in charts/, and cannot be had: 'https://charts.example.org' is not asked")]
    [InlineData("repository: \"@stable\"", "'@stable' is a name that only the machine knows")]
    [InlineData("repository: \"\"", "it names no repository")]
    [InlineData("repository: file:///srv/dep", "is a path of one machine")]
    [InlineData("repository: file://../nowhere", "is no chart: there is no nowhere/Chart.yaml")]
    [InlineData("repository: file://../../out", "leads out of the repository")]
    public async Task A_dependency_that_cannot_be_had_is_named_with_the_way_out(string repository, string expected)
    {
        using var bed = new HelmBed();
        var files = HelmBed.Chart(("Chart.yaml", $"apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n- name: dep\n  version: 1.0.0\n  {repository}\n"));

        (await Should.ThrowAsync<Exception>(() => bed.RenderAsync(files))).Message.ShouldContain(expected);
    }

    [Fact]
    public async Task A_dependency_of_a_repository_is_asked_for_in_the_locked_version()
    {
        var source = new Repositories();
        using var bed = new HelmBed(dependencies: source);
        var files = HelmBed.Chart(("Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n- name: dep\n  version: ^0.1.0\n  repository: https://charts.example.org\n"));

        var rendered = await bed.RenderAsync(files, """{"passCredentials":true}""");

        rendered.Objects.ShouldHaveSingleItem().Object.Name.ShouldBe("web-dep");
        source.Asked.ShouldBe(new ChartDependency("dep", "https://charts.example.org", "^0.1.0"));
        source.PassesCredentials.ShouldBeTrue();
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static Dictionary<string, string> Parent(string version, string more = "") => HelmBed.Chart(
        ("Chart.yaml", $"apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n- name: dep\n  version: \"{version}\"\n  repository: file://../dep\n{more}"),
        ("/dep/Chart.yaml", Dep),
        ("/dep/templates/a.yaml", DepMap));

    private static RecordingSourceTree Tree(HelmBed bed, Dictionary<string, string> files, byte[] package) => new(new BuildTree(
        new MemorySourceTree(
        [
            .. files.Where(static file => !file.Key.StartsWith("dep/", StringComparison.Ordinal))
                .Select(static file => KeyValuePair.Create(file.Key, (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(file.Value))),
            KeyValuePair.Create("chart/charts/dep-0.1.0.tgz", (ReadOnlyMemory<byte>)package),
        ]),
        HelmBed.Source().Build, bed.Facts));

    private static byte[] Packed(params (string Path, string Text)[] files) => Packed(tar =>
    {
        foreach (var (path, text) in files)
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
        }
    });

    private static byte[] Packed(Action<TarWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var zip = new GZipStream(bytes, CompressionLevel.Fastest))
        using (var tar = new TarWriter(zip))
        {
            write(tar);
        }

        return bytes.ToArray();
    }

    private async Task WriteAsync(Dictionary<string, string> files)
    {
        foreach (var (path, text) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_directory.FullName, path))!);
            await File.WriteAllTextAsync(Path.Combine(_directory.FullName, path), text, TestContext.Current.CancellationToken);
        }
    }

    private sealed class Repositories : IChartDependencySource, IChartDependencies
    {
        public ChartDependency? Asked { get; private set; }

        public bool PassesCredentials { get; private set; }

        public IChartDependencies For(string tenant, bool passCredentials)
        {
            PassesCredentials = passCredentials;
            return this;
        }

        public Task<ISourceTree> OpenAsync(ChartDependency dependency, CancellationToken cancellationToken)
        {
            Asked = dependency;
            return Task.FromResult<ISourceTree>(MemorySourceTree.Of(new Dictionary<string, string>(StringComparer.Ordinal) { ["Chart.yaml"] = Dep, ["templates/a.yaml"] = DepMap }));
        }
    }
}
