using System.Collections;
using System.Runtime.InteropServices;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Helm.Jail;

/// <summary>The same tests again, and the operator's own program, as a restricted Pod has them: see <c>as-in-a-pod.sh</c>.</summary>
public sealed class RestrictedPodTests
{
    private const string Tests = "@TESTS@/GitOps.Operator.Tests";

    [Fact]
    public async Task All_of_the_jail_holds_and_works_for_a_user_without_rights_inside_of_a_containers_default_profile()
    {
        // What compares with kubectl needs files that such a user may not be able to reach.
        var result = await InPodAsync(
            ContainerProfile.Default, Tests, "-noLogo", "-noColor", "-noAutoReporters",
            "-namespace", typeof(HelmBed).Namespace!, "-namespace", typeof(RestrictedPodTests).Namespace!,
            "-class-", typeof(RestrictedPodTests).FullName!, "-class-", typeof(KustomizeChartTests).FullName!, "-class-", typeof(Helm3Tests).FullName!);

        result.ExitCode.ShouldBe(0, result.Output + result.Error);
        result.Output.ShouldMatch("Total: [1-9][0-9]{2,}, Errors: 0, Failed: 0");
    }

    [Fact]
    public async Task What_a_pod_has_is_what_these_tests_have()
    {
        var status = (await InPodAsync(ContainerProfile.Default, "/bin/cat", "/proc/self/status")).Output
            .Split('\n').Select(static line => line.Split(":\t")).Where(static fields => fields.Length == 2).ToDictionary(static fields => fields[0], static fields => fields[1], StringComparer.Ordinal);

        status["Uid"].Split('\t').ShouldAllBe(static uid => uid != "0");
        status["NoNewPrivs"].ShouldBe("1");
        status["Seccomp"].ShouldBe("2");
        status["CapEff"].ShouldBe("0000000000000000");
        status["CapPrm"].ShouldBe("0000000000000000");
    }

    [Theory]
    [InlineData(ContainerProfile.Default, 0, "name: demo\n", "")]
    [InlineData(ContainerProfile.WithoutLandlock, 1, "", "helm cannot be kept apart from the operator, so no chart is rendered: Landlock is refused: the container's seccomp profile may refuse it")]
    public async Task The_operators_program_renders_a_chart_or_says_what_keeps_it_from_it(string profile, int exitCode, string output, string error)
    {
        var result = await InPodAsync(
            profile, "@TESTS@/gitops-operator", "render", "@TESTS@/Jail/greeter", "--release", "demo", "--helm", "@HELM@");

        result.ExitCode.ShouldBe(exitCode, result.Output + result.Error);
        result.Output.ShouldContain(output);
        result.Error.ShouldContain(error);
    }

    private static async Task<ProgramResult> InPodAsync(string profile, params string[] command)
    {
        var helm = TestProgram.Require("GITOPS_TEST_HELM").Path;
        TestProgram.Require("GITOPS_TEST_SETPRIV");
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        return await TestProgram.OnPath(Path.Combine(AppContext.BaseDirectory, "Jail", "as-in-a-pod.sh")).TryAsync(
        [
            dotnet, AppContext.BaseDirectory.TrimEnd('/'), helm,
            "DOTNET_ROOT=@DOTNET@", "DOTNET_NOLOGO=1", .. TestVariables(), "GITOPS_TEST_HELM=@HELM@", $"{ContainerProfile.Variable}={profile}",
            Tests, .. command,
        ]);
    }

    private static IEnumerable<string> TestVariables() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .Where(static entry => (string)entry.Key == "CI" || ((string)entry.Key).StartsWith("GITOPS_TEST_", StringComparison.Ordinal))
        .Select(static entry => $"{entry.Key}={entry.Value}");
}
