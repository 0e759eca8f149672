using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GitOps.EndToEnd.Tests.Fixture;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Kubernetes.Watching;
using GitOps.Operator.Api;
using Microsoft.Extensions.DependencyInjection;

namespace GitOps.EndToEnd.Tests.Drift;

/// <summary>
/// One synced Application, the operator that keeps it, and a record of every status that was stored: what is healed within
/// milliseconds must have been reported all the same.
/// </summary>
internal sealed partial class DriftBed : IAsyncDisposable
{
    public const string File = "objects.yaml";

    private readonly ConcurrentQueue<ApplicationStatus> _statuses = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task _recording = Task.CompletedTask;

    private DriftBed(TestSpace space, GitRepo repository, ApiProxy proxy)
    {
        Space = space;
        Repository = repository;
        Proxy = proxy;
    }

    public TestSpace Space { get; }

    public Cluster Cluster => Space.Cluster;

    public GitRepo Repository { get; }

    /// <summary>Between the operator and the server.</summary>
    public ApiProxy Proxy { get; }

    public OperatorInstance Operator { get; private set; } = null!;

    public NamespacedName Application { get; private set; }

    /// <summary>The commit that was synced.</summary>
    public string Revision { get; set; } = string.Empty;

    public string Target => Space.Target;

    /// <summary>Every status of the Application so far, in order.</summary>
    public IReadOnlyCollection<ApplicationStatus> Statuses => _statuses;

    /// <summary>Every row of drift that any status had.</summary>
    public IEnumerable<DriftRow> Rows => _statuses.SelectMany(static status => status.Drift);

    /// <summary>Commits the manifests, starts the operator and waits until they are applied.</summary>
    /// <param name="cluster">The run's.</param>
    /// <param name="manifests">YAML documents, in one file.</param>
    /// <param name="selfHeal">False: drift is only reported.</param>
    /// <param name="configure">Services that take the place of the operator's.</param>
    /// <param name="prepare">What is to be there before anything is applied.</param>
    public static Task<DriftBed> StartAsync(
        Cluster cluster, string manifests, bool selfHeal = true, Action<IServiceCollection>? configure = null, Func<TestSpace, Task>? prepare = null) =>
        StartAsync(cluster, () => manifests, selfHeal, prepare ?? (static _ => Task.CompletedTask), configure);

    /// <inheritdoc cref="StartAsync(Cluster, string, bool, Action{IServiceCollection}, Func{TestSpace, Task})"/>
    public static async Task<DriftBed> StartAsync(
        Cluster cluster, Func<string> manifests, bool selfHeal, Func<TestSpace, Task> prepare, Action<IServiceCollection>? configure = null)
    {
        var space = await TestSpace.CreateAsync(cluster, "drift");
        await prepare(space);
        var bed = new DriftBed(space, space.NewRepository(), await space.StartProxyAsync());
        bed.Revision = bed.Repository.Commit((File, manifests()));
        bed.Application = await space.CreateApplicationAsync(
            "web", bed.Repository, change: selfHeal ? null : static json => json["spec"]!["syncPolicy"]!["automated"]!["selfHeal"] = false);
        bed._recording = Task.Run(bed.RecordAsync);
        bed.Operator = await space.StartOperatorAsync(bed.Proxy, configure);
        await bed.UntilSyncedAsync(bed.Revision);
        return bed;
    }

    /// <summary>Waits until a commit is applied; the health of its objects is nobody's business here.</summary>
    public Task<ApplicationResource> UntilSyncedAsync(string revision) => UntilAsync(
        $"is synced to {revision[..7]}", status => status.Sync is { Status: SyncCode.Synced } sync && sync.Revision == revision);

    public Task<ApplicationResource> UntilAsync(string what, Func<ApplicationStatus, bool> isSo) =>
        Space.UntilAsync(Application, what, application => isSo(application.Status));

    /// <summary>Stops the operator, as an upgrade does, and starts another one on an empty cache unless told otherwise.</summary>
    public async Task StopOperatorAsync() => await Operator.StopAsync();

    public async Task StartOperatorAsync(bool keepCache = false)
    {
        if (!keepCache)
        {
            Space.Options = Space.Options with { CacheDirectory = Cluster.NewDirectory("cache") };
        }

        Operator = await Space.StartOperatorAsync(Proxy);
    }

    /// <summary>Waits for a row in any status that was stored.</summary>
    public async Task<DriftRow> ReportedAsync(string name, Func<DriftRow, bool>? isIt = null)
    {
        DriftRow? found = null;
        await Space.UntilAsync($"drift of {name} is reported; so far {Describe(Rows)}", () =>
        {
            found = Rows.FirstOrDefault(row => row.Name == name && isIt?.Invoke(row) != false);
            return Task.FromResult(found is not null);
        });
        return found!;
    }

    /// <summary>Commits other manifests and waits until they are applied.</summary>
    public async Task CommitAsync(string manifests)
    {
        Revision = Repository.Commit((File, manifests));
        await UntilSyncedAsync(Revision);
    }

