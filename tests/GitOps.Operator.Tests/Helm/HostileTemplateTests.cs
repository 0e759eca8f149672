using GitOps.Manifests;
using GitOps.Manifests.Helm;
using GitOps.Operator.Helm;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Helm;

/// <summary>Templates that try what the language of templates offers, or take what they are not given: each ends in one clear line.</summary>
public sealed class HostileTemplateTests
{
    private const int MaxLine = 2100;

    public static TheoryData<string, string> Templates => new()
    {
        { "{{ env \"GITOPS_TEST_HELM\" }}", "function \"env\" not defined" },
        { "{{ expandenv \"$PATH\" }}", "function \"expandenv\" not defined" },
        { "{{ readFile \"/etc/passwd\" }}", "function \"readFile\" not defined" },
        { "{{ define \"x\" }}{{ include \"x\" . }}{{ end }}{{ include \"x\" . }}", "include" },
        { "{{ define \"x\" }}{{ template \"x\" . }}{{ end }}{{ template \"x\" . }}", "exceeded maximum template depth" },
        { "{{ tpl .Values.again . }}", "more than 512 MiB of memory" },
        { "{{ fail (repeat 100000 \"long \") }}", "long long" },
        { "{{ fail \"first\\nsecond\" }}", "first" },
        { "{{ index .Values.nothing 5 }}", "index" },
    };

    [Theory]
    [MemberData(nameof(Templates))]
    public async Task It_ends_in_one_line(string template, string expected)
    {
        using var bed = new HelmBed();

        var failure = await Should.ThrowAsync<Exception>(() => bed.RenderAsync(HelmBed.Chart(
            ("values.yaml", "again: '{{ tpl .Values.again . }}'\n"), ("templates/a.yaml", template))));

        failure.Message.ShouldContain(expected);
        ShouldBeOneLine(failure);
        Directory.EnumerateFileSystemEntries(bed.Runs).ShouldBeEmpty();
    }

    [Fact]
    public async Task Values_that_multiply_themselves_are_refused()
    {
        using var bed = new HelmBed();
        var values = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range(1, 9).Select(
            static level => $"a{level}: &a{level} [{string.Join(", ", Enumerable.Repeat($"*a{level - 1}", 10))}]\n"));

        var failure = await Should.ThrowAsync<Exception>(() => bed.RenderAsync(HelmBed.Chart(
            ("values.yaml", values), ("templates/a.yaml", HelmBed.Map("a", "x: {{ .Values.a9 | toJson | quote }}")))));

        ShouldBeOneLine(failure);
    }

    [Fact]
    public async Task Values_nested_without_end_are_refused()
    {
        using var bed = new HelmBed();

        var failure = await Should.ThrowAsync<Exception>(() => bed.RenderAsync(HelmBed.Chart(
            ("values.yaml", "x: " + new string('[', 100_000) + new string(']', 100_000)), ("templates/a.yaml", HelmBed.Map("a", "x: y")))));

        ShouldBeOneLine(failure);
    }

    [Fact]
    public async Task A_helm_that_overflows_its_stack_is_told_in_one_line()
    {
        var directory = Directory.CreateTempSubdirectory("helm-tests-");
        try
        {
            var helm = Path.Combine(directory.FullName, "helm");
            await File.WriteAllTextAsync(
                helm, "#!/bin/sh\necho 'fatal error: stack overflow' >&2\necho 'goroutine 1 [running]:' >&2\nexit 2\n", TestContext.Current.CancellationToken);
            await TestProgram.OnPath("chmod").RunAsync("+x", helm);
            using var program = new HelmProgram(new(helm, Path.Combine(directory.FullName, "runs")) { Isolation = HelmIsolation.None }, TimeProvider.System);

            var failure = await Should.ThrowAsync<HelmException>(() => program.RunAsync(new([], ["template"]), TestContext.Current.CancellationToken));

            failure.Failure.ShouldBe(HelmFailure.Limit);
            failure.Message.ShouldBe("helm was stopped: a template of the chart calls itself without end");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task While_one_loops_others_are_rendered()
    {
        using var bed = new HelmBed(static options => options with { TimeLimit = TimeSpan.FromSeconds(30) });
        await bed.Program.VersionAsync(TestContext.Current.CancellationToken);

        var looping = bed.RenderAsync(HelmBed.Chart(
            ("templates/a.yaml", "{{ range $i := until 100000 }}{{ range $j := until 100000 }}{{ $k := add $i $j }}{{ end }}{{ end }}")));
        var rendered = await bed.RenderAsync(HelmBed.Chart(("templates/a.yaml", HelmBed.Map("a", "x: y"))));

        rendered.Objects.ShouldHaveSingleItem();
        (await Should.ThrowAsync<HelmException>(() => looping)).Failure.ShouldBe(HelmFailure.Limit);
    }

    private static void ShouldBeOneLine(Exception failure)
    {
        (failure is ManifestException or HelmException).ShouldBeTrue(failure.ToString());
        failure.Message.ShouldNotContain("\n");
        failure.Message.ShouldNotContain("goroutine");
        failure.Message.Length.ShouldBeLessThan(MaxLine);
    }
}
