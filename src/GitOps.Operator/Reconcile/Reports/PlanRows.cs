using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Reports;

/// <summary>What a sync would do, a row per object: what a dry run found where there was one, else what the plan says.</summary>
internal static class PlanRows
{
    public static ImmutableArray<PlanRow> Of(ReconcileContext context)
    {
        var preview = context.Runtime.Preview is { } known && known.Revision == context.Runtime.Target?.Revision ? known : null;
        var rows = ImmutableArray.CreateBuilder<PlanRow>();
        foreach (var change in context.Plan.Changes)
        {
            switch (change.Action)
            {
                case PlannedAction.Create or PlannedAction.Update or PlannedAction.Heal when preview is not null:
                    if (preview.RowOf(change.Key) is { } row)
                    {
                        rows.Add(row);
                    }

                    break;
                case PlannedAction.Create:
                    rows.Add(Row(PlanAction.Create, change.Key));
                    break;
                case PlannedAction.Update or PlannedAction.Heal:
                    rows.Add(Row(PlanAction.Update, change.Key));
                    break;
                case PlannedAction.Prune:
                    rows.Add(Row(PlanAction.Delete, change.Key));
                    break;
                default:
                    break;
            }
        }

        return rows.ToImmutable();
    }

    /// <summary>The hooks that a sync of everything would run, in the order of their phases and waves; those of a failure do not count.</summary>
    public static ImmutableArray<PlanHook> Hooks(ReconcileContext context) => context.Request?.RunsHooks == false ? [] :
    [
        .. context.Runtime.Target!.Hooks
            .SelectMany(static hook => hook.Marks.Phases.Select(phase => (Phase: phase, Hook: hook)))
            .Where(static item => item.Phase is SyncPhase.PreSync or SyncPhase.Sync or SyncPhase.PostSync)
            .OrderBy(static item => item.Phase).ThenBy(static item => item.Hook.Marks.Wave)
            .Select(static item => new PlanHook
            {
                Phase = item.Phase,
                Group = item.Hook.Key.Group.NullIfEmpty(),
                Kind = item.Hook.Key.Kind,
                Namespace = item.Hook.Key.Namespace.NullIfEmpty(),
                Name = item.Hook.GenerateName ?? item.Hook.Key.Name,
            }),
    ];

    /// <summary>Whether the sync that was asked for would do it: a deletion only where it prunes, and only what it names.</summary>
    public static bool IsDone(ReconcileContext context, PlanRow row) =>
        (row.Action != PlanAction.Delete || (context.Spec.Prune && context.PruneBlocked is null))
        && context.Request?.Selects(new(row.Group ?? string.Empty, row.Kind, row.Namespace ?? string.Empty, row.Name)) != false;

    /// <summary>What a dry run says of one object.</summary>
    public static SyncResultRow AsResult(PlanRow row) => new()
    {
        Group = row.Group,
        Kind = row.Kind,
        Namespace = row.Namespace,
        Name = row.Name,
        SyncPhase = SyncPhase.Sync,
        Message = row.Action switch
        {
            PlanAction.Create => "would be created",
            PlanAction.Delete => "would be deleted",
            _ => row.Fields.IsEmpty ? "would be updated" : $"would be updated: {string.Join(", ", row.Fields.Select(static field => field.Path))}",
        },
    };

    public static PlanRow Row(PlanAction action, ObjectKey key) => new()
    {
        Action = action,
        Group = key.Group.NullIfEmpty(),
        Kind = key.Kind,
        Namespace = key.Namespace.NullIfEmpty(),
        Name = key.Name,
    };
}
