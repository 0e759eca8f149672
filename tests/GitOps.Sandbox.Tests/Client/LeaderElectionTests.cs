using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using GitOps.Kubernetes.Config;
using GitOps.Testing;

namespace GitOps.Sandbox.Tests.Client;

/// <summary>Contenders with bad clocks and a bad network, at random from recorded seeds: two never work at once.</summary>
public sealed class LeaderElectionTests
{
    private const int Steps = 150;

    [Theory]
    [InlineData(2, 1)]
    [InlineData(2, 2)]
    [InlineData(2, 3)]
    [InlineData(2, 4)]
    [InlineData(2, 5)]
    [InlineData(5, 11)]
    [InlineData(5, 12)]
    [InlineData(5, 13)]
    [InlineData(5, 14)]
    [InlineData(5, 15)]
    public async Task Two_never_lead_at_once_whatever_clocks_network_and_pauses_do(int contenders, int seed)
    {
        await using var server = await SandboxServer.StartAsync(new SandboxOptions(), TestContext.Current.CancellationToken);
        var cluster = KubeconfigLoader.Load(new KubeconfigRequest { Content = Encoding.UTF8.GetBytes(server.Kubeconfig()) });
        var random = new Random(seed);
        var network = new ManualTimeProvider();
        var violations = new ConcurrentQueue<string>();
        var all = new ConcurrentQueue<Contender>();
        try
        {
            for (var i = 0; i < contenders; i++)
            {
                all.Enqueue(new Contender($"contender-{i}", cluster, network, random.Next(), _ => Check()));
            }

            for (var step = 0; step < Steps && violations.IsEmpty; step++)
            {
                await SettleAsync(all);
                Disturb(all.ElementAt(random.Next(contenders)), random);
                Pass(TimeSpan.FromSeconds(random.NextDouble() * 1.5));
            }

            violations.ShouldBeEmpty($"seed {seed}");

            // Left in peace, they agree.
            foreach (var contender in all)
            {
                contender.Connect();
                contender.Resume();
            }

            var watch = Stopwatch.StartNew();
            while (all.Count(static contender => contender.IsWorking) != 1)
            {
                watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30), $"seed {seed}: nobody leads");
                await SettleAsync(all);
                Pass(TimeSpan.FromSeconds(1));
            }

            violations.ShouldBeEmpty($"seed {seed}");
            all.Sum(static contender => contender.Terms).ShouldBeGreaterThan(1);
        }
        finally
        {
            foreach (var contender in all)
            {
                await contender.DisposeAsync();
            }
        }

        void Pass(TimeSpan time)
        {
            network.Advance(time);
            foreach (var contender in all.OrderBy(_ => random.Next()))
            {
                contender.Pass(time);
            }

            Check();
        }

        void Check()
        {
            var working = all.Where(static contender => contender.IsWorking).Select(static contender => contender.Name).ToArray();
            if (working.Length > 1)
            {
                violations.Enqueue(string.Join(" and ", working));
            }
        }
    }

    private static void Disturb(Contender contender, Random random)
    {
        switch (random.Next(12))
        {
            case 0:
                contender.Pause();
                break;
            case 1 or 2 or 3:
                contender.Resume();
                break;
            case 4:
                contender.Disconnect();
                break;
            case 5 or 6:
                contender.Connect();
                break;
        }
    }

    /// <summary>Until nothing happens any more without a clock moving.</summary>
    private static async Task SettleAsync(IReadOnlyCollection<Contender> contenders)
    {
        var watch = Stopwatch.StartNew();
        while (!contenders.All(static contender => contender.IsSettled))
        {
            watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(30));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }
}
