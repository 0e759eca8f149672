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
                    if (preview.Rows.TryGetValue(change.Key, out var row))
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

    public static PlanRow Row(PlanAction action, ObjectKey key) => new()
    {
        Action = action,
        Group = key.Group.Length == 0 ? null : key.Group,
        Kind = key.Kind,
        Namespace = key.Namespace.Length == 0 ? null : key.Namespace,
        Name = key.Name,
    };
}
