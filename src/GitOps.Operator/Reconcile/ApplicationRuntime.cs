using System.Collections.Immutable;
using System.Diagnostics;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Deleting;
using GitOps.Operator.Reconcile.Fights;
using GitOps.Operator.Reconcile.Foreign;
using GitOps.Operator.Reconcile.Gates;
using GitOps.Operator.Reconcile.Inventories;
using GitOps.Operator.Reconcile.Previews;
using GitOps.Operator.Reconcile.Sources;
using GitOps.Operator.Reconcile.Steps;
using GitOps.Operator.Reconcile.Syncing;
using GitOps.Operator.Reconcile.Verifying;

namespace GitOps.Operator.Reconcile;

/// <summary>
/// What is kept about an Application from one pass to the next. All of it can be rebuilt from Git and the cluster.
/// Belongs to the worker that has the Application's key; what other threads may touch says so.
/// </summary>
internal sealed class ApplicationRuntime : IDisposable
{
    private volatile bool _inventoryDisturbed;
    private volatile bool _straysDisturbed;
    private volatile ReportedState? _reported;

    public ApplicationRuntime(NamespacedName key) => Key = key;

    public NamespacedName Key { get; }

    /// <summary>The Application's uid; another one is another Application of that name.</summary>
    public string? Uid { get; set; }

    public SpecValidation? Validation { get; set; }

    /// <summary>Of the spec that <see cref="Validation"/> is about.</summary>
    public long ValidatedGeneration { get; set; } = -1;

    /// <summary>The annotations that <see cref="Validation"/> is about: they move no generation.</summary>
    public string ValidatedAnnotations { get; set; } = string.Empty;

    /// <summary>The rules by which differences were ignored so far; null: none were looked at.</summary>
    public string? ConsideredRules { get; set; }

    /// <summary>What has become of foreign fields so far.</summary>
    public ForeignFields ConsideredForeign { get; set; }

    /// <summary>One for each source, with what it is for.</summary>
    public ImmutableArray<(SourceInterest Interest, IDisposable Subscription)> Subscriptions { get; set; } = [];

    /// <summary>The spec whose sources those are.</summary>
    public ValidatedSpec? SubscribedFor { get; set; }

    /// <summary>What the mirrors were told to keep; null: nothing yet.</summary>
    public SourceClaims? Claimed { get; set; }

    public Patience<ResolvedSources> Resolving { get; } = new();

    public Patience<bool> Refreshing { get; } = new();

    /// <summary>For an Application that is new, or has another source.</summary>
    public Patience<bool> Looking { get; } = new();

    /// <summary>The source for which the repository has been looked at, and the generation in which it was that.</summary>
    public (long Generation, string Source) LookedFor { get; set; } = (-1, string.Empty);

    public Patience<OpenedSources> Opening { get; } = new();

    /// <summary>For requests: whoever asks for a sync means the commit that was pushed just before.</summary>
    public Patience<bool> Polling { get; } = new();

    /// <summary>The text of the request for which the repository was looked at.</summary>
    public string? PolledFor { get; set; }

    /// <summary>The commit that was looked at last, whether or not it changed anything here.</summary>
    public string? CheckedRevision => Checked?.Revision;

    /// <summary>That commit, and the name it was asked for by.</summary>
    public LookedAt? Checked { get; set; }

    /// <summary>The newest good rendering.</summary>
    public Rendering? Target { get; set; }

    /// <summary>What each of several sources was rendered to last; empty: nothing is remembered.</summary>
    public ImmutableArray<RenderedPart?> Parts { get; set; } = [];

    /// <summary>The commit that could not be rendered, and why.</summary>
    public RenderFailure? RenderFailure { get; set; }

    /// <summary>What was found of signatures and reviews.</summary>
    public VerificationState Verification { get; } = new();

    public ApplicationInventory? Inventory { get; set; }

    /// <summary>Content by object, of what was applied or is about to be; found by its hash.</summary>
    public Dictionary<ObjectKey, DesiredObject> Content { get; } = [];

    /// <summary>The applied revision, and the state of its repository, in which its content could not be read; null: none, or not tried.</summary>
    public string? AppliedUnavailable { get; set; }

    public SyncAttempt? Attempt { get; set; }

    /// <summary>The sync under way; null: none.</summary>
    public SyncOperation? Operation { get; set; }

    /// <summary>What told of the sources last, until another revision comes of it; null: nothing since.</summary>
    public SyncCause? Noticed { get; set; }

    /// <summary>What brought the revision of <see cref="Target"/>; null: there was none yet.</summary>
    public (string Revision, SyncCause Cause)? Found { get; set; }

