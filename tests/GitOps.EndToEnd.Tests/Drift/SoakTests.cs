using System.Globalization;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Config;
using GitOps.Soak;

namespace GitOps.EndToEnd.Tests.Drift;

/// <summary>
/// A short soak: whatever the dice say is done to objects, repository and network, and a referee that shares no code with the
/// operator says what was drift. <c>GITOPS_TEST_SOAK_SEED</c> repeats one; the benchmarks have the long one.
/// </summary>
public sealed class SoakTests(Cluster cluster)
{
    private const string SeedVariable = "GITOPS_TEST_SOAK_SEED";

    [Fact]
    public async Task Every_drift_is_told_with_its_culprit_and_nothing_else_is()
    {
        await using var space = await TestSpace.CreateAsync(cluster, "soak");
        var result = await SoakRun.RunAsync(
            new SoakSettings
            {
                Seed = int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), CultureInfo.InvariantCulture, out var seed) ? seed : Random.Shared.Next(),
                Prefix = space.Name,
                Applications = 16,
                Duration = TimeSpan.FromSeconds(20),
                ActionsPerSecond = 8,
                Patience = TimeSpan.FromSeconds(90),
            },
            cluster.KubeconfigPath,
            cluster.NewDirectory("soak"),
            async kubeconfig => await OperatorInstance.StartAsync(space.Options, KubeconfigLoader.FromFile(kubeconfig)),
            TestContext.Current.TestOutputHelper!.WriteLine,
            TestContext.Current.CancellationToken);

        TestContext.Current.TestOutputHelper!.WriteLine(result.Summary());
        result.Reckoning.Required.ShouldBeGreaterThan(50, result.Summary());
        result.IsFlawless.ShouldBeTrue(result.Describe());
    }
}
