using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Sandbox;
using GitOps.Testing;

namespace GitOps.EndToEnd.Tests.Guides;

/// <summary>The pages for those who run the operator, typed on clusters of their own that have a node for it.</summary>
public sealed class ClusterGuideTests(Cluster cluster)
{
    [Theory]
    [InlineData("disaster-recovery.md", false)]
    [InlineData("installing.md", true)]
    public async Task A_guide_can_be_followed_from_top_to_bottom(string page, bool inClone)
    {
        var guide = Guide.Read(page);
        var directory = cluster.NewDirectory("guide");
        string[] program = [OperatorProcess.DotNet, Path.Combine(AppContext.BaseDirectory, "gitops-operator.dll")];
        await using var first = await GuideCluster.StartAsync(program, Directory.CreateDirectory(Path.Combine(directory, "first")).FullName);
        await using var second = await GuideCluster.StartAsync(program, Directory.CreateDirectory(Path.Combine(directory, "second")).FullName);
        var repository = Path.Combine(directory, "repository");
        Commit(repository);
        await using var shell = GuideShell.Start(directory, inClone ? Chart.Repository : directory, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["kubectl"] = TestProgram.Require("GITOPS_TEST_KUBECTL").Path,
            ["helm"] = Chart.Helm.Path,
            ["gitops-operator"] = string.Join(' ', program),
        }, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["CHART"] = Chart.Directory,
            ["KUBECONFIG"] = first.Kubeconfig,
            ["NEW_KUBECONFIG"] = second.Kubeconfig,
            ["REPOSITORY"] = new Uri(repository).AbsoluteUri,
            ["REPOSITORY_DIRECTORY"] = repository,
        });

        foreach (var step in guide.Steps)
        {
            await shell.TypeAsync(guide, step, () => string.Join('\n', first.Node.Lines.Concat(second.Node.Lines).TakeLast(60)));
        }
    }

    private static void Commit(string directory)
    {
        var repository = GitRepo.Create(Directory.CreateDirectory(directory).FullName);
        repository.Commit(
            ("cluster/shop.yaml", $$"""
                apiVersion: gitops-operator.dev/v1alpha1
                kind: Application
                metadata: {name: shop, namespace: applications}
                spec:
                  source: {repoURL: "{{repository.Url}}", targetRevision: main, path: apps/shop}
                  destination: {namespace: shop}
                  interval: 5s
                  syncPolicy:
                    automated: {prune: true, selfHeal: true}
                    syncOptions: [CreateNamespace=true]
                """),
            ("apps/shop/web.yaml", """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web}
                spec:
                  replicas: 2
                  selector: {matchLabels: {app: web}}
                  template:
                    metadata: {labels: {app: web}}
                    spec:
                      containers: [{name: web, image: "registry.example.com/web:1", envFrom: [{configMapRef: {name: settings}}]}]
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: web}
                spec: {selector: {app: web}, ports: [{port: 80}]}
                """),
            ("apps/shop/settings.yaml", """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: settings}
                data: {currency: EUR}
                """));
    }

    /// <summary>A cluster with all its controllers, and a node that runs the operator.</summary>
    private sealed record GuideCluster(SandboxServer Server, OperatorNode Node, string Kubeconfig) : IAsyncDisposable
    {
        public static async Task<GuideCluster> StartAsync(IReadOnlyList<string> program, string directory)
        {
            var server = await SandboxServer.StartAsync(
                new SandboxOptions { Controllers = SandboxControllers.All, RecordRequests = false }, TestContext.Current.CancellationToken);
            var kubeconfig = Path.Combine(directory, "kubeconfig");
            server.WriteKubeconfig(kubeconfig);
            return new(server, OperatorNode.Start(server, program, directory), kubeconfig);
        }

        public async ValueTask DisposeAsync()
        {
            await Node.DisposeAsync();
            await Server.DisposeAsync();
        }
    }
}
