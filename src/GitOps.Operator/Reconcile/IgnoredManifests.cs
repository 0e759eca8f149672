using System.Collections.Immutable;
using GitOps.Manifests;
using GitOps.Manifests.Trees;
using GitOps.Operator.Controllers.Observing;
using GitOps.Operator.Diff.Ignoring;
using GitOps.Operator.Git;
using GitOps.Operator.Model;
using GitOps.Operator.Reconcile.Steps;

namespace GitOps.Operator.Reconcile;

/// <summary>
/// A manifest that changed only in what is ignored: its object is in sync with it, and a sync does not write it. What was
/// applied is not all that the manifest says from then on, and that is remembered.
/// </summary>
internal static class IgnoredManifests
{
    public const string Reason = "its manifest changed only in what is ignored";

    /// <summary>The plan without updates that nobody asks for.</summary>
    public static async Task<SyncPlan> LeaveOutAsync(ReconcileContext context, RenderStep renderer, SyncPlan plan, CancellationToken cancellationToken)
    {
        var rules = context.Spec.Ignored;
        if (rules.IsEmpty || !plan.Changes.Any(change => IsCandidate(context, change)))
        {
            return plan;
        }

        ImmutableArray<DesiredObject>? applied = null;
        var changes = plan.Changes.ToBuilder();
        for (var i = 0; i < changes.Count; i++)
        {
            var change = changes[i];
            if (!IsCandidate(context, change))
            {
                continue;
            }

            var before = context.Runtime.Content.GetValueOrDefault(change.Key);
            if (before?.DesiredHash != change.Entry!.DesiredHash)
            {
                applied ??= await AppliedAsync(context, renderer, cancellationToken);
                before = applied.Value.FirstOrDefault(item => item.Key == change.Key && item.DesiredHash == change.Entry.DesiredHash);
            }

            if (before is not null && before.Type == change.Desired!.Type && IgnoredFields.AreSame(rules, before.Parse(), change.Desired.Parse()))
            {
                changes[i] = change with { Action = PlannedAction.Unchanged, Reason = Reason };
            }
        }

        return new(changes.DrainToImmutable());
    }

    /// <summary>The sync of this plan has ended: such objects are as their new manifests say.</summary>
    public static void Settle(ReconcileContext context, ManagedObjects objects)
    {
        var runtime = context.Runtime;
        foreach (var change in context.Plan.Changes)
        {
            if (change is { Reason: Reason, Desired: { } desired } && runtime.Inventory!.TryGet(change.Key, out var entry) && entry.Fingerprint is { } print
                && entry.DesiredHash == change.Entry!.DesiredHash)
            {
                runtime.Inventory.Set(entry with { DesiredHash = desired.DesiredHash, Fingerprint = print with { Holds = true }, Wave = desired.Wave });
                runtime.Content[change.Key] = desired;
                objects.Hold(change.Key);
            }
        }
    }

    private static bool IsCandidate(ReconcileContext context, PlannedChange change) =>
        change is { Action: PlannedAction.Update, Entry: { Fingerprint: not null } entry, Desired: { Json.Length: > 0 } desired }
        && entry.DesiredHash.Length > 0 && entry.DesiredHash != desired.DesiredHash && entry.Version == desired.Type.Version
        && entry.Options == desired.Options.Remembered && context.Spec.Ignored.AreAbout(change.Key);

    private static async Task<ImmutableArray<DesiredObject>> AppliedAsync(ReconcileContext context, RenderStep renderer, CancellationToken cancellationToken)
    {
        try
        {
            return await renderer.RenderAppliedAsync(context, cancellationToken) is { } rendering ? [.. rendering.Objects] : [];
        }
        catch (Exception failure) when (failure is GitException or ManifestException or SourceTreeException)
        {
            // Not known to be the same: it is written.
            return [];
        }
    }
}
