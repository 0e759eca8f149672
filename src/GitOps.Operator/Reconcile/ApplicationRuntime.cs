using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Manifests.Trees;
using GitOps.Operator.Api;
using GitOps.Operator.Git;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Inventories;

namespace GitOps.Operator.Reconcile;

/// <summary>
/// What is kept about an Application from one pass to the next. All of it can be rebuilt from Git and the cluster.
/// Belongs to the worker that has the Application's key; what other threads may touch says so.
/// </summary>
internal sealed class ApplicationRuntime : IDisposable
{
    private volatile bool _inventoryDisturbed;
    private volatile bool _previewIsStale;

    public ApplicationRuntime(NamespacedName key) => Key = key;

    public NamespacedName Key { get; }

    /// <summary>The Application's uid; another one is another Application of that name.</summary>
    public string? Uid { get; set; }

    public SpecValidation? Validation { get; set; }

    /// <summary>Of the spec that <see cref="Validation"/> is about.</summary>
    public long ValidatedGeneration { get; set; } = -1;

    public IDisposable? Subscription { get; set; }

    /// <summary>What the subscription is for: repository, revision and interval.</summary>
    public (string RepoUrl, string Revision, TimeSpan Interval) Subscribed { get; set; }

    public Patience<ResolvedRevision> Resolving { get; } = new();

    public Patience<bool> Refreshing { get; } = new();

    public Patience<ISourceTree> Opening { get; } = new();

    /// <summary>The commit that was looked at last, whether or not it changed anything here.</summary>
    public string? CheckedRevision { get; set; }

    /// <summary>The newest good rendering.</summary>
    public Rendering? Target { get; set; }

    /// <summary>The commit that could not be rendered, and why.</summary>
    public RenderFailure? RenderFailure { get; set; }

    public ApplicationInventory? Inventory { get; set; }

    /// <summary>Content by object, of what was applied or is about to be; found by its hash.</summary>
    public Dictionary<ObjectKey, DesiredObject> Content { get; } = [];

    /// <summary>The applied revision, and the state of its repository, in which its content could not be read; null: none, or not tried.</summary>
    public string? AppliedUnavailable { get; set; }

    public SyncAttempt? Attempt { get; set; }

    /// <summary>Objects that are not as applied, as last reported.</summary>
    public Dictionary<ObjectKey, DriftRow> Drift { get; } = [];

    /// <summary>The version of a drifted object in which a dry run has confirmed what is reported of it.</summary>
    public Dictionary<ObjectKey, string?> ConfirmedVersions { get; } = [];

    public Dictionary<ObjectKey, HealHistory> Heals { get; } = [];

    /// <summary>What a sync would do, for Applications that do not sync by themselves; by object.</summary>
    public PreviewState? Preview { get; set; }

    /// <summary>Any thread: an object of the preview changed since it was compared.</summary>
    public bool PreviewIsStale
    {
        get => _previewIsStale;
        set => _previewIsStale = value;
    }

    /// <summary>When a definition of the set was applied whose kind is not served yet.</summary>
    public DateTimeOffset? WaitingForKindSince { get; set; }

    public ApplicationStatus Status { get; set; } = ApplicationStatus.Empty;

    /// <summary>The status as it was last stored; null before the first write or when the stored one is another.</summary>
    public string? StoredStatus { get; set; }

    /// <summary>Objects that must not be pruned, with the version in which they were looked at and why.</summary>
    public Dictionary<ObjectKey, (string? ResourceVersion, string Reason)> PruneRefusals { get; } = [];

    /// <summary>The deletions that somebody approved, and the revision they are of; null: none.</summary>
    public (string Revision, ImmutableHashSet<ObjectKey> Keys)? ApprovedPrunes { get; set; }

    /// <summary>Objects that the deletion of the Application has taken along so far.</summary>
    public int DeletedObjects { get; set; }

    /// <summary>It was being deleted, and everything that its deletion asks for has been done.</summary>
    public bool IsFinalized { get; set; }

    /// <summary>What the sync under way has done so far; it may take several passes.</summary>
    public SyncProgress Progress { get; } = new();

    /// <summary>The last sync that succeeded, until the status has it.</summary>
    public SyncRecord? LastSync { get; private set; }

    /// <summary>What the last pass that had nothing to do was made of; null: the last one had.</summary>
    public QuietStamp? Quiet { get; set; }

    /// <summary>Failures in a row of the pass itself.</summary>
    public int Failures { get; set; }

    /// <summary>A sync has succeeded.</summary>
    public void Synced(Rendering target, DateTimeOffset startedAt, SyncAttempt? attempt, DateTimeOffset endedAt, ChangeCounts changes) =>
        LastSync = new(target, attempt?.StartedAt ?? startedAt, endedAt, attempt?.Failures ?? 0, changes);

    /// <summary>
    /// Keeps the content of these objects, unless what is kept is what the inventory says was applied: that is needed to heal
    /// until the new content has been applied.
    /// </summary>
    public void Remember(IEnumerable<DesiredObject> objects)
    {
        foreach (var item in objects)
        {
            var keep = Content.TryGetValue(item.Key, out var known) && Inventory is not null
                && Inventory.TryGet(item.Key, out var entry) && entry.DesiredHash == known.DesiredHash;
            if (!keep)
            {
                Content[item.Key] = item;
            }
        }
    }

    /// <summary>Any thread: somebody wrote to an inventory page.</summary>
    public void DisturbInventory() => _inventoryDisturbed = true;

