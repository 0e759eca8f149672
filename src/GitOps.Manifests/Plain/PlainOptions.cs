namespace GitOps.Manifests.Plain;

/// <summary>Which files of a directory are manifests: Argo CD's <c>directory</c> source.</summary>
/// <param name="Path">The directory, from the tree's root.</param>
/// <param name="Recurse">Whether directories below it are read too.</param>
/// <param name="Include">A glob that a file's path below <paramref name="Path"/> must match; null for all. <c>{a,b}</c> lists alternatives, <c>*</c> crosses directories.</param>
/// <param name="Exclude">A glob of the files to leave out, asked before <paramref name="Include"/>.</param>
public sealed record PlainOptions(string Path, bool Recurse = false, string? Include = null, string? Exclude = null)
{
    /// <summary>All files of an application together, in bytes.</summary>
    public long MaxTotalBytes { get; init; } = 10 << 20;

    /// <summary>Whether a file without one of the extensions .yaml, .yml, .json is read too.</summary>
    public bool DisableExtensionFilter { get; init; }
}
