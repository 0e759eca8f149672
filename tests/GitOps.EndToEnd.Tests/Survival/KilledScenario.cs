using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.Survival;

/// <summary>
/// Two commits in namespaces of their own: the first creates objects of several kinds, the second changes, adds and removes
/// some. Beside them lie objects that are nobody's or somebody else's, which must be there in the end as they were.
/// </summary>
internal sealed class KilledScenario : IAsyncDisposable
{
    private readonly TestSpace _space;
    private readonly GitRepo _repository;

    private KilledScenario(TestSpace space)
    {
        _space = space;
        _repository = space.NewRepository();
    }

    public TestSpace Space => _space;

    public NamespacedName Application { get; private set; }

    private string Group => $"{_space.Name}.example.com";

    private string Kept => $"{_space.Name}-kept";

    private string Old => $"{_space.Name}-old";

    private ApiResource Widgets => ApiResource.Of($"{Group}/v1", "Widget", "widgets", namespaced: true);

    public static async Task<KilledScenario> CreateAsync(Cluster cluster)
    {
        var scenario = new KilledScenario(await TestSpace.CreateAsync(cluster, "killed"));
        await cluster.ApplyAsync(Kinds.ConfigMap, scenario.Foreign("nobodys", null));
        await cluster.ApplyAsync(Kinds.ConfigMap, scenario.Foreign("labelled-by-a-copier", $"{scenario._space.ApplicationNamespace}.web"));
        return scenario;
    }

    public string CommitFirst() => _repository.Commit(
        ("kept.yaml", Manifests.Namespace(Kept)),
        ("old.yaml", Manifests.PrunableNamespace(Old) + "---\n" + Manifests.ConfigMap("goes-with-it", "x", Old)),
        ("definition.yaml", Manifests.WidgetDefinition(Group)),
        ("widget.yaml", Manifests.Widget(Group, "first", 1)),
        ("changed.yaml", Manifests.ConfigMap("changed", "one")),
        ("same.yaml", Manifests.ConfigMap("same", "always", Kept)),
        ("removed.yaml", Manifests.ConfigMap("removed", "x")),
        ("secret.yaml", Manifests.Secret("removed-secret", "x")),
        ("service.yaml", Manifests.Service("web", 80)));

    public string CommitSecond() => _repository.Commit(
        ("old.yaml", null),
        ("widget.yaml", Manifests.Widget(Group, "second", 2)),
        ("changed.yaml", Manifests.ConfigMap("changed", "two")),
        ("removed.yaml", null),
        ("secret.yaml", null),
        ("service.yaml", Manifests.Service("web", 8080)),
        ("added.yaml", Manifests.ConfigMap("added", "new", Kept)));

    /// <summary>Takes the second commit back.</summary>
    public string Revert() => _repository.Revert();

    public async Task CreateApplicationAsync() => Application = await _space.CreateApplicationAsync("web", _repository);

    /// <summary>
    /// All that is left, without what differs from run to run: the live objects in the test's namespaces, the entries of the
    /// inventory with what of them is known, and what the status says.
    /// </summary>
    public async Task<string> StateAsync()
    {
        var state = new JsonArray();
        foreach (var resource in (ApiResource[])[Kinds.ConfigMap, Kinds.Secret, Kinds.Service, Widgets])
        {
            foreach (var home in (string[])[_space.Target, Kept, Old])
            {
                foreach (var found in (await _space.Cluster.ListAsync(resource, home)).OrderBy(static item => item.Name, StringComparer.Ordinal))
                {
                    state.Add(Stable(found));
                }
            }
        }

        foreach (var home in (await _space.Cluster.ListAsync(Kinds.Namespace, string.Empty))
            .Where(item => item.Name == Kept || item.Name == Old).OrderBy(static item => item.Name, StringComparer.Ordinal))
        {
            state.Add(Stable(home));
        }

        state.Add(Stable((await _space.Cluster.GetAsync(Kinds.Definition, string.Empty, $"widgets.{Group}"))!));
        state.Add(await InventoryStateAsync());
        return state.ToJsonString(new() { WriteIndented = true }).Replace(_space.Name, "SPACE", StringComparison.Ordinal);
    }

    /// <summary>What the status tells of each sync, without what differs from run to run.</summary>
    public async Task<string> HistoryAsync() => (await _space.FindApplicationAsync(Application))!.Told().Replace(_space.Name, "SPACE", StringComparison.Ordinal);

    public async Task<IReadOnlyDictionary<ObjectKey, string>> UidsAsync() =>
        (await _space.InventoryAsync(Application)).Entries.Values.ToDictionary(static entry => entry.Key, static entry => entry.Uid);

    /// <summary>Whether the second commit brings this object.</summary>
    public static bool IsAdded(string resource, string name) => (resource, name) is ("configmaps", "added") or ("widgets", "second");

    /// <summary>Whether the second commit removes this object.</summary>
    public bool IsRemoved(string resource, string name) => (resource, name) switch
    {
        ("configmaps", "removed" or "goes-with-it") or ("secrets", "removed-secret") or ("widgets", "first") => true,
        ("namespaces", _) => name == Old,
        _ => false,
    };

    public ValueTask DisposeAsync() => _space.DisposeAsync();

    private static JsonObject Stable(KubernetesObject found)
    {
        var json = (JsonObject)found.Json.DeepClone();
        json.Remove("status");
        if (json["spec"] is JsonObject spec)
        {
            spec.Remove("clusterIP");
            spec.Remove("clusterIPs");
        }

        var metadata = json["metadata"]!.AsObject();
        foreach (var name in (string[])["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"])
        {
            metadata.Remove(name);
        }

        // Who owns which fields, without when.
        metadata["managers"] = new JsonArray([.. (found.Metadata!["managedFields"] as JsonArray ?? [])
            .Select(static entry => $"{entry!["manager"]} {entry["operation"]} {entry["subresource"]} {entry["fieldsV1"]?.ToJsonString()}")
            .Order(StringComparer.Ordinal).Select(static text => (JsonNode)text)]);
        return json;
    }

    private async Task<JsonNode> InventoryStateAsync()
    {
        var inventory = await _space.InventoryAsync(Application);
        var status = (await _space.FindApplicationAsync(Application))!.Status;
        return new JsonObject
        {
            ["unknown"] = inventory.Unknown,
            ["pages"] = inventory.Pages.Count,
            ["surplus"] = inventory.Surplus.Count,
            ["pending"] = inventory.Header?.Pending,
            ["isAtHead"] = inventory.Header?.Revision == _repository.Head,
            ["entries"] = new JsonArray([.. inventory.Entries.Values.OrderBy(static entry => entry.Key).Select(static entry =>
                (JsonNode)$"{entry.Key} {entry.Version} applied={entry.DesiredHash.Length > 0} fingerprint={entry.Fingerprint is not null}")]),
            ["sync"] = status.Sync?.Status.ToString(),
            ["drift"] = status.DriftCount ?? 0,
            ["resources"] = status.Resources.Length,
            ["ready"] = status.Condition(Conditions.Ready)?.Status,
        };
    }

    private KubernetesObject Foreign(string name, string? label)
    {
        var labels = label is null ? "{}" : $$"""{"{{Names.ApplicationLabel}}": "{{label}}"}""";
        return KubernetesObject.Parse($$"""
            {"apiVersion": "v1", "kind": "ConfigMap", "data": {"key": "foreign"},
             "metadata": {"namespace": "{{_space.Target}}", "name": "{{name}}", "labels": {{labels}} } }
            """);
    }
}
