using GitOps.Manifests.Trees;

namespace GitOps.Manifests;

/// <summary>Which renderer a directory is for.</summary>
public enum SourceKind
{
    /// <summary>Plain manifests.</summary>
    Directory,

    Kustomize,
    Helm,
}

/// <summary>Tells from the files of a directory which renderer it is for, as Argo CD does where the source does not say.</summary>
public static class SourceDetection
{
    private static readonly string[] KustomizationNames = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

    /// <summary>
    /// A kustomization wins over a chart, and both over plain manifests. Pass a <see cref="RecordingSourceTree"/> to have the
    /// look-ups among the recorded inputs.
    /// </summary>
    public static async ValueTask<SourceKind> DetectAsync(ISourceTree tree, string path, CancellationToken cancellationToken)
    {
        var directory = TreePath.Normalize(path);
        foreach (var name in KustomizationNames)
        {
            if (await IsFileAsync(name))
            {
                return SourceKind.Kustomize;
            }
        }

        return await IsFileAsync("Chart.yaml") ? SourceKind.Helm : SourceKind.Directory;

        async ValueTask<bool> IsFileAsync(string name) =>
            await tree.FindAsync(TreePath.Combine(directory, name), cancellationToken) is { Kind: TreeEntryKind.File };
    }
}
