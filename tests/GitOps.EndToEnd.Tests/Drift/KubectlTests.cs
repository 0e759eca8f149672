using System.Diagnostics;
using GitOps.EndToEnd.Tests.Fixture;

namespace GitOps.EndToEnd.Tests.Drift;

/// <summary>What users do with kubectl, done with kubectl: the one that <c>GITOPS_TEST_KUBECTL</c> names.</summary>
public sealed class KubectlTests(Cluster cluster)
{
    private static readonly string Manifests = DriftManifests.All(DriftManifests.Deployment(), DriftManifests.ConfigMap());

    [Fact]
    public async Task Scale_is_told_by_kubectl_and_healed()
    {
        var kubectl = Program();
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);
        await RunAsync(kubectl, bed, [], "scale", "deployment/web", "--replicas=7");
        DriftBed.Describe(await bed.ReportedAsync("web")).ShouldBe("Modified Deployment/web: spec.replicas kubectl Update");
        await bed.UntilObjectAsync(Kinds.Deployment, "web", "is healed", static live => live.At("spec", "replicas")!.GetValue<int>() == 2);
        await bed.UntilCalmAsync();
    }

    [Fact]
    public async Task Edit_is_told_by_kubectl_edit_and_healed()
    {
        var kubectl = Program();
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);
        await RunAsync(kubectl, bed, [("KUBE_EDITOR", "sed -i s/blue/red/")], "edit", "configmap/settings");
        DriftBed.Describe(await bed.ReportedAsync("settings")).ShouldBe("Modified ConfigMap/settings: data.color kubectl-edit Update");
        await bed.UntilObjectAsync(Kinds.ConfigMap, "settings", "is healed", static live => live.At("data", "color")!.GetValue<string>() == "blue");
        await bed.UntilCalmAsync();
    }

    [Fact]
    public async Task Delete_is_told_and_healed()
    {
        var kubectl = Program();
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);
        await RunAsync(kubectl, bed, [], "delete", "configmap/settings", "--wait=false");
        DriftBed.Describe(await bed.ReportedAsync("settings")).ShouldBe("Deleted ConfigMap/settings: ");
        await bed.UntilObjectAsync(Kinds.ConfigMap, "settings", "is there again", static live => !live.IsTerminating);
        await bed.UntilCalmAsync();
    }

    [Fact]
    public async Task Label_is_told_by_kubectl_label_and_healed()
    {
        var kubectl = Program();
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);
        await RunAsync(kubectl, bed, [], "label", "configmap/settings", "--overwrite", "team=b");
        DriftBed.Describe(await bed.ReportedAsync("settings")).ShouldBe("Modified ConfigMap/settings: metadata.labels.team kubectl-label Update");
        await bed.UntilObjectAsync(Kinds.ConfigMap, "settings", "is healed", static live => live.Label("team") == "a");
        await bed.UntilCalmAsync();
    }

    [Fact]
    public async Task Edit_of_a_lists_element_is_told_by_its_key_and_healed()
    {
        var kubectl = Program();
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);
        await RunAsync(kubectl, bed, [("KUBE_EDITOR", """sed -i 's/value: "2"/value: "9"/'""")], "edit", "deployment/web");
        DriftBed.Describe(await bed.ReportedAsync("web")).ShouldBe("Modified Deployment/web: spec.template.spec.containers[name=main].env[name=B].value kubectl-edit Update");
        await bed.UntilObjectAsync(Kinds.Deployment, "web", "is healed", static live => EditCase.Container(live)["env"]![1]!["value"]!.GetValue<string>() == "2");
        await bed.UntilCalmAsync();
    }

    [Fact]
    public async Task Replace_is_told_with_all_that_the_file_lacks_and_healed()
    {
        var kubectl = Program();
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);
        var file = Path.Combine(cluster.NewDirectory("kubectl"), "settings.yaml");
        await File.WriteAllTextAsync(file, DriftManifests.ConfigMap(color: "red"), TestContext.Current.CancellationToken);
        var before = (await bed.LiveAsync(Kinds.ConfigMap, "settings"))!;
        await RunAsync(kubectl, bed, [], "replace", "-f", file);
        DriftBed.Describe(await bed.ReportedAsync("settings")).ShouldBe(
            "Modified ConfigMap/settings: data.color kubectl-replace Update | metadata.annotations - | metadata.labels[\"gitops-operator.dev/application\"] -");
        await bed.UntilObjectAsync(Kinds.ConfigMap, "settings", "is healed", live =>
            live.Uid == before.Uid && live.At("data", "color")!.GetValue<string>() == "blue" && live.Label(GitOps.Operator.Api.Names.ApplicationLabel) is not null);
        await bed.UntilCalmAsync();
    }

    [Fact]
    public async Task Replace_by_force_is_healed()
    {
        var kubectl = Program();
        await using var bed = await DriftBed.StartAsync(cluster, Manifests);
        var file = Path.Combine(cluster.NewDirectory("kubectl"), "settings.yaml");
        await File.WriteAllTextAsync(file, DriftManifests.ConfigMap(color: "red"), TestContext.Current.CancellationToken);
        var before = (await bed.LiveAsync(Kinds.ConfigMap, "settings"))!;
        await RunAsync(kubectl, bed, [], isAllowedToFail: true, "replace", "--force", "--grace-period=0", "--timeout=5s", "-f", file);
        await bed.ReportedAsync("settings");
        await bed.UntilObjectAsync(Kinds.ConfigMap, "settings", "is healed", live =>
            live.Uid != before.Uid && live.At("data", "color")!.GetValue<string>() == "blue" && live.Label(GitOps.Operator.Api.Names.ApplicationLabel) is not null);
        await bed.UntilCalmAsync();
    }

    [Fact]
    public async Task Wait_for_ready_ends_when_the_application_is()
    {
        var kubectl = Program();
        await using var bed = await DriftBed.StartAsync(cluster, DriftManifests.ConfigMap());
        var output = await RunAsync(
            kubectl, bed, [], "wait", "--for=condition=Ready", $"application.gitops-operator.dev/{bed.Application.Name}", "-n", bed.Application.Namespace, "--timeout=60s");
        output.ShouldContain("condition met");
        var table = await RunAsync(kubectl, bed, [], "get", "app", bed.Application.Name, "-n", bed.Application.Namespace);
        table.ShouldContain("Synced");
        table.ShouldContain(bed.Revision[..7]);
    }

    private static string Program()
    {
        if (Environment.GetEnvironmentVariable("GITOPS_TEST_KUBECTL") is { Length: > 0 } path)
        {
            return path;
        }

        if (Environment.GetEnvironmentVariable("CI") is { Length: > 0 })
        {
            Assert.Fail("GITOPS_TEST_KUBECTL has to name a kubectl in CI");
        }

        Assert.Skip("GITOPS_TEST_KUBECTL names no kubectl");
        return string.Empty;
    }

    private static Task<string> RunAsync(string program, DriftBed bed, (string Name, string Value)[] environment, params string[] arguments) =>
        RunAsync(program, bed, environment, isAllowedToFail: false, arguments);

    private static async Task<string> RunAsync(
        string program, DriftBed bed, (string Name, string Value)[] environment, bool isAllowedToFail, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in (string[])["--kubeconfig", bed.Cluster.KubeconfigPath, "-n", bed.Target, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["NO_PROXY"] = "127.0.0.1,localhost";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        if (process.ExitCode != 0 && !isAllowedToFail)
        {
            Assert.Fail($"kubectl {string.Join(' ', arguments)}: {await error}");
        }

        return output;
    }
}
