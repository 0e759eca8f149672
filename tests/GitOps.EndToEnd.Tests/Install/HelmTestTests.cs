using GitOps.EndToEnd.Tests.Fixture;
using GitOps.EndToEnd.Tests.Guides;
using GitOps.Sandbox;
using GitOps.Testing;

namespace GitOps.EndToEnd.Tests.Install;

/// <summary><c>helm test</c>, by the real helm, with the command of its Pod run against an operator that runs as the chart says.</summary>
public sealed class HelmTestTests(Cluster cluster)
{
    private const string Namespace = "gitops-system";
    private const string Release = "gitops-operator";

    [Fact]
    public async Task It_succeeds_once_the_operator_is_ready()
    {
        await using var bed = await Bed.StartAsync(cluster);
        await bed.Helm.RunAsync("install", Release, Chart.Directory, "--create-namespace", "--set", "metrics.service.port=9090");
        await bed.UntilAnswerAsync(2, isReady: true);

        var result = await bed.Helm.TryAsync("test", Release, "--timeout", "60s");

        result.ExitCode.ShouldBe(0, result.Error + bed.Hooks.Told);
        result.Output.ShouldContain("Succeeded");
        bed.Hooks.Told.ShouldContain("HTTP/1.1 200 ");
    }

    [Fact]
    public async Task It_fails_while_the_operator_is_not_ready()
    {
        await using var bed = await Bed.StartAsync(cluster);

        // It may read nothing: it runs, and knows no Application.
        await bed.Helm.RunAsync("install", Release, Chart.Directory, "--create-namespace", "--set", "rbac.create=false", "--set", "replicas=1", "--set", "leaderElection.enabled=false");
        await bed.UntilAnswerAsync(1, isReady: false);

        var result = await bed.Helm.TryAsync("test", Release, "--timeout", "60s");

        result.ExitCode.ShouldNotBe(0, result.Output + bed.Hooks.Told);
        bed.Hooks.Told.ShouldContain("HTTP/1.1 503 ");
        bed.Hooks.Told.ShouldNotContain(" 200 ");
    }

    /// <summary>A cluster without pretended nodes: what is a Pod there is a process here.</summary>
    private sealed record Bed(SandboxServer Server, OperatorNode Operators, HookNode Hooks, TestProgram Helm) : IAsyncDisposable
    {
        public static async Task<Bed> StartAsync(Cluster cluster)
        {
            var directory = cluster.NewDirectory("helm-test");
            var server = await SandboxServer.StartAsync(
                new SandboxOptions { Controllers = new() { NamespaceContent = true }, RecordRequests = false }, TestContext.Current.CancellationToken);
            var kubeconfig = Path.Combine(directory, "kubeconfig");
            server.WriteKubeconfig(kubeconfig);
            var operators = OperatorNode.Start(server, [OperatorProcess.DotNet, Path.Combine(AppContext.BaseDirectory, "gitops-operator.dll")], directory);
            return new(server, operators, HookNode.Start(server, operators, Namespace), Chart.Helm.With(["--kubeconfig", kubeconfig, "--namespace", Namespace]));
        }

        public async Task UntilAnswerAsync(int replicas, bool isReady)
        {
            using var http = new HttpClient();
            await Eventually.IsTrueAsync($"{replicas} replicas are {(isReady ? "ready" : "not ready")}", async () =>
            {
                var addresses = Operators.Addresses;
                var answers = await Task.WhenAll(addresses.Select(address => http.GetAsync(new Uri(address, "/readyz"))));
                return answers.Length == replicas && answers.All(answer => answer.IsSuccessStatusCode == isReady);
            }, () => Task.FromResult(string.Join('\n', Operators.Lines)));
        }

        public async ValueTask DisposeAsync()
        {
            await Hooks.DisposeAsync();
            await Operators.DisposeAsync();
            await Server.DisposeAsync();
        }
    }
}
