using GitOps.Kubernetes.Objects;
using GitOps.Operator.Api;
using GitOps.Operator.Diff.Ignoring;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Syncing;

/// <summary>
/// What of an object is written. A new manifest is written as it is, unless the sync respects ignored differences; whatever is
/// only set right is written with its ignored fields as they are.
/// </summary>
internal static class HeldContent
{
    /// <returns>From the live object to what is sent, as a whole or not; null: the manifest is sent as it is.</returns>
    public static Func<KubernetesObject, bool, KubernetesObject>? For(ReconcileContext context, DesiredObject item)
    {
        var rules = context.Spec.Ignored;
        if (!rules.AreAbout(item.Key) || !(context.Options.RespectIgnoreDifferences || IsApplied(context, item)))
        {
            return null;
        }

        var desired = item.Parse();
        return (live, whole) => IgnoredFields.Of(rules, Names.FieldManager, live, desired)?.Hold(whole) ?? desired;
    }

    private static bool IsApplied(ReconcileContext context, DesiredObject item) =>
        context.Runtime.Inventory!.TryGet(item.Key, out var entry) && entry.DesiredHash == item.DesiredHash && entry.Version == item.Type.Version;
}