    /// <summary>Waits until the newest status has no drift, and says so.</summary>
    public Task<ApplicationResource> UntilCalmAsync() => UntilAsync("has no drift", static status =>
        status.Drift.IsEmpty && status.DriftCount is null or 0 && status.Condition(Conditions.Drifted)?.Status == "False"
        && status.Sync?.Status == SyncCode.Synced);

    /// <summary>The notes of events about the Application with this reason.</summary>
    public async Task<IReadOnlyList<string>> EventsAsync(string reason) =>
        [.. (await Cluster.ListAsync(Kinds.Event, Space.ApplicationNamespace))
            .Where(item => KubernetesObject.GetString(item.Json, "reason") == reason)
            .Select(static item => KubernetesObject.GetString(item.Json, "note") ?? string.Empty)];

    /// <summary>Waits for an event whose note has all of these texts.</summary>
    public Task UntilEventAsync(string reason, params string[] texts) => Space.UntilAsync(
        $"there is an event {reason} with {string.Join(", ", texts)}",
        async () => (await EventsAsync(reason)).Any(note => texts.All(text => note.Contains(text, StringComparison.Ordinal))));

    /// <summary>How often the metric has counted drift by this manager (empty: nobody known).</summary>
    public async Task<int> CountedAsync(string manager, DriftChange change) => DriftSample().Matches(await Operator.MetricsAsync())
        .Where(match => match.Groups["manager"].Value == manager && match.Groups["change"].Value == change.ToString())
        .Sum(static match => int.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture));

    /// <summary>A patch as <c>kubectl edit</c> sends it.</summary>
    public Task EditAsync(ApiResource resource, string name, string patch, string manager = "kubectl-edit", string? subresource = null) =>
        Cluster.Client.PatchAsync(
            resource, Target, name, PatchType.StrategicMerge, JsonNode.Parse(patch)!, new WriteOptions(manager, Subresource: subresource),
            TestContext.Current.CancellationToken);

    /// <summary>Reads, changes and puts back, as <c>kubectl replace</c> does.</summary>
    public async Task ReplaceAsync(ApiResource resource, string name, Action<KubernetesObject> change, string manager = "kubectl-replace")
    {
        await Eventually.IsTrueAsync($"{name} is replaced", async () =>
        {
            var live = (await LiveAsync(resource, name))!;
            change(live);
            await Cluster.Client.ReplaceAsync(resource, live, new WriteOptions(manager), TestContext.Current.CancellationToken);
            return true;
        });
    }

    public Task<KubernetesObject?> LiveAsync(ApiResource resource, string name) => Cluster.GetAsync(resource, Target, name);

    public Task<KubernetesObject> UntilObjectAsync(ApiResource resource, string name, string what, Func<KubernetesObject, bool> isSo) =>
        Space.UntilObjectAsync(resource, Target, name, what, isSo);

    /// <summary>Requests of the operator about one managed object.</summary>
    public IReadOnlyList<ProxiedRequest> RequestsOf(string name) =>
        [.. Proxy.Requests.Where(request => request.Name == name && request.Group != Names.Group)];

    /// <summary>
    /// Waits until everything that happened to objects of a kind has been seen by the operator: events of a watch are in
    /// order, so that the drift of another object is seen after them. That object is healed again, or set right by hand.
    /// </summary>
    public async Task SettleAsync(ApiResource resource, string other, bool calm = true)
    {
        var changed = await Cluster.MergeAsync(resource, Target, other, """{"metadata": {"labels": {"barrier": "changed"} } }""", "barrier");
        await UntilObjectAsync(resource, other, "is healed", live => live.ResourceVersion != changed.ResourceVersion && live.Label("barrier") == "set");
        if (calm)
        {
            await UntilCalmAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _recording;
        await Space.DisposeAsync();
        _stopping.Dispose();
    }

    /// <summary><c>path manager operation</c>, sorted; a dash for nobody.</summary>
    public static string Describe(DriftRow row) =>
        $"{row.Change} {row.Kind}/{row.Name}: " + string.Join(" | ", row.Fields.Select(static field => $"{field.Path} {field.Manager ?? "-"} {field.Operation}".TrimEnd()).Order(StringComparer.Ordinal));

    public static string Describe(IEnumerable<DriftRow> rows) => string.Join("\n", rows.Select(Describe).Distinct(StringComparer.Ordinal));

    [GeneratedRegex("""^gitops_operator_drift_events_total\{(?=[^}]*manager="(?<manager>[^"]*)")(?=[^}]*change="(?<change>[^"]*)")[^}]*\} (?<value>\d+)""", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex DriftSample();

    private async Task RecordAsync()
    {
        try
        {
            await foreach (var item in Cluster.Client.WatchAsync(Kinds.Application, Space.ApplicationNamespace, new WatchOptions(), _stopping.Token))
            {
                if (item.Object is { } seen && seen.Name == Application.Name)
                {
                    _statuses.Enqueue(ApplicationResource.Parse(seen).Status);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }
}
