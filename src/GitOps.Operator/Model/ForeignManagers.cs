using System.Collections.Immutable;
using GitOps.Manifests.Plain;

namespace GitOps.Operator.Model;

/// <summary>What becomes of fields of managed objects that only others have set.</summary>
internal enum ForeignFields
{
    Allow,
    Report,
    Remove,
}

/// <summary>Field managers that may set what no manifest asks for: the control plane's own, and those that the options name.</summary>
internal sealed class ForeignManagers
{
    /// <summary>What the server merged of old writers is nobody's in particular: nothing is known of it.</summary>
    private const string Merged = "ancient-changes";

    private static readonly ImmutableArray<string> ControlPlane =
    [
        "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "cloud-controller-manager", "cluster-autoscaler",
        "horizontal-pod-autoscaler", "vpa-admission-controller", "vpa-recommender", "vpa-updater", Merged,
    ];

    public static readonly ForeignManagers Default = new([]);

    private readonly ImmutableArray<GlobPattern> _globs;

    /// <param name="more">Names, or globs of them.</param>
    /// <exception cref="FormatException">A glob is malformed.</exception>
    public ForeignManagers(ImmutableArray<string> more) => _globs = [.. more.Select(GlobPattern.Parse)];

    public bool MaySet(string manager) => ControlPlane.Contains(manager, StringComparer.Ordinal) || _globs.Any(glob => glob.IsMatch(manager));
}
