using GitOps.Manifests.Trees;
using GitOps.Operator.Api;

namespace GitOps.Operator.Render;

/// <summary>
/// A commit together with the variables of Argo CD's build environment and with <see cref="IBuildFacts"/>, each as if it were a link
/// whose text is its value. So one that a rendering took is among its recorded inputs, and another commit renders anew only if it
/// was one that changed with it.
/// </summary>
internal sealed class BuildTree(ISourceTree files, BuildIdentity build, IBuildFacts? facts = null) : ISourceTree
{
    // No path of a tree begins with a slash, and no variable with one.
    private const string Prefix = "//";
    private const string FactPrefix = "///";

    public string Revision => files.Revision;

    public static string PathOf(string variable) => Prefix + variable;

    public static string PathOfFact(string name) => FactPrefix + name;

    public ValueTask<TreeEntry?> FindAsync(string path, CancellationToken cancellationToken) =>
        path.StartsWith(FactPrefix, StringComparison.Ordinal) ? FactAsync(path, cancellationToken)
        : path.StartsWith(Prefix, StringComparison.Ordinal) ? new(Entry(path, build.ValueOf(path[Prefix.Length..], Revision)))
        : files.FindAsync(path, cancellationToken);

    public ValueTask<IReadOnlyList<TreeEntry>> ListAsync(string path, CancellationToken cancellationToken) => files.ListAsync(path, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>> ReadAsync(string path, CancellationToken cancellationToken) => files.ReadAsync(path, cancellationToken);

    public ValueTask PrefetchAsync(IReadOnlyCollection<TreeEntry> entries, CancellationToken cancellationToken) =>
        files.PrefetchAsync(entries, cancellationToken);

    private async ValueTask<TreeEntry?> FactAsync(string path, CancellationToken cancellationToken) =>
        facts is null ? null : Entry(path, await facts.FindAsync(path[FactPrefix.Length..], cancellationToken));

    private static TreeEntry? Entry(string path, string? value) => value is null ? null : new(path, TreeEntryKind.File, value) { LinkTarget = value };
}
