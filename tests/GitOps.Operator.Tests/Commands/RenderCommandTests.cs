using System.Diagnostics;
using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests;
using GitOps.Operator.Tests.Architecture;
using GitOps.Testing;

namespace GitOps.Operator.Tests.Commands;

public sealed class RenderCommandTests : IDisposable
{
    private const string ConfigMap = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\ndata:\n  key: value\n";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("gitops-render-tests-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task A_directory_is_printed_as_yaml()
    {
        Write("app/one.yaml", "# a comment\n" + ConfigMap);
        (await CommandRun.OfAsync("render", Full("app"))).ShouldBe(new CommandRun(0, ConfigMap, string.Empty));
    }

    [Fact]
    public async Task A_directory_is_printed_as_json()
    {
        Write("app/one.yaml", ConfigMap);
        var run = await CommandRun.OfAsync("render", Full("app"), "-o", "json");
        run.Code.ShouldBe(0);
        var items = KubernetesJson.ParseObject(run.Output)["items"].ShouldBeOfType<JsonArray>();
        items.Single().ShouldBeOfType<JsonObject>()["kind"]!.GetValue<string>().ShouldBe("ConfigMap");
    }

    [Fact]
    public async Task A_namespace_is_given_to_namespaced_objects_that_name_none()
    {
        Write("app/one.yaml", ConfigMap);
        Write("app/two.yaml", ConfigMap.Replace("name: one", "name: two\n  namespace: own", StringComparison.Ordinal));
        Write("app/cluster.yaml", "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: three\n");
        Write(
            "app/custom.yaml",
            """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: zones.example.com}
            spec: {group: example.com, scope: Cluster, names: {kind: Zone, plural: zones}}
            ---
            apiVersion: example.com/v1
            kind: Zone
            metadata: {name: four}
            """);
        var run = await CommandRun.OfAsync("render", Full("app"), "--namespace", "given", "-o", "json");
        var items = KubernetesJson.ParseObject(run.Output)["items"].ShouldBeOfType<JsonArray>().Select(static item => new KubernetesObject((JsonObject)item!));
        items.Select(static item => $"{item.Name}:{item.Namespace}").ShouldBe(["three:", "zones.example.com:", "four:", "one:given", "two:own"]);
    }

    [Fact]
    public async Task A_commit_is_printed_rather_than_the_files_as_they_are()
    {
        Write("app/one.yaml", ConfigMap);
        Git("init", "--quiet", "--initial-branch", "main");
        Git("add", "--all");
        Git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "--message", "one");
        Write("app/one.yaml", ConfigMap.Replace("value", "changed", StringComparison.Ordinal));

        (await CommandRun.OfAsync("render", Full("app"))).Output.ShouldContain("key: changed");
        (await CommandRun.OfAsync("render", Full("app"), "--revision", "main")).ShouldBe(new CommandRun(0, ConfigMap, string.Empty));
        (await CommandRun.OfAsync("render", "app", "--repo", _directory.FullName)).ShouldBe(new CommandRun(0, ConfigMap, string.Empty));
        var unknown = await CommandRun.OfAsync("render", Full("app"), "--revision", "nowhere");
        unknown.Code.ShouldBe(1);
        unknown.Error.ShouldContain("no branch, tag or commit 'nowhere'");
        OneLine(unknown);
    }

    [Theory]
    [InlineData("absent", "there is no directory")]
    [InlineData("file.yaml", "is a file")]
    [InlineData("chart", "helm")]
    [InlineData("broken", "broken/broken.yaml:4")]
    [InlineData("twice", "twice/b.yaml")]
    public async Task An_error_is_one_line_that_names_its_place(string path, string expected)
    {
        Write("file.yaml", ConfigMap);
        Write("chart/Chart.yaml", "name: chart\n");
        Write("broken/broken.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: 'open\n");
        Write("twice/a.yaml", ConfigMap);
        Write("twice/b.yaml", ConfigMap);
        Write(".git/HEAD", "ref: refs/heads/main\n");
        var run = await CommandRun.OfAsync("render", Full(path));
        run.Code.ShouldBe(1);
        run.Output.ShouldBeEmpty();
        run.Error.ShouldContain(expected);
        OneLine(run);
    }

    [Fact]
    public async Task A_revision_needs_a_repository()
    {
        Write("app/one.yaml", ConfigMap);
        var run = await CommandRun.OfAsync("render", Full("app"), "--revision", "main");
        run.Code.ShouldBe(1);
        run.Error.ShouldContain("is in no Git repository");
    }

    [Fact]
    public async Task Every_example_renders_but_for_the_broken_one()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "examples", "applications")))
        {
            var source = ObjectFile.Read(file, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)).ShouldHaveSingleItem().Object.Json["spec"]!["source"]!;
            var directory = Path.Combine(Repository.Root, "examples", source["path"]!.GetValue<string>());
            string[] arguments = source["helm"] is null ? [] : ["--helm", TestProgram.Require("GITOPS_TEST_HELM").Path, "--values", source["helm"]!["valueFiles"]![0]!.GetValue<string>()];
            var run = await CommandRun.OfAsync(["render", directory, .. arguments, .. source["directory"]?["recurse"] is null ? Array.Empty<string>() : ["--recurse"]]);
            if (Path.GetFileName(directory) == "broken")
            {
                run.Code.ShouldBe(1);
                run.Error.ShouldContain("examples/apps/broken/settings.yaml:");
                OneLine(run);
            }
            else
            {
                run.ShouldBe(new CommandRun(0, run.Output, string.Empty), directory);
                run.Output.ShouldContain("kind: ");
            }
        }
    }

    [Fact]
    public async Task What_is_odd_is_said_beside_the_manifests()
    {
        Write("app/one.yaml", ConfigMap);
        Write("app/kustomization.yaml", "resources: [one.yaml]\nvars: []\n");
        Write("app/.argocd-source.yaml", "kustomize: {nameSuffix: -two}\n");

        var run = await CommandRun.OfAsync("render", Full("app"));

        run.Code.ShouldBe(0);
        run.Error.ShouldBe("warning: kustomization.yaml: 'vars' is deprecated; use 'replacements' instead\n");
        run.Output.ShouldContain("-two");
    }

    private static void OneLine(CommandRun run)
    {
        run.Error.ShouldStartWith("error: ");
        run.Error.TrimEnd().ShouldNotContain("\n");
    }

    private string Full(string path) => Path.Combine(_directory.FullName, path);

    private void Write(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Full(path))!);
        File.WriteAllText(Full(path), content);
    }

    private void Git(params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments) { WorkingDirectory = _directory.FullName, UseShellExecute = false };
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        using var process = Process.Start(start).ShouldNotBeNull();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0);
    }
}
