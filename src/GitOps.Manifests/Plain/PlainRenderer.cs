using GitOps.Manifests.Trees;
using GitOps.Manifests.Yaml;

namespace GitOps.Manifests.Plain;

/// <summary>
/// Renders a directory of plain manifests: list, filter, prefetch, read, parse, check. Files are taken by ordinal order of
/// their paths.
/// </summary>
public static class PlainRenderer
{
    /// <exception cref="ManifestException">The manifests or the options are wrong, with all that is.</exception>
    /// <exception cref="SourceTreeException">The tree refuses a path: a link that leaves it, a file that is too large.</exception>
    public static async Task<RenderResult> RenderAsync(ISourceTree tree, PlainOptions options, CancellationToken cancellationToken)
    {
        var recording = new RecordingSourceTree(tree);
        var warnings = new List<string>();
        var root = TreePath.Normalize(options.Path);
        var selection = FileSelection.Create(root, options);
        await CheckDirectoryAsync(recording, root, cancellationToken);

        var files = new List<TreeEntry>();
        var errors = new List<ManifestError>();
        await CollectAsync(new(recording, options.Recurse, selection, files, errors, warnings), root, cancellationToken);
        files.Sort(static (a, b) => string.CompareOrdinal(a.Path, b.Path));
        await recording.PrefetchAsync(files, cancellationToken);

        var objects = new List<RenderedObject>();
        var total = 0L;
        foreach (var file in files)
        {
            var content = await recording.ReadAsync(file.Path, cancellationToken);
            if (content.Span.IndexOf(PlainFile.SkipMarker) >= 0)
            {
                continue;
            }

            total += content.Length;
            if (total > options.MaxTotalBytes)
            {
                throw new ManifestException(new ManifestError(
                    file.Path, null, $"with this file the manifests exceed {options.MaxTotalBytes} bytes together: split the application, or exclude files"));
            }

            if (FileSelection.IsJsonnet(file.Path))
            {
                errors.Add(new(file.Path, null, "Jsonnet is not supported: render it to YAML in the repository, or exclude the file"));
                continue;
            }

            PlainFile.Read(file.Path, content.Span, YamlLimits.Default, objects, errors, warnings);
        }

        errors.AddRange(DuplicateCheck.Find(objects));
        return errors.Count > 0
            ? throw new ManifestException([.. errors])
            : new RenderResult([.. objects], recording.Inputs, [.. warnings]);
    }

    private static async ValueTask CheckDirectoryAsync(RecordingSourceTree tree, string path, CancellationToken cancellationToken)
    {
        var entry = await tree.FindAsync(path, cancellationToken);
        var problem = entry switch
        {
            null => "there is no such directory",
            { Kind: TreeEntryKind.Directory } => null,
            { Kind: TreeEntryKind.Submodule } => "this is a submodule that .gitmodules does not name",
            _ => "this is a file, and the path of a source has to be a directory",
        };
        if (problem is not null)
        {
            throw new ManifestException(new ManifestError(path.Length == 0 ? "." : path, null, problem));
        }
    }

    /// <summary>Links to files are read, links to directories are not entered: Argo CD's rule, and no loop can form.</summary>
    private static async ValueTask CollectAsync(FileWalk walk, string directory, CancellationToken cancellationToken)
    {
        foreach (var entry in await walk.Tree.ListAsync(directory, cancellationToken))
        {
            var isSelected = walk.Selection.IsSelected(entry.Path);
            switch (entry.Kind)
            {
                case TreeEntryKind.File when isSelected:
                    walk.Files.Add(entry);
                    break;
                case TreeEntryKind.Symlink when isSelected && await walk.Tree.FindAsync(entry.Path, cancellationToken) is null:
                    walk.Warnings.Add($"{entry.Path}: passed over, since the link points to nothing");
                    break;
                case TreeEntryKind.Directory when walk.Recurse && entry.LinkTarget is not null:
                    walk.Warnings.Add($"{entry.Path}: passed over, since links to directories are not followed");
                    break;
                case TreeEntryKind.Directory when walk.Recurse:
                    await CollectAsync(walk, entry.Path, cancellationToken);
                    break;
                case TreeEntryKind.Submodule when walk.Recurse && !walk.Selection.IsExcluded(entry.Path):
                    walk.Errors.Add(new(entry.Path, null, "this is a submodule that .gitmodules does not name: exclude it"));
                    break;
            }
        }
    }

    private sealed record FileWalk(
        RecordingSourceTree Tree, bool Recurse, FileSelection Selection, List<TreeEntry> Files, List<ManifestError> Errors, List<string> Warnings);
}
