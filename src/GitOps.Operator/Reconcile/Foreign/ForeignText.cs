using System.Collections.Immutable;
using GitOps.Operator.Model;

namespace GitOps.Operator.Reconcile.Foreign;

/// <summary>Says which other reconcilers have their marks on objects, and how to switch them off. No times: same facts, same text.</summary>
internal static class ForeignText
{
    private const int MaxGroups = 5;
    private const int MaxObjects = 3;

    /// <summary>One writes the objects beside us.</summary>
    public const string Active = "Active";

    /// <summary>Their marks are there, and they have not written since we did.</summary>
    public const string Marked = "Marked";

    public static string Reason(ImmutableArray<ForeignGroup> groups) => groups.Any(static group => group.IsActive) ? Active : Marked;

    public static string Message(ImmutableArray<ForeignGroup> groups) =>
        string.Join(" | ", groups.Take(MaxGroups).Select(Describe)) + (groups.Length > MaxGroups ? $" | and {groups.Length - MaxGroups} more" : string.Empty);

    private static string Describe(ForeignGroup group)
    {
        var objects = string.Join(", ", group.Objects.Take(MaxObjects))
            + (group.Objects.Length > MaxObjects ? $" and {group.Objects.Length - MaxObjects} more" : string.Empty);
        var doubt = group.Doubt is null ? string.Empty : $" ({group.Doubt})";
        return group.IsActive
            ? $"{Name(group)}{doubt} manages {objects} too, and has written since the last apply: it and this Application overwrite each other. To switch it off: {SwitchOff(group)}"
            : $"{Name(group)}{doubt} has its mark on {objects}, and has not written since the last apply. If it still runs, switch it off: {SwitchOff(group)}. "
                + $"If it does not, take its mark off: {TakeOff(group)}";
    }

    private static string Name(ForeignGroup group) => group.Tool switch
    {
        ForeignTool.ArgoCd => $"Argo CD's Application {Full(group)}",
        ForeignTool.FluxKustomization => $"Flux's Kustomization {Full(group)}",
        ForeignTool.FluxHelmRelease => $"Flux's HelmRelease {Full(group)}",
        ForeignTool.Helm => $"Helm's release {Full(group)}",
        ForeignTool.ConfigSync => group.Name.Length == 0 ? "Config Sync" : $"Config Sync ({group.Name})",
        _ => $"kapp's app {group.Name}",
    };

    private static string SwitchOff(ForeignGroup group) => group.Tool switch
    {
        ForeignTool.ArgoCd => $"argocd app set {Full(group)} --sync-policy none, then argocd app delete {Full(group)} --cascade=false",
        ForeignTool.FluxKustomization => $"flux suspend kustomization {group.Name}{In(group)}, then flux delete kustomization {group.Name}{In(group)} (suspended, it deletes nothing)",
        ForeignTool.FluxHelmRelease => $"flux suspend helmrelease {group.Name}{In(group)}, then flux delete helmrelease {group.Name}{In(group)} (suspended, it uninstalls nothing)",
        ForeignTool.Helm => $"no more helm upgrade, rollback or uninstall; forget the release: kubectl delete secret{In(group)} -l owner=helm,name={group.Name}",
        ForeignTool.ConfigSync => "take the objects out of what it syncs, with configmanagement.gke.io/managed: disabled on them in its repository",
        _ => "no more kapp deploy or kapp delete (kapp-controller: spec.paused: true on the App)",
    };

    private static string TakeOff(ForeignGroup group) => group.Tool switch
    {
        ForeignTool.ArgoCd => "kubectl annotate KIND NAME argocd.argoproj.io/tracking-id- (by label: kubectl label KIND NAME app.kubernetes.io/instance-)",
        ForeignTool.FluxKustomization => "kubectl label KIND NAME kustomize.toolkit.fluxcd.io/name- kustomize.toolkit.fluxcd.io/namespace-",
        ForeignTool.FluxHelmRelease => "kubectl label KIND NAME helm.toolkit.fluxcd.io/name- helm.toolkit.fluxcd.io/namespace-",
        ForeignTool.Helm => "kubectl annotate KIND NAME meta.helm.sh/release-name- meta.helm.sh/release-namespace-",
        ForeignTool.ConfigSync => "kubectl annotate KIND NAME configmanagement.gke.io/managed-",
        _ => "kubectl label KIND NAME kapp.k14s.io/app-",
    };

    private static string Full(ForeignGroup group) => group.Namespace.Length == 0 ? group.Name : $"{group.Namespace}/{group.Name}";

    private static string In(ForeignGroup group) => group.Namespace.Length == 0 ? string.Empty : $" -n {group.Namespace}";
}
