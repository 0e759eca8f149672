using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Observability;
using GitOps.Operator.Reconcile.Gates;
using GitOps.Operator.Reconcile.Sources;
using GitOps.Operator.Reconcile.Syncing;
using GitOps.Operator.Reconcile.Verifying;
using GitOps.Operator.Sync;

namespace GitOps.Operator.Reconcile;

/// <summary>One pass over one Application: what the steps hand on to each other and to the report.</summary>
internal sealed class ReconcileContext
{
    private readonly Dictionary<ObjectKey, ApplyResult> _applied = [];
    private readonly Dictionary<ObjectKey, PruneResult> _pruned = [];

    public ReconcileContext(ApplicationRuntime runtime, ApplicationResource application, DateTimeOffset now)
    {
        Runtime = runtime;
        Application = application;
        Now = now;
    }

    public ApplicationRuntime Runtime { get; }

    /// <summary>As read at the start of the pass.</summary>
    public ApplicationResource Application { get; }

    /// <summary>The start of the pass.</summary>
    public DateTimeOffset Now { get; }

    public NamespacedName Key => Runtime.Key;

    /// <summary>What has begun it; null: a watch, or time.</summary>
    public TraceCause? Cause { get; init; }

    /// <summary>Of the sync that is begun or gone on with in this pass; null: none is, or it is not known.</summary>
    public SyncCause? SyncCause { get; set; }

    /// <summary>Of the Application's objects, when they were looked at.</summary>
    public long ObjectsVersion { get; set; }

    /// <summary>Set by Admit.</summary>
    public ValidatedSpec Spec { get; set; } = null!;

    /// <summary>The sync options that count: the spec's, with those of what was asked for.</summary>
    public SyncOptions Options => Spec.Options;

    /// <summary>Acts as the Application's identity; set by Admit.</summary>
    public IKubernetesClient Writer { get; set; } = null!;

    /// <summary>What was asked for and is dealt with in this pass; null: nothing.</summary>
    public SyncRequest? Request { get; set; }

    /// <summary>The history entry that the Application is held at; null: none.</summary>
    public RollbackPin? Rollback { get; set; }

    /// <summary>The revisions to be at, one for each source; null, or empty: those of the spec.</summary>
    public ImmutableArray<string?> Wanted { get; set; } = [];

    /// <summary>The same as text.</summary>
    public string WantedRevision => Wanted.IsEmpty
        ? Spec.RevisionNames
        : Revisions.Join(Spec.Sources.Select((source, i) => Wanted[i] ?? source.FullRevision));

    /// <summary>Just this commit, with all its content, and no other that renders to the same.</summary>
    public bool IsExact { get; set; }

    /// <summary>Why nothing is synced in this pass, whatever the gates say.</summary>
    public (string Reason, string Message)? Held { get; set; }

    /// <summary>An annotation of the Application makes no sense.</summary>
    public string? InvalidAnnotation { get; set; }

    /// <summary>The state of each source to be at; null if one could not be resolved.</summary>
    public ResolvedSources? Resolved { get; set; }

    /// <summary>The commit to be at, of several sources all of them; null if one could not be resolved.</summary>
    public string? Revision
    {
        get => field ?? Resolved?.Revision;
        init;
    }

    /// <summary>Why the repository gives no commit or the commit gives no manifests; the last good rendering stays.</summary>
    public SourceProblem? SourceProblem { get; set; }

    /// <summary>Why a source is known only as it was seen last; null: all are known as they are now.</summary>
    public string? SourceAway { get; set; }

    /// <summary>A remark on the source that is no failure (an ambiguous name, a warning of the renderer).</summary>
    public string? SourceWarning { get; set; }

    /// <summary>Whether that commit may be deployed; null: nobody asks, or it is not known yet.</summary>
    public SourceVerification? Verification { get; set; }

    public SyncPlan Plan { get; set; } = SyncPlan.Empty;

    /// <summary>Objects to be put right now, with what was seen of them.</summary>
    public List<HealCandidate> Heals { get; } = [];

    /// <summary>Drifted objects without our label: the watch of managed objects does not show them.</summary>
    public List<(ApiResource Resource, ObjectKey Key)> Strays { get; } = [];

    /// <summary>One of them may have changed since it was read.</summary>
    public bool StraysAreDisturbed { get; set; }

    /// <summary>Why drift cannot be put right although it should be.</summary>
    public string? HealBlocked { get; set; }

    /// <summary>The same in a word, where a gate says it.</summary>
    public string HealBlockedReason { get; set; } = Conditions.HealBlocked;

    /// <summary>When drift has to be looked at again, though no watch may tell: the next heal of a fight, a failed reading.</summary>
    public DateTimeOffset? NextLook { get; private set; }

    /// <summary>Objects that were about to be written before, by whoever: an answer that says nothing was created may come too late.</summary>
    public HashSet<ObjectKey> Uncertain { get; } = [];

    /// <summary>Objects of other Applications, with their holders.</summary>
    public Dictionary<ObjectKey, string> Shared { get; } = [];

    /// <summary>Why nothing is deleted although something should be.</summary>
    public (string Reason, string Message)? PruneBlocked { get; set; }

    /// <summary>Why the deletion of the Application does not go on.</summary>
    public (string Reason, string Message)? DeletionBlocked { get; set; }

    /// <summary>Why nothing is written although something should be; null: write.</summary>
    public (string Reason, string Message)? SyncBlocked { get; set; }

