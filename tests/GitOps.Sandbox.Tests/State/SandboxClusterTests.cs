using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Manifests;

namespace GitOps.Sandbox.Tests.State;

/// <summary>The sandbox as a library: a line starts one, and what is in it can be kept.</summary>
public sealed class SandboxClusterTests : IDisposable
{
    private const string Definition = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: gauges.example.com}
        spec:
          group: example.com
          scope: Namespaced
          names: {kind: Gauge, plural: gauges, singular: gauge}
          versions:
          - name: v1
            served: true
            storage: true
            subresources: {status: {}}
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  spec: {type: object, properties: {size: {type: integer, default: 3}}}
                  status: {type: object, properties: {reading: {type: number}}}
        """;

    private const string Objects = """
        apiVersion: example.com/v1
        kind: Gauge
        metadata: {name: pressure, namespace: plant}
        spec: {}
        status: {reading: 1.5}
        ---
        apiVersion: v1
        kind: List
        items:
        - apiVersion: v1
          kind: ConfigMap
          metadata: {name: settings, namespace: plant, labels: {on: "yes"}}
          data: {color: blue, "8080": "true", text: "a\nb\n"}
        - apiVersion: v1
          kind: Secret
          metadata: {name: login, namespace: plant}
          stringData: {password: hunter2}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          selector: {matchLabels: {app: web}}
          template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: "web:1"}]}}
        status: {replicas: 1, readyReplicas: 1}
        ---
        apiVersion: v1
        kind: Namespace
        metadata: {name: plant}
        """;

    private static readonly ApiResource ConfigMap = ApiResource.Of("v1", "ConfigMap", "configmaps", namespaced: true);
    private static readonly ApiResource Deployment = ApiResource.Of("apps/v1", "Deployment", "deployments", namespaced: true, "status");
    private static readonly ApiResource Gauge = ApiResource.Of("example.com/v1", "Gauge", "gauges", namespaced: true, "status");
    private static readonly ApiResource Namespace = ApiResource.Of("v1", "Namespace", "namespaces", namespaced: false);

    private readonly string _directory = Directory.CreateTempSubdirectory("state-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Many_clusters_live_in_one_process()
    {
        var clusters = await Task.WhenAll(Enumerable.Range(0, 20).Select(static _ => SandboxCluster.StartAsync(cancellationToken: Token)));

        await Parallel.ForAsync(0, clusters.Length, Token, async (i, _) =>
            await clusters[i].ApplyAsync($"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: number}}, data: {{is: '{i}'}}}}", Token));
        for (var i = 0; i < clusters.Length; i++)
        {
            var stored = await clusters[i].Client.GetAsync(ConfigMap, "default", "number", Token);
            stored!.At("data", "is")!.GetValue<string>().ShouldBe($"{i}");
            await clusters[i].DisposeAsync();
        }
    }

    [Fact]
    public async Task Manifests_are_applied_in_an_order_that_works_with_the_status_they_tell()
    {
        await using var cluster = await SandboxCluster.StartAsync(cancellationToken: Token);

        var applied = await cluster.ApplyAsync($"{Objects}\n---\n{Definition}", Token);

        applied.Select(static item => item.Kind).ShouldBe(["CustomResourceDefinition", "Namespace", "Gauge", "ConfigMap", "Secret", "Deployment"]);
        var gauge = await cluster.Client.GetAsync(Gauge, "plant", "pressure", Token);
        gauge!.At("status", "reading")!.GetValue<double>().ShouldBe(1.5);
        gauge.At("spec", "size")!.GetValue<int>().ShouldBe(3);
        (await cluster.Client.GetAsync(Deployment, "default", "web", Token))!.At("status", "readyReplicas")!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task The_kubeconfig_file_goes_with_the_cluster()
    {
        string path;
        await using (var cluster = await SandboxCluster.StartAsync(cancellationToken: Token))
        {
            path = cluster.KubeconfigPath;
            (await File.ReadAllTextAsync(path, Token)).ShouldBe(cluster.Kubeconfig);
            if (!OperatingSystem.IsWindows())
            {
                File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }

        Path.Exists(Path.GetDirectoryName(path)).ShouldBeFalse();
    }

    [Fact]
    public async Task What_was_saved_is_the_same_in_another_cluster()
    {
        var (first, second) = (Path.Combine(_directory, "first.yaml"), Path.Combine(_directory, "second.yaml"));
        await using (var cluster = await SandboxCluster.StartAsync(cancellationToken: Token))
        {
            await cluster.ApplyAsync($"{Definition}\n---\n{Objects}", Token);
            await cluster.Client.DeleteAsync(Namespace, string.Empty, "plant", new(), Token);
            await cluster.SaveAsync(first, Token);
        }

        await using var again = await SandboxCluster.StartAsync(new() { StateFile = first }, Token);
        await again.SaveAsync(second, Token);

        (await File.ReadAllTextAsync(second, Token)).ShouldBe(await File.ReadAllTextAsync(first, Token));
        (await again.Client.GetAsync(Namespace, string.Empty, "plant", Token))!.IsTerminating.ShouldBeTrue();
        (await again.Client.GetAsync(Gauge, "plant", "pressure", Token))!.At("spec", "size")!.GetValue<int>().ShouldBe(3);
    }

    [Fact]
    public async Task A_restored_cluster_counts_on_and_knows_who_owns_what()
    {
        var file = Path.Combine(_directory, "state.yaml");
        await using (var cluster = await SandboxCluster.StartAsync(cancellationToken: Token))
        {
            await cluster.ApplyAsync($"{Definition}\n---\n{Objects}", Token);
            await cluster.SaveAsync(file, Token);
        }

        await using var again = await SandboxCluster.StartAsync(new() { StateFile = file }, Token);
        var newest = again.Server.ResourceVersion;
        var before = (await again.Client.GetAsync(ConfigMap, "plant", "settings", Token))!;
        var desired = KubernetesObject.Parse("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"settings","namespace":"plant"},"data":{"color":"red"}}""");
        var refused = await Should.ThrowAsync<GitOps.Kubernetes.Http.ApiException>(
            () => again.Client.ApplyAsync(ConfigMap, desired, new("somebody", Force: false), Token));
        var after = (await again.Client.ApplyAsync(ConfigMap, desired, new("somebody"), Token)).Object;

        refused.Message.ShouldContain("conflict with \"sandbox\"");
        (after.Uid, long.Parse(after.ResourceVersion!, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe((before.Uid, newest + 1));
        var list = await again.Client.ListAsync(ConfigMap, "plant", new(), Token);
        list.Items.Select(static item => item.Name).ShouldBe(["settings"]);
    }

    [Fact]
    public async Task An_extract_of_another_cluster_can_be_loaded()
    {
        var file = Path.Combine(_directory, "extract.json");
        await File.WriteAllTextAsync(file, """
            {"apiVersion": "v1", "kind": "List", "items": [
              {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "shop", "uid": "u-1", "resourceVersion": "90071992547409",
               "creationTimestamp": "2020-01-01T00:00:00Z"}, "data": {"x": "1"}},
              {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "by-hand", "namespace": "shop"}}
            ]}
            """, Token);

        await using var cluster = await SandboxCluster.StartAsync(new() { StateFile = file }, Token);

        var stored = (await cluster.Client.GetAsync(ConfigMap, "shop", "a", Token))!;
        (stored.Uid, stored.ResourceVersion).ShouldBe(("u-1", "90071992547409"));
        (await cluster.Client.GetAsync(ConfigMap, "shop", "by-hand", Token))!.Uid.ShouldNotBeNullOrEmpty();
        (await cluster.Client.GetAsync(Namespace, string.Empty, "shop", Token)).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("a: [", "state.yaml:2: not valid YAML")]
    [InlineData("apiVersion: v1\nkind: ConfigMap\n", "state.yaml:1: metadata.name is missing")]
    [InlineData("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, uid: u}\n", "metadata.namespace is missing")]
    [InlineData("apiVersion: v1\nkind: Namespace\nmetadata: {name: a, namespace: b, uid: u}\n", "a Namespace lies in none")]
    [InlineData("---\napiVersion: example.com/v1\nkind: Gauge\nmetadata: {name: a, namespace: b, uid: u}\n", "state.yaml:2: example.com/v1/Gauge is not served")]
    [InlineData("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b, uid: u}\ndata: [1]\n", "not a ConfigMap")]
    [InlineData("apiVersion: example.com/v1\nkind: Gauge\nmetadata: {name: a}\n", "is not served")]
    [InlineData("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: nowhere}\n", "the server refuses it")]
    public async Task A_state_that_cannot_be_served_is_refused_with_its_place(string yaml, string expected)
    {
        var file = Path.Combine(_directory, "state.yaml");
        await File.WriteAllTextAsync(file, yaml, Token);

        var refused = await Should.ThrowAsync<ManifestException>(() => SandboxCluster.StartAsync(new() { StateFile = file }, Token));

        refused.Message.ShouldContain(expected);
        refused.Message.ShouldContain("state.yaml:");
    }

    [Fact]
    public async Task A_saved_state_replaces_the_file_whole_and_for_this_user_alone()
    {
        var file = Path.Combine(_directory, "state.yaml");
        await File.WriteAllTextAsync(file, new string('#', 1_000_000), Token);
        await using var cluster = await SandboxCluster.StartAsync(cancellationToken: Token);

        await cluster.SaveAsync(file, Token);

        (await File.ReadAllTextAsync(file, Token)).ShouldStartWith("kind: Namespace\napiVersion: v1\n");
        Directory.GetFiles(_directory).ShouldBe([file]);
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }
}
