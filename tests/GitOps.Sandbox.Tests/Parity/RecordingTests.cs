using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Parity;

/// <summary>
/// The sandbox answers what a real API server answered to the same requests. With GITOPS_TEST_KUBECONFIG that server is asked
/// again, which tells whether the recordings are still true.
/// </summary>
public sealed class RecordingTests
{
    public static TheoryData<string> Names => [.. Recording.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_sandbox_answers_as_the_server_did(string name)
    {
        await using var cluster = await TestCluster.ConnectAsync(new() { TimeProvider = new FixedClock() });
        if (Recording.IsUpdated(name))
        {
            var scratch = await NewNamespaceAsync(cluster);
            await Recording.UpdateAsync(name, cluster, scratch);
        }

        var ns = await NewNamespaceAsync(cluster);
        await using var player = new TracePlayer(cluster, ns);
        var steps = Recording.Load(name);
        var differences = new List<string>();
        for (var i = 0; i < steps.Count; i++)
        {
            differences.AddRange((await player.PlayAsync(steps[i])).Select(difference => Trace.Describe(steps[i], i, difference)));
        }

        differences.ShouldBeEmpty(string.Join('\n', differences));
    }

    private static async Task<string> NewNamespaceAsync(TestCluster cluster)
    {
        var name = $"parity-{Guid.NewGuid().ToString("N")[..8]}";
        await cluster.CreateNamespaceAsync(name);
        return name;
    }
}
