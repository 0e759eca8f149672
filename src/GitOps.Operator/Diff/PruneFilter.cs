using System.Collections.Immutable;
using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Model;

namespace GitOps.Operator.Diff;

/// <summary>
/// Whether a live object may be pruned. Each filter knows one reason against it and is asked about the object that was just
/// read: what an inventory remembers is no proof.
/// </summary>
internal static class PruneFilter
{
    private static readonly ImmutableArray<Filter> Filters = [UidDiffers, LabelMissing, OtherTrackingId, PruneDisabled, HelmKeeps];

    /// <summary>One reason for people, or null where this filter has nothing against it.</summary>
    private delegate string? Filter(KubernetesObject live, InventoryEntry entry, NamespacedName application);

    /// <summary>Why the object must stay; null if it may go.</summary>
    /// <param name="live">Just read from the server.</param>
    /// <param name="entry">Its entry in the inventory.</param>
    /// <param name="application">Who wants to prune it.</param>
    /// <param name="asks">Whether a person is asked first where the object says <c>Prune=confirm</c>: that is consent too.</param>
    public static string? Check(KubernetesObject live, InventoryEntry entry, NamespacedName application, bool asks = false)
    {
        foreach (var filter in Filters)
        {
            if (filter(live, entry, application) is { } reason)
            {
                return reason;
            }
        }

        return asks && Annotations.SyncOption(live, "Prune") == "confirm" ? null : KindNeedsConsent(live);
    }

    /// <summary>Why the object's own annotations or kind keep it from being deleted, whoever it belongs to; null if they do not.</summary>
    public static string? Protection(KubernetesObject live) =>
        PruneDisabled(live) ?? HelmKeeps(live) ?? KindNeedsConsent(live);

    private static string? UidDiffers(KubernetesObject live, InventoryEntry entry, NamespacedName application) =>
        entry.Uid.Length == 0 ? "it was never confirmed as ours: the inventory has no uid"
        : live.Uid != entry.Uid ? $"it is another object of the same name (uid {live.Uid}, not {entry.Uid})"
        : null;

    private static string? LabelMissing(KubernetesObject live, InventoryEntry entry, NamespacedName application)
    {
        var expected = Marks.LabelValue(application);
        return live.Label(Names.ApplicationLabel) switch
        {
            null => $"it does not have the label {Names.ApplicationLabel}",
            var value when value != expected => $"its label {Names.ApplicationLabel} names another Application ({value})",
            _ => null,
        };
    }

    private static string? OtherTrackingId(KubernetesObject live, InventoryEntry entry, NamespacedName application) =>
        live.Annotation(Names.TrackingIdAnnotation) switch
        {
            null => $"it does not have the annotation {Names.TrackingIdAnnotation}",
            var id when id != Marks.TrackingId(application, entry.Key) => $"its tracking id is another one ({id})",
            _ => null,
        };

    private static string? PruneDisabled(KubernetesObject live, InventoryEntry entry, NamespacedName application) => PruneDisabled(live);

    private static string? PruneDisabled(KubernetesObject live) =>
        Annotations.SyncOption(live, "Prune") == "false" ? "its sync-options say Prune=false" : null;

    private static string? HelmKeeps(KubernetesObject live, InventoryEntry entry, NamespacedName application) => HelmKeeps(live);

    private static string? HelmKeeps(KubernetesObject live) =>
        live.Annotation(Annotations.HelmResourcePolicy)?.Trim() == "keep" ? $"{Annotations.HelmResourcePolicy} is keep" : null;

    // What goes with them cannot be brought back by a commit.
    private static string? KindNeedsConsent(KubernetesObject live) =>
        live.GroupVersionKind.GroupKind is ("", "Namespace") or ("", "PersistentVolumeClaim")
            or ("apiextensions.k8s.io", "CustomResourceDefinition")
            && Annotations.SyncOption(live, "Prune") != "true"
            ? $"a {live.Kind} is pruned only where its sync-options say Prune=true"
            : null;
}
