using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Sandbox;
using GitOps.Testing;

namespace GitOps.EndToEnd.Tests.Install;

/// <summary>
/// A release of the chart from its first day to its last, with the real helm, on a cluster of its own: whatever is done to the
/// release, Applications and what they deployed stay as they are.
/// </summary>
public sealed class ReleaseTests
{
    private const string Namespace = "gitops-system";
    private const string Release = "gitops-operator";

    private static readonly string[] Definitions =
        ["applications.gitops-operator.dev", "resourceinventories.gitops-operator.dev", "syncapprovals.gitops-operator.dev"];

    [Fact]
    public async Task It_is_installed_upgraded_rolled_back_and_uninstalled_without_a_workload_noticing()
    {
        await using var cluster = await SandboxCluster.StartAsync(new SandboxOptions { Controllers = SandboxControllers.All }, CancellationToken);
        var former = CopyOfFormerChart();
        try
        {
            var helm = Chart.Helm.With(["--kubeconfig", cluster.KubeconfigPath, "--namespace", Namespace]);
            await helm.RunAsync("install", Release, former, "--create-namespace", "--wait", "--timeout", "60s");
            await WorkloadsAsync(cluster);
            var before = await StateAsync(cluster);
            before.Count.ShouldBe(4);
            (await SchemaAsync(cluster)).ShouldNotContain("\"approval\"");

            // The definitions of the former version get the fields of the new one.
            (await helm.RunAsync("upgrade", Release, Chart.Directory, "--wait", "--timeout", "60s")).ShouldContain("STATUS: deployed");
            (await SchemaAsync(cluster)).ShouldContain("\"approval\"");
            (await StateAsync(cluster)).ShouldBe(before);
            var deployment = (await cluster.Client.GetAsync(Kinds.Deployment, Namespace, Release, CancellationToken))!;
            deployment.At("status", "readyReplicas")!.GetValue<int>().ShouldBe(2);

            (await helm.RunAsync("test", Release, "--timeout", "60s")).ShouldContain("Succeeded");

            await helm.RunAsync("upgrade", Release, Chart.Directory, "--set", "rbac.scope=impersonation", "--wait", "--timeout", "60s");
            (await StateAsync(cluster)).ShouldBe(before);
            await helm.RunAsync("rollback", Release, "1", "--wait", "--timeout", "60s");
            (await StateAsync(cluster)).ShouldBe(before);

            await helm.RunAsync("uninstall", Release, "--wait", "--timeout", "60s");
            (await StateAsync(cluster)).ShouldBe(before);
            (await cluster.Client.GetAsync(Kinds.Deployment, Namespace, Release, CancellationToken)).ShouldBeNull();
            foreach (var name in Definitions)
            {
                (await cluster.Client.GetAsync(Kinds.Definition, string.Empty, name, CancellationToken)).ShouldNotBeNull().IsTerminating.ShouldBeFalse();
            }

            (await cluster.Client.GetAsync(Kinds.AdmissionPolicy, string.Empty, Operator.Api.Names.ApprovalPolicy, CancellationToken)).ShouldNotBeNull();
            (await cluster.Client.ListAsync(OperatorIdentity.ClusterRoles, string.Empty, new($"app.kubernetes.io/instance={Release}"), CancellationToken)).Items.ShouldBeEmpty();

            // It takes over again what it kept.
            await helm.RunAsync("install", Release, Chart.Directory, "--wait", "--timeout", "60s");
            (await StateAsync(cluster)).ShouldBe(before);
        }
        finally
        {
            Directory.Delete(former, recursive: true);
        }
    }