    /// <summary>A person asked for the sync.</summary>
    public bool IsManual => Request is not null;

    /// <summary>What there is for a sync to do.</summary>
    public SyncWork Work { get; set; }

    /// <summary>All gates that hold a sync back; the first of them is <see cref="SyncBlocked"/>.</summary>
    public List<GateHold> Holds { get; } = [];

    public ApprovalView Approvals { get; set; } = ApprovalView.None;

    /// <summary>What waits, as an approval would name it; null: nothing.</summary>
    public PlanDigest? HeldPlan { get; set; }

    /// <summary>Whether this pass syncs (creates, updates, prunes), beyond healing.</summary>
    public bool Syncing { get; set; }

    public ImmutableArray<ApplyResult> Applied { get; private set; } = [];

    public ImmutableArray<PruneResult> Pruned { get; private set; } = [];

    /// <summary>How the sync stands after this pass; null: this pass does not sync.</summary>
    public SyncEnd? End { get; set; }

    /// <summary>What is known of the hooks in this pass.</summary>
    public Dictionary<(ObjectKey Key, SyncPhase Phase), TaskState> HookStates { get; } = [];

    /// <summary>
    /// Kinds that cannot be watched in a namespace (empty: those of the cluster, or everywhere), with the reason: drift of their
    /// objects there is not seen.
    /// </summary>
    public Dictionary<(GroupVersionKind Type, string Namespace), string> Unwatched { get; } = [];

    /// <summary>Why an object is not watched; null: it is.</summary>
    public string? WatchProblem(GroupVersionKind type, string @namespace) =>
        Unwatched.GetValueOrDefault((type, @namespace)) ?? Unwatched.GetValueOrDefault((type, string.Empty));

    /// <summary>Drift that this pass has put right, with when it was seen.</summary>
    public List<DriftRow> Healed { get; } = [];

    /// <summary>Objects that were read for want of a watch, with why that failed; null: it did not.</summary>
    public Dictionary<ObjectKey, string?> Reads { get; } = [];

    /// <summary>Foreign fields that this pass has removed.</summary>
    public List<DriftRow> Weeded { get; } = [];

    /// <summary>What healing deleted to make it anew.</summary>
    public HashSet<ObjectKey> Recreations { get; } = [];

    /// <summary>Takes in what became of applies.</summary>
    public void Add(ImmutableArray<ApplyResult> results)
    {
        Applied = Applied.AddRange(results);
        foreach (var result in results)
        {
            _applied[result.Key] = result;
        }
    }

    /// <summary>Takes in what became of prunes.</summary>
    public void Add(ImmutableArray<PruneResult> results)
    {
        Pruned = Pruned.AddRange(results);
        foreach (var result in results)
        {
            _pruned[result.Key] = result;
        }
    }

    /// <summary>What became of an object when this pass applied it last; null: it has not.</summary>
    public ApplyResult? AppliedTo(ObjectKey key) => _applied.GetValueOrDefault(key);

    /// <summary>What became of an object when this pass pruned it last; null: it has not.</summary>
    public PruneResult? PrunedOf(ObjectKey key) => _pruned.GetValueOrDefault(key);

    /// <summary>Until when this pass, if it has nothing to do, speaks for those that come after it; null: until something changes.</summary>
    public DateTimeOffset? QuietUntil { get; private set; }

    /// <summary>Asks for another pass at this time, at the latest; one before it has nothing more to look at than without this.</summary>
    public void LookAgainQuietly(DateTimeOffset at)
    {
        QuietUntil = QuietUntil is { } known && known < at ? known : at;
        LookAgain(at);
    }

    /// <summary>Asks for another pass at this time, at the latest.</summary>
    public void LookAgain(DateTimeOffset at) => NextLook = NextLook is { } next && next < at ? next : at;
}

/// <summary>Why there is no new rendering.</summary>
/// <param name="Reason">A word in CamelCase.</param>
/// <param name="Message">For people.</param>
/// <param name="NeedsUser">Only another commit or spec helps.</param>
internal sealed record SourceProblem(string Reason, string Message, bool NeedsUser)
{
    /// <summary>The commit may not be deployed; what was before it stays, and was compared.</summary>
    public bool IsUnverified { get; init; }

    public static SourceProblem Of(Git.GitException failure) => new(failure.Kind.ToString(), failure.Message, failure.NeedsUser);

    /// <summary>The reason where annotations of manifests make no sense: what the users' own API objects say is wrong.</summary>
    public const string InvalidAnnotation = "InvalidAnnotation";

    public static SourceProblem Misread(string message) => new(InvalidAnnotation, message, NeedsUser: true);

    /// <summary>Not that the chart is wrong: helm cannot be run, or took more than it may.</summary>
    public static SourceProblem HelmFailed(string message) => new("HelmFailed", message, NeedsUser: false);

    public static SourceProblem RenderFailed(string message) => new("RenderFailed", message, NeedsUser: true);
}

/// <summary>The Application stays at a history entry.</summary>
/// <param name="State">As it is in the status.</param>
/// <param name="By">Who asked for it; null: the server does not say.</param>
internal sealed record RollbackPin(RollbackState State, Asker? By);

/// <summary>An object that is to be put right.</summary>
/// <param name="Desired">With content.</param>
/// <param name="Observed">As it was seen; null: it is gone.</param>
/// <param name="Row">What is reported; null: it is as desired, and only has to be owned again.</param>
internal sealed record HealCandidate(DesiredObject Desired, KubernetesObject? Observed, DriftRow? Row);
