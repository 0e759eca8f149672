namespace GitOps.Manifests.Plain;

/// <summary>Which files the options ask for. Paths are from the tree's root, globs see the part below the source's directory.</summary>
internal sealed class FileSelection
{
    private static readonly string[] Extensions = [".yaml", ".yml", ".json", ".jsonnet"];

    private readonly int _prefix;
    private readonly bool _anyExtension;
    private readonly GlobPattern? _include;
    private readonly GlobPattern? _exclude;

    private FileSelection(int prefix, bool anyExtension, GlobPattern? include, GlobPattern? exclude)
    {
        _prefix = prefix;
        _anyExtension = anyExtension;
        _include = include;
        _exclude = exclude;
    }

    /// <exception cref="ManifestException">A glob is malformed.</exception>
    public static FileSelection Create(string root, PlainOptions options)
    {
        var errors = new List<ManifestError>();
        var include = Parse("include", options.Include);
        var exclude = Parse("exclude", options.Exclude);
        return errors.Count > 0
            ? throw new ManifestException([.. errors])
            : new(root.Length == 0 ? 0 : root.Length + 1, options.DisableExtensionFilter, include, exclude);

        GlobPattern? Parse(string name, string? pattern)
        {
            try
            {
                return string.IsNullOrEmpty(pattern) ? null : GlobPattern.Parse(pattern);
            }
            catch (FormatException e)
            {
                errors.Add(new(root.Length == 0 ? "." : root, null, $"directory.{name}: {e.Message}"));
                return null;
            }
        }
    }

    public bool IsSelected(string path) =>
        (_anyExtension || Array.Exists(Extensions, extension => path.EndsWith(extension, StringComparison.Ordinal)))
        && !IsExcluded(path)
        && (_include is null || _include.IsMatch(path[_prefix..]));

    public bool IsExcluded(string path) => _exclude is not null && _exclude.IsMatch(path[_prefix..]);

    public static bool IsJsonnet(string path) => path.EndsWith(".jsonnet", StringComparison.Ordinal);
}
