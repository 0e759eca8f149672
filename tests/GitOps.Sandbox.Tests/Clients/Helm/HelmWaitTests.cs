using static GitOps.Sandbox.Tests.Clients.Helm.HelmCluster;

namespace GitOps.Sandbox.Tests.Clients.Helm;

/// <summary>The real helm where it waits for what controllers do.</summary>
[Collection(nameof(HelmTests))]
public sealed class HelmWaitTests
{
    private const string Jobs = "jobs";

    [Theory]
    [InlineData("watcher")]
    [InlineData("legacy")]
    public async Task A_release_with_hooks_is_installed_upgraded_and_uninstalled(string strategy)
    {
        await using var helm = await StartWithControllersAsync();
        await helm.RunAsync("install", "shop", Chart, "--create-namespace", $"--wait={strategy}", "--set", "jobs=true", "--timeout", "60s");
        (await JobAsync(helm, "pre-install")).Body["status"]!["succeeded"]!.GetValue<int>().ShouldBe(1);
        (await helm.GetAsync("jobs/shop-post-install", "apis/batch/v1")).Status.ShouldBe(404, "its policy is to be deleted when it has succeeded");
        (await ReadyAsync(helm)).ShouldBe(2);

        await helm.RunAsync("upgrade", "shop", Chart, "--reuse-values", "--set", "image=nginx:2,replicas=3", $"--wait={strategy}", "--timeout", "60s");
        (await JobAsync(helm, "pre-upgrade")).Body["status"]!["succeeded"]!.GetValue<int>().ShouldBe(1);
        (await ReadyAsync(helm)).ShouldBe(3);

        await helm.RunAsync("rollback", "shop", "1", $"--wait={strategy}", "--timeout", "60s");
        (await ReadyAsync(helm)).ShouldBe(2);

        await helm.RunAsync("uninstall", "shop", $"--wait={strategy}", "--cascade", "foreground", "--timeout", "60s");
        (await JobAsync(helm, "pre-delete")).Body["status"]!["succeeded"]!.GetValue<int>().ShouldBe(1);
        (await helm.GetAsync("deployments/shop", "apis/apps/v1")).Status.ShouldBe(404);
        (await helm.GetAsync("pods?labelSelector=app=shop")).Body["items"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task An_installation_whose_pods_never_become_ready_times_out_and_has_failed()
    {
        await using var helm = await StartWithControllersAsync();

        var result = await helm.TryAsync("install", "shop", Chart, "--create-namespace", "--wait", "--timeout", "2s", "--set", "pod=crash");

        result.ExitCode.ShouldBe(1);
        (await helm.JsonAsync("status", "shop"))["info"]!["status"]!.GetValue<string>().ShouldBe("failed");
        (await helm.GetAsync("deployments/shop", "apis/apps/v1")).Body["status"]!["unavailableReplicas"]!.GetValue<int>().ShouldBe(2);
    }

    [Fact]
    public async Task An_upgrade_that_fails_is_rolled_back()
    {
        await using var helm = await StartWithControllersAsync();
        await helm.RunAsync("install", "shop", Chart, "--create-namespace", "--wait", "--timeout", "60s");

        var result = await helm.TryAsync("upgrade", "shop", Chart, "--rollback-on-failure", "--timeout", "4s", "--set", "pod=image-pull,greeting=bye");

        result.ExitCode.ShouldBe(1);
        (await helm.JsonAsync("history", "shop")).AsArray().Select(static one => $"{one!["revision"]} {one["status"]}").ShouldBe(["1 superseded", "2 failed", "3 deployed"]);
        (await helm.GetAsync("configmaps/shop-settings")).Text("data", "greeting").ShouldBe("hello");
        (await ReadyAsync(helm)).ShouldBe(2);
    }

    [Fact]
    public async Task A_hook_that_fails_stops_the_installation()
    {
        await using var helm = await StartWithControllersAsync();

        var result = await helm.TryAsync("install", "shop", Chart, "--create-namespace", "--timeout", "30s", "--set", "jobs=true,hook=fail");

        result.ExitCode.ShouldBe(1);
        (await JobAsync(helm, "pre-install")).Body["status"]!["failed"]!.GetValue<int>().ShouldBe(1);
        (await helm.GetAsync("deployments/shop", "apis/apps/v1")).Status.ShouldBe(404);
    }

    private static async Task<Replay.Answer> JobAsync(HelmCluster helm, string hook) => (await helm.GetAsync($"{Jobs}/shop-{hook}", "apis/batch/v1")).Ok();

    private static async Task<int> ReadyAsync(HelmCluster helm) =>
        (await helm.GetAsync("deployments/shop", "apis/apps/v1")).Body["status"]!["readyReplicas"]!.GetValue<int>();
}
