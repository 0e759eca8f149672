using GitOps.Sandbox.Faults;
using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Clients.Kubectl;

/// <summary>What kubectl does for as long as it takes: it watches, and waits.</summary>
public sealed class WatchingTests
{
    [Theory]
    [InlineData("", "NAME DATA AGE|a 0 AGE|b 1 AGE|a 0 AGE")]
    [InlineData("--output-watch-events", "EVENT NAME DATA AGE|ADDED a 0 AGE|ADDED b 1 AGE|DELETED a 0 AGE")]
    [InlineData("--watch-only", "NAME DATA AGE|b 1 AGE|a 0 AGE")]
    [InlineData("--no-headers", "a 0 AGE|b 1 AGE|a 0 AGE")]
    [InlineData("-o=name", "configmap/a|configmap/b|configmap/a")]
    public async Task Get_shows_what_happens(string option, string shown)
    {
        await using var kubectl = await KubectlRunner.StartAsync("kubectl-watch");
        await kubectl.OutputAsync("create", "configmap", "a");

        string[] arguments = option.Length > 0 ? ["get", "configmaps", "--watch", option] : ["get", "configmaps", "--watch"];
        var watching = kubectl.RunAsync(arguments);
        await Eventually.HoldsAsync(() => Task.FromResult(Watches(kubectl) > 0), "the watch is open");
        await kubectl.OutputAsync("create", "configmap", "b", "--from-literal=k=v");
        await kubectl.OutputAsync("delete", "configmap", "a", "--wait=false");
        kubectl.Cluster.Sandbox.Faults.Watches(WatchFault.Drop, times: 1);

        var result = await watching;
        string.Join('|', SessionText.Lines(result.Output, []).Select(static line => line.Replace("  ", " ", StringComparison.Ordinal))).ShouldBe(shown);
    }

    [Fact]
    public async Task A_deletion_waits_until_the_object_is_gone()
    {
        await using var kubectl = await KubectlRunner.StartAsync("kubectl-wait");
        await kubectl.OutputAsync("create", "configmap", "held");
        await kubectl.OutputAsync("patch", "configmap", "held", "--type=merge", "-p", """{"metadata":{"finalizers":["example.com/hold"]}}""");

        var deleting = kubectl.RunAsync(["delete", "configmap", "held"]);
        await Eventually.HoldsAsync(() => Task.FromResult(Watches(kubectl) > 0), "it waits");
        deleting.IsCompleted.ShouldBeFalse();
        await kubectl.OutputAsync("patch", "configmap", "held", "--type=json", "-p", """[{"op":"remove","path":"/metadata/finalizers"}]""");

        (await deleting).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_wait_ends_when_its_condition_comes()
    {
        await using var kubectl = await KubectlRunner.StartAsync("kubectl-wait");
        await kubectl.OutputAsync("create", "deployment", "d", "--image=nginx");

        var waiting = kubectl.RunAsync(["wait", "deployment/d", "--for=condition=Available", "--timeout=30s"]);
        await Eventually.HoldsAsync(() => Task.FromResult(Watches(kubectl) > 0), "it waits");
        await kubectl.OutputAsync(
            "patch", "deployment", "d", "--subresource=status", "--type=merge", "-p", """{"status":{"conditions":[{"type":"Available","status":"True"}]}}""");

        (await waiting).Output.Trim().ShouldBe("deployment.apps/d condition met");
    }

    [Fact]
    public async Task A_rollout_is_followed_to_its_end()
    {
        await using var kubectl = await KubectlRunner.StartAsync("kubectl-wait");
        await kubectl.OutputAsync("create", "deployment", "d", "--image=nginx");

        var following = kubectl.RunAsync(["rollout", "status", "deployment/d", "--timeout=30s"]);
        await Eventually.HoldsAsync(() => Task.FromResult(Watches(kubectl) > 0), "it watches");
        await kubectl.OutputAsync(
            "patch", "deployment", "d", "--subresource=status", "--type=merge", "-p",
            """{"status":{"observedGeneration":1,"replicas":1,"updatedReplicas":1,"readyReplicas":1,"availableReplicas":1}}""");

        var result = await following;
        result.ExitCode.ShouldBe(0, result.Error);
        result.Output.ShouldEndWith("deployment \"d\" successfully rolled out\n");
    }

    private static int Watches(KubectlRunner kubectl) =>
        kubectl.Cluster.Sandbox.Requests.All.Count(static request => request.Verb == "watch" && request.UserAgent.StartsWith("kubectl", StringComparison.Ordinal));
}