    /// <summary>When the last attempt began.</summary>
    public DateTimeOffset LastAttemptAt { get; set; }

    /// <summary>
    /// An operation that ended and neither synced all nor failed to: a dry run, a selective sync, a request that was refused.
    /// Null once another one begins.
    /// </summary>
    public OperationState? Finished { get; set; }

    /// <summary>What the stored status says of operations was taken over.</summary>
    public bool IsRestored { get; set; }

    /// <summary>Of the spec that <see cref="Validation"/> is about.</summary>
    public string? SpecHash { get; set; }

    /// <summary>The annotation <c>sync</c> that was dealt with last.</summary>
    public string? SyncToken { get; set; }

    /// <summary>What the annotation <c>rollback-to</c> has come to.</summary>
    public RollbackState? Rollback { get; set; }

    /// <summary>The generation from which on the field <c>operation</c> is a new request: what is older was taken off.</summary>
    public long RequestsFrom { get; set; }

    /// <summary>The text of a request that was refused: it is taken off when the status that says so is stored.</summary>
    public string? Refused { get; set; }

    /// <summary>The version of the Application whose wish to terminate has been dealt with.</summary>
    public string? TerminationSeen { get; set; }

    /// <summary>Objects that are not as applied, as last reported.</summary>
    public Dictionary<ObjectKey, DriftRow> Drift { get; } = [];

    /// <summary>Fields of objects that only others have set, as last reported.</summary>
    public Dictionary<ObjectKey, ForeignFinding> Foreign { get; } = [];

    /// <summary>The version of a drifted object in which a dry run has confirmed what is reported of it.</summary>
    public Dictionary<ObjectKey, string?> ConfirmedVersions { get; } = [];

    public FightBook Fights { get; } = new();

    /// <summary>What the last sync has adopted, by key; null: what the status says of it holds.</summary>
    public ImmutableArray<DriftRow>? Adopted { get; private set; }

    /// <summary>What a sync would do, for Applications that do not sync by themselves; by object.</summary>
    public PreviewState? Preview { get; set; }

    /// <summary>Any thread: objects of the preview that changed since they were compared.</summary>
    public ChangedKeys PreviewChanged { get; } = new();

    /// <summary>Who else has his mark on the objects; null: not known yet.</summary>
    public ImmutableArray<ForeignGroup>? ForeignManagers { get; set; }

    /// <summary>What was told of that last; null: nothing in this process.</summary>
    public string? ToldForeign { get; set; }

    /// <summary>Releases of Helm that objects name, by namespace and name.</summary>
    public Dictionary<(string Namespace, string Name), KnownRelease> HelmReleases { get; } = [];

    /// <summary>Any thread: Secrets of those releases that changed.</summary>
    public ChangedKeys HelmChanged { get; } = new();

    /// <summary>When a definition of the set was applied whose kind is not served yet.</summary>
    public DateTimeOffset? WaitingForKindSince { get; set; }

    public ApplicationStatus Status { get; set; } = ApplicationStatus.Empty;

    /// <summary>The status of which the events about health were written last; null: none by this process.</summary>
    public ApplicationStatus? Told { get; set; }

    /// <summary>When the next object is Progressing for longer than it may be; null: none will be.</summary>
    public DateTimeOffset? HealthDue { get; set; }

    /// <summary>The status as it was last stored; null before the first write or when the stored one is another.</summary>
    public string? StoredStatus { get; set; }

    /// <summary>Objects that must not be pruned, with the version in which they were looked at and why.</summary>
    public Dictionary<ObjectKey, (string? ResourceVersion, string Reason)> PruneRefusals { get; } = [];

    /// <summary>The deletions that an annotation let through, and the revision they are of; null: none.</summary>
    public (string Revision, ImmutableHashSet<string> Items)? ApprovedPrunes { get; set; }

    /// <summary>The plan that somebody approved and that is being carried out; null: none.</summary>
    public ApprovedPlan? Approved { get; set; }

    /// <summary>What was found of the sync windows; null: nothing yet, or there are none.</summary>
    public KnownWindows? Windows { get; set; }

    /// <summary>Any thread: how the Application stood when its last pass ended; null: none has.</summary>
    public ReportedState? Reported
    {
        get => _reported;
        set => _reported = value;
    }

    /// <summary>How far its deletion is.</summary>
    public DeletionState Deletion { get; } = new();

    /// <summary>Whether finalizers for PreDelete and PostDelete hooks are on it by our doing; null: not known.</summary>
    public (bool PreDelete, bool PostDelete)? Held { get; set; }

    /// <summary>It was being deleted, and everything that its deletion asks for has been done.</summary>
    public bool IsFinalized { get; set; }

    /// <summary>What the sync under way has done so far; it may take several passes.</summary>
    public SyncProgress Progress { get; } = new();

