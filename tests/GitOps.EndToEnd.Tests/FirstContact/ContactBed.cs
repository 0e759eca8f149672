using System.Text.Json.Nodes;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Objects.Fields;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;

namespace GitOps.EndToEnd.Tests.FirstContact;

/// <summary>A namespace in which others have worked before the operator comes.</summary>
internal sealed class ContactBed : IAsyncDisposable
{
    private OperatorInstance? _operator;

    private ContactBed(TestSpace space) => (Space, Repository) = (space, space.NewRepository());

    public TestSpace Space { get; }

    public Cluster Cluster => Space.Cluster;

    public GitRepo Repository { get; }

    public NamespacedName Application { get; private set; }

    public static async Task<ContactBed> CreateAsync(Cluster cluster) => new(await TestSpace.CreateAsync(cluster, "contact"));

    /// <summary>A file for the tools, with these YAML documents.</summary>
    public string File(string text)
    {
        var file = Path.Combine(Cluster.NewDirectory("tool"), "objects.yaml");
        System.IO.File.WriteAllText(file, text);
        return file;
    }

    /// <summary>Commits, starts an operator and waits until the Application is synced.</summary>
    public async Task<ApplicationResource> AdoptAsync(string manifests, Action<JsonObject>? change = null, ApiProxy? proxy = null)
    {
        var revision = Repository.Commit(("objects.yaml", manifests));
        Application = await Space.CreateApplicationAsync("web", Repository, change: change);
        _operator = await Space.StartOperatorAsync(proxy);
        return await UntilSyncedAsync(revision);
    }

    /// <summary>Another operator takes the place of the one that is there, with nothing but what the cluster has.</summary>
    public async Task RestartAsync()
    {
        await _operator!.StopAsync();
        Space.Options = Space.Options with { CacheDirectory = Cluster.NewDirectory("cache") };
        _operator = await Space.StartOperatorAsync();
    }

    public Task<ApplicationResource> CommitAsync(string manifests) => UntilSyncedAsync(Repository.Commit(("objects.yaml", manifests)));

    // Nobody rolls a Deployment out here: its health is not waited for.
    public Task<ApplicationResource> UntilSyncedAsync(string revision) => Space.UntilAsync(Application, $"is synced to {revision[..7]}", found =>
        found.Status.Sync is { Status: SyncCode.Synced } sync && sync.Revision == revision && found.Status.History.LastOrDefault()?.Revision == revision);

    public async Task<KubernetesObject> LiveAsync(ApiResource resource, string name) => (await Cluster.GetAsync(resource, Space.Target, name)).ShouldNotBeNull();

    public Task<Condition> UntilForeignAsync(string reason) => Space.UntilConditionAsync(Application, Conditions.ForeignManager, "True", reason);

    public Task UntilNotForeignAsync() => Space.UntilAsync(Application, "has no other manager", static found => found.Status.Condition(Conditions.ForeignManager) is null);

    /// <summary>The notes of events about the Application with this reason.</summary>
    public async Task<IReadOnlyList<string>> EventsAsync(string reason) =>
        [.. (await Cluster.ListAsync(Kinds.Event, Space.ApplicationNamespace))
            .Where(item => KubernetesObject.GetString(item.Json, "reason") == reason)
            .Select(static item => KubernetesObject.GetString(item.Json, "note") ?? string.Empty)];

    public Task UntilEventAsync(string reason, params string[] texts) => Space.UntilAsync(
        $"there is an event {reason} with {string.Join(", ", texts)}",
        async () => (await EventsAsync(reason)).Any(note => texts.All(text => note.Contains(text, StringComparison.Ordinal))));

    /// <summary>Who owns a field of the object, our own entry included, sorted.</summary>
    public static IEnumerable<string> OwnersOf(KubernetesObject live, string path) => ManagedFieldsEntry.Of(live)
        .Where(entry => entry.Fields.Paths().Any(owned => owned.ToString() == path)).Select(static entry => entry.Manager).Order(StringComparer.Ordinal);

    public ValueTask DisposeAsync() => Space.DisposeAsync();
}
