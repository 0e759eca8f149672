using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Webhooks;

/// <summary>A cluster, webhooks beside it, and a namespace of the test's own to which the configurations are limited.</summary>
internal sealed class WebhookBed : IAsyncDisposable
{
    public const string Mutating = "mutatingwebhookconfigurations";
    public const string Validating = "validatingwebhookconfigurations";
    public const string Group = "/apis/admissionregistration.k8s.io/v1";

    private readonly List<string> _configurations = [];

    private WebhookBed(TestCluster cluster, WebhookServer server, string @namespace) => (Cluster, Server, Namespace) = (cluster, server, @namespace);

    public TestCluster Cluster { get; }

    public WebhookServer Server { get; }

    public string Namespace { get; }

    public string ConfigMaps => $"/api/v1/namespaces/{Namespace}/configmaps";

    public static async Task<WebhookBed> StartAsync()
    {
        var cluster = await TestCluster.ConnectAsync();
        var ns = "hooks-" + Guid.NewGuid().ToString("N")[..8];
        await cluster.CreateNamespaceAsync(ns);
        return new(cluster, await WebhookServer.StartAsync(), ns);
    }

    /// <summary>A ConfigMap as JSON.</summary>
    public static string ConfigMap(string name, string more = """ "data":{"k":"v"} """, string metadata = "") =>
        $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}"{{{metadata}}}},{{{more}}}}""";

    /// <summary>A webhook at a path, about ConfigMaps of the test's namespace, with changes.</summary>
    public string Hook(string path, string change = "{}")
    {
        var hook = KubernetesJson.ParseObject($$"""
            {"name":"{{path}}.tests.example.com","clientConfig":{{Server.ClientConfig("/" + path)}},"sideEffects":"None","admissionReviewVersions":["v1"],
             "namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"{{Namespace}}"} },
             "rules":[{"operations":["*"],"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"]}]}
            """);
        foreach (var (name, value) in KubernetesJson.ParseObject(change))
        {
            hook[name] = value?.DeepClone();
        }

        return hook.ToJsonString();
    }

    /// <summary>A configuration as JSON.</summary>
    public static string Configuration(string plural, string name, params string[] hooks)
    {
        var kind = plural == Mutating ? "MutatingWebhookConfiguration" : "ValidatingWebhookConfiguration";
        return $$$"""
            {"apiVersion":"admissionregistration.k8s.io/v1","kind":"{{{kind}}}","metadata":{"name":"{{{name}}}"},"webhooks":[{{{string.Join(',', hooks)}}}]}
            """;
    }

    /// <summary>Creates a configuration and waits until it takes effect.</summary>
    public async Task ConfigureAsync(string plural, params string[] hooks)
    {
        var name = $"{Namespace}-{_configurations.Count}";
        var ready = "ready-" + name;
        (await Cluster.PostAsync($"{Group}/{plural}", Configuration(plural, name, [.. hooks, Hook(ready)]))).Ok();
        _configurations.Add($"{Group}/{plural}/{name}");
        await Eventually.HoldsAsync(
            async () =>
            {
                await Cluster.PostAsync(ConfigMaps + "?dryRun=All", ConfigMap(ready));
                return Server.Requests("/" + ready, ready).Count > 0;
            },
            "the configuration takes effect");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var path in _configurations)
        {
            await Cluster.DeleteAsync(path);
        }

        await Server.DisposeAsync();
        await Cluster.DisposeAsync();
    }
}
