using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Http;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Soak;

namespace GitOps.EndToEnd.Tests.Drift;

/// <summary>Webhooks and policies that rewrite what is written in one namespace; gone with the test.</summary>
internal sealed class Admission : IAsyncDisposable
{
    public static readonly ApiResource Webhooks = Of("MutatingWebhookConfiguration", "mutatingwebhookconfigurations");
    private static readonly ApiResource Policies = Of("MutatingAdmissionPolicy", "mutatingadmissionpolicies");
    private static readonly ApiResource Bindings = Of("MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings");

    private readonly Cluster _cluster;
    private readonly WebhookHost _host;
    private readonly List<(ApiResource Resource, string Name)> _installed = [];

    private Admission(Cluster cluster, WebhookHost host) => (_cluster, _host) = (cluster, host);

    public static async Task<Admission> StartAsync(Cluster cluster) => new(cluster, await WebhookHost.StartAsync());

    /// <summary>Installs a webhook; returns when the server asks it.</summary>
    /// <param name="space">Whose target namespace it is for.</param>
    /// <param name="group">Of what it is asked about; empty: the core group.</param>
    /// <param name="resource">Plural.</param>
    /// <param name="rewrite">A JSON patch for the object, or null.</param>
    public Task AddWebhookAsync(TestSpace space, string group, string resource, Func<JsonObject, JsonArray?> rewrite) =>
        AddWebhookAsync(space, group, resource, (subject, _) => rewrite(subject));

    /// <summary>The same, for a webhook that looks at what the object was, too; null: nothing.</summary>
    public async Task AddWebhookAsync(TestSpace space, string group, string resource, Func<JsonObject, JsonObject?, JsonArray?> rewrite)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var name = $"{space.Name}-{resource}";
        _host.On($"/{name}", request =>
        {
            if (request["name"]?.GetValue<string>() == "probe")
            {
                asked.TrySetResult();
                return null;
            }

            return request["object"] is JsonObject subject ? rewrite(subject, request["oldObject"] as JsonObject) : null;
        });
        var configuration = _host.Configuration(name, $"/{name}", [space.Target], group, resource, "configmaps");
        configuration["webhooks"]![0]!["rules"]![0]!["apiGroups"] = new JsonArray([.. new[] { group, string.Empty }.Distinct(StringComparer.Ordinal).Select(static item => JsonValue.Create(item))]);
        await InstallAsync(Webhooks, configuration);
        await space.UntilAsync("the webhook is asked", async () =>
        {
            await ProbeAsync(space);
            return asked.Task.IsCompleted;
        });
    }

    /// <summary>Installs a policy that gives a key of all ConfigMaps a value; returns when it does.</summary>
    public async Task AddPolicyAsync(TestSpace space, string key, string value)
    {
        var place = JsonNode.Parse($$"""{"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["{{space.Target}}"]}]}""")!;
        await InstallAsync(Policies, JsonNode.Parse($$"""
            {
              "apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicy", "metadata": {"name": "{{space.Name}}"},
              "spec": {
                "failurePolicy": "Fail", "reinvocationPolicy": "Never",
                "matchConstraints": {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"]}]},
                "matchConditions": [{"name": "has-it", "expression": "has(object.data) && '{{key}}' in object.data"}],
                "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": "[JSONPatch{op: 'replace', path: '/data/{{key}}', value: '{{value}}'}]"} }]
              }
            }
            """)!.AsObject());
        await InstallAsync(Bindings, new JsonObject
        {
            ["apiVersion"] = "admissionregistration.k8s.io/v1",
            ["kind"] = "MutatingAdmissionPolicyBinding",
            ["metadata"] = new JsonObject { ["name"] = space.Name },
            ["spec"] = new JsonObject { ["policyName"] = space.Name, ["matchResources"] = new JsonObject { ["namespaceSelector"] = place } },
        });
        await space.UntilAsync("the policy works", async () => (await ProbeAsync(space, key)).At("data", key)!.GetValue<string>() == value);
    }

    /// <summary>Applies a cluster-wide object that goes with the test.</summary>
    public async Task InstallAsync(ApiResource resource, JsonObject subject)
    {
        var item = new KubernetesObject(subject);
        _installed.Add((resource, item.Name));
        await _cluster.ApplyAsync(resource, item);
    }

    /// <summary>One operation of a JSON patch.</summary>
    public static JsonObject Operation(string op, string path, JsonNode? value) => WebhookHost.Operation(op, path, value);

    public async ValueTask DisposeAsync()
    {
        foreach (var (resource, name) in _installed)
        {
            try
            {
                await _cluster.DeleteAsync(resource, string.Empty, name);
            }
            catch (ApiException refusal) when (refusal.IsNotFound)
            {
                // It went by itself.
            }
        }

        await _host.DisposeAsync();
    }

    private async Task<KubernetesObject> ProbeAsync(TestSpace space, string key = "probe") => (await _cluster.Client.ApplyAsync(
        Kinds.ConfigMap,
        KubernetesObject.Parse($$"""{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "{{space.Target}}", "name": "probe"}, "data": {"{{key}}": "x"} }"""),
        new ApplyOptions("probe", DryRun: true), TestContext.Current.CancellationToken)).Object;

    private static ApiResource Of(string kind, string plural) => ApiResource.Of("admissionregistration.k8s.io/v1", kind, plural, namespaced: false);
}
