using GitOps.Operator.Tests.Architecture;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Shipping;

public sealed class WorkflowTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, ".github", "workflows");

    public static TheoryData<string> Workflows => [.. Directory.GetFiles(Folder).Select(static file => Path.GetFileName(file)!)];

    [Theory]
    [MemberData(nameof(Workflows))]
    public void It_keeps_to_the_rules(string name) => WorkflowRules.Check(File.ReadAllText(Path.Combine(Folder, name))).ShouldBeEmpty();

    [Theory]
    [InlineData("@8e8c483db84b4bee98b60c0593521ed34d9990e8 # v6.0.1", "@v6", "not by commit")]
    [InlineData("@8e8c483db84b4bee98b60c0593521ed34d9990e8 # v6.0.1", "@8e8c483db84b4bee98b60c0593521ed34d9990e8", "not by commit")]
    [InlineData("  push:\n", "  pull_request_target:\n", "pull_request_target runs with rights")]
    [InlineData("permissions: {}\n", "", "permissions: {} is missing")]
    [InlineData("permissions: {}\n", "permissions: write-all\n", "permissions: {} is missing")]
    [InlineData("    permissions:\n      contents: write\n", "", "publish: permissions are missing")]
    [InlineData("    timeout-minutes: 10\n", "", "publish: timeout-minutes is missing")]
    [InlineData("run: .ci/run", "run: .ci/run ${{ github.event.head_commit.message }}", "text of others may become a command")]
    [InlineData("persist-credentials: false", "persist-credentials: true", "checkout leaves the token")]
    [InlineData("secrets.GITHUB_TOKEN", "secrets.REGISTRY_PASSWORD", "the secret REGISTRY_PASSWORD")]
    [InlineData("    shell: bash\n", "    shell: sh\n", "defaults.run.shell is not bash")]
    [InlineData("runs-on: ubuntu-24.04", "runs-on: ubuntu-latest", "whatever is the latest")]
    public void A_workflow_that_does_not_is_found(string text, string instead, string expected)
    {
        var workflow = File.ReadAllText(Path.Combine(Folder, "release.yml"));
        workflow.ShouldContain(text, Case.Sensitive);

        var problems = WorkflowRules.Check(workflow.Replace(text, instead, StringComparison.Ordinal)).ToList();

        problems.ShouldContain(problem => problem.Contains(expected, StringComparison.Ordinal), string.Join('\n', problems));
    }

    [Fact]
    public async Task The_files_of_a_release_name_the_image_by_its_digest_and_have_checksums()
    {
        var helm = TestProgram.Require("GITOPS_TEST_HELM").Path;
        var root = Directory.CreateTempSubdirectory("package-");
        try
        {
            var chart = root.CreateSubdirectory("deploy/helm/gitops-operator");
            chart.CreateSubdirectory("templates");
            await WriteAsync(chart, "Chart.yaml", "apiVersion: v2\nname: gitops-operator\nversion: 0.0.0\nappVersion: 0.0.0\n");
            await WriteAsync(chart, "values.yaml", "image:\n  registry: example.com\n  repository: other\n  digest: \"\"\n");
            await WriteAsync(chart, "templates/a.yaml", "image: {{ .Values.image.registry }}/{{ .Values.image.repository }}@{{ .Values.image.digest }}\n");
            await WriteAsync(root.CreateSubdirectory("crds"), "a.yaml", "kind: CustomResourceDefinition\n");
            File.Copy(Path.Combine(Repository.Root, "eng/package.sh"), Path.Combine(root.CreateSubdirectory("eng").FullName, "package.sh"));
            var package = TestProgram.OnPath("bash").With(
                [Path.Combine(root.FullName, "eng/package.sh")],
                new Dictionary<string, string>(StringComparer.Ordinal) { ["HELM"] = helm, ["HELM_CACHE_HOME"] = root.FullName, ["HELM_CONFIG_HOME"] = root.FullName, ["HELM_DATA_HOME"] = root.FullName });
            var digest = "sha256:" + string.Concat(Enumerable.Repeat("0a", 32));
            var files = Path.Combine(root.FullName, "dist");

            await package.RunAsync("1.2.3", "example.com/acme/operator", digest, files);

            (await File.ReadAllTextAsync(Path.Combine(files, "install.yaml"), TestContext.Current.CancellationToken)).ShouldContain($"image: example.com/acme/operator@{digest}");
            (await File.ReadAllTextAsync(Path.Combine(files, "crds.yaml"), TestContext.Current.CancellationToken)).ShouldBe("---\nkind: CustomResourceDefinition\n");
            Directory.GetFiles(files).Select(Path.GetFileName).ShouldBe(["checksums.txt", "crds.yaml", "gitops-operator-1.2.3.tgz", "install.yaml"], ignoreOrder: true);
            await TestProgram.OnPath("sha256sum").With([], workingDirectory: files).RunAsync("--check", "--strict", "checksums.txt");

            (await package.TryAsync("1.2.3", "example.com/acme/operator", "latest", files)).Error.ShouldContain("is no digest");
            await WriteAsync(chart, "templates/a.yaml", "image: example.com/always-the-same\n");
            (await package.TryAsync("1.2.3", "example.com/acme/operator", digest, files)).Error.ShouldContain("the chart does not use");
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    private static Task WriteAsync(DirectoryInfo directory, string name, string text) =>
        File.WriteAllTextAsync(Path.Combine(directory.FullName, name), text, TestContext.Current.CancellationToken);
}
