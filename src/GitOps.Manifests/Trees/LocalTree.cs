using System.Collections.Concurrent;
using System.Text;

namespace GitOps.Manifests.Trees;

internal enum LocalKind
{
    None,
    File,
    Executable,
    Directory,
    Symlink,
}

/// <summary>Files that are at hand, a path at a time and without following links.</summary>
internal interface ILocalFiles
{
    LocalKind KindOf(string path);

    string ReadLink(string path);

    /// <summary>Names of the direct entries of a directory, in any order.</summary>
    IEnumerable<string> NamesIn(string directory);

    string BlobIdOf(string path);

    /// <exception cref="SourceTreeException">It is larger than the limit, or cannot be read.</exception>
    ReadOnlyMemory<byte> Read(string path);
}

/// <summary>What trees outside Git share: links resolved inside the root, and Git's object ids.</summary>
internal sealed class LocalTree
{
    /// <summary>What Linux allows in one path.</summary>
    private const int MaxLinks = 40;

    private readonly ILocalFiles _files;
    private readonly ConcurrentDictionary<string, string> _treeIds = new(StringComparer.Ordinal);

    public LocalTree(ILocalFiles files) => _files = files;

    public TreeEntry? Find(string path)
    {
        var wanted = TreePath.Normalize(path);
        var resolved = Resolve(wanted);
        var kind = _files.KindOf(resolved);
        return kind switch
        {
            LocalKind.None => null,
            LocalKind.Directory => new(wanted, TreeEntryKind.Directory, TreeIdOf(resolved)) { LinkTarget = Link() },
            _ => new(wanted, TreeEntryKind.File, _files.BlobIdOf(resolved)) { LinkTarget = Link() },
        };

        string? Link() => string.Equals(resolved, wanted, StringComparison.Ordinal) ? null : resolved;
    }

    public IReadOnlyList<TreeEntry> List(string path)
    {
        var wanted = TreePath.Normalize(path);
        var resolved = Resolve(wanted);
        if (_files.KindOf(resolved) != LocalKind.Directory)
        {
            throw new SourceTreeException(path, $"there is no directory '{wanted}'");
        }

        var entries = new List<TreeEntry>();
        foreach (var name in _files.NamesIn(resolved).Order(StringComparer.Ordinal))
        {
            var entry = ListEntry(TreePath.Combine(resolved, name));
            if (entry is not null)
            {
                entries.Add(entry with { Path = TreePath.Combine(wanted, name) });
            }
        }

        return entries;
    }

    public ReadOnlyMemory<byte> Read(string path)
    {
        var resolved = Resolve(TreePath.Normalize(path));
        return _files.KindOf(resolved) is LocalKind.File or LocalKind.Executable
            ? _files.Read(resolved)
            : throw new SourceTreeException(path, $"there is no file '{path}'");
    }

    private TreeEntry? ListEntry(string path)
    {
        try
        {
            var entry = Find(path);
            if (entry is not null || !IsLink(path))
            {
                return entry;
            }
        }
        catch (SourceTreeException) when (IsLink(path))
        {
            // Refused when it is asked for, so that a stray link harms only who wants it.
        }

        return new(path, TreeEntryKind.Symlink, LinkIdOf(path));
    }

    private bool IsLink(string path) => _files.KindOf(path) == LocalKind.Symlink;

    private string LinkIdOf(string path) => GitObjectId.OfBlob(Encoding.UTF8.GetBytes(_files.ReadLink(path)));

    private string Resolve(string path)
    {
        var pending = new Stack<string>();
        Push(path);
        var (current, links) = (string.Empty, 0);
        while (pending.TryPop(out var part))
        {
            if (part is "" or ".")
            {
                continue;
            }

            if (part is "..")
            {
                current = current.Length == 0 ? throw Escapes(path) : TreePath.Parent(current);
                continue;
            }

            var next = TreePath.Combine(current, part);
            if (!IsLink(next))
            {
                current = next;
                continue;
            }

            var target = _files.ReadLink(next);
            if (target.StartsWith('/'))
            {
                throw Escapes(path);
            }

            if (++links > MaxLinks)
            {
                throw new SourceTreeException(path, $"the path '{path}' goes through too many symbolic links");
            }

            Push(target);
        }

        return current;

        void Push(string parts)
        {
            foreach (var part in parts.Split('/').Reverse())
            {
                pending.Push(part);
            }
        }
    }

    private string TreeIdOf(string directory) => _treeIds.GetOrAdd(directory, ComputeTreeId);

    private string ComputeTreeId(string directory)
    {
        var entries = new List<(string Mode, string Name, string ObjectId)>();
        foreach (var name in _files.NamesIn(directory))
        {
            var path = TreePath.Combine(directory, name);
            switch (_files.KindOf(path))
            {
                case LocalKind.File:
                    entries.Add((GitObjectId.FileMode, name, _files.BlobIdOf(path)));
                    break;
                case LocalKind.Executable:
                    entries.Add((GitObjectId.ExecutableMode, name, _files.BlobIdOf(path)));
                    break;
                case LocalKind.Symlink:
                    entries.Add((GitObjectId.SymlinkMode, name, LinkIdOf(path)));
                    break;
                case LocalKind.Directory when TreeIdOf(path) is var id && !string.Equals(id, GitObjectId.EmptyTree, StringComparison.Ordinal):
                    entries.Add((GitObjectId.DirectoryMode, name, id));
                    break;
            }
        }

        return GitObjectId.OfTree(entries);
    }

    private static SourceTreeException Escapes(string path) =>
        new(path, $"a symbolic link in '{path}' leads out of the repository, and is not followed");
}
