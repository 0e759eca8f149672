using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Testing;

namespace GitOps.EndToEnd.Tests.Guides;

/// <summary>The pages for those who work with a running operator, typed in the sandbox from top to bottom.</summary>
public sealed class SandboxGuideTests(Cluster cluster)
{
    [Theory]
    [InlineData("developer-guide.md")]
    [InlineData("sre-guide.md")]
    public async Task A_guide_can_be_followed_from_top_to_bottom(string page)
    {
        var guide = Guide.Read(page);
        var directory = cluster.NewDirectory("guide");
        string[] command = [OperatorProcess.DotNet, Path.Combine(AppContext.BaseDirectory, "gitops-operator.dll")];
        await using var sandbox = await SandboxProcess.StartAsync(command, TestProgram.Require("GITOPS_TEST_HELM").Path, directory);
        await using var shell = GuideShell.Start(directory, sandbox["repository"], new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["kubectl"] = TestProgram.Require("GITOPS_TEST_KUBECTL").Path,
            ["gitops-operator"] = string.Join(' ', command),
            ["jq"] = TestProgram.Require("GITOPS_TEST_JQ").Path,
        }, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["KUBECONFIG"] = sandbox["kubeconfig"],
            ["METRICS"] = sandbox["metrics"],
        });

        foreach (var step in guide.Steps)
        {
            await shell.TypeAsync(guide, step, () => string.Join('\n', sandbox.Lines.TakeLast(40)));
        }
    }
}
