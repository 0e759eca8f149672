using System.Text.Json.Nodes;
using GitOps.Kubernetes.Objects;
using GitOps.Sandbox.Tests.Replay;

namespace GitOps.Sandbox.Tests.Policies;

/// <summary>A cluster and a namespace of the test's own, to which its policies are limited.</summary>
internal sealed class PolicyBed : IAsyncDisposable
{
    public const string Group = "/apis/admissionregistration.k8s.io/v1";

    private readonly List<string> _created = [];
    private int _count;

    private PolicyBed(TestCluster cluster, string @namespace) => (Cluster, Namespace) = (cluster, @namespace);

    public TestCluster Cluster { get; }

    public string Namespace { get; }

    public string ConfigMaps => $"/api/v1/namespaces/{Namespace}/configmaps";

    /// <summary>The policy made last.</summary>
    public string Policy { get; private set; } = string.Empty;

    /// <summary>How a validating policy's refusal begins.</summary>
    public string Refusal => $"ValidatingAdmissionPolicy '{Policy}' with binding '{Policy}b' denied request: ";

    /// <summary>What the next policy is to refuse.</summary>
    private string Probe => $"ready-{_count + 1}";

    public static async Task<PolicyBed> StartAsync()
    {
        var cluster = await TestCluster.ConnectAsync();
        var ns = "policies-" + Guid.NewGuid().ToString("N")[..8];
        (await cluster.PostAsync(
            "/api/v1/namespaces", $$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{ns}}}","labels":{"team":"red"} } }""")).Ok();
        return new(cluster, ns);
    }

    public static string ConfigMap(string name, string data = """{"k":"v"}""", string labels = "{}") => $$$"""
        {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}","labels":{{{labels}}} },"data":{{{data}}} }
        """;

    /// <summary>A validating policy of ConfigMaps, bound, in force.</summary>
    /// <param name="validations">Its validations.</param>
    /// <param name="spec">More of its spec, as an object.</param>
    /// <param name="binding">More of the binding's spec.</param>
    public async Task ValidateAsync(string validations, string spec = "{}", string binding = "{}")
    {
        const string Deny = """{"validationActions":["Deny"]}""";
        var policy = await BindAsync("Validating", $$$"""{"validations":{{{validations}}} }""", spec, Deny, binding);
        await BindAsync("Validating", $$"""{"validations":[{"expression":"object.metadata.name != '{{Probe}}'"}]}""", "{}", Deny, "{}");
        await AwaitRefusalAsync(answer => answer.Text("message").Contains($"ValidatingAdmissionPolicy '{Namespace}-", StringComparison.Ordinal));
        Policy = policy;
    }

    /// <summary>A mutating policy of ConfigMaps, bound, in force.</summary>
    public async Task MutateAsync(string mutations, string spec = "{}", string binding = "{}")
    {
        var policy = await BindAsync("Mutating", $$$"""{"reinvocationPolicy":"Never","mutations":{{{mutations}}} }""", spec, "{}", binding);
        await BindAsync("Mutating", $$"""
            {"reinvocationPolicy":"Never","matchConditions":[{"name":"ready","expression":"object.metadata.name == '{{Probe}}'"}],
             "mutations":[{"patchType":"ApplyConfiguration","applyConfiguration":{"expression":"Object{nope: 'in force'}"} }]}
            """, "{}", "{}", "{}");
        await AwaitRefusalAsync(NamesTheLast);
        Policy = policy;
    }

    public async Task CreateAsync(string path, string name, string body)
    {
        (await Cluster.PostAsync(path, body)).Ok();
        _created.Add($"{path}/{name}");
    }

    /// <summary>A request in somebody else's name.</summary>
    public async Task<Answer> PostAsAsync(string user, string path, string body, params IReadOnlyList<string> groups)
    {
        using var message = Cluster.Request(HttpMethod.Post, path, body);
        message.Headers.Add("Impersonate-User", user);
        foreach (var group in groups)
        {
            message.Headers.Add("Impersonate-Group", group);
        }

        using var response = await Cluster.Http.SendAsync(message);
        return await Answer.ReadAsync(response);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var path in _created)
        {
            await Cluster.DeleteAsync(path);
        }

        await Cluster.DisposeAsync();
    }

    /// <summary>A second policy, made last, refuses something: so the first one is known too.</summary>
    private Task AwaitRefusalAsync(Func<Answer, bool> isRefused) => Eventually.HoldsAsync(
        async () => isRefused(await Cluster.PostAsync(ConfigMaps + "?dryRun=All", ConfigMap($"ready-{_count}"))), "the policy is in force");

    private bool NamesTheLast(Answer answer) => (answer.Body["details"]?["causes"] as JsonArray ?? [])
        .Any(cause => cause!["message"]!.GetValue<string>().Contains($"'{Namespace}-{_count}'", StringComparison.Ordinal));

    private async Task<string> BindAsync(string kind, string policy, string spec, string bindingDefaults, string binding)
    {
        var name = $"{Namespace}-{++_count}";
        var whole = KubernetesJson.ParseObject(policy);
        whole["matchConstraints"] = KubernetesJson.ParseObject($$$"""
            {"namespaceSelector":{"matchLabels":{"kubernetes.io/metadata.name":"{{{Namespace}}}"} },
             "resourceRules":[{"operations":["CREATE","UPDATE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"]}]}
            """);
        await PutAsync(kind + "AdmissionPolicy", kind.ToLowerInvariant() + "admissionpolicies", name, Merge(whole, spec));
        var bound = KubernetesJson.ParseObject(bindingDefaults);
        bound["policyName"] = name;
        await PutAsync(kind + "AdmissionPolicyBinding", kind.ToLowerInvariant() + "admissionpolicybindings", name + "b", Merge(bound, binding));
        return name;
    }

    private static string Merge(JsonObject json, string more)
    {
        foreach (var (name, value) in KubernetesJson.ParseObject(more))
        {
            json[name] = value?.DeepClone();
        }

        return json.ToJsonString();
    }

    private Task PutAsync(string kind, string plural, string name, string spec) => CreateAsync($"{Group}/{plural}", name, $$$"""
        {"apiVersion":"admissionregistration.k8s.io/v1","kind":"{{{kind}}}","metadata":{"name":"{{{name}}}"},"spec":{{{spec}}} }
        """);
}
