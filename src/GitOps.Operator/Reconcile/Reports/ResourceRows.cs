using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Health;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Reports;

/// <summary>The objects of an Application, counted, and those listed that are not Synced and Healthy.</summary>
/// <param name="Rows">What is not Synced and Healthy.</param>
/// <param name="Summary">Counts of all.</param>
/// <param name="OutOfSync">How many objects are not as the target says; without what nobody minds (<c>IgnoreExtraneous</c>).</param>
/// <param name="Assessed">For the health of the whole.</param>
/// <param name="NextDue">When the next of them is Progressing for longer than it may be; null: none will be.</param>
internal sealed record ResourceRows(
    ImmutableArray<ResourceRow> Rows, StatusSummary Summary, int OutOfSync, ImmutableArray<AssessedObject> Assessed, DateTimeOffset? NextDue)
{
    public static ResourceRows Of(ReconcileContext context, IReadOnlyDictionary<ObjectKey, ObjectState> states, DateTimeOffset now)
    {
        var deadline = (context.Runtime.Validation?.Spec?.Deadlines ?? SyncDeadlines.Default).Wave;
        var own = new ObjectKey(Names.Group, Names.ApplicationKind, context.Key.Namespace, context.Key.Name);
        var counted = new Counter(own, new HealthAges(context.Runtime.Status.Resources, deadline, now));
        var failed = context.Runtime.Attempt?.Failed ?? ImmutableDictionary<ObjectKey, string>.Empty;
        var done = context.Applied.Where(static result => result.Fingerprint is not null).Select(static result => result.Key).ToHashSet();
        var gone = context.Pruned
            .Where(static result => result.Outcome is PruneOutcome.Gone or PruneOutcome.Released)
            .Select(static result => result.Key).ToHashSet();
        var changes = context.Plan.Changes.IsEmpty ? FromTarget(context) : context.Plan.Changes;
        foreach (var change in changes)
        {
            if (gone.Contains(change.Key))
            {
                continue;
            }

            var state = states.GetValueOrDefault(change.Key);
            var isDrifted = context.Runtime.Drift.ContainsKey(change.Key);
            var isPruned = change.Action is PlannedAction.Prune or PlannedAction.KeepProtected;
            var preview = context.Runtime.Preview;
            preview = preview?.Revision == context.Runtime.Target?.Revision ? preview : null;
            var isAsDesired = preview?.IsAsDesired(change.Key) == true && change.Desired is not null && !isDrifted && state is null;
            var isThere = isAsDesired || context.Runtime.Preview?.RowOf(change.Key) is { Action: PlanAction.Update };
            var isSynced = !isDrifted && !isPruned && (change.Action == PlannedAction.Unchanged || done.Contains(change.Key) || isAsDesired);
            counted.Add(
                change, state, isSynced, isDrifted, isThere,
                AsksBeforeDeletion(context, change),
                failed.GetValueOrDefault(change.Key) ?? context.Shared.GetValueOrDefault(change.Key)?.Insert(0, "belongs to Application "));
        }

        foreach (var item in context.Runtime.Target?.Unmapped ?? [])
        {
            counted.AddUnmapped(item);
        }

        return counted.Result();
    }

    // A pass that ended before the plan: what is desired is as it was.
    private static ImmutableArray<PlannedChange> FromTarget(ReconcileContext context) => context.Runtime.Target is { } target
        ? [.. target.Objects.Select(static item => new PlannedChange(PlannedAction.Unchanged, item.Key, item, null, string.Empty))]
        : [];

    /// <summary>What the object says of itself goes before what the Application's options say of all.</summary>
    private static bool AsksBeforeDeletion(ReconcileContext context, PlannedChange change)
    {
        if ((change.Desired?.Options.Remembered ?? change.Entry?.Options ?? EntryOptions.None).HasFlag(EntryOptions.ConfirmDeletion))
        {
            return true;
        }

        var own = change.Desired?.Options ?? ObjectOptions.None;
        return context.Spec?.Options is { } all
            && ((own.Delete == DeletionConsent.Unsaid && all.Delete == DeletionConsent.Confirm)
                || (own.Prune == DeletionConsent.Unsaid && all.Prune == DeletionConsent.Confirm));
    }

    private sealed class Counter
    {
        private readonly ImmutableArray<ResourceRow>.Builder _rows = ImmutableArray.CreateBuilder<ResourceRow>();
        private readonly ImmutableArray<AssessedObject>.Builder _assessed = ImmutableArray.CreateBuilder<AssessedObject>();
        private readonly int[] _health = new int[Enum.GetValues<HealthCode>().Length];
        private readonly ObjectKey _own;
        private readonly HealthAges _ages;
        private int _total;
        private int _synced;
        private int _missing;
        private int _pruning;
        private int _drifted;
        private int _tolerated;

        /// <param name="own">The Application itself, should it be among its objects: it cannot wait for its own health.</param>
        /// <param name="ages">Of what is not healthy.</param>
        public Counter(ObjectKey own, HealthAges ages)
        {
            _own = own;
            _ages = ages;
        }

        public void Add(PlannedChange change, ObjectState? state, bool isSynced, bool isDrifted, bool isThere, bool asks, string? failure)
        {
            _total++;
            _synced += isSynced ? 1 : 0;
            _drifted += isDrifted ? 1 : 0;
            var isPruned = change.Action is PlannedAction.Prune or PlannedAction.KeepProtected;
            _pruning += isPruned ? 1 : 0;
            var exists = isThere || state is { Presence: Presence.Present or Presence.Suspect or Presence.Terminating }
                || (state is null or { Presence: Presence.Unseen } && isSynced);
            _missing += exists || isPruned ? 0 : 1;
            var health = exists ? state?.Health : null;
            if (health is not null)
            {
                _health[(int)health.Code]++;
            }

            var options = change.Desired?.Options.Remembered ?? change.Entry?.Options ?? EntryOptions.None;
            var isTolerated = isPruned && options.HasFlag(EntryOptions.IgnoreExtraneous);
            _tolerated += isTolerated ? 1 : 0;
            var isIgnored = options.HasFlag(EntryOptions.IgnoreHealthCheck) || change.Key == _own;
            var counts = !isIgnored && (!isPruned || isTolerated);
            var (row, late) = health is null ? (null, null) : _ages.Of(change.Key, health, counts);
            if (!isPruned || isTolerated)
            {
                _assessed.Add(new(change.Key, exists, health, isIgnored, late));
            }

            if (isSynced && (health is null || health.Code == HealthCode.Healthy))
            {
                return;
            }

            var key = change.Key;
            _rows.Add(new()
            {
                Group = key.Group.NullIfEmpty(),
                Version = change.Desired?.Type.Version ?? change.Entry?.Version,
                Kind = key.Kind,
                Namespace = key.Namespace.NullIfEmpty(),
                Name = key.Name,
                Status = isSynced ? SyncCode.Synced : SyncCode.OutOfSync,
                Health = row,
                Message = failure ?? (isSynced ? null : change.Reason),
                RequiresPruning = isPruned ? true : null,
                RequiresDeletionConfirmation = asks ? true : null,
            });
        }

        public void AddUnmapped(UnmappedObject item)
        {
            _total++;
            _missing++;
            _rows.Add(new()
            {
                Group = item.Type.Group.NullIfEmpty(),
                Version = item.Type.Version,
                Kind = item.Type.Kind,
                Name = item.Name,
                Status = SyncCode.OutOfSync,
                Message = item.Reason,
            });
        }

        public ResourceRows Result()
        {
            var summary = new StatusSummary
            {
                Total = _total,
                Synced = _synced,
                OutOfSync = _total - _synced,
                Missing = _missing,
                RequiresPruning = _pruning,
                Drifted = _drifted,
                Healthy = _health[(int)HealthCode.Healthy],
                Suspended = _health[(int)HealthCode.Suspended],
                Progressing = _health[(int)HealthCode.Progressing],
                Degraded = _health[(int)HealthCode.Degraded],
                Unknown = _health[(int)HealthCode.Unknown],
            };
            return new(_rows.ToImmutable(), summary, _total - _synced - _tolerated, _assessed.ToImmutable(), _ages.NextDue);
        }
    }
}