    public bool InventoryIsDisturbed => _inventoryDisturbed;

    public bool TakeInventoryDisturbed()
    {
        var disturbed = _inventoryDisturbed;
        _inventoryDisturbed = false;
        return disturbed;
    }

    public void Dispose() => Subscription?.Dispose();
}

/// <summary>A commit that could not be rendered.</summary>
/// <param name="Revision">The commit; the newest one that is known to fail alike.</param>
/// <param name="OptionsHash">Of the spec.</param>
/// <param name="Message">Why.</param>
/// <param name="Inputs">A commit that answers them alike fails alike; null: each commit has to be tried.</param>
internal sealed record RenderFailure(string Revision, string OptionsHash, string Message, RecordedInputs? Inputs)
{
    public override string ToString() => $"commit {Revision[..7]}: {Message}";
}

/// <summary>Counts what a sync does, over all its passes.</summary>
internal sealed class SyncProgress
{
    private readonly HashSet<ObjectKey> _created = [];
    private readonly HashSet<ObjectKey> _updated = [];
    private readonly HashSet<ObjectKey> _deleted = [];

    public void Count(IEnumerable<ApplyResult> results)
    {
        foreach (var result in results)
        {
            if (result.Outcome == ApplyOutcome.Created)
            {
                _created.Add(result.Key);
            }
            else if (result.Outcome == ApplyOutcome.Configured && !_created.Contains(result.Key))
            {
                _updated.Add(result.Key);
            }
        }
    }

    public void Count(IEnumerable<PruneResult> results) =>
        _deleted.UnionWith(results.Where(static result => result.Outcome == PruneOutcome.Gone).Select(static result => result.Key));

    /// <summary>The counts, which begin anew.</summary>
    public ChangeCounts Take()
    {
        var counts = new ChangeCounts { Create = _created.Count, Update = _updated.Count, Delete = _deleted.Count };
        _created.Clear();
        _updated.Clear();
        _deleted.Clear();
        return counts;
    }
}

/// <summary>A sync that succeeded.</summary>
internal sealed record SyncRecord(Rendering Target, DateTimeOffset StartedAt, DateTimeOffset EndedAt, int Retries, ChangeCounts Changes);

/// <summary>The state of syncing one revision with one spec.</summary>
/// <param name="Revision">What is synced.</param>
/// <param name="Generation">Of the spec.</param>
/// <param name="StartedAt">Of the first attempt.</param>
/// <param name="Failures">Attempts that failed.</param>
/// <param name="NotBefore">When the next attempt may be made; null: at once.</param>
/// <param name="Permanent">Only another commit or spec helps.</param>
/// <param name="Message">What failed.</param>
/// <param name="Failed">The objects that failed, with their messages.</param>
internal sealed record SyncAttempt(
    string Revision,
    long Generation,
    DateTimeOffset StartedAt,
    int Failures,
    DateTimeOffset? NotBefore,
    bool Permanent,
    string? Message,
    ImmutableDictionary<ObjectKey, string> Failed);

/// <summary>How often an object was put right lately: fights back off.</summary>
/// <param name="Count">Heals in this fight.</param>
/// <param name="Failed">Attempts that failed: they wait longer too, and are no fight.</param>
/// <param name="First">When the fight began.</param>
/// <param name="Last">The last heal.</param>
internal sealed record HealHistory(int Count, int Failed, DateTimeOffset First, DateTimeOffset Last)
{
    private static readonly int[] PausesInSeconds = [0, 2, 6, 18, 54, 162, 300];

    /// <summary>Without a fight for this long it is over.</summary>
    public static readonly TimeSpan Calm = TimeSpan.FromMinutes(30);

    /// <summary>From this many heals within <see cref="Calm"/> on, the object is contested.</summary>
    public const int ContestedFrom = 5;

    public bool IsContested => Count >= ContestedFrom;

    /// <summary>What was set right last, and whose it was, for people; null before the first heal.</summary>
    public string? What { get; init; }

    /// <summary>When the fight is over, if nothing happens.</summary>
    public DateTimeOffset EndsAt => Last + Calm;

    /// <summary>When the next heal may be made.</summary>
    public DateTimeOffset NotBefore => Last + TimeSpan.FromSeconds(PausesInSeconds[Math.Min(Count + Failed, PausesInSeconds.Length - 1)]);

    public static HealHistory Next(HealHistory? before, DateTimeOffset now) =>
        before is null || now >= before.EndsAt ? new(1, 0, now, now) : before with { Count = before.Count + 1, Failed = 0, Last = now };

    public static HealHistory Fail(HealHistory? before, DateTimeOffset now) =>
        before is null || now >= before.EndsAt ? new(0, 1, now, now) : before with { Failed = before.Failed + 1, Last = now };
}

/// <summary>What a dry run said of each object.</summary>
/// <param name="Revision">Of what was compared.</param>
/// <param name="ComparedAt">When.</param>
/// <param name="Rows">What would be created or updated; an object that is as desired has none.</param>
/// <param name="Failed">What could not be compared, with the reason.</param>
/// <param name="Compared">All that was looked at.</param>
internal sealed record PreviewState(
    string Revision,
    DateTimeOffset ComparedAt,
    ImmutableDictionary<ObjectKey, PlanRow> Rows,
    ImmutableDictionary<ObjectKey, string> Failed,
    ImmutableHashSet<ObjectKey> Compared);
