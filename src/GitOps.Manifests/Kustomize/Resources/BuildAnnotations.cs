namespace GitOps.Manifests.Kustomize.Resources;

/// <summary>Annotations in which kustomize remembers things during a build. What a manifest brings along of them goes at its end.</summary>
internal static class BuildAnnotations
{
    private const string Domain = "internal.config.kubernetes.io/";

    public const string NeedsHash = Domain + "needsHashSuffix";

    /// <summary>A chart made it, which said itself in which namespace it is.</summary>
    public const string FromChart = Domain + "helm-generated";

    private static readonly string[] All =
    [
        Domain + "previousKinds", Domain + "previousNames", Domain + "previousNamespaces", Domain + "prefixes", Domain + "suffixes",
        Domain + "allowNameChange", Domain + "allowKindChange", Domain + "refBy", Domain + "generatorBehavior", NeedsHash,
        Domain + "path", Domain + "index", Domain + "seqindent", Domain + "id", Domain + "annotations-migration-resource-id",
        "config.kubernetes.io/path", "config.kubernetes.io/index", "config.k8s.io/id", FromChart,
    ];

    public static void RemoveFrom(Dictionary<string, string> annotations)
    {
        foreach (var name in All)
        {
            annotations.Remove(name);
        }
    }
}
