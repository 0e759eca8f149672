using System.Globalization;

namespace GitOps.Testing.Repositories;

/// <summary>Changes of a random repository, as people and tools make them, and some that nobody would.</summary>
public sealed class RandomCommits
{
    private static readonly string[] KustomizationNames = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

    private readonly Random _random;
    private readonly List<SortedDictionary<string, RepositoryEntry>> _history = [];
    private int _made;

    public RandomCommits(int seed) => _random = new Random(seed);

    /// <summary>Changes the files; says what it did.</summary>
    public string Next(SortedDictionary<string, RepositoryEntry> files)
    {
        _history.Add(new(files, StringComparer.Ordinal));
        var said = new List<string>();
        for (var i = _random.Next(1, 3); i > 0 && files.Count > 0; i--)
        {
            said.Add(Change(files));
        }

        return string.Join("; ", said);
    }

    private string Change(SortedDictionary<string, RepositoryEntry> files)
    {
        var path = PathOf(files);
        switch (_random.Next(20))
        {
            case 0 or 1 or 2:
                files[path] = files[path] with { Text = files[path].Kind is EntryKind.File or EntryKind.Executable ? files[path].Text + "# more\n" : files[path].Text };
                return $"edit {path}";
            case 3 or 4:
                files[path] = RepositoryEntry.File(files[path].Text.Replace("key:", "other:", StringComparison.Ordinal).Replace("name: ", "name: n", StringComparison.Ordinal));
                return $"rewrite {path}";
            case 5:
                files.Remove(path);
                return $"remove {path}";
            case 6 or 7:
                return Add(files, Beside(path, Pick("new.yaml", "new.yml", "new.txt", "nested/new.yaml", "skipped/new.yaml", "Chart.yaml")), RepositoryEntry.File(RandomRepository.Map(Unique())));
            case 8:
                return Add(files, Beside(path, Pick(KustomizationNames)), RepositoryEntry.File(Pick("resources: []\n", "namePrefix: z-\n", "resources: [map.yaml]\n")));
            case 9:
                return Respell(files);
            case 10:
                var content = files[path];
                files.Remove(path);
                return $"file to directory {path}; " + Add(files, $"{path}/{Pick("x.yaml", "kustomization.yaml")}", content);
            case 11:
                return Add(files, Parent(path), RepositoryEntry.File(RandomRepository.Map(Unique())));
            case 12:
                return Add(files, path, RepositoryEntry.Link(Pick("map.yaml", "own.yaml", "../a", "../../shared/map.yaml", "../../shared/later.yaml", "../../../outside", "/etc/passwd", Name(path), "..")));
            case 13:
                return Retarget(files);
            case 14:
                files[path] = files[path].Kind == EntryKind.File ? files[path] with { Kind = EntryKind.Executable } : files[path];
                return $"mode of {path}";
            case 15:
                var moved = files[path];
                files.Remove(path);
                return $"move {path}; " + Add(files, Pick(Beside(path, "moved.yaml"), "shared/later.yaml", Beside(PathOf(files), Name(path))), moved);
            case 16:
                return CopyDirectory(files, path);
            case 17:
                var before = _history[_random.Next(_history.Count)];
                files.Clear();
                foreach (var (name, entry) in before)
                {
                    files[name] = entry;
                }

                return "revert";
            case 18:
                return Add(files, Pick("parts/later/kustomization.yaml", "missing/kustomization.yaml", "missing/map.yaml", "shared/later.yaml"), RepositoryEntry.File(
                    Pick("apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: l-\n", RandomRepository.Map("later"))));
            default:
                return _random.Next(3) switch
                {
                    0 => Add(files, path, new(EntryKind.Submodule, string.Empty)),
                    1 => Add(files, path, RepositoryEntry.File("kind: [\n")),
                    _ => Add(files, path, files[PathOf(files)]),
                };
        }
    }

    private string Respell(SortedDictionary<string, RepositoryEntry> files)
    {
        var paths = files.Keys.Where(static path => KustomizationNames.Contains(Name(path), StringComparer.Ordinal)).ToList();
        if (paths.Count == 0)
        {
            return "nothing";
        }

        var path = paths[_random.Next(paths.Count)];
        var entry = files[path];
        files.Remove(path);
        return $"respell {path}: " + Add(files, Beside(path, Pick(KustomizationNames)), entry);
    }

    private string Retarget(SortedDictionary<string, RepositoryEntry> files)
    {
        var links = files.Where(static pair => pair.Value.Kind == EntryKind.Link).Select(static pair => pair.Key).ToList();
        if (links.Count == 0)
        {
            return "nothing";
        }

        var link = links[_random.Next(links.Count)];
        files[link] = RepositoryEntry.Link(Pick("a", "b", "c", "o1", "o2", "copy", "../bases/a", "own.yaml", "../../shared/map.yaml"));
        return $"link {link} to {files[link].Text}";
    }

    /// <summary>The same content elsewhere: a link may lead there next.</summary>
    private string CopyDirectory(SortedDictionary<string, RepositoryEntry> files, string path)
    {
        var directory = Pick("bases/a", "bases/b", "overlays/o0", Parent(path));
        foreach (var (name, entry) in files.Where(pair => pair.Key.StartsWith(directory + "/", StringComparison.Ordinal)).ToList())
        {
            Add(files, $"{Parent(directory)}/copy{name[directory.Length..]}".TrimStart('/'), entry);
        }

        return $"copy {directory}";
    }

    /// <summary>Puts an entry where it takes the place of files above and below.</summary>
    private static string Add(SortedDictionary<string, RepositoryEntry> files, string path, RepositoryEntry entry)
    {
        if (path.Length == 0)
        {
            return "nothing";
        }

        for (var above = Parent(path); above.Length > 0; above = Parent(above))
        {
            files.Remove(above);
        }

        foreach (var below in files.Keys.Where(other => other.StartsWith(path + "/", StringComparison.Ordinal)).ToList())
        {
            files.Remove(below);
        }

        files[path] = entry;
        return $"add {entry.Kind} {path}";
    }

    private string PathOf(SortedDictionary<string, RepositoryEntry> files) => files.Count == 0 ? "first.yaml" : files.Keys.ElementAt(_random.Next(files.Count));

    private string Unique() => string.Create(CultureInfo.InvariantCulture, $"new-{++_made}");

    private string Pick(params ReadOnlySpan<string> of) => of[_random.Next(of.Length)];

    private static string Beside(string path, string name) => $"{Parent(path)}/{name}".TrimStart('/');

    private static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static string Parent(string path) => path.LastIndexOf('/') is >= 0 and var slash ? path[..slash] : string.Empty;
}
