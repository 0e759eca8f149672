using System.Collections.Frozen;
using System.Text;

namespace GitOps.Manifests.Trees;

/// <summary>A tree of files given as values. Its object ids are those that Git would give.</summary>
public sealed class MemorySourceTree : ISourceTree
{
    private readonly LocalTree _tree;

    /// <param name="files">Path to content.</param>
    /// <param name="links">Path of a symbolic link to its text.</param>
    /// <param name="revision">The name of this content.</param>
    public MemorySourceTree(
        IEnumerable<KeyValuePair<string, ReadOnlyMemory<byte>>> files,
        IEnumerable<KeyValuePair<string, string>>? links = null,
        string revision = "memory")
    {
        Revision = revision;
        _tree = new LocalTree(new MemoryFiles(files, links ?? []));
    }

    public string Revision { get; }

    /// <summary>A tree of text files.</summary>
    public static MemorySourceTree Of(IReadOnlyDictionary<string, string> files, IReadOnlyDictionary<string, string>? links = null) =>
        new(files.Select(static file => KeyValuePair.Create(file.Key, (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(file.Value))), links);

    public ValueTask<TreeEntry?> FindAsync(string path, CancellationToken cancellationToken) => new(_tree.Find(path));

    public ValueTask<IReadOnlyList<TreeEntry>> ListAsync(string path, CancellationToken cancellationToken) => new(_tree.List(path));

    public ValueTask<ReadOnlyMemory<byte>> ReadAsync(string path, CancellationToken cancellationToken) => new(_tree.Read(path));

    private sealed class MemoryFiles : ILocalFiles
    {
        private readonly FrozenDictionary<string, ReadOnlyMemory<byte>> _files;
        private readonly FrozenDictionary<string, string> _links;
        private readonly Dictionary<string, HashSet<string>> _directories = new(StringComparer.Ordinal) { [string.Empty] = [] };

        public MemoryFiles(IEnumerable<KeyValuePair<string, ReadOnlyMemory<byte>>> files, IEnumerable<KeyValuePair<string, string>> links)
        {
            _files = files.ToFrozenDictionary(static file => TreePath.Normalize(file.Key), static file => file.Value, StringComparer.Ordinal);
            _links = links.ToFrozenDictionary(static link => TreePath.Normalize(link.Key), static link => link.Value, StringComparer.Ordinal);
            foreach (var path in _files.Keys.Concat(_links.Keys))
            {
                AddToParents(path);
            }
        }

        public LocalKind KindOf(string path) =>
            _links.ContainsKey(path) ? LocalKind.Symlink
            : _files.ContainsKey(path) ? LocalKind.File
            : _directories.ContainsKey(path) ? LocalKind.Directory
            : LocalKind.None;

        public string ReadLink(string path) => _links[path];

        public IEnumerable<string> NamesIn(string directory) => _directories[directory];

        public string BlobIdOf(string path) => GitObjectId.OfBlob(_files[path].Span);

        public ReadOnlyMemory<byte> Read(string path) => _files[path];

        private void AddToParents(string path)
        {
            while (path.Length > 0)
            {
                var parent = TreePath.Parent(path);
                if (!_directories.TryGetValue(parent, out var names))
                {
                    _directories[parent] = names = new(StringComparer.Ordinal);
                }

                names.Add(path[(path.LastIndexOf('/') + 1)..]);
                path = parent;
            }
        }
    }
}
