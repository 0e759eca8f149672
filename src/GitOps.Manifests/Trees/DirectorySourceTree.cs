namespace GitOps.Manifests.Trees;

/// <summary>
/// A local folder as a tree, for rendering what is not committed yet. Object ids are those of Git for the same files;
/// <c>.git</c> is not part of it.
/// </summary>
public sealed class DirectorySourceTree : ISourceTree
{
    private const long DefaultMaxFileBytes = 10 << 20;

    private readonly LocalTree _tree;

    /// <param name="root">The folder; nothing outside it is read.</param>
    /// <param name="maxFileBytes">Larger files are refused.</param>
    /// <exception cref="SourceTreeException">There is no such folder.</exception>
    public DirectorySourceTree(string root, long maxFileBytes = DefaultMaxFileBytes)
    {
        if (!Directory.Exists(root))
        {
            throw new SourceTreeException(root, $"there is no directory '{root}'");
        }

        _tree = new LocalTree(new DiskFiles(Path.GetFullPath(root), maxFileBytes));
    }

    public string Revision => "the working tree";

    public ValueTask<TreeEntry?> FindAsync(string path, CancellationToken cancellationToken) => new(_tree.Find(path));

    public ValueTask<IReadOnlyList<TreeEntry>> ListAsync(string path, CancellationToken cancellationToken) => new(_tree.List(path));

    public ValueTask<ReadOnlyMemory<byte>> ReadAsync(string path, CancellationToken cancellationToken) => new(_tree.Read(path));

    private sealed class DiskFiles(string root, long maxFileBytes) : ILocalFiles
    {
        private const string GitDirectory = ".git";

        public LocalKind KindOf(string path)
        {
            if (path.Split('/').Contains(GitDirectory, StringComparer.Ordinal))
            {
                return LocalKind.None;
            }

            var info = new FileInfo(FullPath(path));
            if ((int)info.Attributes == -1)
            {
                return LocalKind.None;
            }

            if (path.Length > 0 && info.LinkTarget is not null)
            {
                return LocalKind.Symlink;
            }

            if (info.Attributes.HasFlag(FileAttributes.Directory))
            {
                return LocalKind.Directory;
            }

            return !OperatingSystem.IsWindows() && info.UnixFileMode.HasFlag(UnixFileMode.UserExecute) ? LocalKind.Executable : LocalKind.File;
        }

        public string ReadLink(string path) => new FileInfo(FullPath(path)).LinkTarget!;

        public IEnumerable<string> NamesIn(string directory) =>
            Directory.EnumerateFileSystemEntries(FullPath(directory))
                .Select(static path => Path.GetFileName(path))
                .Where(static name => !string.Equals(name, GitDirectory, StringComparison.Ordinal));

        public string BlobIdOf(string path) => Guard(path, file =>
        {
            // Opening a pipe would wait for its writer; like all that has no size, it is taken for empty.
            if (file.Length == 0)
            {
                return GitObjectId.OfBlob([]);
            }

            using var stream = file.OpenRead();
            return GitObjectId.OfBlob(stream, file.Length);
        });

        public ReadOnlyMemory<byte> Read(string path) => Guard(path, file =>
        {
            if (file.Length > maxFileBytes)
            {
                throw new SourceTreeException(path, $"'{path}' has {file.Length} bytes, and the limit is {maxFileBytes}");
            }

            return file.Length == 0 ? default : (ReadOnlyMemory<byte>)File.ReadAllBytes(file.FullName);
        });

        private string FullPath(string path) => Path.Join(root, path);

        private T Guard<T>(string path, Func<FileInfo, T> read)
        {
            try
            {
                return read(new FileInfo(FullPath(path)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new SourceTreeException(path, $"'{path}' cannot be read: {e.Message}", e);
            }
        }
    }
}
