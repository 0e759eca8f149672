using System.Collections.Concurrent;
using System.Globalization;
using GitOps.Kubernetes.Http;

namespace GitOps.Sandbox.Tests.Client.Watching.Interleavings;

/// <summary>
/// A thousand interleavings of writes, cuts, expiries, restarts and vanishing kinds, from recorded seeds. Set
/// <c>GITOPS_TEST_SEED</c> to the seed of a failure to have it alone.
/// </summary>
public sealed class InterleavingTests
{
    private const int FirstSeed = 1;
    private const int Count = 1000;
    private const int Workers = 4;
    private const int RunsPerSandbox = 50;
    private const int EnoughFailures = 5;

    /// <summary>The clock runs a thousand times as fast as the machine: what has to be answered in time gets plenty of it.</summary>
    private static readonly KubernetesClientOptions Options = new() { RequestTimeout = TimeSpan.FromMinutes(10), Random = static () => 0.5 };

    [Fact]
    public async Task An_informers_cache_ends_as_the_truth_and_its_stream_loses_and_doubles_nothing()
    {
        int[] seeds = Environment.GetEnvironmentVariable("GITOPS_TEST_SEED") is { Length: > 0 } text
            ? [int.Parse(text, CultureInfo.InvariantCulture)]
            : [.. Enumerable.Range(FirstSeed, Count)];
        var failures = new ConcurrentBag<string>();

        await Parallel.ForEachAsync(
            seeds.Chunk(RunsPerSandbox), new ParallelOptions { MaxDegreeOfParallelism = Workers }, (chunk, _) => RunAsync(chunk, failures));

        failures.ShouldBeEmpty($"at least {failures.Count} of {seeds.Length} interleavings failed: {string.Join("\n\n", failures.Take(3))}");
    }

    private static async ValueTask RunAsync(int[] seeds, ConcurrentBag<string> failures)
    {
        var left = new Queue<int>(seeds);
        while (left.Count > 0 && failures.Count < EnoughFailures)
        {
            await using var rig = await ClientRig.StartAsync(Options, sharesClock: true);
            while (failures.Count < EnoughFailures && left.TryDequeue(out var seed))
            {
                try
                {
                    await new InterleavingRun(rig, InterleavingPlan.Make(seed)).RunAsync();
                }
                catch (Exception exception)
                {
                    // What it left behind would trouble the next: that gets a sandbox of its own.
                    failures.Add($"seed {seed}: {exception.Message}");
                    break;
                }
            }
        }
    }
}
