using System.Reflection;
using GitOps.Operator.Tests.Versions;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Helm;

/// <summary>The tests of what helm makes of charts again, with Helm 3 in the place of Helm 4. Where its answers differ, they say so.</summary>
public sealed class Helm3Tests
{
    private static readonly Type[] Again =
    [
        typeof(CapabilityTests), typeof(ChartDependencyTests), typeof(ChartRendererTests), typeof(KustomizeChartTests), typeof(HelmVersionsTests),
    ];

    [Fact]
    public async Task Charts_are_rendered_with_Helm_3_as_with_Helm_4_but_for_what_is_written_down()
    {
        var helm = TestProgram.Require("GITOPS_TEST_HELM3");
        (await helm.RunAsync("version", "--template", "{{.Version}}")).ShouldStartWith("v3.17.", Case.Sensitive, "the oldest that is supported");
        var tests = TestProgram.OnPath(Path.ChangeExtension(Assembly.GetExecutingAssembly().Location, null))
            .With([], new Dictionary<string, string>(StringComparer.Ordinal) { ["GITOPS_TEST_HELM"] = helm.Path });

        var result = await tests.TryAsync(["-noLogo", "-noColor", "-noAutoReporters", .. Again.SelectMany(static type => new[] { "-class", type.FullName! })]);

        result.ExitCode.ShouldBe(0, result.Output + result.Error);
        result.Output.ShouldMatch("Total: [1-9][0-9]{2,}, Errors: 0, Failed: 0");
    }
}
