using System.Collections.Immutable;
using System.Globalization;
using GitOps.Kubernetes.Objects;
using GitOps.Kubernetes.Resources;
using GitOps.Operator.Api;
using GitOps.Operator.Model;
using GitOps.Operator.Sync;

namespace GitOps.Operator.Reconcile.Syncing;

/// <summary>What became of a hook in one phase.</summary>
/// <param name="Phase">Running, Succeeded, Failed or Error.</param>
/// <param name="Message">For people.</param>
internal sealed record HookOutcome(OperationPhase Phase, string? Message)
{
    public bool HasEnded => Phase != OperationPhase.Running;

    /// <summary>False: it is about to be created, and may be there already.</summary>
    public bool IsCreated { get; init; } = true;
}

/// <summary>Why something of a sync failed.</summary>
/// <param name="Key">Of the object.</param>
/// <param name="Message">For people.</param>
/// <param name="Permanent">Only another manifest helps.</param>
/// <param name="RetryAfter">When the server said how long to wait.</param>
internal sealed record SyncFailure(ObjectKey Key, string Message, bool Permanent = false, TimeSpan? RetryAfter = null)
{
    /// <summary>No answer, or one that says "later": it says nothing about what was to be done.</summary>
    public bool IsUnavailable { get; init; }
}

/// <summary>
/// One attempt at a sync, over all its passes. What it needs to go on after a restart stands in <c>status.operationState</c>:
/// when it began (hooks are named after that), what became of its hooks, and since when the wave under way waits. All the rest
/// is read from the cluster.
/// </summary>
internal sealed class SyncOperation
{
    private bool _isAsked;

    private Dictionary<(ObjectKey Key, SyncPhase Phase), bool>? _stored;

    /// <summary>Names it over all its attempts.</summary>
    public required string Id { get; init; }

    /// <summary>What is synced.</summary>
    public required string Revision { get; init; }

    /// <summary>Why it runs.</summary>
    public SyncTrigger Trigger { get; init; }

    /// <summary>What began it, more exactly; null: a former process did not say.</summary>
    public SyncCause? Cause { get; init; }

    /// <summary>The request; null: it was not asked for.</summary>
    public AskedSync? Asked { get; init; }

    /// <summary>Who asked for it; null: nobody.</summary>
    public Initiator? InitiatedBy { get; init; }

    /// <summary>Who let it through a gate; null: nobody had to.</summary>
    public string? ApprovedBy { get; set; }

    /// <summary>The revision whose sync, failing or waiting, it took the place of.</summary>
    public string? Supersedes { get; init; }

    /// <summary>Of everything in the spec that changes what is rendered; null: not known, since a former process began it.</summary>
    public string? OptionsHash { get; init; }

    /// <summary>Of the first attempt.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Of this attempt, in whole seconds: part of the names of its hooks.</summary>
    public required DateTimeOffset AttemptStartedAt { get; init; }

    /// <summary>Attempts before this one.</summary>
    public int Retries { get; init; }

    /// <summary>
    /// The stored status has the start of this attempt, every hook that may be in the cluster, and every result: what is done next
    /// can be cut off anywhere.
    /// </summary>
    public bool IsStored => _stored is { } stored
        && Hooks.All(pair => stored.TryGetValue(pair.Key, out var ended) && ended == pair.Value.HasEnded);

    /// <summary>From when on the deadline of the whole counts: the start of the attempt, or when a gate last let it go on.</summary>
    public DateTimeOffset CountsFrom { get; private set; }

    private bool IsHeld { get; set; }

    /// <summary>The hooks that are about to be created, were created, or have ended.</summary>
    public Dictionary<(ObjectKey Key, SyncPhase Phase), HookOutcome> Hooks { get; } = [];

    /// <summary>What failed in this attempt.</summary>
    public Dictionary<ObjectKey, SyncFailure> Failures { get; } = [];

    /// <summary>When an object was written in this attempt.</summary>
    public Dictionary<ObjectKey, DateTimeOffset> WrittenAt { get; } = [];

    /// <summary>What was let be deleted to be made anew: it counts as deleted.</summary>
    public HashSet<ObjectKey> Recreations { get; } = [];

    /// <summary>What is being deleted to be made anew.</summary>
    public HashSet<ObjectKey> Remade { get; } = [];

    /// <summary>The server has said that it would take everything, or something has been written already.</summary>
    public bool IsChecked { get; set; }

    /// <summary>In which wave each object is pruned, from the first pass on.</summary>
    public Dictionary<ObjectKey, int> PruneWaves { get; } = [];

    /// <summary>The hooks that are watched until the attempt ends.</summary>
    public Dictionary<ObjectKey, ApiResource> Followed { get; } = [];

    /// <summary>The wave under way; null before the first.</summary>
    public SyncPoint? At { get; private set; }

    /// <summary>Why it has failed, while the hooks for that run; null: it has not.</summary>
    public ImmutableArray<SyncFailure>? FailedWith { get; private set; }

    public bool IsOf(Rendering target) => target.Revision == Revision && (OptionsHash is null || target.OptionsHash == OptionsHash);

