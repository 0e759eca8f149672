using System.Text;
using GitOps.Manifests.Trees;

namespace GitOps.Operator.Git;

internal readonly record struct GitTreeItem(string Name, TreeEntryKind Kind, string ObjectId);

/// <summary>A parsed tree object: one directory of one commit, its entries by ordinal order of names.</summary>
internal sealed class GitTree
{
    private readonly GitTreeItem[] _items;

    private GitTree(GitTreeItem[] items, string? danger)
    {
        _items = items;
        Danger = danger;
    }

    public IReadOnlyList<GitTreeItem> Items => _items;

    /// <summary>
    /// A name that no checkout would allow (<c>..</c>, a slash), if there is one. Whoever joins it to a path would leave the
    /// directory, so a directory that has one is not listed.
    /// </summary>
    public string? Danger { get; }

    /// <summary>About what it takes in memory, in bytes.</summary>
    public long Size => 64 + _items.Sum(static item => 200L + (2 * item.Name.Length));

    /// <summary>Reads <c>mode name NUL id</c>, repeated. Names that are no UTF-8 get replacement characters.</summary>
    /// <exception cref="GitException"><see cref="GitFailure.Corrupt"/>.</exception>
    public static GitTree Parse(string treeId, ReadOnlySpan<byte> content)
    {
        var idBytes = treeId.Length / 2;
        var items = new List<GitTreeItem>();
        string? danger = null;
        while (!content.IsEmpty)
        {
            var space = content.IndexOf((byte)' ');
            var end = content.IndexOf((byte)0);
            if (space <= 0 || end < space || content.Length < end + 1 + idBytes)
            {
                throw new GitException(GitFailure.Corrupt, $"tree {treeId} cannot be parsed");
            }

            var mode = 0;
            foreach (var digit in content[..space])
            {
                mode = (mode << 3) | (digit & 7);
            }

            var name = Encoding.UTF8.GetString(content[(space + 1)..end]);
            if (name is "" or "." or ".." || name.Contains('/', StringComparison.Ordinal))
            {
                danger = name;
            }

            items.Add(new GitTreeItem(name, KindOf(mode), Convert.ToHexStringLower(content.Slice(end + 1, idBytes))));
            content = content[(end + 1 + idBytes)..];
        }

        // Git orders bytes, and a directory as if its name ended in a slash.
        var sorted = items.DistinctBy(static item => item.Name, StringComparer.Ordinal).ToArray();
        Array.Sort(sorted, static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        return new GitTree(sorted, danger);
    }

    public bool TryFind(ReadOnlySpan<char> name, out GitTreeItem item)
    {
        var (low, high) = (0, _items.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = _items[middle].Name.AsSpan().SequenceCompareTo(name);
            if (order == 0)
            {
                item = _items[middle];
                return true;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        item = default;
        return false;
    }

    private static TreeEntryKind KindOf(int mode) => (mode & 0xF000) switch
    {
        0x4000 => TreeEntryKind.Directory,
        0xA000 => TreeEntryKind.Symlink,
        0xE000 => TreeEntryKind.Submodule,
        _ => TreeEntryKind.File,
    };
}
