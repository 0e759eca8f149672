using System.Collections.Frozen;
using System.Security.Cryptography;

namespace GitOps.Sandbox.Tests.Replay;

/// <summary>
/// The sandbox answers as a real API server was recorded to answer. With GITOPS_TEST_KUBECONFIG the traces are played against
/// that server instead, which shows that the player judges right.
/// </summary>
public sealed class TraceTests
{
    private static readonly FrozenDictionary<string, string> Hashes = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["apply-configmap"] = "fe437cb08e6fb23c29a0e67d217d00ff9a481343a41533ea8a9282d1e1874ab4",
        ["apply-drift-by-update"] = "b07e1e0af74cf0d05483f62a413641926bb7a1b29c11c741ad63d5ebf6b7300c",
        ["apply-lists"] = "d0b5e38ca55f325ac2115a72fdfcd85e111035c37992728f6b1c209560aa61c9",
        ["authorization"] = "cc229a0c4ac1f5bc30502ef68e1c05323ded623150abd71990576de11abe3984",
        ["crud-basics"] = "ff4f995c2a53e34eb1f9cd37f614fa1549be81b0bd235afd9c14917f9d3004cb",
        ["custom-resources"] = "c7bbd5d62c9041aafe3d4351e01717bd4a7ed434e31c89c63d34246a89df0054",
        ["defaulting"] = "8017c23c3799091ebabba4db68bafd3e2bbd4989bd843973dcc0bd915a169dec",
        ["discovery"] = "b241909419ba83d8932cb29f6b42a7178863d380553597a55297cd0808a1298c",
        ["dry-run"] = "ca558800c94cac4c0d9a707c41b5f18b007dd74e647366d1df64f78491113ba8",
        ["field-validation"] = "c4633887e6fb1b749296cc4f6979f2e7681a9644182e784a7565eca6ca4f1215",
        ["finalizers"] = "eafdd50b2255a2d0b4983bd9b8851c49cdd94b6d61223f2258f05fd22f64cc01",
        ["generation-and-status"] = "f965174ccf45313e968534dd4c04667fe10e04685193ddc2488c6cbeda2aeb28",
        ["leases-and-events"] = "033277e2a436e3dd2b6781251f125abcbea4101899395064d57bab8528f1af9e",
        ["list-selectors"] = "8dd7a4b91a7c192ac5f123a4490231a71444a5f659ee0077a75252200fd33510",
        ["namespaces"] = "49d42d6d77e07e1e6858a38ddba9de4d680f144187f53367e6e6203b219e2c01",
        ["optimistic-concurrency"] = "9b0b51a92268475f44abbd42e9ccb83ef24fb303420e027fd362b3b44e70a3b6",
        ["patch-types"] = "99968cec6a71e00b8d39a2f57f310209524301e6a294d40e4444f2617e7546a6",
        ["validation"] = "76b0c655257649f30fac17fe353b303db1cef724cd4b04b905b0b0335baf1760",
        ["watch-basics"] = "bcc103a934faf59a33204942e77318f277b612c281d0e5b8218c97b84f1626da",
        ["watch-expired"] = "4b066ee868325bb97d418a5ff4a4f0eb64933f5ab37f01e19bba178a6a8ea216",
        ["watch-initial-events"] = "93a15cffd49955d2853b1bd81078f0dbcac81b687e624e42e91c2d8a06af35f8",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static TheoryData<string> Names => [.. Hashes.Keys.Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_server_answers_as_recorded(string name)
    {
        await using var cluster = await TestCluster.ConnectAsync(new() { TimeProvider = new FixedClock() });
        var ns = $"replay-{name}-{Guid.NewGuid().ToString("N")[..6]}";
        await cluster.CreateNamespaceAsync(ns);
        await using var player = new TracePlayer(cluster, ns);
        var trace = Trace.Load(name);
        var differences = new List<string>();
        for (var i = 0; i < trace.Steps.Count; i++)
        {
            differences.AddRange((await player.PlayAsync(trace.Steps[i])).Select(difference => Trace.Describe(trace.Steps[i], i, difference)));
        }

        differences.ShouldBeEmpty(string.Join('\n', differences));
    }

    [Fact]
    public void The_trace_files_are_as_they_were_recorded()
    {
        var found = Directory.GetFiles(Trace.Folder, "*.json").ToDictionary(
            static path => Path.GetFileNameWithoutExtension(path), static path => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))), StringComparer.Ordinal);

        found.OrderBy(static file => file.Key, StringComparer.Ordinal).ShouldBe(Hashes.OrderBy(static file => file.Key, StringComparer.Ordinal));
    }
}