    [Fact]
    public async Task The_plain_manifests_install_it_too()
    {
        await using var cluster = await SandboxCluster.StartAsync(new SandboxOptions { Controllers = SandboxControllers.All }, CancellationToken);
        var kubectl = TestProgram.Require("GITOPS_TEST_KUBECTL").With(["--kubeconfig", cluster.KubeconfigPath]);
        await kubectl.RunAsync("apply", "--server-side", "-f", Path.Combine(Chart.Repository, "deploy", "manifests", "install.yaml"));
        await kubectl.RunAsync("--namespace", Namespace, "rollout", "status", $"deployment/{Release}", "--timeout", "60s");
        (await kubectl.RunAsync("get", "applications.gitops-operator.dev", "--all-namespaces")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("view", "list", true)]
    [InlineData("view", "create", false)]
    [InlineData("edit", "create", true)]
    [InlineData("admin", "delete", true)]
    public async Task The_clusters_own_roles_learn_of_Applications(string role, string verb, bool isAllowed)
    {
        await using var cluster = await SandboxCluster.StartAsync(new SandboxOptions { Controllers = new() { ClusterRoleAggregation = true } }, CancellationToken);
        await Chart.Helm.With(["--kubeconfig", cluster.KubeconfigPath, "--namespace", Namespace]).RunAsync("install", Release, Chart.Directory, "--create-namespace");
        await cluster.ApplyAsync($$"""
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: people, namespace: default}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {{role}} }
            subjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: alice}]
            """, CancellationToken);
        var answer = string.Empty;
        await Eventually.IsTrueAsync($"{role} knows of Applications", async () => (await AskAsync(cluster, "get")) && (answer = (await AskAsync(cluster, verb)).ToString()).Length > 0);
        answer.ShouldBe(isAllowed.ToString());
    }

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    private static async Task<bool> AskAsync(SandboxCluster cluster, string verb)
    {
        var review = await cluster.Client.CreateAsync(
            ApiResource.Of("authorization.k8s.io/v1", "SubjectAccessReview", "subjectaccessreviews", namespaced: false),
            KubernetesObject.Parse($$"""
                {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "metadata": {},
                 "spec": {"user": "alice", "resourceAttributes": {"verb": "{{verb}}", "group": "gitops-operator.dev", "resource": "applications", "namespace": "default"} } }
                """), new(), CancellationToken);
        return review.Object.At("status", "allowed")!.GetValue<bool>();
    }

    /// <summary>The chart as an earlier version of it may have been: its Applications know no approvals.</summary>
    private static string CopyOfFormerChart()
    {
        var copy = Directory.CreateTempSubdirectory("chart-").FullName;
        foreach (var file in Directory.EnumerateFiles(Chart.Directory, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(Chart.Directory, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        var chart = Path.Combine(copy, "Chart.yaml");
        File.WriteAllText(chart, File.ReadAllText(chart).Replace("\nversion: ", "\nversion: 0.0.1 # ", StringComparison.Ordinal));
        var definition = Path.Combine(copy, "files", "crds", "applications.gitops-operator.dev.yaml");
        var lines = File.ReadAllLines(definition).ToList();
        var start = lines.FindIndex(static line => line.Trim() == "approval:");
        var depth = lines[start].TakeWhile(static letter => letter == ' ').Count();
        var end = lines.FindIndex(start + 1, line => line.Trim().Length > 0 && line.TakeWhile(static letter => letter == ' ').Count() <= depth);
        lines.RemoveRange(start, end - start);
        File.WriteAllLines(definition, lines);
        return copy;
    }

    private static async Task<string> SchemaAsync(SandboxCluster cluster) =>
        (await cluster.Client.GetAsync(Kinds.Definition, string.Empty, Definitions[0], CancellationToken))!
        .At("spec", "versions")![0]!["schema"]!["openAPIV3Schema"]!["properties"]!["spec"]!.ToJsonString();

    /// <summary>An Application as somebody made it, and what it deployed, with our marks.</summary>
    private static async Task WorkloadsAsync(SandboxCluster cluster) => await cluster.ApplyAsync("""
        apiVersion: v1
        kind: Namespace
        metadata: {name: shop}
        ---
        apiVersion: gitops-operator.dev/v1alpha1
        kind: Application
        metadata: {name: web, namespace: shop, finalizers: [resources-finalizer.argocd.argoproj.io]}
        spec: {project: default, source: {repoURL: "https://git.example.com/shop.git", path: .}, destination: {namespace: shop} }
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: web, namespace: shop, labels: {gitops-operator.dev/application: shop.web} }
        data: {key: value}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: shop, labels: {gitops-operator.dev/application: shop.web} }
        spec:
          replicas: 1
          selector: {matchLabels: {app: web} }
          template: {metadata: {labels: {app: web} }, spec: {containers: [{name: web, image: web}]} }
        """, CancellationToken);

    /// <summary>What may not change: who each object is, its spec, and that nobody is deleting it.</summary>
    private static async Task<IReadOnlyList<string>> StateAsync(SandboxCluster cluster)
    {
        var state = new List<string>();
        foreach (var (resource, @namespace) in ((ApiResource, string)[])[(Kinds.Application, "shop"), (Kinds.ConfigMap, "shop"), (Kinds.Deployment, "shop"), (Kinds.Namespace, string.Empty)])
        {
            state.AddRange((await cluster.Client.ListAsync(resource, @namespace, new(), CancellationToken)).Items
                .Where(static item => item.Name is "web" or "shop")
                .Select(static item => $"{item} {item.Uid} {item.IsTerminating} {(item.Json["spec"] ?? item.Json["data"] ?? new JsonObject()).ToJsonString()}"));
        }

        return state;
    }
}
