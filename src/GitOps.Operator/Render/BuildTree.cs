using GitOps.Manifests.Trees;
using GitOps.Operator.Api;

namespace GitOps.Operator.Render;

/// <summary>
/// A commit together with the variables of Argo CD's build environment, each as if it were a link whose text is its value. So a
/// variable that a rendering took is among its recorded inputs, and another commit renders anew only if it was one that changed
/// with it.
/// </summary>
internal sealed class BuildTree(ISourceTree files, BuildIdentity build) : ISourceTree
{
    // No path of a tree begins with a slash.
    private const string Prefix = "//";

    public string Revision => files.Revision;

    public static string PathOf(string variable) => Prefix + variable;

    public ValueTask<TreeEntry?> FindAsync(string path, CancellationToken cancellationToken) => path.StartsWith(Prefix, StringComparison.Ordinal)
        ? new(build.ValueOf(path[Prefix.Length..], Revision) is { } value ? new TreeEntry(path, TreeEntryKind.File, value) { LinkTarget = value } : null)
        : files.FindAsync(path, cancellationToken);

    public ValueTask<IReadOnlyList<TreeEntry>> ListAsync(string path, CancellationToken cancellationToken) => files.ListAsync(path, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>> ReadAsync(string path, CancellationToken cancellationToken) => files.ReadAsync(path, cancellationToken);

    public ValueTask PrefetchAsync(IReadOnlyCollection<TreeEntry> entries, CancellationToken cancellationToken) =>
        files.PrefetchAsync(entries, cancellationToken);
}