    /// <summary>What a former process had done of it was taken over.</summary>
    public bool IsCounted { get; set; }

    /// <summary>The last sync that succeeded, until the status has it.</summary>
    public SyncRecord? LastSync { get; private set; }

    /// <summary>The trace that passes go on with, while they wait for what one of them has begun; null: none.</summary>
    public (ActivityContext Context, DateTimeOffset Since)? Trace { get; set; }

    /// <summary>The date of the commit that was synced last, until everything is healthy; null: it is, or nobody measures it.</summary>
    public DateTimeOffset? CommitToBeHealthy { get; set; }

    /// <summary>What the last pass that had nothing to do was made of; null: the last one had.</summary>
    public QuietStamp? Quiet { get; set; }

    /// <summary>Failures in a row of the pass itself.</summary>
    public int Failures { get; set; }

    /// <summary>A sync has succeeded.</summary>
    public void Synced(SyncRecord done)
    {
        LastSync = done;
        Approved = null;
    }

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

    /// <summary>A sync has adopted objects.</summary>
    public void Adopt(IEnumerable<DriftRow> rows) =>
        Adopted = [.. (Adopted ?? [.. Status.Drift.Where(static row => row.Change == DriftChange.Adopted)]).Concat(rows)];

    /// <summary>Another sync begins: what former ones have adopted stands in the history.</summary>
    public void ForgetAdopted() => Adopted = [];

    /// <summary>Drifted objects without our label, and since when: the watch of managed objects does not show them.</summary>
    public Dictionary<ObjectKey, DateTimeOffset> Strays { get; } = [];

    /// <summary>Any thread: one of <see cref="Strays"/> may have changed.</summary>
    public void DisturbStrays() => _straysDisturbed = true;

    public bool TakeStraysDisturbed()
    {
        var disturbed = _straysDisturbed;
        _straysDisturbed = false;
        return disturbed;
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

    public void Dispose()
    {
        foreach (var (_, subscription) in Subscriptions)
        {
            subscription.Dispose();
        }
    }
}

/// <summary>What was looked at last.</summary>
/// <param name="Revision">The commit; of several sources all of them.</param>
/// <param name="Identity">The same only if the files are the same.</param>
/// <param name="Names">What the spec calls it: the name may be rendered, too.</param>
internal sealed record LookedAt(string Revision, string Identity, string Names);

/// <summary>A commit that could not be rendered.</summary>
/// <param name="Revision">The commit; the newest one that is known to fail alike.</param>
/// <param name="Identity">The same only if the files are the same.</param>
/// <param name="OptionsHash">Of the spec.</param>
/// <param name="Message">Why.</param>
/// <param name="Inputs">A commit that answers them alike fails alike; null: each commit has to be tried.</param>
internal sealed record RenderFailure(string Revision, string Identity, string OptionsHash, string Message, SourceInputs? Inputs)
{
    /// <summary>Annotations of manifests make no sense.</summary>
    public bool IsMisread { get; init; }

    /// <summary>When it is worth another try though nothing has changed; null: never.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    public SourceProblem Problem => RetryAt is not null ? SourceProblem.HelmFailed(ToString()) : IsMisread ? SourceProblem.Misread(ToString()) : SourceProblem.RenderFailed(ToString());

    public override string ToString() => $"{Revisions.Named(Revision)}: {Message}";
}

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
    ImmutableDictionary<ObjectKey, string> Failed)
{
    /// <summary>Of the operation, over all its attempts.</summary>
    public string? Id { get; init; }

    /// <summary>Of the spec.</summary>
    public string? SpecHash { get; init; }

    public SyncTrigger Trigger { get; init; }

    public SyncCause? Cause { get; init; }

    /// <summary>The request; null: it was not asked for, or is done with.</summary>
    public AskedSync? Asked { get; init; }

    public Initiator? InitiatedBy { get; init; }

    public string? ApprovedBy { get; init; }

    public string? Supersedes { get; init; }

    /// <summary>When the last attempt ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Attempts of which nothing is known but that the API server could not be asked.</summary>
    public int Unavailable { get; init; }

    /// <summary>The objects that failed and were not healthy: when one of them becomes so, something has changed.</summary>
    public ImmutableHashSet<ObjectKey> Sick { get; init; } = [];

    /// <summary>What became of its hooks, and what failed.</summary>
    public ImmutableArray<SyncResultRow> Rows { get; init; } = [];

    /// <summary>Whether it is about what this pass would sync.</summary>
    public bool IsOf(ReconcileContext context) =>
        Revision == context.Runtime.Target?.Revision && Generation == context.Application.Metadata.Generation;
}
