using System.Collections.Frozen;

namespace GitOps.Operator.Diff;

/// <summary>
/// Whose shares of an object end when it is adopted, by the names of field managers. Deployers had their manifests applied,
/// as ours are now; hands are kubectl's imperative commands. Whoever else owns a field keeps its share, and is told.
/// </summary>
internal sealed class FormerTools
{
    private const string Kubectl = "kubectl";

    private static readonly FrozenSet<string> KnownDeployers = FrozenSet.Create(
        StringComparer.Ordinal,
        "argocd-application-controller", "argocd-controller", "before-first-apply", "helm", "helm-controller", Kubectl,
        "kubectl-autoscale", "kubectl-client-side-apply", "kubectl-create", "kubectl-expose", "kubectl-replace", "kubectl-run",
        "kustomize-controller");

    /// <summary>Of those, who notes in an annotation what it was given, and so tells a setting from a default.</summary>
    private static readonly FrozenSet<string> Noting = FrozenSet.Create(
        StringComparer.Ordinal, "argocd-application-controller", "argocd-controller", "before-first-apply", Kubectl, "kubectl-client-side-apply");

    private readonly FrozenSet<string> _deployers;
    private readonly bool _hands;

    private FormerTools(FrozenSet<string> deployers, bool hands)
    {
        _deployers = deployers;
        _hands = hands;
    }

    /// <summary>Those that everybody knows.</summary>
    public static FormerTools Known { get; } = new(KnownDeployers, hands: true);

    /// <summary>Nobody's shares end.</summary>
    public static FormerTools None { get; } = new([], hands: false);

    /// <summary>With deployers of the platform team, of the Application; null: none.</summary>
    public static FormerTools With(params IEnumerable<string?> others)
    {
        var names = others.Where(static name => !string.IsNullOrEmpty(name)).Select(static name => name!).ToList();
        return names.Count == 0 ? Known : new(KnownDeployers.Concat(names).ToFrozenSet(StringComparer.Ordinal), hands: true);
    }

    public bool IsDeployer(string manager) => _deployers.Contains(manager);

    /// <summary><c>kubectl edit</c>, <c>set</c>, <c>patch</c>, <c>label</c>, <c>rollout</c> and what else it may learn.</summary>
    public bool IsHand(string manager) => _hands && manager.StartsWith(Kubectl + "-", StringComparison.Ordinal) && !IsDeployer(manager);

    /// <summary>Whether <c>kubectl.kubernetes.io/last-applied-configuration</c> may be this one's.</summary>
    public static bool NotesWhatItSent(string manager) => Noting.Contains(manager);
}
