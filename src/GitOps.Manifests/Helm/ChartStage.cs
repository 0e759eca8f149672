using GitOps.Manifests.Trees;

namespace GitOps.Manifests.Helm;

/// <summary>The files that helm will be given, counted while they are read.</summary>
internal sealed class ChartStage(HelmLimits limits)
{
    private const int MaxDepth = 32;

    private readonly Dictionary<string, HelmFile> _files = new(StringComparer.Ordinal);
    private long _bytes;

    public IReadOnlyCollection<HelmFile> Files => _files.Values;

    /// <returns>Null: there is no such file.</returns>
    public ReadOnlyMemory<byte>? Find(string path) => _files.TryGetValue(path, out var file) ? file.Content : (ReadOnlyMemory<byte>?)null;

    /// <param name="path">Where helm finds it.</param>
    /// <param name="content">Of the file.</param>
    /// <param name="origin">For messages.</param>
    /// <exception cref="ManifestException">There are too many files, or they are too large together.</exception>
    public void Add(string path, ReadOnlyMemory<byte> content, string origin)
    {
        _bytes += content.Length;
        if (_bytes > limits.MaxBytes)
        {
            throw new ManifestException(new ManifestError(
                origin, null, $"with this file the chart and its values exceed {limits.MaxBytes} bytes: leave out what no template reads"));
        }

        _files[path] = new(path, content);
        if (_files.Count > limits.MaxFiles)
        {
            throw TooMany(origin);
        }
    }

    /// <summary>Takes a directory with all that is in it. Links inside the tree are followed; one that leads out of it is an error.</summary>
    /// <exception cref="ManifestException">A link leads nowhere, or there is too much.</exception>
    /// <exception cref="SourceTreeException">A file cannot be read.</exception>
    public async Task AddDirectoryAsync(ISourceTree tree, string directory, string target, CancellationToken cancellationToken)
    {
        var found = new List<(TreeEntry Entry, string Target)>();
        await CollectAsync(tree, directory, target, 0, found, cancellationToken);
        await tree.PrefetchAsync([.. found.Select(static item => item.Entry)], cancellationToken);
        foreach (var (entry, path) in found)
        {
            Add(path, await tree.ReadAsync(entry.Path, cancellationToken), entry.Path);
        }
    }

    private async Task CollectAsync(
        ISourceTree tree, string directory, string target, int depth, List<(TreeEntry Entry, string Target)> found, CancellationToken cancellationToken)
    {
        if (depth > MaxDepth)
        {
            throw new ManifestException(new ManifestError(directory, null, $"directories are nested deeper than {MaxDepth} levels, or a link leads back"));
        }

        foreach (var entry in await tree.ListAsync(directory, cancellationToken))
        {
            var path = TreePath.Combine(target, entry.Name);
            switch (entry.Kind)
            {
                case TreeEntryKind.Directory:
                    await CollectAsync(tree, entry.Path, path, depth + 1, found, cancellationToken);
                    break;
                case TreeEntryKind.Submodule:
                    throw new ManifestException(new ManifestError(entry.Path, null, "this is a submodule in a chart, and is not read: commit its files"));
                case TreeEntryKind.Symlink:
                    throw new ManifestException(new ManifestError(
                        entry.Path, null, "this link leads to nothing, or out of the repository: a chart may only link to files of its repository"));
                default:
                    found.Add((entry, path));
                    if (found.Count + _files.Count > limits.MaxFiles)
                    {
                        throw TooMany(directory);
                    }

                    break;
            }
        }
    }

    private ManifestException TooMany(string place) => new(new ManifestError(
        place, null, $"the chart and its values have more than {limits.MaxFiles} files: move what no template reads out of the chart's directory"));
}
