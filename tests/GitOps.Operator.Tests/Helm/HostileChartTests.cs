using System.Net;
using System.Net.Sockets;
using GitOps.Manifests;
using GitOps.Manifests.Helm;

namespace GitOps.Operator.Tests.Helm;

public sealed class HostileChartTests
{
    [Theory]
    [InlineData("../../../../../../../../../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("/proc/self/environ")]
    [InlineData("templates/../../values/0.yaml")]
    public async Task A_template_reads_only_its_chart(string path)
    {
        using var bed = new HelmBed();

        var rendered = await bed.RenderAsync(HelmBed.Chart(("templates/a.yaml", HelmBed.Map("a", $"x: {{{{ .Files.Get \"{path}\" | quote }}}}"))));

        rendered.Objects.Single().Object.Json["data"]!["x"]!.GetValue<string>().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("templates/link.yaml", "../../../secret")]
    [InlineData("templates/link.yaml", "/etc/passwd")]
    [InlineData("charts/sub", "/")]
    [InlineData("files/here", "nowhere")]
    public async Task A_link_out_of_the_repository_is_refused(string link, string target)
    {
        using var bed = new HelmBed();
        var tree = bed.Tree(HelmBed.Chart(), links: ("chart/" + link, target));

        (await Should.ThrowAsync<ManifestException>(() => bed.RenderAsync(tree, HelmBed.Source()))).Message.ShouldContain($"chart/{link}: this link leads to nothing, or out");
    }

    [Fact]
    public async Task Links_that_lead_back_end()
    {
        using var bed = new HelmBed();
        var tree = bed.Tree(HelmBed.Chart(), links: ("chart/files/again", ".."));

        (await Should.ThrowAsync<Exception>(() => bed.RenderAsync(tree, HelmBed.Source()))).Message.ShouldContain("a link leads back");
    }

    [Fact]
    public async Task A_template_asks_no_name_server()
    {
        using var bed = new HelmBed();

        var rendered = await bed.RenderAsync(HelmBed.Chart(("templates/a.yaml", HelmBed.Map("a", "x: {{ getHostByName \"localhost\" | quote }}"))));

        rendered.Objects.Single().Object.Json["data"]!["x"]!.GetValue<string>().ShouldBeEmpty();
        rendered.Warnings.Single().ShouldContain("getHostByName finds nothing");
    }

    [Theory]
    [InlineData("file:///etc/hostname")]
    [InlineData("http://127.0.0.1:PORT/schema.json")]
    public async Task A_schema_refers_to_nothing_outside(string reference)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        reference = reference.Replace("PORT", ((IPEndPoint)server.LocalEndpoint).Port.ToString(), StringComparison.Ordinal);
        using var bed = new HelmBed();

        var error = await Should.ThrowAsync<ManifestException>(() => bed.RenderAsync(HelmBed.Chart(
            ("values.schema.json", $$"""{"$schema":"https://json-schema.org/draft/2020-12/schema","properties":{"a":{"$ref":"{{reference}}"} } }"""), ("values.yaml", "a: b\n"))));

        error.Message.ShouldContain("helm template:");
        server.Pending().ShouldBeFalse();
    }

    [Fact]
    public async Task A_template_that_loops_is_stopped()
    {
        using var bed = new HelmBed(static options => options with { TimeLimit = TimeSpan.FromSeconds(2) });
        await bed.Program.VersionAsync(TestContext.Current.CancellationToken);

        var failure = await Should.ThrowAsync<HelmException>(() => bed.RenderAsync(HelmBed.Chart(
            ("templates/a.yaml", "{{ range $i := until 100000 }}{{ range $j := until 100000 }}{{ $k := add $i $j }}{{ end }}{{ end }}"))));

        failure.Failure.ShouldBe(HelmFailure.Limit);
        failure.Message.ShouldContain("2 s");
        Directory.EnumerateFileSystemEntries(bed.Runs).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_template_that_takes_gigabytes_is_stopped()
    {
        using var bed = new HelmBed(static options => options with { MaxMemoryBytes = 200 << 20 });

        var failure = await Should.ThrowAsync<HelmException>(() => bed.RenderAsync(HelmBed.Chart(
            ("templates/a.yaml", "{{ $x := \"0123456789\" }}{{ range until 40 }}{{ $x = cat $x $x }}{{ end }}"))));

        failure.Failure.ShouldBe(HelmFailure.Limit);
        failure.Message.ShouldContain("memory");
    }

    [Fact]
    public async Task A_template_that_prints_gigabytes_is_stopped()
    {
        using var bed = new HelmBed(static options => options with { MaxOutputBytes = 1 << 20 });

        var failure = await Should.ThrowAsync<HelmException>(() => bed.RenderAsync(HelmBed.Chart(
            ("templates/a.yaml", HelmBed.Map("a", "x: {{ repeat 2000000 \"y\" | quote }}")))));

        failure.Failure.ShouldBe(HelmFailure.Limit);
        failure.Message.ShouldContain("renders to more than");
    }

    [Fact]
    public async Task A_chart_of_too_many_files_is_refused_before_it_is_read()
    {
        using var bed = new HelmBed();
        var files = HelmBed.Chart();
        for (var i = 0; i < 100_000; i++)
        {
            files[$"chart/files/{i / 1000}/{i}"] = string.Empty;
        }

        (await Should.ThrowAsync<ManifestException>(() => bed.RenderAsync(files))).Message.ShouldContain("more than 10000 files");
        Directory.EnumerateFileSystemEntries(bed.Runs).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_chart_of_too_many_bytes_is_refused()
    {
        using var bed = new HelmBed();
        var files = HelmBed.Chart();
        var large = new string('x', 9 << 20);
        for (var i = 0; i < 8; i++)
        {
            files[$"chart/files/{i}"] = large;
        }

        (await Should.ThrowAsync<ManifestException>(() => bed.RenderAsync(files))).Message.ShouldContain("exceed");
    }
}