    /// <summary>It has failed: what is left are the hooks for that.</summary>
    public void Fail(ImmutableArray<SyncFailure> failures)
    {
        FailedWith = failures;
        foreach (var failure in failures)
        {
            Failures.TryAdd(failure.Key, failure);
        }
    }

    /// <summary>The status that was just stored has everything that is known of it.</summary>
    public void Stored() => _stored = Hooks.ToDictionary(static pair => pair.Key, static pair => pair.Value.HasEnded);

    /// <summary>Notes which wave is under way.</summary>
    public void Enter(SyncBatch batch, DateTimeOffset now)
    {
        if (At is not { } at || at.Phase != batch.Phase || at.Wave != batch.Wave)
        {
            At = new(batch.Phase, batch.Wave, now);
        }
    }

    /// <summary>Notes whether a gate holds it. What time it was held counts towards no deadline.</summary>
    public void Hold(bool isHeld, DateTimeOffset now)
    {
        if (IsHeld && !isHeld)
        {
            Resume(now);
        }

        IsHeld = isHeld;
    }

    /// <summary>Notes whether a person is being asked. How long that takes counts towards no deadline either.</summary>
    public void Ask(bool isAsked, DateTimeOffset now)
    {
        if (_isAsked && !isAsked)
        {
            Resume(now);
        }

        _isAsked = isAsked;
    }

    private void Resume(DateTimeOffset now)
    {
        CountsFrom = now;
        At = At is { } at ? at with { Since = now } : null;
    }

    /// <summary>The operation that a former process left running; null if there is none.</summary>
    public static SyncOperation? Restore(OperationState? state)
    {
        if (state is not { Phase: OperationPhase.Running or OperationPhase.Terminating, AttemptStartedAt: { } attempt, SyncResult.FullRevision: { } revision })
        {
            return null;
        }

        var operation = new SyncOperation
        {
            Id = state.Id ?? IdOf(revision, state.StartedAt ?? attempt),
            Revision = revision,
            Trigger = state.Trigger ?? SyncTrigger.Commit,
            Cause = state.Cause,
            Asked = AskedIn(state),
            InitiatedBy = state.InitiatedBy,
            ApprovedBy = state.ApprovedBy,
            Supersedes = state.Supersedes,
            StartedAt = state.StartedAt ?? attempt,
            AttemptStartedAt = attempt,
            Retries = (int)(state.RetryCount ?? 0),
            CountsFrom = state.ResumedAt ?? default,
            IsChecked = state.Progress is not null,
            At = state.Progress is { } progress ? new(progress.Phase, progress.Wave, progress.Since) : null,
        };
        foreach (var row in state.SyncResult.Resources)
        {
            if (row is { HookType: not null, SyncPhase: { } phase })
            {
                operation.Hooks[(KeyOf(row), phase)] = new(row.HookPhase ?? OperationPhase.Running, row.Message) { IsCreated = row.HookPhase is not null };
            }
        }

        var failed = state.SyncResult.Resources.Where(static row => row.Status == ResultCode.SyncFailed
            || (row.SyncPhase != SyncPhase.SyncFail && row.HookPhase is OperationPhase.Failed or OperationPhase.Error)).ToList();
        if (operation.At?.Phase == SyncPhase.SyncFail && failed.Count > 0)
        {
            operation.Fail([.. failed.Select(static row => new SyncFailure(KeyOf(row), row.Message ?? $"{KeyOf(row)} failed"))]);
        }

        operation.Stored();
        return operation;
    }

    private static ObjectKey KeyOf(SyncResultRow row) => new(row.Group ?? string.Empty, row.Kind, row.Namespace ?? string.Empty, row.Name);

    /// <summary>The request of an operation as it is stored; null: it was not asked for.</summary>
    public static AskedSync? AskedIn(OperationState state) => state is { Operation: { } asked, Trigger: { } trigger }
        ? new(trigger, asked, state.Token, state.InitiatedBy ?? new())
        : null;

    public static string IdOf(string revision, DateTimeOffset startedAt) =>
        string.Create(CultureInfo.InvariantCulture, $"{Revisions.Tag(revision)}-{startedAt.ToUnixTimeMilliseconds()}");
}

/// <summary>A wave of a phase, and since when it is under way.</summary>
internal sealed record SyncPoint(SyncPhase Phase, int Wave, DateTimeOffset Since);

/// <summary>How a pass left the sync.</summary>
/// <param name="Failures">Not empty: this attempt has failed.</param>
/// <param name="Waiting">What it waits for; null with no failure: it has succeeded.</param>
/// <param name="After">When to look again at the latest; null: what it waits for tells by itself.</param>
internal sealed record SyncEnd(ImmutableArray<SyncFailure> Failures, string? Waiting = null, TimeSpan? After = null)
{
    public static readonly SyncEnd Succeeded = new([]);

    /// <summary>What all failures have in common; null: nothing.</summary>
    public string? Headline { get; init; }

    public bool HasFailed => Failures.Length > 0;

    public static SyncEnd Wait(string message, TimeSpan? after = null) => new([], message, after);
}
